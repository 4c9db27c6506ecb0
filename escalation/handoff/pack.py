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

from escalation.handoff.impact import Impact, impact, priority
from escalation.handoff.urgency import AFFECTED, COUNTED, Level, level
from kb.outline import readable_text

VERSION = 2
READABLE = (1, 2)  # version 1 has all reasons for urgency under one kind


class Kind(StrEnum):
    QUESTION = "question"
    ANSWER = "answer"
    DOUBT = "doubt"
    QUOTED = "quoted"
    QUOTE = "quote"
    NEAREST = "nearest"
    FEEDBACK = "feedback"
    OPENED = "opened"
    REJECTED = "rejected"
    ARTICLE = "article"
    ORIGIN = "origin"
    DEVICE = "device"
    LANGUAGE = "language"
    NOTE = "note"
    INTAKE = "intake"
    BLOCKED = "blocked"
    AFFECTED = "affected"
    DEADLINE = "deadline"
    TONE = "tone"
    URGENCY = "urgency"


LABELS: dict[Kind, str] = {
    Kind.QUESTION: "Question",
    Kind.ANSWER: "How it was answered",
    Kind.DOUBT: "Why not sure",
    Kind.QUOTED: "Article quoted",
    Kind.QUOTE: "Quote",
    Kind.NEAREST: "Article that came close",
    Kind.FEEDBACK: "Feedback",
    Kind.OPENED: "Opened",
    Kind.REJECTED: "Did not help",
    Kind.ARTICLE: "About",
    Kind.ORIGIN: "Page",
    Kind.DEVICE: "Device",
    Kind.LANGUAGE: "Language",
    Kind.NOTE: "Note",
    Kind.INTAKE: "Asked first",
    Kind.BLOCKED: "Blocked",
    Kind.AFFECTED: "Affected",
    Kind.DEADLINE: "Deadline",
    Kind.TONE: "Tone",
    Kind.URGENCY: "Urgency",
}

# What is read out of words, and read again whenever a line goes or words are added.
URGENCIES = (Kind.BLOCKED, Kind.AFFECTED, Kind.DEADLINE, Kind.TONE, Kind.URGENCY)
READ = (*URGENCIES, Kind.LANGUAGE)
LOOKED_FOR = (Kind.BLOCKED, Kind.AFFECTED, Kind.DEADLINE, Kind.TONE, Kind.DEVICE, Kind.LANGUAGE)

