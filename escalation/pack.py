"""The hand-off pack: all that is known when a person turns to a human, as lines that they can read and strike out.

A line knows what it rests on, so that striking it out or masking it leaves nothing of it behind.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from escalation.urgency import Level, level
from kb.outline import readable_text

VERSION = 1


class Kind(StrEnum):
    QUESTION = "question"
    ANSWER = "answer"
    QUOTED = "quoted"
    QUOTE = "quote"
    NEAREST = "nearest"
    FEEDBACK = "feedback"
    OPENED = "opened"
    REJECTED = "rejected"
    ARTICLE = "article"
    ORIGIN = "origin"
    NOTE = "note"
    URGENCY = "urgency"


LABELS: dict[Kind, str] = {
    Kind.QUESTION: "Question",
    Kind.ANSWER: "How it was answered",
    Kind.QUOTED: "Article quoted",
    Kind.QUOTE: "Quote",
    Kind.NEAREST: "Article that came close",
    Kind.FEEDBACK: "Feedback",
    Kind.OPENED: "Opened",
    Kind.REJECTED: "Did not help",
    Kind.ARTICLE: "About",
    Kind.ORIGIN: "Page",
    Kind.NOTE: "Note",
    Kind.URGENCY: "Urgency",
}

SECTIONS: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("What was asked, and what came back", (
        Kind.ARTICLE, Kind.NOTE, Kind.QUESTION, Kind.ANSWER, Kind.QUOTED, Kind.QUOTE, Kind.NEAREST,
    )),
    ("What was opened", (Kind.OPENED,)),
    ("What did not help", (Kind.REJECTED, Kind.FEEDBACK)),
    ("Where in the product", (Kind.ORIGIN,)),
    ("How urgent it reads, and why", (Kind.URGENCY,)),
)  # fmt: skip


@dataclass(frozen=True)
class Ref:
    """What a line rests on in the knowledge base; start and end are characters of that revision's body.

    `audience_id` is who could read it when it was put together: once the revision is superseded, nobody else may.
    """

    article_id: int
    revision_id: int
    number: int
    title: str
    score: float | None = None
    start: int | None = None
    end: int | None = None
    anchor: str = ""
    audience_id: int | None = None


@dataclass(frozen=True)
class Line:
    """One thing that is known. `id` stays the same whenever it is composed again; `at` is ISO 8601."""

    id: str
    kind: Kind
    text: str = ""
    ref: Ref | None = None
    at: str = ""
    rests_on: str = ""
    rule: str = ""
    points: int = 0

    @property
    def label(self) -> str:
        return LABELS[self.kind]

    @property
    def words(self) -> str:
        """As a page shows it: a quote without its Markdown."""
        return f"“{readable_text(self.text)}”" if self.kind == Kind.QUOTE else self.text

    @property
    def when(self) -> datetime | None:
        return datetime.fromisoformat(self.at) if self.at else None


@dataclass(frozen=True)
class Pack:
    lines: tuple[Line, ...]
    left_out: int = 0

    @property
    def level(self) -> Level:
        """How urgent the reasons that are left add up to."""
        return level((line.rule, line.points) for line in self.lines if line.kind == Kind.URGENCY)

    @property
    def is_calm(self) -> bool:
        """Whether nothing in it says that it is urgent."""
        return not any(self.of(Kind.URGENCY))

    @property
    def article_ids(self) -> frozenset[int]:
        return frozenset(line.ref.article_id for line in self.lines if line.ref)

    @property
    def sections(self) -> list[tuple[str, list[Line]]]:
        """The lines under their headings, as pages show them; empty sections are left out."""
        grouped = [(heading, list(self.of(*kinds))) for heading, kinds in SECTIONS]
        return [(heading, lines) for heading, lines in grouped if lines]

    def of(self, *kinds: Kind) -> Iterator[Line]:
        return (line for line in self.lines if line.kind in kinds)

    def to_json(self) -> dict[str, Any]:
        lines = [{key: value for key, value in asdict(line).items() if value} for line in self.lines]
        return {"version": VERSION, "left_out": self.left_out, "lines": lines}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """The pack that to_json wrote; ValueError when it comes from a version that this code does not know."""
        if content.get("version") != VERSION:
            raise ValueError(f"This is a pack of version {content.get('version')}.")
        return cls(tuple(_line(line) for line in content["lines"]), content["left_out"])

    @property
    def digest(self) -> str:
        """Tells two packs apart, and a changed one from what was sent."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


def _line(content: dict[str, Any]) -> Line:
    ref = content.get("ref")
    return Line(**{**content, "kind": Kind(content["kind"]), "ref": Ref(**ref) if ref else None})
