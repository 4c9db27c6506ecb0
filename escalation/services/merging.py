"""Two tickets about the same: one is closed and leads to the other. What was said on either stays where it was said."""

from django.db import transaction

from accounts.models import User
from escalation.models import Message, Ticket
from escalation.services.notifying import queue_mail
from escalation.services.working import close, record_event, require_agent, set_status
from escalation.workflow import Action, Refused


@transaction.atomic
def merge(*, ticket: Ticket, into: Ticket, by: User) -> Ticket:
    """Close a ticket as a duplicate of another, and tell its person; Refused when that makes no sense."""
    pair = _locked(ticket, into)
    ticket, into = pair[ticket.pk], pair[into.pk]
    require_agent(by, ticket)
    require_agent(by, into)
    _require_sense(ticket, into)
    ticket.merged_into = into
    ticket.save(update_fields=["merged_into"])
    record_event(ticket, by, "Handled together with another ticket about the same.", "merge")
    close(ticket=ticket, by=by)
    Message.objects.create(
        ticket=into,
        author=by,
        kind=Message.Kind.NOTE,
        body=f"{ticket.number} “{ticket.subject}” was merged into this one.",
    )
    into.watchers.add(*ticket.watchers.all())
    # Of somebody else's ticket its person learns nothing, not even the number.
    own = into if into.requester_id == ticket.requester_id else None
    queue_mail(ticket, "merged", {"author": by, "own": own}, None)
    return Ticket.objects.get(pk=ticket.pk)


@transaction.atomic
def unmerge(*, ticket: Ticket, by: User) -> Ticket:
    """They are two after all: the merged one is opened again, and its person is told."""
    ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
    require_agent(by, ticket)
    if ticket.merged_into_id is None:
        raise Refused("This ticket is not merged into another one.")
    ticket = set_status(ticket=ticket, by=by, action=Action.REOPEN)  # which parts them
    queue_mail(ticket, "unmerged", {"author": by}, None)
    return ticket


def _locked(*tickets: Ticket) -> dict[int, Ticket]:
    """Both, always in the same order: two people who merge them into each other at once do not wait for ever."""
    found = Ticket.objects.select_for_update().filter(pk__in=[each.pk for each in tickets])
    return {each.pk: each for each in found.order_by("pk")}


def _require_sense(ticket: Ticket, into: Ticket) -> None:
    """A ticket that is merged itself takes none, so that no chain of them ends where it began.

    A confidential one stays among its people: whoever reads the other ticket reads what was merged into it.
    """
    if ticket.pk == into.pk:
        raise Refused("A ticket can't be merged into itself.")
    if ticket.queue and ticket.queue.confidential and into.queue_id != ticket.queue_id:
        raise Refused("This ticket is confidential. It can only be merged into one of its own queue.")
    if ticket.merged_into_id is not None:
        raise Refused(f"{ticket.number} is merged into another ticket already.")
    if into.merged_into_id is not None:
        raise Refused(f"{into.number} is merged into another ticket. Merge into that one.")
    if into.is_done:
        raise Refused(f"{into.number} is {into.status}. Open it again first, so that somebody works on it.")
