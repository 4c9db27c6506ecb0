"""What is promised for a ticket, in words."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from escalation.models import Ticket
from escalation.promises.wording import due_in_words, expectation
from escalation.services.promises import AHEAD, zone
from escalation.templatetags.ago import ago
from escalation.workflow import Status

register = template.Library()


@register.filter
def due_words(ticket: Ticket) -> str:
    """First reply due in 40 minutes; late since 14:00."""
    if ticket.due_at is None:
        return "The clock stands still"
    what = "Solution" if ticket.first_replied_at else "First reply"
    return due_in_words(what, ticket.due_at.astimezone(zone()), timezone.now().astimezone(zone()))


@register.filter
def expected(ticket: Ticket) -> str:
    """What the person who asked may expect, and by when."""
    due = ticket.due_at.astimezone(zone()) if ticket.due_at else None
    replied = ticket.first_replied_at is not None
    return expectation(Status(ticket.status), replied=replied, due=due, now=timezone.now().astimezone(zone()))


@register.filter
def due_class(ticket: Ticket) -> str:
    """As a badge when it is late, or will be soon."""
    if ticket.due_at is None:
        return "quiet"
    left = ticket.due_at - timezone.now()
    if left.total_seconds() <= 0:
        return "badge badge-urgent"
    return "badge badge-warn" if left <= AHEAD else "due"


@register.filter
def moment_ago(at: datetime) -> SafeString:
    """How long ago, with the time for whoever asks: what escalation/_when.html writes, without a template a row."""
    local = at.astimezone(zone())
    exact = f"{local.day} {local:%B %Y, %H:%M}"
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, ago(at))
