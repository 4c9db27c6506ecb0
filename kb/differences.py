"""What changed between two texts, word by word: what reviewers decide by, and what history shows.

A difference is exact. What it calls same and removed, joined, is the old text; same and added is the new one.
"""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Literal

Kind = Literal["same", "removed", "added"]

# Comparing takes longer the more has changed: past these a stretch is shown as taken out and put in again, whole.
MAX_ITEMS = 20_000
MAX_SECONDS = 1.0
MAX_ROWS = 20_000  # twice the lines that a page renders; what comes after shares the last row

_NEWLINE = re.compile(r"\r\n?|\n")
# A line ending, blank space, a sign of a script that writes without spaces, a word, or any other sign. A word is
# whatever is no punctuation: Python's \w would cut accents and vowel signs off their letters.
_TOKEN = re.compile(
    r"\r\n?|\n|[^\S\r\n]+|[\u3040-\u30ff\u3400-\u9fff]"
    r"|(?P<word>(?:[^\s!-/:-@\[-`{-~\xa1-\xbf\u2010-\u2027\u2030-\u205e\u3000-\u30ff\u3400-\u9fff]"
    r"|(?<=\w)['’-](?=\w))+)|."
)
_FIRST_LETTER = 0x20000  # 42,000 rare letters from here on: one for each word or line that is compared
_SIDES: tuple[tuple[str, Kind], ...] = (("old", "added"), ("new", "removed"))  # and what is not on that side
_KINDS: dict[int, Kind] = {-1: "removed", 0: "same", 1: "added"}


@dataclass(frozen=True)
class Segment:
    kind: Kind
    text: str


@dataclass(frozen=True)
class Row:
    """One line to show. A number stands on the row where that line of that text begins, and nowhere else."""

    old_number: int | None
    new_number: int | None
    segments: tuple[Segment, ...]

    @property
    def is_changed(self) -> bool:
        return any(segment.kind != "same" for segment in self.segments)


@dataclass(frozen=True)
class Fold:
    """Rows in which nothing changed, to be shown as one line that can be opened."""

    rows: tuple[Row, ...]

    @property
    def words(self) -> str:
        return f"{len(self.rows)} unchanged lines"


@dataclass(frozen=True)
class Difference:
    rows: tuple[Row, ...]
    words_added: int
    words_removed: int

    @property
    def is_empty(self) -> bool:
        return not any(row.is_changed for row in self.rows)


def compare(old: str, new: str) -> Difference:
    """Two Markdown texts, line by line for a page, and within the lines word by word.

    Takes a few seconds at worst, whatever the texts: what can't be compared in time counts as replaced.
    """
    segments = _compared(old, new)
    return Difference(
        tuple(_rows(segments)),
        sum(count_words(segment.text) for segment in segments if segment.kind == "added"),
        sum(count_words(segment.text) for segment in segments if segment.kind == "removed"),
    )


def compare_words(old: str, new: str) -> tuple[Segment, ...]:
    """Two short texts, such as titles, word by word."""
    return tuple(_joined(_by_word(old, new, time.monotonic() + MAX_SECONDS)))


def fold(rows: Sequence[Row], context: int = 3) -> list[Row | Fold]:
    """The rows with long unchanged stretches folded away, but for a few lines around each change."""
    near = set[int]()
    for i, row in enumerate(rows):
        if row.is_changed:
            near.update(range(i - context, i + context + 1))
    folded: list[Row | Fold] = []
    here = 0
    while here < len(rows):
        stop = here
        while stop < len(rows) and stop not in near:
            stop += 1
        if stop - here > 1:
            folded.append(Fold(tuple(rows[here:stop])))
        else:  # one line hidden behind one line is no gain
            stop = max(stop, here + 1)
            folded += rows[here:stop]
        here = stop
    return folded


def count_words(text: str) -> int:
    """How many words a reader would count; punctuation is none."""
    return sum(1 for match in _TOKEN.finditer(text) if match["word"] or "\u3040" <= match[0] <= "\u9fff")


def lines_of(text: str) -> list[str]:
    """The lines with their endings, in the parser's count of lines."""
    ends = [match.end() for match in _NEWLINE.finditer(text)]
    lines = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    rest = text[ends[-1] if ends else 0 :]
    return [*lines, rest] if rest else lines


def aligned(old: Sequence[str], new: Sequence[str], deadline: float, *, tidy: bool) -> list[tuple[Kind, int]]:
    """Two sequences as stretches in order: of what kind, and how many items. The deadline is a monotonic time.

    Tidied for the eye, it no longer calls a blank line between two rewritten paragraphs unchanged.
    """
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    before, after = old[head : len(old) - tail], new[head : len(new) - tail]
    found: list[tuple[Kind, int]] = [("removed", len(before)), ("added", len(after))]
    if before and after and len(before) + len(after) <= MAX_ITEMS and time.monotonic() < deadline:
        found = _diffed(before, after, deadline, tidy) or found
    return [part for part in [("same", head), *found, ("same", tail)] if part[1]]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    pairs = enumerate(zip(old, new, strict=False))
    return next((i for i, (one, other) in pairs if one != other), min(len(old), len(new)))


