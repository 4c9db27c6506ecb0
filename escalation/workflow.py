"""The life of a ticket, as data: what may become what, and who may do it."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Action(StrEnum):
    WAIT = "wait"
    RESUME = "resume"
    RESOLVE = "resolve"
    CLOSE = "close"
    REOPEN = "reopen"


TRANSITIONS: dict[tuple[Status, Action], Status] = {
    (Status.OPEN, Action.WAIT): Status.WAITING,
    (Status.WAITING, Action.RESUME): Status.OPEN,
    (Status.OPEN, Action.RESOLVE): Status.RESOLVED,
    (Status.WAITING, Action.RESOLVE): Status.RESOLVED,
    (Status.OPEN, Action.CLOSE): Status.CLOSED,
    (Status.WAITING, Action.CLOSE): Status.CLOSED,
    (Status.RESOLVED, Action.CLOSE): Status.CLOSED,
    (Status.RESOLVED, Action.REOPEN): Status.OPEN,
    (Status.CLOSED, Action.REOPEN): Status.OPEN,
}

# Whether something is solved, the person who asked knows best: they may close and reopen; the rest is the desk's.
REQUESTER_MAY = (Action.CLOSE, Action.REOPEN, Action.RESUME)
DONE = (Status.RESOLVED, Status.CLOSED)
UNDONE = (Status.OPEN, Status.WAITING)

# What the person who asked reads.
IN_WORDS: dict[Status, str] = {
    Status.OPEN: "A person will look at it",
    Status.WAITING: "Waiting for your answer",
    Status.RESOLVED: "Resolved",
    Status.CLOSED: "Closed",
}


class Refused(Exception):
    """An action that the life of a ticket does not allow; the message tells the person why."""


@dataclass(frozen=True)
class Attempt:
    """Somebody trying something on a ticket."""

    action: Action
    status: Status
    is_requester: bool
    is_agent: bool
    # Of opening again: whether the days in which the person who asked may do so are over.
    is_too_late: bool = False


def decide(attempt: Attempt) -> Status:
    """The status that the ticket gets, or Refused with the reason in words."""
    if not attempt.is_agent and not (attempt.is_requester and attempt.action in REQUESTER_MAY):
        raise Refused(f"Your role does not let you {attempt.action} this ticket.")
    if attempt.action is Action.REOPEN and attempt.is_too_late and not attempt.is_agent:
        raise Refused(
            "It has been done for too long to be opened again. Start a new one that names this one."
        )
    target = TRANSITIONS.get((attempt.status, attempt.action))
    if target is None:
        raise Refused(f"You can't {attempt.action} this ticket: it is {attempt.status}.")
    return target


def possible(status: Status) -> tuple[Action, ...]:
    """What can be done from here."""
    return tuple(action for start, action in TRANSITIONS if start == status)
