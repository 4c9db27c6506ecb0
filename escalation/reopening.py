"""How long a person may open their ticket again: after that it is another matter, which names this one."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from escalation.models import Ticket
from escalation.workflow import Action


def may_be_reopened_until(ticket: Ticket) -> datetime | None:
    """For the person who asked; None while it is not done."""
    if not ticket.is_done:
        return None
    done = ticket.messages.filter(event__in=[Action.RESOLVE, Action.CLOSE]).order_by("-created_at", "-pk")
    since = done.values_list("created_at", flat=True).first() or ticket.resolved_at or ticket.opened_at
    return since + timedelta(days=settings.REOPEN_DAYS)


def is_too_late(ticket: Ticket, *, at: datetime | None = None) -> bool:
    until = may_be_reopened_until(ticket)
    return until is not None and (at or timezone.now()) > until