def _diffed(
    old: Sequence[str], new: Sequence[str], deadline: float, tidy: bool
) -> list[tuple[Kind, int]] | None:
    """What the library says of two sequences, each item standing for a letter; None when it loses itself."""
    from diff_match_patch import diff_match_patch

    letters: dict[str, str] = {"\r\n": "\r"}
    engine = diff_match_patch()
    engine.Diff_Timeout = max(0.01, deadline - time.monotonic())  # 0 would mean for ever
    try:
        found = engine.diff_main(_encoded(old, letters), _encoded(new, letters), False)
        if tidy:
            engine.diff_cleanupSemantic(found)
    except RecursionError:
        return None
    return [(_KINDS[sign], len(text)) for sign, text in found]


def _encoded(items: Sequence[str], letters: dict[str, str]) -> str:
    """A letter for each item. Ends of lines and punctuation stay, so that the library sees where words end."""
    for item in items:
        is_plain = item == "\n" or (len(item) == 1 and " " <= item <= "~")
        letters.setdefault(item, item if is_plain else chr(_FIRST_LETTER + len(letters)))
    return "".join(letters[item] for item in items)


def _compared(old: str, new: str) -> list[Segment]:
    """Lines first, which is quick; then words, where lines were replaced."""
    deadline = time.monotonic() + MAX_SECONDS
    before, after = lines_of(old), lines_of(new)
    segments: list[Segment] = []
    was, now = 0, 0
    for removed, added, same in _hunks(aligned(before, after, deadline, tidy=True)):
        old_text = "".join(before[was : was + removed])
        new_text = "".join(after[now : now + added])
        was, now = was + removed + same, now + added + same
        segments += _by_word(old_text, new_text, deadline)
        segments.append(Segment("same", "".join(before[was - same : was])))
    return _on_own_lines(_joined(segments))


def _hunks(parts: Iterable[tuple[Kind, int]]) -> Iterator[tuple[int, int, int]]:
    """Each change as (removed, added) with the unchanged stretch that follows it."""
    counts: dict[Kind, int] = {"removed": 0, "added": 0}
    for kind, count in parts:
        if kind == "same":
            yield counts["removed"], counts["added"], count
            counts = {"removed": 0, "added": 0}
        else:
            counts[kind] += count
    yield counts["removed"], counts["added"], 0


def _by_word(old: str, new: str, deadline: float) -> list[Segment]:
    before = [match[0] for match in _TOKEN.finditer(old)]
    after = [match[0] for match in _TOKEN.finditer(new)]
    segments: list[Segment] = []
    was, now = 0, 0
    for kind, count in aligned(before, after, deadline, tidy=True):
        text = after[now : now + count] if kind == "added" else before[was : was + count]
        was += count * (kind != "added")
        now += count * (kind != "removed")
        segments.append(Segment(kind, "".join(text)))
    return segments


def _joined(segments: Iterable[Segment]) -> list[Segment]:
    filled = (segment for segment in segments if segment.text)
    return [
        Segment(kind, "".join(segment.text for segment in group))
        for kind, group in groupby(filled, key=attrgetter("kind"))
    ]


def _on_own_lines(segments: list[Segment]) -> list[Segment]:
    """Where lines gave way to other lines, each keeps its end: they share nothing else, and rows stay apart."""
    result = list(segments)
    for i in range(len(result) - 2):
        went, came, rest = result[i : i + 3]
        end = _NEWLINE.match(rest.text)
        begins_line = i == 0 or result[i - 1].text.endswith(("\n", "\r"))
        if (went.kind, came.kind, rest.kind) != ("removed", "added", "same") or not (end and begins_line):
            continue
        if _NEWLINE.search(went.text + came.text):
            result[i : i + 3] = [
                Segment("removed", went.text + end[0]),
                Segment("added", came.text + end[0]),
                Segment("same", rest.text[end.end() :]),
            ]
    return _joined(result)


def _rows(segments: Iterable[Segment]) -> Iterator[Row]:
    """Cut at every end of a line, whichever text it belongs to."""
    count, is_open = {"old": 0, "new": 0}, {"old": False, "new": False}
    row: list[Segment] = []
    numbers: dict[str, int] = {}
    for shown, piece in enumerate(_lines_of_segments(segments), 1):
        is_end = piece.text.endswith(("\n", "\r"))
        row.append(piece)
        for side, other in _SIDES:
            if piece.kind != other:
                if not is_open[side]:
                    count[side] += 1
                    numbers[side] = count[side]
                is_open[side] = not is_end
        if is_end and shown < MAX_ROWS:
            yield Row(numbers.get("old"), numbers.get("new"), tuple(row))
            row, numbers = [], {}
    if row:
        yield Row(numbers.get("old"), numbers.get("new"), tuple(row))


def _lines_of_segments(segments: Iterable[Segment]) -> Iterator[Segment]:
    shown = 0
    for segment in segments:
        lines = lines_of(segment.text)
        alone = lines[: max(0, MAX_ROWS - shown)]
        shown += len(alone)
        yield from (Segment(segment.kind, line) for line in alone)
        if rest := lines[len(alone) :]:
            yield Segment(segment.kind, "".join(rest))
