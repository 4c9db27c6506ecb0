"""Who is to be told what about the articles that they answer for, and when that is news. Pure."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

# An item that nobody has dealt with for so long is told to somebody above them as well.
PATIENCE = timedelta(days=14)
# What was told and is still there is told again after so long; until then it would teach people not to read it.
REPEATED_AFTER = timedelta(days=7)


class Why(StrEnum):
    """Why an article needs somebody, what can least wait first."""

    CHANGES = "changes"
    FLAGGED = "flagged"
    OVERDUE = "overdue"
    BROKEN = "broken"
    EXPIRING = "expiring"
    DUE = "due"


ORDER = list(Why)


@dataclass(frozen=True)
class Matter:
    """Something that an article needs, and whose it is.

    `since` is the day from which on somebody could have dealt with it; without one it never grows old. `mark` tells
    it from the same matter when that is news again: another flag, a date that was moved.
    """

    why: Why
    article_id: int
    title: str
    path: str
    owner: int | None
    lead: int | None = None
    coaches: tuple[int, ...] = ()
    since: date | None = None
    until: date | None = None
    count: int = 1
    mark: str = ""

    @property
    def key(self) -> str:
        return f"{self.why}:{self.article_id}:{self.mark or self.until or ''}"

    def is_late(self, today: date) -> bool:
        return self.since is not None and today - self.since >= PATIENCE

    @property
    def sentence(self) -> str:
        """What is the matter, and what to do."""
        several = self.count != 1
        told = {
            Why.CHANGES: "A reviewer asked for changes. Read what they say, and change the text.",
            Why.FLAGGED: f"{f'{self.count} readers say' if several else 'A reader says'} that something is to be "
            "put right. Fix it, or answer them.",
            Why.OVERDUE: f"Its review was due on {_day(self.until)}. Say that it is still right, or change it.",
            Why.BROKEN: f"{f'{self.count} of its links lead' if several else 'One of its links leads'} nowhere. "
            "Mend or remove what is broken.",
            Why.EXPIRING: f"Readers lose it on {_day(self.until)}. Give it more time, or let it go.",
            Why.DUE: f"Its review is due on {_day(self.until)}. Say that it is still right, or change it.",
        }
        return told[self.why]


@dataclass
class Digest:
    """All that one person is told on one day: what is theirs, and what others have not dealt with."""

    own: list[Matter] = field(default_factory=list)
    others: list[Matter] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        # What was one's own and comes again as another's is the same matter, told to somebody else.
        return sorted({matter.key for matter in (*self.own, *self.others)})


def digests(
    matters: Iterable[Matter], *, may_read: Callable[[int, int], bool], today: date
) -> dict[int, Digest]:
    """Person → what they are told. Nobody is told of an article that they may not read: `may_read(person, article)`."""
    found: dict[int, Digest] = {}
    for matter in sorted(matters, key=_urgency):
        is_known = matter.owner is not None and may_read(matter.owner, matter.article_id)
        if matter.owner is not None and is_known:
            found.setdefault(matter.owner, Digest()).own.append(matter)
        if not is_known or matter.is_late(today):
            for person in _above(matter, may_read):
                found.setdefault(person, Digest()).others.append(matter)
    return found


def is_news(keys: Collection[str], *, told: Collection[str], on: date | None, today: date) -> bool:
    """Whether to write to somebody who was told something the last time (`told`, `on`), or never."""
    if not keys:
        return False
    return on is None or not set(keys) <= set(told) or today - on >= REPEATED_AFTER


def _above(matter: Matter, may_read: Callable[[int, int], bool]) -> list[int]:
    """The lead of its shelf, or else the coaches, as far as they are others than its owner."""

    def can_be_told(person: int) -> bool:
        return person != matter.owner and may_read(person, matter.article_id)

    if matter.lead is not None and can_be_told(matter.lead):
        return [matter.lead]
    return [coach for coach in matter.coaches if can_be_told(coach)]


def _urgency(matter: Matter) -> tuple[int, date, str, int]:
    return ORDER.index(matter.why), matter.until or matter.since or date.max, matter.title, matter.article_id


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else "a day that is not set"
