"""Words and identifiers to passages: BM25 by tantivy, in memory or in a folder of this process's own."""

import math
import re
import shutil
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import Any, Self

from search.identifiers import asked_identifiers, exact_identifiers, held_identifiers, identifiers
from search.lexical_files import copy_index
from search.near_words import clearly_meant, may_be_slips, respelt, slips_of
from search.titles import Title, Titles

# Words that only say that somebody is asking. BM25 would think "my" rare, as articles say "your".
_CHATTER = """
a about am an and any anyone are as at be been but by can can't cannot could did do does doing don don't for
from get getting got had has have hello help hi how i i'd i'll i'm i've if in into is it it's its just know
like mean me my need of ok on or our please s so some someone t thank thanks that the them then there these
they this to tried trying us want was we were what what's when where which who why will with would you your
"""
# A question of 5,000 words costs what one of 64 distinct words does; people name their problem first.
MAX_TERMS = 64
# Tantivy's BM25 saturates at idf·(k1 + 1) for each word, with k1 = 1.2.
_SATURATION = 2.2
# What more passages hold than this names a topic; all of them are not asked for.
MOST_HOLDING = 1_000
# A word that no passage holds is taken for a near one: one slip from five letters on, two from eight on. Not in a long
# story, which is told in many words.
TYPO_LETTERS = 5
TWO_TYPOS_LETTERS = 8
TYPO_WEIGHT = 0.6
MAX_TYPO_TERMS = 12
# Looking for near words costs some milliseconds each where there are 200,000.
MAX_TYPOS = 3
# The file of titles beside tantivy's own.
TITLES = "titles.json"


@dataclass(frozen=True)
class LexicalDocument:
    """One passage as the index keeps it; `text` may be its Markdown."""

    passage_id: int
    article_id: int
    audience_id: int
    title: str
    heading: str
    text: str


@dataclass(frozen=True)
class IdentifierMatch:
    """An identifier of the question and the passages that hold it; the fewer they are, the more it says.

    `exact` when the question writes it as one (0x80070005, SettingName); a plain word of the question that some
    passage writes as a name (webmail, WebMail) is a weaker sign. `share` is 1 / words of the question. `titled` are
    those of the passages whose article has it in its title.

    A title is a name as well: for one, `likeness` says from 0 to 1 how nearly the question is that title and nothing
    else, and a single passage stands for the article.
    """

    identifier: str
    passage_ids: frozenset[int]
    exact: bool = True
    share: float = 1.0
    titled: frozenset[int] = frozenset()
    likeness: float = 0.0


_UNSEEN = re.compile(
    r"<!--(?:(?!-->|<!--).)*-->|\]\([^()\s]*|\bhttps?://\S+", re.DOTALL
)  # comments, link targets, addresses


