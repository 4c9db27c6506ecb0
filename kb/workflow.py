"""The lifecycle of a revision, as data: what may become what, and who may do it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    ARCHIVED = "archived"


class Action(StrEnum):
    SUBMIT = "submit"
    REQUEST_CHANGES = "request changes to"
    REJECT = "reject"
    APPROVE = "approve"
    SUPERSEDE = "supersede"
    ARCHIVE = "archive"


TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.DRAFT, Action.SUBMIT): State.IN_REVIEW,
    (State.DRAFT, Action.SUPERSEDE): State.SUPERSEDED,
    (State.IN_REVIEW, Action.APPROVE): State.PUBLISHED,
    (State.IN_REVIEW, Action.REQUEST_CHANGES): State.CHANGES_REQUESTED,
    (State.IN_REVIEW, Action.REJECT): State.REJECTED,
    (State.IN_REVIEW, Action.SUPERSEDE): State.SUPERSEDED,
    (State.CHANGES_REQUESTED, Action.SUPERSEDE): State.SUPERSEDED,
    (State.PUBLISHED, Action.SUPERSEDE): State.SUPERSEDED,
    (State.PUBLISHED, Action.ARCHIVE): State.ARCHIVED,
}

# A text that is still being worked on: a newer revision of the article takes its place.
OPEN_STATES = (State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED)
DECISIONS = (Action.APPROVE, Action.REQUEST_CHANGES, Action.REJECT)
NEEDS_REASON = (Action.REQUEST_CHANGES, Action.REJECT, Action.ARCHIVE)


class Refused(Exception):
    """An action that the lifecycle does not allow; the message tells the person why."""


@dataclass(frozen=True)
class Attempt:
    """Somebody trying something on a revision."""

    action: Action
    state: State
    is_author: bool
    is_allowed: bool
    reason: str = ""


def decide(attempt: Attempt) -> State:
    """The state that the revision gets, or Refused with the reason in words."""
    target = TRANSITIONS.get((attempt.state, attempt.action))
    if target is None:
        words = attempt.state.replace("_", " ")
        raise Refused(f"You can't {attempt.action} this revision: it is {words}.")
    if attempt.action in DECISIONS and attempt.is_author:
        raise Refused(f"You wrote this revision, so somebody else has to {attempt.action} it.")
    if not attempt.is_allowed:
        raise Refused(f"Your role does not let you {attempt.action} this revision.")
    if attempt.action in NEEDS_REASON and not attempt.reason.strip():
        raise Refused("Say why, in a sentence: the author will read it.")
    return target
