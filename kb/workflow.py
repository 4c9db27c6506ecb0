"""The lifecycle of a revision, as data: what may become what, and who may do it."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    SCHEDULED = "scheduled"
    REJECTED = "rejected"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    ARCHIVED = "archived"


class Action(StrEnum):
    SUBMIT = "submit"
    REQUEST_CHANGES = "request changes to"
    REJECT = "reject"
    APPROVE = "approve"
    SCHEDULE = "approve for later"
    PUBLISH = "publish"
    ASK_AGAIN = "ask again for a review of"
    SUPERSEDE = "supersede"
    ARCHIVE = "archive"


TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.DRAFT, Action.SUBMIT): State.IN_REVIEW,
    (State.DRAFT, Action.SUPERSEDE): State.SUPERSEDED,
    (State.IN_REVIEW, Action.APPROVE): State.PUBLISHED,
    (State.IN_REVIEW, Action.SCHEDULE): State.SCHEDULED,
    (State.IN_REVIEW, Action.REQUEST_CHANGES): State.CHANGES_REQUESTED,
    (State.IN_REVIEW, Action.REJECT): State.REJECTED,
    (State.IN_REVIEW, Action.SUPERSEDE): State.SUPERSEDED,
    (State.CHANGES_REQUESTED, Action.SUPERSEDE): State.SUPERSEDED,
    (State.SCHEDULED, Action.PUBLISH): State.PUBLISHED,
    (State.SCHEDULED, Action.ASK_AGAIN): State.IN_REVIEW,
    (State.SCHEDULED, Action.REQUEST_CHANGES): State.CHANGES_REQUESTED,
    (State.SCHEDULED, Action.SUPERSEDE): State.SUPERSEDED,
    (State.PUBLISHED, Action.SUPERSEDE): State.SUPERSEDED,
    (State.PUBLISHED, Action.ARCHIVE): State.ARCHIVED,
}

# A text that is still being worked on: a newer revision of the article takes its place.
OPEN_STATES = (State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED)
DECISIONS = (Action.APPROVE, Action.SCHEDULE, Action.REQUEST_CHANGES, Action.REJECT)
NEEDS_REASON = (Action.REQUEST_CHANGES, Action.REJECT, Action.ARCHIVE)


class Governance(StrEnum):
    """KCS: who keeps an article right, those who use it or an office that answers for it."""

    EXPERIENCE = "experience"
    COMPLIANCE = "compliance"


class Confidence(StrEnum):
    """KCS: how far an article may be relied on."""

    WORK_IN_PROGRESS = "work in progress"
    NOT_VALIDATED = "not validated"
    VALIDATED = "validated"
    ARCHIVED = "archived"


def confidence_of(*, is_archived: bool, is_live: bool, is_doubted: bool) -> Confidence:
    """What follows from an article's state; doubted means that its review is late, or that a flag says it is wrong."""
    if is_archived:
        return Confidence.ARCHIVED
    if not is_live:
        return Confidence.WORK_IN_PROGRESS
    return Confidence.NOT_VALIDATED if is_doubted else Confidence.VALIDATED


def needs_publisher(governance: str, *, audience_is_external: bool) -> bool:
    """Whether only a Publisher decides; the rest, those who work with the articles decide among themselves."""
    return governance == Governance.COMPLIANCE or audience_is_external


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
    is_requester: bool = False


def decide(attempt: Attempt) -> State:
    """The state that the revision gets, or Refused with the reason in words."""
    target = TRANSITIONS.get((attempt.state, attempt.action))
    if target is None:
        words = attempt.state.replace("_", " ")
        raise Refused(f"You can't {attempt.action} this revision: it is {words}.")
    if attempt.action in DECISIONS and attempt.is_author:
        raise Refused(f"You wrote this revision, so somebody else has to {attempt.action} it.")
    if attempt.action in DECISIONS and attempt.is_requester:
        raise Refused(f"You asked for this generated text, so somebody else has to {attempt.action} it.")
    if not attempt.is_allowed:
        raise Refused(f"Your role does not let you {attempt.action} this revision.")
    if attempt.action in NEEDS_REASON and not attempt.reason.strip():
        raise Refused("Say why, in a sentence: the author will read it.")
    return target
