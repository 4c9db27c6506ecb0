"""What pages of the packages below show of tickets, by template alone."""

from django import template

from accounts.models import User
from escalation.models import Ticket
from escalation.services.conversations import being_answered
from search.models import Conversation

register = template.Library()


@register.simple_tag
def answered_ticket_of(conversation: Conversation, user: User) -> Ticket | None:
    """A person's own ticket out of this conversation that the desk is answering now."""
    return being_answered(user).filter(conversation=conversation).first()
