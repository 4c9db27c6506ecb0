"""Where the tickets most like this one went. Pure.

Each neighbour's say falls off steeply with its likeness, and by half every sixty days: what is called what, and who
does it, changes at every place, and a desk that was divided anew last month should be followed.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

import numpy as np
from numpy.typing import NDArray

# As many are taken by likeness alone, and of these the weightiest have a say.
CANDIDATES = 400
NEAREST = 30
SHARPNESS = 0.1
HALF_LIFE_DAYS = 60.0
# What a ticket says first tells what it is about; a log that was pasted below it does not.
LONGEST_TEXT = 1200
ROWS_AT_ONCE = 8192


@dataclass(frozen=True)
class Neighbour:
    """A ticket nearby, and the place where people left it: a queue, a priority or a person, by any name."""

    ticket: int
    place: Any
    likeness: float
    days: float  # by which it is older

    @property
    def weight(self) -> float:
        return math.exp((self.likeness - 1) / SHARPNESS) * 0.5 ** (max(self.days, 0.0) / HALF_LIFE_DAYS)


@dataclass(frozen=True)
class Vote:
    """The place that has the greatest share of the weight; so many of those asked went there, `nearest` first."""

    place: Any
    share: float
    agreeing: int
    asked: int
    nearest: tuple[int, ...]


def words_to_compare(subject: str, *texts: str) -> str:
    """What of a ticket is compared with others."""
    return "\n".join(text for text in (subject, *texts) if text)[:LONGEST_TEXT]


def vote(neighbours: Iterable[Neighbour]) -> Vote | None:
    """What the weightiest neighbours say; None without any."""
    heard = nlargest(NEAREST, ((each.weight, each) for each in neighbours), key=lambda pair: pair[0])
    weights: dict[Any, float] = defaultdict(float)
    for weight, each in heard:
        weights[each.place] += weight
    total = sum(weights.values())
    if not total:
        return None
    place = max(weights, key=lambda name: weights[name])
    agreeing = [each.ticket for _, each in heard if each.place == place]
    return Vote(place, weights[place] / total, len(agreeing), len(heard), tuple(agreeing))


def nearest(
    vectors: NDArray[np.floating[Any]], asked: NDArray[np.float32], count: int = CANDIDATES
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each row that is asked the `count` nearest rows of `vectors`, and their likeness, in no order.

    Vectors may be kept at half precision: they are widened a block at a time.
    """
    likeness = np.empty((len(asked), len(vectors)), dtype=np.float32)
    for begin in range(0, len(vectors), ROWS_AT_ONCE):
        block = vectors[begin : begin + ROWS_AT_ONCE].astype(np.float32, copy=False)
        likeness[:, begin : begin + ROWS_AT_ONCE] = asked @ block.T
    count = min(count, len(vectors))
    rows = (
        np.argpartition(-likeness, count - 1, axis=1)[:, :count] if count else np.empty((len(asked), 0), int)
    )
    return rows, np.take_along_axis(likeness, rows, axis=1)


def in_words(found: Vote, place: str, example: str) -> str:
    """Why, in one line."""
    return (
        f"{found.agreeing} of the {found.asked} nearest resolved tickets went to {place}, such as {example}."
    )


def batches(total: int, size: int) -> Sequence[slice]:
    """So many rows at once, that what is compared fits into memory."""
    return [slice(begin, begin + size) for begin in range(0, total, size)]