class LexicalIndex:
    """The words of every passage. One instance serves the threads of a process.

    With a folder, an empty one that is its own, it can be saved; the folder goes when the index does.
    """

    def __init__(self, folder: Path | None = None) -> None:
        import tantivy

        self.folder = folder
        if folder is not None:
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._tantivy = tantivy
        self._analyzer = _analyzer(tantivy)
        schema = tantivy.SchemaBuilder()
        for name in ("passage_id", "article_id", "audience_id"):
            schema.add_integer_field(name, stored=False, indexed=True, fast=True)
        schema.add_text_field("words", tokenizer_name="words", index_option="freq")
        schema.add_text_field("spelt", tokenizer_name="spelt", index_option="basic")
        for name in ("identifiers", "titled"):
            schema.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
        self._schema = schema.build()
        self._index = tantivy.Index(self._schema, path=str(folder) if folder else None)
        self._index.register_tokenizer("words", self._analyzer)
        self._index.register_tokenizer("spelt", _speller(tantivy))
        self._writer: Any = self._index.writer(heap_size=32_000_000, num_threads=1)
        self._titles = Titles()
        self._lock = Lock()

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def add(self, documents: Iterable[LexicalDocument]) -> None:
        """Add passages; searches see them when this returns. Remove an article before adding it anew."""
        with self._lock:
            self._write(documents)
            self._commit()

    def replace(self, article_ids: Iterable[int], documents: Iterable[LexicalDocument]) -> None:
        """Have these passages stand for these articles: a search meets the old ones or the new ones, never neither."""
        with self._lock:
            for article_id in article_ids:
                self._remove(article_id)
            self._write(documents)
            self._commit()

    def save(self, target: Path) -> None:
        """Copy an index that has a folder into a new one."""
        if self.folder is None:
            raise ValueError("an index in memory has no files to copy")
        with self._lock:
            target.mkdir()
            copy_index(self.folder, target)
            self._titles.save(target / TITLES)

    @classmethod
    def load(cls, source: Path, folder: Path) -> Self:
        """What `save` wrote, to go on with in an empty folder. The files are trusted: search.snapshots checks them."""
        copy_index(source, folder)
        index = cls(folder)
        index._titles.load(source / TITLES)
        return index

    def remove_articles(self, article_ids: Iterable[int]) -> None:
        """Forget every passage of these articles; an unknown article is no error."""
        with self._lock:
            for article_id in article_ids:
                self._remove(article_id)
            self._commit()

    def _write(self, documents: Iterable[LexicalDocument]) -> None:
        """Each title is read once for the passages that follow each other; the last one stands for the article."""
        for (article_id, title), passages in groupby(documents, key=attrgetter("article_id", "title")):
            titled = " ".join(sorted(identifiers(_encodable(title))))
            for passage in passages:
                self._writer.add_document(self._document(passage, titled))
            words = frozenset(self._terms(title))
            self._titles.add(article_id, Title(words, passage.audience_id, passage.passage_id))

    def _remove(self, article_id: int) -> None:
        self._writer.delete_documents_by_term("article_id", article_id)
        self._titles.remove(article_id)

    def _commit(self) -> None:
        self._writer.commit()
        self._index.reload()

    def _document(self, document: LexicalDocument, titled: str) -> Any:
        everything = _encodable(f"{document.title}\n{document.heading}\n{document.text}")
        seen = _UNSEEN.sub(" ", everything)
        return self._tantivy.Document(
            passage_id=document.passage_id,
            article_id=document.article_id,
            audience_id=document.audience_id,
            words=seen,
            spelt=seen,
            identifiers=" ".join(sorted(held_identifiers(everything))),
            titled=titled,
        )

    def search(self, question: str, k: int, *, audiences: frozenset[int]) -> list[tuple[int, float]]:
        """The k best (passage id, BM25), best first, among these audiences alone.

        The question is hostile text: it is cut into words and each becomes a term; nothing parses it as a query.
        """
        terms = self._terms(question)
        if not terms or not audiences or k < 1:
            return []
        slipped = self._slipped(terms, audiences)
        words = [
            (
                self._tantivy.Occur.Should,
                (term in slipped and self._nearly(term, audiences)) or self._holds("words", term),
            )
            for term in terms
        ]
        return self._found(self._tantivy.Query.boolean_query(words), k, audiences)

    def _slipped(self, terms: list[str], audiences: frozenset[int]) -> list[str]:
        """The terms that no passage of these audiences holds and that may be slips."""
        if len(terms) > MAX_TYPO_TERMS:
            return []
        strange = (
            term for term in terms if len(term) >= TYPO_LETTERS and not self._held("words", term, audiences)
        )
        return list(islice(strange, MAX_TYPOS))

    def _held(self, field: str, term: str, audiences: frozenset[int]) -> int:
        """How many passages of these audiences hold a term."""
        if not self._index.searcher().doc_freq(field, term):
            return 0
        return self._count(self._holds(field, term), audiences)

    def respelt(self, question: str, *, audiences: frozenset[int], is_word: Callable[[str], bool]) -> str:
        """The question with each strange word as passages of these audiences spell it, where one is clearly meant.

        `is_word` tells the words that are right though no passage has them. At most MAX_TYPOS are looked at.
        """
        strange = (
            word
            for word in may_be_slips(_encodable(question))
            if not is_word(word) and not self._is_known(word, audiences)
        )
        meant = {word: self._meant(word, audiences) for word in islice(strange, MAX_TYPOS)}
        return respelt(question, {word: other for word, other in meant.items() if other})

    def _is_known(self, word: str, audiences: frozenset[int]) -> bool:
        """Whether a passage has the word or a form of it, or it says nothing."""
        stem = self._terms(word)
        return not stem or any(
            self._held(field, term, audiences) for field, term in (("words", stem[0]), ("spelt", word))
        )

    def _meant(self, word: str, audiences: frozenset[int]) -> str:
        """The nearest word that passages of these audiences hold, empty when two come as near."""
        searcher: Any = self._index.searcher()  # its stub is older
        vocabulary = (each for each, _ in searcher.terms_with_prefix("spelt", word[0]))
        held = {near: self._held("spelt", near, audiences) for near in slips_of(word, vocabulary)}
        return clearly_meant(word, held)

    def _holds(self, field: str, term: str) -> Any:
        return self._tantivy.Query.term_query(self._schema, field, term)

    def _nearly(self, term: str, audiences: frozenset[int]) -> Any:
        """A query for the words near to one that no passage holds; None when there are none.

        The words together weigh what one does that as many passages hold, and less, for it was not said.
        """
        slips = 1 if len(term) < TWO_TYPOS_LETTERS else 2
        near = self._tantivy.Query.fuzzy_term_query(self._schema, "words", term, distance=slips)
        holding = self._count(near, audiences)
        return (
            self._tantivy.Query.const_score_query(near, TYPO_WEIGHT * self._idf(holding)) if holding else None
        )

    def ceiling(self, question: str) -> float:
        """The BM25 that a passage would near if it were about nothing but the question's words.

        Σ idf·(k1 + 1), BM25's limit as the frequency grows. A score divided by it says, from 0 to 1, how much of
        what the question asks for a passage speaks of, whatever the size of the collection.

        The idf is the whole index's, whoever asks: BM25 scores are comparable only so. It says roughly how rare a
        word is among all passages, hidden ones too; show nobody more than a rounded figure that was made of it.
        """
        return _SATURATION * sum(self._rarity(self._terms(question)).values())

    def _rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """BM25's idf of each term."""
        searcher = self._index.searcher()
        return {term: self._idf(searcher.doc_freq("words", term)) for term in terms}

    def _idf(self, holding: int) -> float:
        return math.log(1 + max(len(self) - holding + 0.5, 0.0) / (holding + 0.5))

    def identified(self, question: str, *, audiences: frozenset[int]) -> list[IdentifierMatch]:
        """The identifiers of the question that some passage of these audiences holds, with those passages.

        Then the titles that the question comes near to.
        """
        if not audiences:
            return []
        question = _encodable(question)
        exact = exact_identifiers(question)
        asked = sorted(asked_identifiers(question))
        share = 1 / max(1, len(self._terms(question)))
        matches = []
        for identifier in asked:
            passages = self._holding("identifiers", identifier, audiences)
            if passages:
                titled = self._holding("titled", identifier, audiences)
                matches.append(IdentifierMatch(identifier, passages, identifier in exact, share, titled))
            if len(matches) == MAX_TERMS:
                break
        return matches + self._entitled(question, audiences)

    def _holding(self, field: str, identifier: str, audiences: frozenset[int]) -> frozenset[int]:
        if not self._index.searcher().doc_freq(field, identifier):
            return frozenset()
        query = self._tantivy.Query.term_query(self._schema, field, identifier, index_option="basic")
        return frozenset(passage for passage, _ in self._found(query, MOST_HOLDING, audiences))

    def _entitled(self, question: str, audiences: frozenset[int]) -> list[IdentifierMatch]:
        """The titles that are much like the question, the likest first."""
        near = self._titles.near(self._terms(question), audiences=audiences, weight=self._weight)
        return [
            IdentifierMatch(" ".join(sorted(title.words)), frozenset({title.passage_id}), likeness=likeness)
            for likeness, title in near
        ]

    def _weight(self, word: str) -> float:
        return self._rarity([word])[word]

    def _terms(self, question: str) -> list[str]:
        return list(dict.fromkeys(self._analyzer.analyze(_encodable(question))))[:MAX_TERMS]

    def _found(self, query: Any, k: int, audiences: frozenset[int]) -> list[tuple[int, float]]:
        searcher = self._index.searcher()
        hits = searcher.search(self._within(query, audiences), k).hits
        passages: list[Any] = searcher.fast_field_values("passage_id", [address for _, address in hits])
        return [(int(passage), float(score)) for passage, (score, _) in zip(passages, hits, strict=True)]

    def _count(self, query: Any, audiences: frozenset[int]) -> int:
        found: Any = self._index.searcher().search(
            self._within(query, audiences), 1
        )  # its stub knows no count
        return int(found.count)

    def _within(self, query: Any, audiences: frozenset[int]) -> Any:
        """The query for passages of these audiences alone; the filter adds nothing to the score."""
        must = self._tantivy.Occur.Must
        allowed = self._tantivy.Query.term_set_query(self._schema, "audience_id", sorted(audiences))
        silent = self._tantivy.Query.const_score_query(allowed, 0.0)
        return self._tantivy.Query.boolean_query([(must, query), (must, silent)])


def _encodable(text: str) -> str:
    """JSON can smuggle lone surrogates into a string, and tantivy, being Rust, refuses them."""
    return text.encode("utf-8", "replace").decode()


def _analyzer(tantivy: Any) -> Any:
    stopwords = tantivy.Filter.custom_stopword(_CHATTER.split())
    return _cutting(tantivy, stopwords, tantivy.Filter.ascii_fold(), tantivy.Filter.stemmer("english"))


def _speller(tantivy: Any) -> Any:
    """For words as they are spelt."""
    return _cutting(tantivy, tantivy.Filter.ascii_fold())


def _cutting(tantivy: Any, *filters: Any) -> Any:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for each in (tantivy.Filter.lowercase(), tantivy.Filter.remove_long(60), *filters):
        builder = builder.filter(each)
    return builder.build()
