"""Declaring an incident, telling those whom it hits, and its end."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from escalation.handoff.draft import Draft
from escalation.handoff.known import Known
from escalation.handoff.telling import compose
from escalation.models import Incident, IncidentUpdate, Message, Ticket
from escalation.notices import notice_of, told_people
from escalation.services.handoff import open_ticket
from escalation.services.notifying import queue_mail
from escalation.services.working import SENT_AGAIN, set_status
from escalation.workflow import DONE, Action, Refused
from kb.models import Audience


@transaction.atomic
def declare(
    *,
    by: User,
    title: str,
    words: str,
    keywords: str = "",
    audience: Audience | None = None,
    at: datetime | None = None,
) -> Incident:
    """Say that something is wrong, in words for those whom it hits. A form that was sent twice says it once."""
    _require_agent(by)
    now = at or timezone.now()
    said = {
        "title": " ".join(title.split()),
        "words": words.strip(),
        "audience": audience,
        "declared_by": by,
    }
    # The second of two that came at once waits here for the first.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    just_said = Incident.objects.open().filter(**said, declared_at__gt=now - SENT_AGAIN).first()
    return just_said or Incident.objects.create(**said, keywords=keywords, declared_at=now)


@transaction.atomic
def say(
    *, incident: Incident, by: User, words: str, ends: bool = False, at: datetime | None = None
) -> IncidentUpdate:
    """Tell everybody whose ticket is linked what is known now, or that it is over: a mail each, once.

    The same words a second time are a form that was sent twice, and tell nobody again.
    """
    _require_agent(by)
    incident = _locked(incident)
    latest = incident.updates.order_by("-at", "-pk").first()
    words = words.strip()
    if latest and (latest.words, latest.ends) == (words, ends):
        return latest
    if not incident.is_open:
        raise Refused("It is over already.")
    update = IncidentUpdate.objects.create(
        incident=incident, author=by, words=words, ends=ends, at=at or timezone.now()
    )
    if ends:
        incident.ended_at = update.at
        incident.save(update_fields=["ended_at"])
    _tell(incident, list(Ticket.objects.filter(incident=incident)), at, is_new=False)
    return update


@transaction.atomic
def link(*, incident: Incident, tickets: Collection[Ticket], by: User, at: datetime | None = None) -> int:
    """Link tickets to it; who hears of it first by this is told where it stands. Returns how many are new to it."""
    _require_agent(by)
    incident = _locked(incident)
    known = set(Ticket.objects.filter(incident=incident).values_list("requester", flat=True))
    chosen = Ticket.objects.workable_by(by).filter(
        pk__in=[ticket.pk for ticket in tickets], incident__isnull=True
    )
    new = list(chosen.select_for_update(of=("self",)).order_by("pk"))
    for ticket in new:
        _link(ticket, incident, by, at)
    _tell(incident, [ticket for ticket in new if ticket.requester_id not in known], at, is_new=True)
    return len(new)


@transaction.atomic
def unlink(*, ticket: Ticket, by: User) -> None:
    """It is about something else after all."""
    _require_agent(by)
    if Ticket.objects.workable_by(by).filter(pk=ticket.pk, incident__isnull=False).update(incident=None):
        _note(ticket, by, "Not linked to an incident any more.", None)


@transaction.atomic
def follow(*, incident: Incident, by: User) -> Ticket:
    """A ticket of somebody who is hit too and has nothing to add; however often they say so, it is one."""
    if not Incident.objects.open().told_to(by).filter(pk=incident.pk).exists():
        raise Refused("It is over. If it still does not work for you, a person will look at it.")
    nothing = Draft(compose(Known()), subject="", reason=Ticket.Reason.OUTAGE)
    ticket = open_ticket(requester=by, draft=nothing, subject=incident.title, key=f"incident-{incident.pk}")
    if ticket.incident_id is None:
        _link(ticket, incident, by, None)
    return ticket


def resolve_together(*, incident: Incident, ticket_ids: Collection[int], by: User) -> int:
    """Resolve linked tickets once it is over. Their people were told by its last words, so no mail of its own goes."""
    _require_agent(by)
    if Incident.objects.open().filter(pk=incident.pk).exists():
        raise Refused("It is not over yet.")
    linked = Ticket.objects.workable_by(by).undone().filter(incident=incident, pk__in=ticket_ids)
    resolved = 0
    for ticket in linked.order_by("pk"):
        set_status(ticket=ticket, by=by, action=Action.RESOLVE)
        resolved += 1
    return resolved


def _link(ticket: Ticket, incident: Incident, by: User, at: datetime | None) -> None:
    ticket.incident = incident
    ticket.save(update_fields=["incident"])
    # Without its title, which may be meant for others than the person who asked.
    _note(ticket, by, "Linked to a known incident.", at)


def _note(ticket: Ticket, by: User, words: str, at: datetime | None) -> None:
    Message.objects.create(
        ticket=ticket,
        author=by,
        kind=Message.Kind.EVENT,
        event="incident",
        body=words,
        created_at=at or timezone.now(),
    )


def _tell(incident: Incident, tickets: Collection[Ticket], at: datetime | None, *, is_new: bool) -> None:
    """Each person once, about the newest of their tickets; who is new to it hears what was said first, too."""
    newest = {ticket.requester_id: ticket for ticket in sorted(tickets, key=lambda each: each.pk)}
    notice = notice_of(incident)
    for person in told_people(incident, newest):
        ticket = newest[person.pk]
        ticket.requester = person
        known = {"notice": notice, "is_new": is_new, "is_done": ticket.status in DONE}
        queue_mail(ticket, "incident", known, at)


def _locked(incident: Incident) -> Incident:
    """As it is now, locked: who links a ticket while an update goes out is told by one of the two, not by both."""
    return Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)


def _require_agent(user: User) -> None:
    if not user.has_perm("escalation.work_ticket"):
        raise PermissionDenied(f"{user.display_name} does not work on tickets.")
