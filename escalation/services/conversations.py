"""What the desk's work means to the conversation of a ticket: while a person answers, the machine does not."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from escalation.events import Event
from escalation.models import Ticket
from search.services import leave_to_a_person


def being_answered(user: User) -> QuerySet[Ticket]:
    """A person's own tickets that the desk has answered and not finished, newest first."""
    own = Ticket.objects.undone().filter(requester=user, first_replied_at__isnull=False)
    return own.order_by("-opened_at", "-pk")


def keep_the_machine_out(ticket: Ticket, event: Event, by: User, at: datetime | None) -> None:
    """Note on the ticket's conversation whether somebody is answering it now."""
    if ticket.conversation_id is None:
        return
    answered = being_answered(ticket.requester).filter(conversation=ticket.conversation_id).exists()
    leave_to_a_person(ticket.conversation_id, with_a_person=answered)
