"""What can happen to a ticket, for all that follows from it."""

from enum import StrEnum


class Event(StrEnum):
    OPENED = "opened"
    REPLIED = "replied"  # by the desk
    ANSWERED = "answered"  # by the person who asked
    ASSIGNED = "assigned"
    ROUTED = "routed"  # another queue, priority or impact
    WAITING = "waiting"
    RESUMED = "resumed"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
