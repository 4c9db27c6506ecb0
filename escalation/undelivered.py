"""Mail and webhooks that were given up, as a lead may see them: of a confidential ticket neither words nor people."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from django.db.models import QuerySet

from accounts.models import OutgoingMail
from escalation.models import Delivery, Ticket
from kb.models import Reader

MOST = 200
HIDDEN = "Of a ticket that only others see"


@dataclass(frozen=True)
class Letter:
    """One thing that did not arrive."""

    name: str
    what: str
    to: str
    why: str
    attempts: int
    written_at: datetime
    gave_up_at: datetime | None


@dataclass(frozen=True)
class Chosen:
    """What somebody wants to send again, by number."""

    mails: Collection[int]
    deliveries: Collection[int]


def letters_for(user: Reader) -> list[Letter]:
    """All that was given up, the newest first, as far as one page goes."""
    letters = chain(_mails(user), _deliveries(user))
    return sorted(letters, key=lambda letter: letter.written_at, reverse=True)[:MOST]


def count() -> int:
    """How many there are."""
    return OutgoingMail.objects.dead().count() + Delivery.objects.dead().count()


def chosen(names: Collection[str], *, everything: bool) -> Chosen:
    """By the names that their letters have; or simply all."""
    if everything:
        mails, deliveries = OutgoingMail.objects.dead(), Delivery.objects.dead()
        return Chosen(_numbers(mails), _numbers(deliveries))
    return Chosen(_named(names, "mail"), _named(names, "webhook"))


def _numbers(rows: QuerySet[OutgoingMail] | QuerySet[Delivery]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True)[:MOST])


def _named(names: Collection[str], kind: str) -> list[int]:
    numbers = (name.removeprefix(f"{kind}-") for name in islice(names, MOST) if name.startswith(f"{kind}-"))
    return [int(number) for number in numbers if number.isascii() and number.isdecimal() and len(number) < 18]


def _mails(user: Reader) -> Iterator[Letter]:
    mails = OutgoingMail.objects.dead().prefetch_related("tickets").order_by("-created_at")[:MOST]
    seen = set(_visible(user, [ticket.pk for mail in mails for ticket in mail.tickets.all()]))
    for mail in mails:
        is_hidden = any(ticket.pk not in seen for ticket in mail.tickets.all())
        yield Letter(
            name=f"mail-{mail.pk}",
            what=HIDDEN if is_hidden else mail.subject,
            to="Somebody, by mail" if is_hidden else f"{mail.to}, by mail",
            why="" if is_hidden else mail.error,
            attempts=mail.attempts,
            written_at=mail.created_at,
            gave_up_at=mail.gave_up_at,
        )


def _deliveries(user: Reader) -> Iterator[Letter]:
    rows = Delivery.objects.dead().select_related("endpoint", "ticket").order_by("-created_at")[:MOST]
    seen = set(_visible(user, [row.ticket_id for row in rows]))
    for row in rows:
        is_hidden = row.ticket_id not in seen
        yield Letter(
            name=f"webhook-{row.pk}",
            what=HIDDEN if is_hidden else f"{row.ticket.number}: {row.event}",
            to=f"{row.endpoint.name}, by webhook",
            why="" if is_hidden else row.error,
            attempts=row.attempts,
            written_at=row.created_at,
            gave_up_at=row.gave_up_at,
        )


def _visible(user: Reader, ticket_ids: Collection[int]) -> QuerySet[Ticket, int]:
    return Ticket.objects.workable_by(user).filter(pk__in=ticket_ids).values_list("pk", flat=True)
