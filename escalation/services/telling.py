"""Mail about a ticket to others than the person who asked: who watches it, who is named in a note, whose was merged."""

from collections.abc import Iterable
from datetime import datetime

from django.template.loader import render_to_string

from accounts import outbox
from accounts.models import User
from escalation.events import Event
from escalation.models import Message, Ticket
from escalation.services.notifying import about_the_site, queue_mail
from kb.models import Article

HAPPENED: dict[Event, str] = {
    Event.REPLIED: "replied",
    Event.ANSWERED: "answered",
    Event.RESOLVED: "resolved it",
    Event.CLOSED: "closed it",
    Event.REOPENED: "opened it again",
}
SAID = (Event.REPLIED, Event.ANSWERED)


def tell_watchers(ticket: Ticket, event: Event, by: User, at: datetime | None) -> None:
    """What was said and how it stands, to everybody who watches the ticket but whoever did it."""
    if event not in HAPPENED or at is not None:
        return
    said = ticket.messages.filter(kind=Message.Kind.REPLY).order_by("-pk").first() if event in SAID else None
    words = said.body if said else ""
    for watcher in ticket.watchers.exclude(pk=by.pk):
        _tell(watcher, ticket, "watching", {"author": by, "happened": HAPPENED[event], "body": words})


def tell_mentioned(ticket: Ticket, note: Message, people: Iterable[User]) -> None:
    """A note, to whoever it names."""
    for person in people:
        _tell(person, ticket, "mentioned", {"author": note.author, "body": note.body})


def tell_merged(ticket: Ticket, event: Event, by: User, at: datetime | None) -> None:
    """That it is solved, to those whose own tickets were merged into it. What was said on it is not theirs to read."""
    if event != Event.RESOLVED or at is not None:
        return
    for each in all_merged_into(ticket):
        if each.requester_id != ticket.requester_id:
            readable = Article.objects.visible_to(each.requester).select_related("live_revision")
            article = readable.filter(resolved_tickets=ticket).first()
            queue_mail(each, "merged_solved", {"article": article}, at)


def all_merged_into(ticket: Ticket) -> list[Ticket]:
    """The tickets that were merged into it, and those that had been merged into them."""
    found: list[Ticket] = []
    newest = [ticket.pk]
    while newest:
        below = Ticket.objects.filter(merged_into__in=newest).select_related("requester").order_by("pk")
        newest = []
        for each in below:
            found.append(each)
            newest.append(each.pk)
    return found


def _tell(person: User, ticket: Ticket, template: str, context: dict[str, object]) -> None:
    """A mail to somebody of the desk, if they may see the ticket now; of a confidential one it tells no words."""
    found = Ticket.objects.workable_by(person).select_related("queue").filter(pk=ticket.pk).first()
    if found is None:
        return
    ticket = found  # as it is now, which may be confidential by now
    is_confidential = ticket.queue is not None and ticket.queue.confidential
    subject = "A confidential ticket" if is_confidential else ticket.subject
    known = {"ticket": ticket, "person": person, "subject": subject, "is_confidential": is_confidential}
    body = render_to_string(f"escalation/mail/{template}.txt", {**about_the_site(), **known, **context})
    outbox.post(to=person, subject=f"[{ticket.number}] {subject}", body=body)
