"""What a page of the desk shows of where a ticket goes."""

from typing import Any

from django import template

from accounts.models import User
from escalation.forms.routing import MoveForm
from escalation.models import Ticket
from escalation.suggested import suggestion_for

register = template.Library()


@register.inclusion_tag("escalation/_routing.html", takes_context=True)
def routing_of(context: dict[str, Any], ticket: Ticket) -> dict[str, Any]:
    """Its queue, what was suggested and why, and the form that moves it."""
    reader: User = context["user"]
    return {
        "ticket": ticket,
        "queue": ticket.queue,
        "suggested": suggestion_for(ticket, reader),
        "form": MoveForm.of(ticket),
        "csrf_token": context["csrf_token"],
    }
