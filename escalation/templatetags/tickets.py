"""What pages of the packages below show of tickets, by template alone."""

from collections.abc import Sequence

from django import template

from accounts.models import User
from escalation.models import Offer, Ticket
from escalation.services.conversations import being_answered
from kb.queries import readable
from search.models import Conversation

register = template.Library()


@register.simple_tag
def answered_ticket_of(conversation: Conversation, user: User) -> Ticket | None:
    """A person's own ticket out of this conversation that the desk is answering now."""
    return being_answered(user).filter(conversation=conversation).first()


@register.simple_tag
def offers_before(ticket: Ticket, reader: User) -> Sequence[Offer]:
    """What a machine offered while the ticket was written, of what the reader may read."""
    return list(ticket.offers.filter(article__in=readable(reader)).select_related("article__live_revision"))
