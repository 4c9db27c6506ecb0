"""Until when something is promised: the clock of a ticket, which stands still while it waits for who asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from escalation.promises.hours import Hours
from escalation.workflow import Action

STOPS = {Action.WAIT, Action.RESOLVE, Action.CLOSE}
STARTS = {Action.RESUME, Action.REOPEN}


class Stop(NamedTuple):
    """The clock stood still; `until` is None while it still does."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Target:
    """How soon, in open hours."""

    first_reply: timedelta
    resolution: timedelta


@dataclass(frozen=True)
class Promise:
    """Until when a ticket has its first reply, and until when it is resolved."""

    first_reply: datetime | None = None
    resolution: datetime | None = None

    def next(self, *, replied: bool, stopped: bool) -> datetime | None:
        """What is promised next; nothing while the clock stands still."""
        if stopped:
            return None
        return self.resolution if replied else self.first_reply


def stops_of(story: Iterable[tuple[str, datetime]]) -> list[Stop]:
    """When the clock stood still, by what was done on a ticket, in order."""
    stops: list[Stop] = []
    since: datetime | None = None
    for action, at in story:
        if action in STOPS:
            since = since or at
        elif action in STARTS and since:
            stops.append(Stop(since, at))
            since = None
    return [*stops, Stop(since, None)] if since else stops


def promised(opened: datetime, target: Target | None, stops: Iterable[Stop], hours: Hours) -> Promise:
    """What is promised for a ticket that was opened then and stood still meanwhile; nothing without a target."""
    if target is None:
        return Promise()
    stops = list(stops)
    first, whole = (_due(opened, length, stops, hours) for length in (target.first_reply, target.resolution))
    return Promise(first, whole)


def _due(start: datetime, length: timedelta, stops: list[Stop], hours: Hours) -> datetime | None:
    for since, until in stops:
        ran = hours.between(start, since)
        if until is None or ran >= length:
            break
        start, length = until, length - ran
    return hours.after(start, length)
