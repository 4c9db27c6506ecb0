"""Measuring routing on a history: the neighbours that the product asks, against what is simplest. Pure.

Twice. *Frozen*: nothing after a day is learnt, by anybody. *Learning*: a ticket's label is known a week after it came,
to everybody, as corrections are known to the product; the linear model is fitted anew each week, once to all alike and
once with tickets fading as the neighbours' do.
"""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalation.routing.neighbours import HALF_LIFE_DAYS, Neighbour, batches, nearest, vote, words_to_compare
from escalation.routing.sureness import KNOWN_AFTER_DAYS, RECENT, Outcome, Sureness, learn

WEEK = 7.0
QUERIES_AT_ONCE = 256
DAY = 86_400


class BadHistory(Exception):
    """The file can't be used; the message says why."""


@dataclass(frozen=True)
class Labelled:
    """A ticket of a history and where it belongs."""

    days: float
    text: str
    label: str


@dataclass(frozen=True)
class Guess:
    """What was said of a ticket, how sure, and whether it was right; `acts` when it would have been done at once."""

    share: float
    right: bool
    acts: bool = False


@dataclass(frozen=True)
class Figures:
    """One way's accuracy over all tickets, over the share that the product would place itself, and its own surest."""

    name: str
    overall: float
    on_placed: float
    on_own_surest: float


@dataclass(frozen=True)
class Report:
    """What was measured; `placed` is the share of later tickets that the product would place without asking."""

    name: str
    trained: int
    tested: int
    unknown: float  # share of later tickets whose label no earlier ticket had
    placed: float
    figures: tuple[Figures, ...]


def read(path: Path, label: str) -> list[Labelled]:
    """The tickets of a .jsonl or .jsonl.gz, oldest first; where a label is a list, its first counts."""
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as file
        ):
            found = list(_labelled(file, label))
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as problem:
        raise BadHistory(f"{path} can't be read: {problem}.") from problem
    if not found:
        raise BadHistory(f"No ticket in {path} has created, title and {label}.")
    return sorted(found, key=lambda each: each.days)


def _labelled(lines: Iterator[str] | Any, label: str) -> Iterator[Labelled]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            value = values.get(label)
            value = value[0] if isinstance(value, list) and value else value
            text = words_to_compare(str(values.get("title") or ""), str(values.get("body") or ""))
            if isinstance(value, str) and value:
                yield Labelled(in_days(datetime.fromisoformat(values["created"])), text, value)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
            raise BadHistory(f"Line {number} is no ticket with created, title and {label}.") from problem


