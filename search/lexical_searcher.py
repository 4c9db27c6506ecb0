"""Asks tantivy for passages of some audiences alone, and for how rare words are. Pure."""

import math
from collections.abc import Iterable
from typing import Any

# From this share of all passages on, whoever may see them is better off with the best of all passages, sifted:
# tantivy then passes over what can't be among the best, which it can't where a filter has a say.
MOSTLY = 0.5
# Of all passages, so many times what is wanted.
MARGIN = 2


class LexicalSearcher:
    """The passages of a tantivy index; sees each commit once the index is reloaded."""

    def __init__(self, index: Any, schema: Any) -> None:
        import tantivy

        self._tantivy = tantivy
        self._index = index
        self._schema = schema

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    @property
    def _searcher(self) -> Any:
        return self._index.searcher()

    def holds(self, field: str, term: str) -> Any:
        """A query for the passages that hold a term."""
        return self._tantivy.Query.term_query(self._schema, field, term)

    def nearly_holds(self, term: str, slips: int) -> Any:
        """A query for the passages with a word so few slips away."""
        return self._tantivy.Query.fuzzy_term_query(self._schema, "words", term, distance=slips)

    def worth(self, query: Any, score: float) -> Any:
        """A query for the same passages, each of them with this score."""
        return self._tantivy.Query.const_score_query(query, score)

    def any_of(self, queries: Iterable[Any]) -> Any:
        """A query for what any of these finds, the scores added up."""
        return self._tantivy.Query.boolean_query([(self._tantivy.Occur.Should, each) for each in queries])

    def best(self, query: Any, k: int, audiences: frozenset[int]) -> list[tuple[int, float]]:
        """The k best (passage id, score) of these audiences, best first."""
        if self._share(audiences) >= MOSTLY:
            sifted = self._sifted(query, k, audiences)
            if sifted is not None:
                return sifted
        return [(passage, score) for passage, _, score in self._hits(self._within(query, audiences), k)]

    def _share(self, audiences: frozenset[int]) -> float:
        """Which share of the passages is theirs. What was removed may still be counted."""
        searcher = self._searcher
        return sum(searcher.doc_freq("audience_id", each) for each in audiences) / max(1, len(self))

    def _sifted(self, query: Any, k: int, audiences: frozenset[int]) -> list[tuple[int, float]] | None:
        """The k best among the best of all passages; None when there may be more of theirs further down."""
        hits = self._hits(query, MARGIN * k)
        theirs = [(passage, score) for passage, audience, score in hits if audience in audiences]
        return None if len(theirs) < k and len(hits) == MARGIN * k else theirs[:k]

    def _hits(self, query: Any, k: int) -> list[tuple[int, int, float]]:
        """The k best (passage id, audience id, score), whoever may see them."""
        searcher = self._searcher  # of one commit: an address means nothing to the next one's
        hits = searcher.search(query, k, count=False).hits
        addresses = [address for _, address in hits]
        passages = searcher.fast_field_values("passage_id", addresses)
        audiences = searcher.fast_field_values("audience_id", addresses)
        return [
            (int(passage), int(audience), float(score))
            for passage, audience, (score, _) in zip(passages, audiences, hits, strict=True)
        ]

    def count(self, query: Any, audiences: frozenset[int]) -> int:
        """How many passages of these audiences a query finds."""
        return int(self._searcher.search(self._within(query, audiences), 1).count)

    def held(self, field: str, term: str, audiences: frozenset[int]) -> int:
        """How many passages of these audiences hold a term."""
        return self.count(self.holds(field, term), audiences) if self.frequency(field, term) else 0

    def is_held(self, field: str, term: str, audiences: frozenset[int]) -> bool:
        """Whether any passage of these audiences holds a term."""
        return bool(self.frequency(field, term) and self.best(self.holds(field, term), 1, audiences))

    def holding(self, field: str, term: str, most: int, audiences: frozenset[int]) -> frozenset[int]:
        """The passages of these audiences that hold a name, at most so many of them."""
        if not self.frequency(field, term):
            return frozenset()
        query = self._tantivy.Query.term_query(self._schema, field, term, index_option="basic")
        return frozenset(passage for passage, _ in self.best(query, most, audiences))

    def _within(self, query: Any, audiences: frozenset[int]) -> Any:
        """The query for passages of these audiences alone; the filter adds nothing to the score."""
        must = self._tantivy.Occur.Must
        allowed = self._tantivy.Query.term_set_query(self._schema, "audience_id", sorted(audiences))
        return self._tantivy.Query.boolean_query([(must, query), (must, self.worth(allowed, 0.0))])

    def frequency(self, field: str, term: str) -> int:
        """How many passages hold a term, whoever may see them."""
        return int(self._searcher.doc_freq(field, term))

    def rarity(self, term: str) -> float:
        """BM25's idf of a word, by the whole index."""
        return self.idf(self.frequency("words", term))

    def idf(self, holding: int) -> float:
        """BM25's idf of what so many passages hold."""
        return math.log(1 + max(len(self) - holding + 0.5, 0.0) / (holding + 0.5))

    def spelt_like(self, beginning: str) -> list[str]:
        """Words as passages spell them that begin so."""
        return [word for word, _ in self._searcher.terms_with_prefix("spelt", beginning)]
