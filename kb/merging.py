"""Two people changed the same text: what both may keep at once, and where one of them has to choose.

No text of either side is ever dropped: where the changes collide, the merged text holds both, between markers.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kb.differences import MAX_SECONDS, aligned

Origin = Literal["unchanged", "mine", "theirs", "both", "conflict"]

# In words, because an editor reads them; the middle one is no line of "=" alone, which would make a heading.
MINE = "<<<<<<< your text"
MIDDLE = "======= above is your text, below is what was saved meanwhile"
THEIRS = ">>>>>>> saved meanwhile"
MAX_NAME = 80

_MARKER = re.compile(rf"^[ \t>]*(?:{re.escape(MINE)}|{re.escape(MIDDLE)}|{re.escape(THEIRS)})", re.MULTILINE)
_ORIGINS: dict[str, Origin] = {"unchanged": "unchanged", "a": "mine", "b": "theirs", "same": "both"}


@dataclass(frozen=True)
class Piece:
    """A stretch of whole lines. Of a conflict all three texts are given; of the rest, only what is taken."""

    origin: Origin
    text: str
    base: str = ""
    mine: str = ""
    theirs: str = ""


@dataclass(frozen=True)
class Merged:
    text: str
    conflicts: int
    pieces: tuple[Piece, ...]


def merge(base: str, mine: str, theirs: str, *, their_name: str = "") -> Merged:
    """The text with both people's changes to the base; where they collide, both between markers.

    Lines end in "\n" in what comes back: browsers send other endings than what was saved.
    """
    pieces = tuple(_pieces(_lines(base), _lines(mine), _lines(theirs), _one_line(their_name)[:MAX_NAME]))
    conflicts = sum(1 for piece in pieces if piece.origin == "conflict")
    return Merged("\n".join(piece.text for piece in pieces), conflicts, pieces)


def merge_line(base: str, mine: str, theirs: str) -> Merged:
    """The same for a title or a summary. A conflict has my text, and theirs in its piece: markers fit in no line."""
    base, mine, theirs = _one_line(base), _one_line(mine), _one_line(theirs)
    origin: Origin = "conflict"
    if mine == theirs:
        origin = "unchanged" if mine == base else "both"
    elif mine == base:
        origin = "theirs"
    elif theirs == base:
        origin = "mine"
    text = theirs if origin == "theirs" else mine
    return Merged(text, int(origin == "conflict"), (Piece(origin, text, base, mine, theirs),))


def has_markers(text: str) -> bool:
    """Whether a conflict still waits in a text for somebody to choose, so that it may not be submitted."""
    return marker_line(text) is not None


def marker_line(text: str) -> int | None:
    """The number of the first line that is a marker of ours; git's own, which articles tell about, is none."""
    found = _MARKER.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else None


def _pieces(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str], their_name: str
) -> Iterator[Piece]:
    from merge3 import Merge3

    ending = f"{THEIRS} by {their_name}" if their_name else THEIRS
    for group in Merge3(base, mine, theirs, sequence_matcher=_Matcher).merge_groups():
        if group[0] == "conflict":
            _, was, ours, others = group
            lines = [MINE, *ours, MIDDLE, *others, ending]
            yield Piece("conflict", "\n".join(lines), "\n".join(was), "\n".join(ours), "\n".join(others))
        elif group[1]:
            yield Piece(_ORIGINS[group[0]], "\n".join(group[1]))


class _Matcher:
    """Tells merge3 what two texts share. Its own choice takes hours over texts made to keep it busy."""

    def __init__(
        self, isjunk: Any = None, a: Sequence[str] = (), b: Sequence[str] = (), autojunk: bool = True
    ):
        self.old, self.new = a, b

    def get_matching_blocks(self) -> list[tuple[int, int, int]]:
        blocks: list[tuple[int, int, int]] = []
        was, now = 0, 0
        for kind, count in aligned(self.old, self.new, time.monotonic() + MAX_SECONDS, tidy=False):
            if kind == "same":
                blocks.append((was, now, count))
            was += count * (kind != "added")
            now += count * (kind != "removed")
        return [*blocks, (len(self.old), len(self.new), 0)]


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _one_line(text: str) -> str:
    return " ".join(text.split())