def in_days(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() / DAY


def evaluate(
    tickets: Sequence[Labelled],
    vectors: NDArray[np.float32],
    *,
    until: float,
    risk: float,
    on_done: Callable[[int], None] = lambda count: None,
) -> list[Report]:
    """Both reports. `tickets` are in the order of time, `vectors` their rows; `on_done` hears of tickets guessed."""
    days = np.array([each.days for each in tickets])
    start = int(np.searchsorted(days, until))
    if not 0 < start < len(tickets):
        raise BadHistory("There have to be tickets both before and after the day.")
    history = _History(tickets, vectors, days)
    return [
        _report("frozen", history, start, [_Period(start, len(tickets), start, until)], risk, on_done),
        _report("learning", history, start, list(_weeks(days, start, until)), risk, on_done),
    ]


@dataclass(frozen=True)
class _History:
    tickets: Sequence[Labelled]
    vectors: NDArray[np.float32]
    days: NDArray[np.float64]


@dataclass(frozen=True)
class _Period:
    """Tickets from `begin` to `end` are guessed from those before `known`, seen from the day `now`."""

    begin: int
    end: int
    known: int
    now: float


def _weeks(days: NDArray[np.float64], start: int, until: float) -> Iterator[_Period]:
    begin, now = start, until
    while begin < len(days):
        end = int(np.searchsorted(days, now + WEEK))
        known = int(np.searchsorted(days, now - KNOWN_AFTER_DAYS))
        if end > begin:
            yield _Period(begin, end, known, now)
        begin, now = end, now + WEEK


def _report(
    name: str,
    history: _History,
    start: int,
    periods: Sequence[_Period],
    risk: float,
    on_done: Callable[[int], None],
) -> Report:
    ours: list[Guess] = []
    baselines: dict[str, list[Guess]] = {"majority": [], "linear TF-IDF": [], "linear TF-IDF, fading": []}
    for period in periods:
        sureness = _sureness(history, period, risk)
        ours += _neighbours(history, period, sureness)
        baselines["majority"] += _majority(history, period)
        for fading, way in ((False, "linear TF-IDF"), (True, "linear TF-IDF, fading")):
            baselines[way] += _linear(history, period, fading=fading)
        on_done(period.end - period.begin)
    placed = np.array([guess.acts for guess in ours])
    known = {each.label for each in history.tickets[:start]}
    unknown = float(np.mean([each.label not in known for each in history.tickets[start:]]))
    figures = tuple(
        _figures(way, said, placed) for way, said in {**baselines, "nearest tickets": ours}.items()
    )
    return Report(name, start, len(ours), unknown, float(placed.mean()), figures)


def _sureness(history: _History, period: _Period, risk: float) -> Sureness:
    """From the newest that are known, each guessed from what was known before it, as the product does."""
    begin = max(0, period.known - RECENT)
    outcomes = []
    for rows in batches(period.known - begin, QUERIES_AT_ONCE):
        first = begin + rows.start
        now = float(history.days[first])
        known = int(np.searchsorted(history.days, now - KNOWN_AFTER_DAYS))
        past = _Period(first, min(first + QUERIES_AT_ONCE, period.known), known, now)
        outcomes += [Outcome(guess.share, guess.right) for guess in _neighbours(history, past, Sureness())]
    return learn(outcomes, risk=risk)


def _neighbours(history: _History, period: _Period, sureness: Sureness) -> list[Guess]:
    said = []
    for rows in batches(period.end - period.begin, QUERIES_AT_ONCE):
        first = period.begin + rows.start
        last = min(first + QUERIES_AT_ONCE, period.end)
        found, likeness = nearest(history.vectors[: period.known], history.vectors[first:last])
        for asked, near, like in zip(range(first, last), found, likeness, strict=True):
            said.append(_guess(history, asked, near, like, period.now, sureness))
    return said


def _guess(
    history: _History,
    asked: int,
    near: NDArray[np.int64],
    like: NDArray[np.float32],
    now: float,
    sureness: Sureness,
) -> Guess:
    found = vote(
        Neighbour(row, history.tickets[row].label, float(likeness), now - history.tickets[row].days)
        for row, likeness in zip(near.tolist(), like.tolist(), strict=True)
    )
    if found is None:
        return Guess(0.0, False)
    return Guess(found.share, found.place == history.tickets[asked].label, sureness.may_act(found.share))


def _majority(history: _History, period: _Period) -> list[Guess]:
    (label, _), *_ = Counter(each.label for each in history.tickets[: period.known]).most_common(1)
    return [Guess(1.0, each.label == label) for each in history.tickets[period.begin : period.end]]


def _linear(history: _History, period: _Period, *, fading: bool) -> list[Guess]:
    """A logistic model over single words, fitted to what is known in this period."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import SGDClassifier

    known = history.tickets[: period.known]
    if len({each.label for each in known}) < 2:
        return _majority(history, period)
    words = TfidfVectorizer(sublinear_tf=True, min_df=2)
    model = SGDClassifier(loss="log_loss", alpha=3e-5, max_iter=50, random_state=0)
    weights = 0.5 ** ((period.now - history.days[: period.known]) / HALF_LIFE_DAYS) if fading else None
    model.fit(
        words.fit_transform(each.text for each in known),
        [each.label for each in known],
        sample_weight=weights,
    )
    asked = history.tickets[period.begin : period.end]
    chances = model.predict_proba(words.transform(each.text for each in asked))
    return [
        Guess(float(row.max()), model.classes_[row.argmax()] == each.label)
        for row, each in zip(chances, asked, strict=True)
    ]


def _figures(name: str, said: Sequence[Guess], placed: NDArray[np.bool_]) -> Figures:
    right = np.array([guess.right for guess in said])
    surest = np.argsort([-guess.share for guess in said], kind="stable")[: int(placed.sum())]
    some = bool(placed.any())
    return Figures(
        name,
        float(right.mean()),
        float(right[placed].mean()) if some else 0.0,
        float(right[surest].mean()) if some else 0.0,
    )
