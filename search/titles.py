"""Titles as names: which of them a question is, or nearly is. Pure; quick among tens of thousands."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# A question of more words is no title, and one that shares little with a title does not name it.
MAX_TERMS = 12
MAX_FOUND = 8
LEAST_LIKENESS = 0.6
# What may be the same word begins with the same letters.
SAME_LETTERS = 5


@dataclass(frozen=True)
class Title:
    """The telling words of an article's title, who may read it, and a passage that stands for it."""

    words: frozenset[str]
    audience_id: int
    passage_id: int


class Titles:
    """The title of every article, by what its words begin with."""

    def __init__(self) -> None:
        self._of: dict[int, Title] = {}
        self._beginning: dict[str, set[int]] = {}

    def add(self, article_id: int, title: Title) -> None:
        """Keep an article's title; it takes the place of the one before."""
        self.remove(article_id)
        self._of[article_id] = title
        for word in title.words:
            self._beginning.setdefault(word[:SAME_LETTERS], set()).add(article_id)

    def remove(self, article_id: int) -> None:
        """Forget an article's title; an unknown article is no error."""
        title = self._of.pop(article_id, None)
        for word in title.words if title else ():
            self._beginning[word[:SAME_LETTERS]].discard(article_id)

    def near(
        self, asked: list[str], *, audiences: frozenset[int], weight: Callable[[str], float]
    ) -> list[tuple[float, Title]]:
        """(likeness, title) of the titles of these audiences that are much like the words asked, the likest first.

        `weight` is a word's rarity.
        """
        if not asked or len(asked) > MAX_TERMS:
            return []
        weight = cache(weight)  # many titles share their words
        near = [
            (likeness, title)
            for title in map(self._of.__getitem__, self._worth_comparing(asked, weight))
            if title.audience_id in audiences
            and (likeness := _likeness(asked, title.words, weight)) >= LEAST_LIKENESS
        ]
        near.sort(key=lambda each: (-each[0], each[1].passage_id))
        return near[:MAX_FOUND]

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
            found |= self._beginning.get(word[:SAME_LETTERS], set())
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


def _likeness(asked: Iterable[str], title: frozenset[str], weight: Callable[[str], float]) -> float:
    """The weight of the words that both have over the weight of all (Dice), a word's weight being its rarity."""
    asked = list(asked)
    met = {(one, other) for one in asked for other in title if _same_word(one, other)}
    if not met:
        return 0.0
    both = sum(map(weight, {one for one, _ in met})) + sum(map(weight, {other for _, other in met}))
    return both / (sum(map(weight, asked)) + sum(map(weight, title)))


def _same_word(one: str, other: str) -> bool:
    """Whether two stems are of one word: a stemmer does not know that "forgotten" is "forgot"."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= SAME_LETTERS and long.startswith(short))
