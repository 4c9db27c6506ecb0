"""What is done with a ticket that is there."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from escalation.learning import teach
from escalation.models import Message, Ticket
from escalation.queries import named_agents
from escalation.reopening import is_too_late
from escalation.services.consequences import Event, happened
from escalation.services.notifying import queue_mail
from escalation.services.telling import tell_mentioned
from escalation.workflow import DONE, Action, Attempt, Status, decide
from escalation.working.mentions import mentions_in
from kb.models import Article

# As long as one and the same form is sent again by a click too many.
SENT_AGAIN = timedelta(minutes=1)

DONE_IN_WORDS: dict[Action, str] = {
    Action.WAIT: "Waits for an answer from the person who asked.",
    Action.RESUME: "Goes on.",
    Action.RESOLVE: "Resolved.",
    Action.CLOSE: "Closed.",
    Action.REOPEN: "Opened again.",
}


EVENTS: dict[Action, Event] = {
    Action.WAIT: Event.WAITING,
    Action.RESUME: Event.RESUMED,
    Action.RESOLVE: Event.RESOLVED,
    Action.CLOSE: Event.CLOSED,
    Action.REOPEN: Event.REOPENED,
}


class SaidMeanwhile(Exception):
    """Somebody replied since the page was opened; `replies` are theirs, to be read before one's own is sent."""

    def __init__(self, replies: list[Message]) -> None:
        super().__init__("Somebody replied meanwhile. Nothing was sent: read their words first.")
        self.replies = replies


@transaction.atomic
def reply(
    *,
    ticket: Ticket,
    by: User,
    body: str,
    wait: bool = False,
    at: datetime | None = None,
    seen: int | None = None,
) -> Message:
    """Say something on a ticket. From an agent it goes to the person by mail; from the person it wakes the ticket.

    `seen` is the last message that whoever replies has read: SaidMeanwhile when somebody else has replied since. The
    same words of the same person, sent twice by a double click, are said once.
    """
    ticket = _locked(ticket)
    _require(by, ticket)
    if seen is None:
        said_twice = _just_said(ticket, by, Message.Kind.REPLY, body, at)
    else:
        said_twice = _newer(ticket, by, body, seen)
    if said_twice:
        return said_twice
    message = _answer(ticket, by, body, at)
    if by.pk == ticket.requester_id:
        happened(ticket, Event.ANSWERED, by=by, at=at)
        _wake(ticket, by, at)
        return message
    happened(ticket, Event.REPLIED, by=by, at=at)
    if wait and ticket.status == Status.OPEN:
        _move(ticket, by, Action.WAIT, at)
    queue_mail(ticket, "reply", {"body": body, "author": by}, at)
    return message


@transaction.atomic
def add_note(*, ticket: Ticket, by: User, body: str, at: datetime | None = None) -> Message:
    """Write something down that only the desk sees. Who is named in it is told, and watches the ticket from then on."""
    ticket = _locked(ticket)
    require_agent(by, ticket)
    said_twice = _just_said(ticket, by, Message.Kind.NOTE, body, at)
    if said_twice:
        return said_twice
    note = _say(ticket, by, Message.Kind.NOTE, body, at)
    meant = list(User.objects.filter(pk__in=mentions_in(body, named_agents(ticket)).people))
    note.mentions.set(meant)
    others = [person for person in meant if person.pk != by.pk]
    ticket.watchers.add(*others)
    if at is None:
        tell_mentioned(ticket, note, others)
    return note


@transaction.atomic
def assign(*, ticket: Ticket, to: User | None, by: User, at: datetime | None = None) -> Ticket:
    """Put a ticket into somebody's hands, or back on the pile."""
    ticket = _locked(ticket)
    require_agent(by, ticket)
    if to is not None:
        require_agent(to, ticket)
    if ticket.assignee_id != (to.pk if to else None):
        ticket.assignee = to
        ticket.save(update_fields=["assignee"])
        words = f"{to.display_name} takes care of it." if to else "Nobody has it now."
        _say(ticket, by, Message.Kind.EVENT, words, at, event="assign")
        happened(ticket, Event.ASSIGNED, by=by, at=at)
    return ticket


@transaction.atomic
def set_status(*, ticket: Ticket, by: User, action: Action, at: datetime | None = None) -> Ticket:
    """Move a ticket on: wait, resume, resolve, close or reopen; Refused when that makes no sense from here."""
    ticket = _locked(ticket)
    _require(by, ticket)
    _move(ticket, by, action, at)
    return ticket


@transaction.atomic
def resolve(
    *, ticket: Ticket, by: User, article: Article | None = None, body: str = "", at: datetime | None = None
) -> Ticket:
    """Say that it is solved, with which article if one did it, and in words for the person if there are any."""
    require_agent(by, ticket)
    if article and not Article.objects.visible_to(by).filter(pk=article.pk).exists():
        raise PermissionDenied("You may only name an article that you may read.")
    ticket = _locked(ticket)
    ticket.resolved_by_article = article
    _move(ticket, by, Action.RESOLVE, at)
    if body:
        _answer(ticket, by, body, at)
    shown = _if_readable(article, ticket.requester)
    queue_mail(ticket, "resolved", {"body": body, "author": by, "article": shown}, at)
    return ticket


