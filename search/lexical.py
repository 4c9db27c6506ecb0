"""Words and identifiers to passages: BM25 by tantivy, in memory or in a folder of this process's own."""

import shutil
import weakref
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import Any, Self

from search.identifiers import asked_identifiers, exact_identifiers, hyphenated
from search.lexical_documents import LexicalDocument, encodable, fields_of, schema, speller, stemmer
from search.lexical_files import copy_index
from search.lexical_searcher import LexicalSearcher
from search.near_words import clearly_meant, may_be_slips, respelt, slips_of
from search.titles import Title, Titles

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
# Looking for near words costs tens of milliseconds where tens of thousands begin with the same letter.
MAX_TYPOS = 3
# The file of titles beside tantivy's own.
TITLES = "titles.json"


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
        fields = schema()
        self._stemmer = stemmer()
        self._index = tantivy.Index(fields, path=str(folder) if folder else None)
        self._index.register_tokenizer("words", self._stemmer)
        self._index.register_tokenizer("spelt", speller())
        self._writer: Any = self._index.writer(heap_size=32_000_000, num_threads=1)
        self._searcher = LexicalSearcher(self._index, fields)
        self._titles = Titles()
        self._vocabulary: dict[str, list[str]] = {}  # by their first letter, of those looked for
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._searcher)

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
        """The last of an article's passages that follow each other stands for it as a title."""
        for article_id, group in groupby(documents, key=attrgetter("article_id")):
            passages = list(group)
            for fields in fields_of(passages):
                self._writer.add_document(self._tantivy.Document(**fields))
            last = passages[-1]
            words = frozenset(self._terms(last.title))
            self._titles.add(article_id, Title(words, last.audience_id, last.passage_id))

    def _remove(self, article_id: int) -> None:
        self._writer.delete_documents_by_term("article_id", article_id)
        self._titles.remove(article_id)

    def _commit(self) -> None:
        self._writer.commit()
        self._index.reload()
        self._vocabulary = {}

    def search(self, question: str, k: int, *, audiences: frozenset[int]) -> list[tuple[int, float]]:
        """The k best (passage id, BM25), best first, among these audiences alone.

        The question is hostile text: it is cut into words and each becomes a term; nothing parses it as a query.
        """
        terms = self._terms(question)
        if not terms or not audiences or k < 1:
            return []
        slipped = self._slipped(terms, audiences)
        words = [
            (term in slipped and self._nearly(term, audiences)) or self._searcher.holds("words", term)
            for term in terms
        ]
        return self._searcher.best(self._searcher.any_of(words), k, audiences)

    def _slipped(self, terms: list[str], audiences: frozenset[int]) -> list[str]:
        """The terms that no passage of these audiences holds and that may be slips."""
        if len(terms) > MAX_TYPO_TERMS:
            return []
        strange = (
            term
            for term in terms
            if len(term) >= TYPO_LETTERS and not self._searcher.is_held("words", term, audiences)
        )
        return list(islice(strange, MAX_TYPOS))

    def _nearly(self, term: str, audiences: frozenset[int]) -> Any:
        """A query for the words near to one that no passage holds; None when there are none.

        The words together weigh what one does that as many passages hold, and less, for it was not said.
        """
        near = self._searcher.nearly_holds(term, 1 if len(term) < TWO_TYPOS_LETTERS else 2)
        holding = self._searcher.count(near, audiences)
        return self._searcher.worth(near, TYPO_WEIGHT * self._searcher.idf(holding)) if holding else None

    def respelt(self, question: str, *, audiences: frozenset[int], is_word: Callable[[str], bool]) -> str:
        """The question with each strange word as passages of these audiences spell it, where one is clearly meant.

        `is_word` tells the words that are right though no passage has them. At most MAX_TYPOS are looked at.
        """
        strange = (
            word
            for word in may_be_slips(encodable(question))
            if not is_word(word) and not self._is_known(word, audiences)
        )
        meant = {word: self._meant(word, audiences) for word in islice(strange, MAX_TYPOS)}
        return respelt(question, {word: other for word, other in meant.items() if other})

    def hyphenated(self, question: str, *, audiences: frozenset[int]) -> str:
        """The question with each code parted by a hyphen that passages of these audiences write only so."""

        def is_meant(code: str) -> bool:
            return self._searcher.is_held("identifiers", code, audiences) and not self._is_known(
                code, audiences
            )

        return hyphenated(encodable(question), is_meant)

    def _is_known(self, word: str, audiences: frozenset[int]) -> bool:
        """Whether a passage has the word or a form of it, or it says nothing."""
        stem = self._terms(word)
        return not stem or any(
            self._searcher.is_held(field, term, audiences)
            for field, term in (("words", stem[0]), ("spelt", word))
        )

    def _meant(self, word: str, audiences: frozenset[int]) -> str:
        """The nearest word that passages of these audiences hold, empty when two come as near."""
        near = slips_of(word, self._beginning_with(word[0]))
        return clearly_meant(word, {each: self._searcher.held("spelt", each, audiences) for each in near})

    def _beginning_with(self, letter: str) -> list[str]:
        """The words that passages spell so, kept until the next commit: reading 200,000 takes most of a second."""
        vocabulary = self._vocabulary
        if letter not in vocabulary:
            vocabulary[letter] = self._searcher.spelt_like(letter)
        return vocabulary[letter]

    def ceiling(self, question: str) -> float:
        """The BM25 that a passage would near if it were about nothing but the question's words.

        Σ idf·(k1 + 1), BM25's limit as the frequency grows. A score divided by it says, from 0 to 1, how much of
        what the question asks for a passage speaks of, whatever the size of the collection.

        The idf is the whole index's, whoever asks: BM25 scores are comparable only so. It says roughly how rare a
        word is among all passages, hidden ones too; show nobody more than a rounded figure that was made of it.
        """
        return _SATURATION * sum(map(self._searcher.rarity, self._terms(question)))

    def identified(self, question: str, *, audiences: frozenset[int]) -> list[IdentifierMatch]:
        """The identifiers of the question that some passage of these audiences holds, with those passages.

        Then the titles that the question comes near to.
        """
        if not audiences:
            return []
        question = encodable(question)
        exact = exact_identifiers(question)
        asked = sorted(asked_identifiers(question))
        share = 1 / max(1, len(self._terms(question)))
        matches = []
        for identifier in asked:
            passages = self._searcher.holding("identifiers", identifier, MOST_HOLDING, audiences)
            if passages:
                titled = self._searcher.holding("titled", identifier, MOST_HOLDING, audiences)
                matches.append(IdentifierMatch(identifier, passages, identifier in exact, share, titled))
            if len(matches) == MAX_TERMS:
                break
        return matches + self._entitled(question, audiences)

    def _entitled(self, question: str, audiences: frozenset[int]) -> list[IdentifierMatch]:
        """The titles that are much like the question, the likest first."""
        near = self._titles.near(self._terms(question), audiences=audiences, weight=self._searcher.rarity)
        return [
            IdentifierMatch(" ".join(sorted(title.words)), frozenset({title.passage_id}), likeness=likeness)
            for likeness, title in near
        ]

    def _terms(self, question: str) -> list[str]:
        return list(dict.fromkeys(self._stemmer.analyze(encodable(question))))[:MAX_TERMS]
