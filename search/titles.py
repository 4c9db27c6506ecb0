"""Titles as names: which of them a question is, or nearly is. Pure; quick among tens of thousands."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from search.wording import SAME_LETTERS, same_word

# A question of more words is no title, and one that shares little with a title does not name it.
MAX_TERMS = 12
MAX_FOUND = 8
LEAST_LIKENESS = 0.6


@dataclass(frozen=True)
class Title:
    """The telling words of an article's title, who may read it, and a passage that stands for it."""

    words: frozenset[str]
    audience_id: int
    passage_id: int


class Titles:
    """The title of every article, by its words and by what those begin with."""

    def __init__(self) -> None:
        self._of: dict[int, Title] = {}
        self._holding: dict[str, set[int]] = {}
        self._beginning: dict[str, set[str]] = {}

    def add(self, article_id: int, title: Title) -> None:
        """Keep an article's title; it takes the place of the one before."""
        self.remove(article_id)
        self._of[article_id] = title
        for word in title.words:
            self._holding.setdefault(word, set()).add(article_id)
            self._beginning.setdefault(word[:SAME_LETTERS], set()).add(word)

    def remove(self, article_id: int) -> None:
        """Forget an article's title; an unknown article is no error."""
        title = self._of.pop(article_id, None)
        for word in title.words if title else ():
            self._holding[word].discard(article_id)
            if not self._holding[word]:
                del self._holding[word]
                self._beginning[word[:SAME_LETTERS]].discard(word)

    def near(
        self, asked: list[str], *, audiences: frozenset[int], weight: Callable[[str], float]
    ) -> list[tuple[float, Title]]:
        """(likeness, title) of the titles of these audiences that are much like the words asked, the likest first.

        `weight` is a word's rarity.
        """
        if not asked or len(asked) > MAX_TERMS:
            return []
        weight = cache(weight)  # many titles share their words
        asked_as: dict[str, list[str]] = {}  # word of a title → the words asked that it is
        for word in asked:
            for same in self._same_words(word):
                asked_as.setdefault(same, []).append(word)
        whole = sum(map(weight, asked))
        near = [
            (likeness, title)
            for title in map(self._of.__getitem__, self._worth_comparing(asked, weight))
            if title.audience_id in audiences
            and (likeness := _likeness(asked_as, whole, title.words, weight)) >= LEAST_LIKENESS
        ]
        near.sort(key=lambda each: (-each[0], each[1].passage_id))
        return near[:MAX_FOUND]

    def _same_words(self, word: str) -> list[str]:
        """The words of titles that are this one."""
        return [each for each in self._beginning.get(word[:SAME_LETTERS], ()) if same_word(word, each)]

    def _worth_comparing(self, asked: list[str], weight: Callable[[str], float]) -> set[int]:
        """Articles whose title has one of the rarest words asked, as many as make up LEAST_LIKENESS of the weight.

        A title without any of them shares less than 1 - LEAST_LIKENESS of what is asked, and cannot be as like as
        LEAST_LIKENESS: with a share of a, its likeness is at most 2a / (1 + a).
        """
        left = LEAST_LIKENESS * sum(map(weight, asked))
        found: set[int] = set()
        for word in sorted(asked, key=weight, reverse=True):
            if left <= 0:
                break
            found.update(*(self._holding[same] for same in self._same_words(word)))
            left -= weight(word)
        return found

    def save(self, path: Path) -> None:
        """Write all of them into a file. Raises OSError."""
        rows = [
            [article, title.audience_id, title.passage_id, " ".join(title.words)]
            for article, title in self._of.items()
        ]
        path.write_text(json.dumps(rows))

    def load(self, path: Path) -> None:
        """Add what `save` wrote. Raises OSError, ValueError."""
        for article, audience, passage, words in json.loads(path.read_text()):
            self.add(article, Title(frozenset(words.split()), audience, passage))


def _likeness(
    asked_as: Mapping[str, list[str]], whole: float, title: frozenset[str], weight: Callable[[str], float]
) -> float:
    """The weight of the words that both have over the weight of all (Dice), a word's weight being its rarity.

    `whole` is the weight of all words asked. What can't come to LEAST_LIKENESS any more is 0: the other words of most
    titles need not be weighed.
    """
    met = title & asked_as.keys()
    shared = sum(map(weight, met))
    both = shared + sum(map(weight, {word for each in met for word in asked_as[each]}))
    if not met or both < LEAST_LIKENESS * (whole + shared):
        return 0.0
    return both / (whole + sum(map(weight, title)))
