"""Hearing from systems outside where their ticket stands."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.services import system_account
from escalation.models import (
    FIRST_NUMBER,
    Delivery,
    Endpoint,
    InboundEvent,
    Message,
    RemoteTicket,
    Ticket,
)
from escalation.outside.own_signatures import OWN_WAYS
from escalation.outside.reports import Report, report_in
from escalation.outside.signing import Unverified, verify
from escalation.services.outside import secret_of, their_secret_of

NAME = "Systems outside"


class UnknownTicket(Exception):
    """The report is about no ticket that this system was told of."""


def hear(*, endpoint: Endpoint, headers: dict[str, str], body: bytes, now: datetime | None = None) -> bool:
    """Take a report; False when it was taken before. Unverified, Unreadable or UnknownTicket say why it was not."""
    event_id = _verified(endpoint, headers, body, now or timezone.now())
    report = report_in(endpoint.kind, body)
    with transaction.atomic():
        # The second of two that came at once waits here for the first.
        Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        _, is_new = InboundEvent.objects.get_or_create(endpoint=endpoint, event_id=event_id)
        if is_new:
            _take(endpoint, report)
    return is_new


def _verified(endpoint: Endpoint, headers: dict[str, str], body: bytes, now: datetime) -> str:
    """The id of the event, if it is signed by the standard, or in the way that its system has of its own."""
    own = OWN_WAYS.get(endpoint.kind)
    if own and headers.get(own.header):
        theirs = their_secret_of(endpoint)
        if theirs:
            return own.verify(theirs, headers, body, now)
    elif key := secret_of(endpoint):
        return verify(key, headers=headers, body=body, now=now)
    raise Unverified("There is no secret to verify it by.")


def _take(endpoint: Endpoint, report: Report) -> None:
    remote = _remote(endpoint, report)
    is_news = report.status != remote.status
    remote.status = report.status
    remote.url = report.url or remote.url
    remote.updated_at = timezone.now()
    remote.save()
    if is_news:
        Message.objects.create(
            ticket=remote.ticket,
            author=system_account(username="outside", name=NAME, roles=()),
            kind=Message.Kind.EVENT,
            event="outside",
            body=f"{endpoint.name} {remote.remote_id}: {remote.status}.",
        )


def _remote(endpoint: Endpoint, report: Report) -> RemoteTicket:
    """By their name for it, or else by ours, if they were ever told of that ticket."""
    known = RemoteTicket.objects.filter(endpoint=endpoint).select_related("ticket")
    found = known.filter(remote_id=report.remote_id).first() if report.remote_id else None
    if found:
        return found
    ticket = _ticket(endpoint, report.number)
    if ticket is None:
        raise UnknownTicket
    found = known.filter(ticket=ticket).first() or RemoteTicket(endpoint=endpoint, ticket=ticket)
    found.remote_id = report.remote_id or found.remote_id or report.number
    return found


def _ticket(endpoint: Endpoint, number: str) -> Ticket | None:
    digits = number.removeprefix("TZ-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 18):
        return None
    told = Delivery.objects.filter(endpoint=endpoint, ticket=int(digits) - FIRST_NUMBER)
    delivery = told.select_related("ticket").first()
    return delivery.ticket if delivery else None