@transaction.atomic
def reopen(*, ticket: Ticket, by: User, body: str = "", at: datetime | None = None) -> Ticket:
    """It was not solved after all; what is still wrong goes along."""
    ticket = _locked(ticket)
    _require(by, ticket)
    _move(ticket, by, Action.REOPEN, at)
    if body:
        reply(ticket=ticket, by=by, body=body, at=at)
    return ticket


@transaction.atomic
def close(*, ticket: Ticket, by: User, body: str = "", at: datetime | None = None) -> Ticket:
    """It is over: the person says that it is solved, or the desk that nothing is left to do, and why."""
    ticket = _locked(ticket)
    _require(by, ticket)
    _move(ticket, by, Action.CLOSE, at)
    if body:
        _answer(ticket, by, body, at)
        queue_mail(ticket, "closed", {"body": body, "author": by}, at)
    return ticket


def record_event(ticket: Ticket, by: User, words: str, event: str) -> Message:
    """Write down in a ticket's thread that something was done; the person who asked reads it too."""
    return _say(ticket, by, Message.Kind.EVENT, words, None, event=event)


def _wake(ticket: Ticket, by: User, at: datetime | None) -> None:
    if ticket.status == Status.WAITING:
        _move(ticket, by, Action.RESUME, at)
    elif ticket.status in DONE:
        _move(ticket, by, Action.REOPEN, at)


def _move(ticket: Ticket, by: User, action: Action, at: datetime | None) -> None:
    ticket.status = decide(
        Attempt(
            action=action,
            status=Status(ticket.status),
            is_requester=by.pk == ticket.requester_id,
            is_agent=_works_on(by, ticket),
            is_too_late=action == Action.REOPEN and is_too_late(ticket, at=at),
        )
    )
    # A ticket that the desk closes without resolving it counts as solved nowhere.
    if action == Action.RESOLVE or (action == Action.CLOSE and by.pk == ticket.requester_id):
        ticket.resolved_at = ticket.resolved_at or at or timezone.now()
    elif action == Action.REOPEN:
        # What was merged stands by itself again: its person says that it was something else, or is not solved.
        ticket.resolved_at = ticket.resolved_by_article = ticket.merged_into = None
    ticket.save(update_fields=["status", "resolved_at", "resolved_by_article", "merged_into"])
    _say(ticket, by, Message.Kind.EVENT, DONE_IN_WORDS[action], at, event=action)
    if action in (Action.RESOLVE, Action.CLOSE, Action.REOPEN):
        teach(ticket)
    happened(ticket, EVENTS[action], by=by, at=at)


def _answer(ticket: Ticket, by: User, body: str, at: datetime | None) -> Message:
    """A reply; the first one by anybody but the person who asked ends their wait."""
    message = _say(ticket, by, Message.Kind.REPLY, body, at)
    if ticket.first_replied_at is None and by.pk != ticket.requester_id:
        ticket.first_replied_at = message.created_at
        ticket.save(update_fields=["first_replied_at"])
    return message


def _say(
    ticket: Ticket, by: User, kind: Message.Kind, body: str, at: datetime | None, event: str = ""
) -> Message:
    return Message.objects.create(
        ticket=ticket, author=by, kind=kind, event=event, body=body.strip(), created_at=at or timezone.now()
    )


def _if_readable(article: Article | None, user: User) -> Article | None:
    return Article.objects.visible_to(user).filter(pk=article.pk).first() if article else None


def _locked(ticket: Ticket) -> Ticket:
    """The ticket as it is now, locked: of two people at once, the second sees what the first did."""
    return Ticket.objects.select_for_update().get(pk=ticket.pk)


def _newer(ticket: Ticket, by: User, body: str, seen: int) -> Message | None:
    """One's own same words since then, if they were sent already; SaidMeanwhile for what somebody else said."""
    newer = list(ticket.messages.filter(kind=Message.Kind.REPLY, pk__gt=seen).select_related("author"))
    others = [message for message in newer if message.author_id != by.pk]
    if others:
        raise SaidMeanwhile(others)
    return next((message for message in newer if message.body == body.strip()), None)


def _just_said(
    ticket: Ticket, by: User, kind: Message.Kind, body: str, at: datetime | None
) -> Message | None:
    """What was said last, if it is the very same words of the same person from just now: a form that was sent twice."""
    latest = ticket.messages.filter(kind=kind).last()
    if latest is None or (latest.author_id, latest.body) != (by.pk, body.strip()):
        return None
    return latest if (at or timezone.now()) - latest.created_at < SENT_AGAIN else None


def _require(user: User, ticket: Ticket) -> None:
    if not Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists():
        raise PermissionDenied("This ticket is not yours.")


def require_agent(user: User, ticket: Ticket) -> None:
    """PermissionDenied for whoever does not work on tickets, or not on this one."""
    if not user.has_perm("escalation.work_ticket"):
        raise PermissionDenied(f"{user.display_name} does not work on tickets.")
    if not _works_on(user, ticket):
        raise PermissionDenied(f"{user.display_name} does not work on this ticket.")


def _works_on(user: User, ticket: Ticket) -> bool:
    return Ticket.objects.workable_by(user).filter(pk=ticket.pk).exists()
