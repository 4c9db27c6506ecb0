"""What follows from what is done on a ticket: promises, routing, telling others.

Each follower runs in the transaction of what it follows, in a savepoint of its own: when one fails, that is logged, and
what the person did stands all the same.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from accounts.models import User
from escalation.events import Event
from escalation.learning import taught_anew
from escalation.models import Ticket
from escalation.services import promises, routing, surveys
from escalation.services.conversations import keep_the_machine_out
from escalation.services.offering import sent_anyway
from escalation.services.outside import tell_outside
from escalation.services.telling import tell_merged, tell_watchers

__all__ = ["FOLLOWERS", "Event", "Follower", "happened"]

logger = logging.getLogger(__name__)

# ticket, what happened, by whom, and when: `at` only of what comes from elsewhere and lies in the past.
Follower = Callable[[Ticket, Event, User, datetime | None], None]

FOLLOWERS: tuple[Follower, ...] = (
    routing.follow,  # first: what is promised and told goes by the priority and the queue
    keep_the_machine_out,
    sent_anyway,
    promises.follow,
    surveys.follow,
    taught_anew,
    tell_watchers,
    tell_merged,
    tell_outside,
)


def happened(ticket: Ticket, event: Event, *, by: User, at: datetime | None = None) -> None:
    """Let all that follows from it follow."""
    for follow in FOLLOWERS:
        try:
            with transaction.atomic():
                follow(ticket, event, by, at)
        except Exception:
            logger.exception(
                "What follows from “%s” on %s failed: %s", event, ticket.number, follow.__module__
            )
