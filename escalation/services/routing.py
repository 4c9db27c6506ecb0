"""Where tickets go, done: by a rule at once, by a worker's guess, and by people, who are learnt from."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from accounts.services import system_account
from escalation.events import Event
from escalation.handoff.urgency import Level
from escalation.models import Message, Queue, RoutingRule, RoutingSuggestion, Ticket
from escalation.queries import agents
from escalation.routing.rules import Match
from escalation.services.ruling import ruled

# Of the message that tells of a move. A move by a person is the best that neighbours can learn from.
MOVED = "route"


def follow(ticket: Ticket, event: Event, by: User, at: datetime | None) -> None:
    """A ticket that comes goes where a rule sends it, and a worker is asked about all others."""
    if event != Event.OPENED:
        return
    found = ruled(ticket)
    if found:
        _obey(ticket, *found, at=at)
    if ticket.queue_id is None and at is None:
        _ask_a_worker()


def move(
    *, ticket: Ticket, to: Queue | None, priority: Level, by: User, why: str = "", at: datetime | None = None
) -> Ticket:
    """Put a ticket into another queue, or on another priority. The desk alone reads why.

    Into a queue that is confidential it goes without an assignee or watchers who may not see it there.
    """
    from escalation.services.consequences import happened  # which imports this module
    from escalation.services.working import require_agent

    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
        require_agent(by, ticket)
        told = _changed(ticket, to, priority)
        if not told:
            return ticket
        _record(ticket, by, " ".join(told), at)
        if why.strip():
            _say(ticket, by, Message.Kind.NOTE, why.strip(), at)
        happened(ticket, Event.ROUTED, by=by, at=at)
    return ticket


def accept(*, ticket: Ticket, by: User) -> Ticket:
    """Do what was suggested, by one click of a person who answers for it: queue, priority and assignee."""
    from escalation.services.working import assign

    suggestion = RoutingSuggestion.objects.select_related("queue", "assignee").filter(ticket=ticket).first()
    if suggestion is None:
        return ticket
    priority = Level(suggestion.priority or ticket.priority)
    with transaction.atomic():
        ticket = move(ticket=ticket, to=suggestion.queue or ticket.queue, priority=priority, by=by)
        if suggestion.assignee and may_have(suggestion.assignee, ticket):
            assign(ticket=ticket, to=suggestion.assignee, by=by)
    return ticket


def may_have(person: User, ticket: Ticket) -> bool:
    """Whether somebody works on tickets, is here, and may see this one."""
    works_here = person.is_active and person.pk in {agent.pk for agent in agents()}
    return works_here and Ticket.objects.workable_by(person).filter(pk=ticket.pk).exists()


def router() -> User:
    """The account in whose name a machine sorts; a thread says that it was one."""
    return system_account(username="router", name="A machine that sorts", roles=(Role.AGENT,))


def place(ticket: Ticket, queue: Queue, *, words: str) -> None:
    """Put a ticket that waits for triage into a queue in the machine's name; the caller holds its row."""
    from escalation.services.consequences import happened

    ticket.queue = queue
    ticket.save(update_fields=["queue"])
    _record(ticket, router(), words, None)
    happened(ticket, Event.ROUTED, by=router())


def _obey(ticket: Ticket, rule: RoutingRule, match: Match, *, at: datetime | None) -> None:
    """Do what a rule says, and keep why. Others who follow this opening find it done."""
    priority = max(Level(ticket.priority), Level(rule.priority or ticket.priority), key=list(Level).index)
    told = _changed(ticket, _where(rule, ticket), priority)
    if rule.assignee and may_have(rule.assignee, ticket):
        ticket.assignee = rule.assignee
        ticket.save(update_fields=["assignee"])
        told.append(f"{rule.assignee.display_name} takes care of it.")
    if told:
        _record(ticket, router(), f"By a rule of the desk: {' '.join(told)}", at)
    RoutingSuggestion.objects.create(
        ticket=ticket,
        queue=rule.queue,
        priority=rule.priority,
        assignee=rule.assignee,
        rule=rule,
        reason=match.reason[:300],
        applied=True,
    )


def _where(rule: RoutingRule, ticket: Ticket) -> Queue | None:
    """Out of a confidential queue no rule takes a ticket to where more people read it."""
    stays = ticket.queue is not None and ticket.queue.confidential
    if stays and not (rule.queue and rule.queue.confidential):
        return ticket.queue
    return rule.queue or ticket.queue


def _changed(ticket: Ticket, to: Queue | None, priority: Level) -> list[str]:
    """Change what differs; returns what was done, in words that the person who asked may read."""
    told = []
    if ticket.queue_id != (to.pk if to else None):
        ticket.queue = to
        told.append(f"It is with {to.name} now." if to else "It is back to be sorted.")
    if ticket.priority != priority:
        ticket.priority = priority
        told.append(f"Its priority is {priority} now.")
    if told:
        ticket.save(update_fields=["queue", "priority"])
        _close_to_others(ticket)
    return told


def _close_to_others(ticket: Ticket) -> None:
    """Whoever may not see the ticket where it is now does not keep it either."""
    if ticket.queue is None or not ticket.queue.confidential:
        return
    members = set(ticket.queue.members.values_list("pk", flat=True))
    ticket.watchers.remove(*ticket.watchers.exclude(pk__in={*members, ticket.requester_id}))
    if ticket.assignee_id and ticket.assignee_id not in members:
        ticket.assignee = None
        ticket.save(update_fields=["assignee"])


def _ask_a_worker() -> None:
    def tell() -> None:
        from escalation.tasks import route_ticket  # which imports this module

        route_ticket.delay()

    # Robust: without a broker the ticket is there all the same, and beat finds that it waits.
    transaction.on_commit(tell, robust=True)


def _record(ticket: Ticket, by: User, words: str, at: datetime | None) -> None:
    _say(ticket, by, Message.Kind.EVENT, words, at, event=MOVED)


def _say(
    ticket: Ticket, by: User, kind: Message.Kind, body: str, at: datetime | None, event: str = ""
) -> None:
    Message.objects.create(
        ticket=ticket, author=by, kind=kind, event=event, body=body, created_at=at or timezone.now()
    )


def require_lead(by: User) -> None:
    """PermissionDenied for whoever does not lead the desk."""
    if not by.has_perm("escalation.lead_ticket"):
        raise PermissionDenied("Queues and rules are for those who lead the desk.")
