"""The hand-off pack: all that is known when a person turns to a human, as lines that they can read and strike out.

A line knows what it rests on. Striking out a question takes its answer along, striking out an article its quotes,
and the words that made a struck question read as urgent go with it: nothing of a struck line stays behind.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from escalation.urgency import Level, Said, level, read
from kb.outline import readable_text

VERSION = 1
MAX_TURNS = 40  # the newest ones; whoever asked more often than that is told how many are not in the pack
MAX_QUOTE = 1500  # characters: a quote is a step or a paragraph, and the reference gives the rest


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

RESTRICTED: dict[Kind, str] = {
    Kind.QUOTE: "A passage was quoted here that is not available to you.",
    Kind.ORIGIN: "The page of an article that is not available to you.",
}
RESTRICTED_ARTICLE = "An article that is not available to you."


@dataclass(frozen=True)
class Ref:
    """What a line rests on in the knowledge base; start and end are characters of that revision's body."""

    article_id: int
    revision_id: int
    number: int
    title: str
    score: float | None = None
    start: int | None = None
    end: int | None = None
    anchor: str = ""


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


@dataclass(frozen=True)
class Quoted:
    """A verbatim span of a revision."""

    text: str
    start: int
    end: int
    anchor: str = ""


@dataclass(frozen=True)
class ShownArticle:
    """An article as a turn showed it. With quotes it was part of the answer, without it came close."""

    id: int
    ref: Ref
    quotes: tuple[Quoted, ...] = ()
    opened_at: str = ""
    rejected: bool = False


@dataclass(frozen=True)
class Turn:
    """A question and what came back. outcome is answered, unsure or unavailable; confidence a probability."""

    id: int
    text: str
    asked_at: str
    outcome: str
    confidence: float | None = None
    helpful: bool | None = None
    note: str = ""
    shown: tuple[ShownArticle, ...] = ()


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


def compose(known: Known) -> Pack:
    """Put all that is known into lines."""
    lines = [
        *_about(known.about),
        *_too_many(known.turns),
        *(line for turn in known.turns[-MAX_TURNS:] for line in _turn(turn)),
        *_place("origin", "Asked for a person on", known.came_from),
        *_place("origin.start", "The conversation started on", known.started_on),
    ]
    return Pack((*lines, *_urgency(lines)))


def without(pack: Pack, struck_ids: Collection[str], *, added: Sequence[str] = ()) -> Pack:
    """The pack that is sent: less what the person struck out, and with what their added words say of urgency."""
    gone = _with_dependants(pack, struck_ids)
    kept = [line for line in pack.lines if line.id not in gone and line.kind != Kind.URGENCY]
    # Read again, because another question may say the same as the one that was struck out.
    urgency = [line for line in _urgency(kept, added) if line.id not in struck_ids]
    return Pack((*kept, *urgency), left_out=pack.left_out + len(gone))


def mask(pack: Pack, readable_article_ids: Collection[int]) -> Pack:
    """The pack for one reader: what rests on an article that they may not see keeps neither title nor text."""
    return replace(
        pack,
        lines=tuple(
            _restricted(line) if line.ref and line.ref.article_id not in readable_article_ids else line
            for line in pack.lines
        ),
    )


def suggested_subject(pack: Pack) -> str:
    """The newest question, shortened. Never an article's title: not every reader of the subject may know it."""
    questions = [line.text for line in pack.of(Kind.QUESTION)]
    if questions:
        words = " ".join(questions[-1].split())
        return words if len(words) <= 150 else f"{words[:149].rstrip()}…"
    return "Question about an article" if any(pack.of(Kind.ARTICLE)) else ""


def story(pack: Pack, *, who: str, need: str, reason: str) -> tuple[str, str, str]:
    """For whoever takes over: who needs what; what was tried; how urgent it is and why now. Mask the pack first."""
    return f"{who} needs help: {need}", _tried(pack), f"{_how_urgent(pack)} {reason}".strip()


def _line(content: dict[str, Any]) -> Line:
    ref = content.get("ref")
    return Line(**{**content, "kind": Kind(content["kind"]), "ref": Ref(**ref) if ref else None})


def _about(about: About | None) -> Iterator[Line]:
    if about is None:
        return
    yield Line("article", Kind.ARTICLE, _named(about.ref), about.ref)
    if about.helpful is not None:
        text = _verdict("The article", about.helpful, about.note)
        yield Line("article.vote", Kind.FEEDBACK, text, rests_on="article")


def _too_many(turns: Sequence[Turn]) -> Iterator[Line]:
    if len(turns) > MAX_TURNS:
        yield Line("earlier", Kind.NOTE, f"{len(turns) - MAX_TURNS} earlier questions are not listed here.")


def _turn(turn: Turn) -> Iterator[Line]:
    question = f"q{turn.id}"
    yield Line(question, Kind.QUESTION, turn.text, at=turn.asked_at)
    yield Line(f"{question}.answer", Kind.ANSWER, _outcome(turn), rests_on=question)
    for shown in turn.shown:
        yield from _shown(shown, question)
    if turn.helpful is not None:
        text = _verdict("This answer", turn.helpful, turn.note)
        yield Line(f"{question}.feedback", Kind.FEEDBACK, text, rests_on=question)