SECTIONS: tuple[tuple[str, tuple[Kind, ...]], ...] = (
    ("What it is about", (Kind.ARTICLE,)),
    ("What was asked, and what came back", (
        Kind.NOTE, Kind.QUESTION, Kind.ANSWER, Kind.DOUBT, Kind.QUOTED, Kind.QUOTE, Kind.NEAREST,
    )),
    ("What we asked first", (Kind.INTAKE,)),
    ("What was opened", (Kind.OPENED,)),
    ("What did not help", (Kind.REJECTED, Kind.FEEDBACK)),
    ("Where in the product", (Kind.ORIGIN,)),
    ("On what, and in which language", (Kind.DEVICE, Kind.LANGUAGE)),
    ("How urgent it reads, and why", URGENCIES),
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

    @property
    def figures(self) -> str:
        """Which revision, and how well it matched: for agents, and noise to everybody else."""
        match = "" if self.score is None else f", match {self.score:.2f}"
        return f", revision {self.number}{match}"


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
        label = LABELS[self.kind]
        return f"{label}, read from the words that were added" if self.is_of_added_words else label

    @property
    def is_of_added_words(self) -> bool:
        """Whether it is a reason for urgency that no line of the pack says: the person wrote it on the form."""
        return self.kind in URGENCIES and not self.rests_on and self.rule not in COUNTED

    @property
    def words(self) -> str:
        """As a page shows it: a quote without its Markdown."""
        return f"“{readable_text(self.text)}”" if self.kind == Kind.QUOTE else self.text

    @property
    def plain_words(self) -> str:
        """For the person who sends it: without figures that only an agent has a use for."""
        return (
            self.words.replace(self.ref.figures, "") if self.ref and self.kind != Kind.QUOTE else self.words
        )

    @property
    def when(self) -> datetime | None:
        return datetime.fromisoformat(self.at) if self.at else None


@dataclass(frozen=True)
class Branch:
    """A line with all that rests on it, and so is left out with it."""

    line: Line
    below: tuple["Branch", ...]

    @property
    def size(self) -> int:
        """How many lines rest on it."""
        return sum(1 + branch.size for branch in self.below)


@dataclass(frozen=True)
class Pack:
    """`description` is what the person added in their own words; a pack that is not sent yet has none."""

    lines: tuple[Line, ...]
    left_out: int = 0
    description: str = ""

    @property
    def urgency(self) -> Level:
        """How soon it must be done, as the reasons that are left add up."""
        return level((line.rule, line.points) for line in self.of(*URGENCIES))

    @property
    def impact(self) -> Impact:
        """How many are hit, by the words that are left."""
        return impact(next((line.text for line in self.of(*URGENCIES) if line.rule == AFFECTED), ""))

    @property
    def level(self) -> Level:
        """The priority that both make."""
        return priority(self.impact, self.urgency)

    @property
    def is_calm(self) -> bool:
        """Whether nothing in it says that it is urgent."""
        return not any(self.of(*URGENCIES))

    @property
    def glance(self) -> list[tuple[str, list[Line]]]:
        """What an agent looks for first, as far as something was said of it, each with the lines that tell it."""
        found = [(LABELS[kind], list(self.of(kind))) for kind in LOOKED_FOR]
        return [(label, lines) for label, lines in found if lines]

    @property
    def not_said(self) -> list[str]:
        """What an agent looks for first and nothing was said of."""
        return [LABELS[kind] for kind in LOOKED_FOR if not any(self.of(kind))]

    @property
    def article_ids(self) -> frozenset[int]:
        return frozenset(line.ref.article_id for line in self.lines if line.ref)

    @property
    def sections(self) -> list[tuple[str, list[Line]]]:
        """The lines under their headings, as pages show them; empty sections are left out."""
        grouped = [(heading, list(self.of(*kinds))) for heading, kinds in SECTIONS]
        return [(heading, lines) for heading, lines in grouped if lines]

    @property
    def branches(self) -> list[tuple[str, list[Branch]]]:
        """What the person strikes out, under its headings: what rests on a line stands below that line."""
        ids = {line.id for line in self.lines}
        below: dict[str, list[Line]] = {}
        for line in self.lines:
            below.setdefault(line.rests_on if line.rests_on in ids else "", []).append(line)

        def branch(line: Line) -> Branch:
            return Branch(line, tuple(branch(each) for each in below.get(line.id, ())))

        roots = below.get("", [])
        grouped = [
            (heading, [branch(line) for line in roots if line.kind in kinds]) for heading, kinds in SECTIONS
        ]
        return [(heading, branches) for heading, branches in grouped if branches]

    def of(self, *kinds: Kind) -> Iterator[Line]:
        return (line for line in self.lines if line.kind in kinds)

    def to_json(self) -> dict[str, Any]:
        lines = [{key: value for key, value in asdict(line).items() if value} for line in self.lines]
        head = {"version": VERSION, "left_out": self.left_out, "description": self.description}
        return {**head, "lines": lines}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """The pack that to_json wrote; ValueError when it comes from a version that this code does not know."""
        if content.get("version") not in READABLE:
            raise ValueError(f"This is a pack of version {content.get('version')}.")
        lines = tuple(_line(line) for line in content["lines"])
        return cls(lines, content["left_out"], content.get("description", ""))

    @property
    def digest(self) -> str:
        """Tells two packs apart, and a changed one from what was sent."""
        return digest_of(self.to_json())


def digest_of(content: dict[str, Any]) -> str:
    """Of a pack as JSON, with whatever is in there."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _line(content: dict[str, Any]) -> Line:
    ref = content.get("ref")
    return Line(**{**content, "kind": Kind(content["kind"]), "ref": Ref(**ref) if ref else None})
