"""What is promised for each ticket: kept in step with what is done on it, and warned of before it is broken."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import outbox
from accounts.models import User
from accounts.services import system_account
from escalation.events import Event
from escalation.models import Holiday, Message, OpeningHours, ServiceTarget, Ticket
from escalation.promises.clock import STARTS, STOPS, Target, promised, stops_of
from escalation.promises.hours import ALWAYS, Hours, Span
from escalation.promises.wording import warning
from escalation.workflow import DONE, Status

# Open hours before something is due in which its people are told.
AHEAD = timedelta(minutes=30)
WARNED_AT_ONCE = 200
MOST_LINES = 30
PROMISED_AT_ONCE = 500

MOVES = {Event.ROUTED, Event.REOPENED}
_FIELDS = ["first_reply_due_at", "resolution_due_at", "due_at", "waiting_since", "warned_at"]


def zone() -> ZoneInfo:
    """Of the site: promises are kept and told by its clock."""
    return ZoneInfo(settings.TIME_ZONE)


def opening_week() -> list[list[Span]]:
    """The hours of each weekday from Monday on."""
    week: list[list[Span]] = [[] for _ in range(7)]
    for row in OpeningHours.objects.all():
        week[row.weekday].append((row.opens, row.closes))
    return week


def opening_hours() -> Hours:
    """When the desk is open: always, while nobody has said when."""
    week = opening_week()
    holidays = frozenset(Holiday.objects.values_list("day", flat=True))
    return Hours(zone(), week if any(week) else ALWAYS, holidays)


def targets() -> dict[str, Target]:
    """By priority; for one without a target nothing is promised."""
    rows = ServiceTarget.objects.all()
    return {row.priority: Target(row.first_reply, row.resolution) for row in rows}


def follow(ticket: Ticket, event: Event, by: User, at: datetime | None) -> None:
    """Keep what is promised in step with what was done: opened, moved, answered, waiting, done, opened again."""
    if event in (Event.ANSWERED, Event.ASSIGNED):
        return
    known = targets()
    if not known and ticket.first_reply_due_at is None:
        return
    if event in MOVES:
        ticket.warned_at = None
    story = ticket.messages.filter(event__in=[*STOPS, *STARTS]).values_list("event", "created_at")
    _keep(ticket, known, opening_hours() if known else Hours(zone()), story)
    ticket.save(update_fields=_FIELDS)


def _keep(
    ticket: Ticket, known: Mapping[str, Target], hours: Hours, story: Iterable[tuple[str, datetime]]
) -> None:
    """Write on the ticket what is promised, counted anew from its story, so that nothing adds up over time."""
    stops = stops_of(story)
    promise = promised(ticket.opened_at, known.get(ticket.priority), stops, hours)
    stopped = ticket.status != Status.OPEN
    replied = ticket.first_replied_at
    ticket.first_reply_due_at, ticket.resolution_due_at = promise.first_reply, promise.resolution
    ticket.due_at = promise.next(replied=replied is not None, stopped=stopped)
    ticket.waiting_since = stops[-1].since if stops and ticket.status == Status.WAITING else None
    # A warning before the first reply was about the first reply.
    if ticket.warned_at and replied and ticket.warned_at <= replied:
        ticket.warned_at = None


def promise_anew() -> int:
    """After targets or hours have changed: count for every ticket that is not done, and say for how many."""
    known, hours = targets(), opening_hours()
    last, count = 0, 0
    while batch := _undone_after(last):
        stories: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
        done = Message.objects.filter(ticket__in=batch, event__in=[*STOPS, *STARTS])
        for pk, event, at in done.order_by("created_at", "pk").values_list("ticket", "event", "created_at"):
            stories[pk].append((event, at))
        with transaction.atomic():
            for ticket in Ticket.objects.select_for_update().filter(pk__in=batch).exclude(status__in=DONE):
                _keep(ticket, known, hours, stories[ticket.pk])
                ticket.save(update_fields=_FIELDS)
        last, count = batch[-1], count + len(batch)
    return count


def _undone_after(last: int) -> list[int]:
    undone = Ticket.objects.undone().filter(pk__gt=last).order_by("pk")
    return list(undone.values_list("pk", flat=True)[:PROMISED_AT_ONCE])


@transaction.atomic
def set_targets(
    *,
    lengths: Mapping[str, Target],
    week: Iterable[Iterable[Span]],
    holidays: Mapping[date, str],
) -> None:
    """Promise from now on by these targets, hours and holidays; a worker counts for the open tickets."""
    ServiceTarget.objects.all().delete()
    ServiceTarget.objects.bulk_create(
        ServiceTarget(priority=level, first_reply=target.first_reply, resolution=target.resolution)
        for level, target in lengths.items()
    )
    OpeningHours.objects.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(weekday=weekday, opens=opens, closes=closes)
        for weekday, spans in enumerate(week)
        for opens, closes in spans
    )
    Holiday.objects.all().delete()
    Holiday.objects.bulk_create(Holiday(day=day, name=name[:100]) for day, name in holidays.items())
    transaction.on_commit(_have_it_counted, robust=True)


def _have_it_counted() -> None:
    from escalation.tasks import promise_anew as task  # which imports this module

    task.delay()


# --- warnings ---------------------------------------------------------------------------------------------------


def warn(*, now: datetime | None = None) -> int:
    """Tell the people of each ticket whose time runs out, once: a note on it, and a mail a person with all of theirs.

    Returns for how many tickets. Safe to run again, and by two workers at once.
    """
    now = now or timezone.now()
    soon = opening_hours().after(now, AHEAD)
    if soon is None:
        return 0
    due = Ticket.objects.filter(due_at__lte=soon, warned_at=None).select_related("assignee", "requester")
    with transaction.atomic():
        claimed = [
            ticket
            for ticket in due.order_by("due_at", "pk")[:WARNED_AT_ONCE]
            if Ticket.objects.filter(pk=ticket.pk, warned_at=None, due_at=ticket.due_at).update(warned_at=now)
        ]
        _note(claimed, now)
        _mail(claimed, now)
    return len(claimed)


def _note(tickets: list[Ticket], now: datetime) -> None:
    if not tickets:
        return
    clock = system_account(username="service-targets", name="Service targets (a machine)", roles=())
    Message.objects.bulk_create(
        Message(
            ticket=ticket, author=clock, kind=Message.Kind.NOTE, body=_warning(ticket, now), created_at=now
        )
        for ticket in tickets
    )


def _warning(ticket: Ticket, now: datetime) -> str:
    what = "resolved" if ticket.first_replied_at else "answered for the first time"
    return warning(what, ticket.due_at.astimezone(zone()), now.astimezone(zone())) if ticket.due_at else ""


def _mail(tickets: list[Ticket], now: datetime) -> None:
    """One mail a person, with those tickets alone that they may see."""
    meant: dict[User, list[int]] = defaultdict(list)
    crews = _crews(tickets)
    for ticket in tickets:
        for person in [ticket.assignee] if ticket.assignee else crews[ticket.queue_id]:
            meant[person].append(ticket.pk)
    for person, pks in meant.items():
        theirs = [
            (ticket, _warning(ticket, now))
            for ticket in Ticket.objects.workable_by(person).filter(pk__in=pks).order_by("due_at", "pk")
        ]
        if theirs:
            _mail_to(person, theirs)


def _mail_to(person: User, theirs: list[tuple[Ticket, str]]) -> None:
    first = theirs[0][0]
    more = f" and {len(theirs) - 1} more" if len(theirs) > 1 else ""
    body = render_to_string(
        "escalation/mail/due.txt",
        {
            "person": person,
            "lines": theirs[:MOST_LINES],
            "more": max(0, len(theirs) - MOST_LINES),
            "site_url": settings.SITE_URL,
            "site_name": settings.SITE_NAME,
        },
    )
    outbox.post(to=person, subject=f"Time runs out: {first.number} {first.subject}{more}", body=body)


def _crews(tickets: list[Ticket]) -> dict[int | None, list[User]]:
    """Who is told of what nobody has, by queue: its members, and where there are none, the leads."""
    active = User.objects.filter(is_active=True, is_system=False)
    members = active.filter(queues__in={ticket.queue_id for ticket in tickets if ticket.queue_id})
    found: dict[int | None, list[User]] = defaultdict(list)
    for person in members.annotate(of=F("queues")).distinct():
        found[person.of].append(person)
    leads: list[User] | None = None
    for queue in {ticket.queue_id for ticket in tickets if ticket.assignee_id is None} - set(found):
        leads = _leads() if leads is None else leads
        found[queue] = leads
    return found


def _leads() -> list[User]:
    people = User.objects.with_perm(
        "escalation.lead_ticket",
        backend="django.contrib.auth.backends.ModelBackend",
        include_superusers=False,
    )
    return list(people.filter(Q(is_system=False)).order_by("pk"))