def _shown(shown: ShownArticle, question: str) -> Iterator[Line]:
    article, kind = f"s{shown.id}", Kind.QUOTED if shown.quotes else Kind.NEAREST
    line = Line(article, kind, _named(shown.ref), shown.ref, rests_on=question)
    yield line
    for place, quote in enumerate(shown.quotes, start=1):
        ref = replace(shown.ref, start=quote.start, end=quote.end, anchor=quote.anchor)
        yield Line(f"{article}.quote{place}", Kind.QUOTE, _shortened(quote.text), ref, rests_on=article)
    if shown.opened_at:
        yield replace(line, id=f"{article}.opened", kind=Kind.OPENED, at=shown.opened_at, rests_on=article)
    if shown.rejected:
        yield replace(line, id=f"{article}.rejected", kind=Kind.REJECTED, rests_on=article)


def _place(id_: str, before: str, place: Place | None) -> Iterator[Line]:
    if place:
        page = f"the article {_named(place.ref)}" if place.ref else place.path
        yield Line(id_, Kind.ORIGIN, f"{before} {page}", place.ref)


def _urgency(lines: Sequence[Line], added: Sequence[str] = ()) -> Iterator[Line]:
    said = [Said(line.id, line.text) for line in lines if line.kind in (Kind.QUESTION, Kind.FEEDBACK)]
    said += [Said("", text) for text in added]
    count = [line.kind for line in lines].count
    found = read(said, questions=count(Kind.QUESTION), rejected=count(Kind.REJECTED))
    for reason in found.reasons:
        yield Line(
            f"urgency.{reason.rule}",
            Kind.URGENCY,
            reason.text,
            rests_on=reason.source,
            rule=reason.rule,
            points=reason.points,
        )


def _with_dependants(pack: Pack, struck_ids: Collection[str]) -> set[str]:
    """The struck lines and all that rests on them; a line always stands after the one it rests on."""
    gone: set[str] = set()
    for line in pack.lines:
        if line.id in struck_ids or line.rests_on in gone:
            gone.add(line.id)
    return gone


def _restricted(line: Line) -> Line:
    return replace(line, text=RESTRICTED.get(line.kind, RESTRICTED_ARTICLE), ref=None)


def _named(ref: Ref) -> str:
    match = "" if ref.score is None else f", match {ref.score:.2f}"
    return f"“{ref.title}”, revision {ref.number}{match}"


def _verdict(what: str, helpful: bool, note: str) -> str:
    verdict = f"{what} was marked as {'helpful' if helpful else 'not helpful'}"
    return f"{verdict}: “{note}”" if note else f"{verdict}."


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_QUOTE else f"{text[:MAX_QUOTE].rstrip()} …"


def _outcome(turn: Turn) -> str:
    chance = "" if turn.confidence is None else f" ({turn.confidence:.0%})"
    if turn.outcome == "answered":
        return f"With quotes from our articles, {_in_words(turn.confidence)}{chance}."
    if turn.outcome == "unsure":
        return f"Not sure{chance}: only the articles that came closest were shown."
    return "Search was not available, so nothing could be shown."


def _in_words(confidence: float | None) -> str:
    if confidence is None:
        return "without a measure of how sure"
    if confidence >= 0.8:
        return "sure that they answer"
    return "fairly sure that they answer" if confidence >= 0.5 else "with little confidence"


def _tried(pack: Pack) -> str:
    count = [line.kind for line in pack.lines].count
    if not count(Kind.QUESTION):
        article = next(pack.of(Kind.ARTICLE), None)
        reading = (
            f"They were reading {_title(article)}." if article else "They asked for a person straight away."
        )
        return f"{reading}{_left_out(pack)}"
    shown = len({line.ref.article_id if line.ref else line.id for line in pack.of(Kind.QUOTED, Kind.NEAREST)})
    parts = [f"asked {_times(count(Kind.QUESTION))}", f"were shown {_articles(shown)}"]
    parts.append(f"opened {count(Kind.OPENED) or 'none'}")
    sentence = f"They {', '.join(parts[:-1])} and {parts[-1]}."
    return sentence + _turned_down(pack) + _left_out(pack)


def _turned_down(pack: Pack) -> str:
    rejected = list(dict.fromkeys(_title(line) for line in pack.of(Kind.REJECTED)))
    if not rejected:
        return ""
    more = f" and {len(rejected) - 2} more" if len(rejected) > 2 else ""
    return f" Did not help: {', '.join(rejected[:2])}{more}."


def _title(line: Line) -> str:
    return f"“{line.ref.title}”" if line.ref else "a restricted article"


def _left_out(pack: Pack) -> str:
    if not pack.left_out:
        return ""
    return f" They left out {pack.left_out} {'line' if pack.left_out == 1 else 'lines'}."


def _how_urgent(pack: Pack) -> str:
    reasons = sorted(pack.of(Kind.URGENCY), key=lambda line: -line.points)
    why = "; ".join(line.text for line in reasons[:3])
    return f"Reads as {pack.level}: {why}." if why else f"Reads as {pack.level}: nothing says otherwise."


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _articles(number: int) -> str:
    return {0: "no article", 1: "one article"}.get(number, f"{number} articles")
