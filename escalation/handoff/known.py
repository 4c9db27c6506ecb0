"""What is known of a person's way to the hand-off, before it becomes a pack."""

from dataclasses import dataclass

from escalation.handoff.pack import Ref


@dataclass(frozen=True)
class Quoted:
    """A verbatim span of a revision."""

    text: str
    start: int
    end: int
    anchor: str = ""


@dataclass(frozen=True)
class ShownArticle:
    """An article as a turn showed it. Quoted it was part of the answer, otherwise it came close.

    `changed`: it has another text now, which `ref` means; what was shown is not repeated.
    """

    id: int
    ref: Ref
    quotes: tuple[Quoted, ...] = ()
    opened_at: str = ""
    rejected: bool = False
    quoted: bool = False
    changed: bool = False


@dataclass(frozen=True)
class Turn:
    """A question and what came back. outcome is one of search's; `doubts` say in words why it was not sure."""

    id: int
    text: str
    asked_at: str
    outcome: str
    confidence: float | None = None
    helpful: bool | None = None
    note: str = ""
    shown: tuple[ShownArticle, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class About:
    """The article that the person was reading when they asked for a human, and what they said of it."""

    ref: Ref
    helpful: bool | None = None
    note: str = ""


@dataclass(frozen=True)
class Place:
    """A page of the product; `ref` when it was an article's, whose address would give away its title."""

    path: str
    ref: Ref | None = None


@dataclass(frozen=True)
class Known:
    """All that is known of a person's way to the hand-off."""

    turns: tuple[Turn, ...] = ()
    about: About | None = None
    came_from: Place | None = None
    started_on: Place | None = None
    device: str = ""
