"""Telling systems outside: written down in the transaction of what is told, delivered by workers, once as they see it.

A delivery that was answered but whose answer got lost is sent again with the same id, by which the other side knows it.
"""

import os
import time
from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.pauses import pause_after
from escalation.events import Event
from escalation.models import Delivery, Endpoint, RemoteTicket, Ticket
from escalation.outside.payloads import Remote, Telling, refusal_in, remote_in, request_for
from escalation.outside.sending import Outcome, send
from escalation.outside.signing import key_of, sign

BATCH = 100
FAILURES_THAT_MEAN_DOWN = 3
SECONDS_AT_A_TIME = 50
GONE = 410
# Whoever sets up an endpoint names a variable, and must not have another secret of the site sign or be sent by it.
SECRETS_BEGIN = "WEBHOOK_"


def tell_outside(ticket: Ticket, event: Event, by: User, at: datetime | None) -> None:
    """Write down an event for each system that is told of such ones; nothing of what comes from the past."""
    if at is not None:
        return
    telling = _telling(ticket, event)
    for endpoint in Endpoint.objects.filter(active=True):
        if (not endpoint.events or event in endpoint.events) and _may_be_told(endpoint, ticket):
            _post(endpoint, ticket, telling)


def deliver(delivery_id: int) -> Outcome | None:
    """Deliver one if it is due, its turn, and nobody else has it; None when nothing was sent."""
    delivery = Delivery.objects.select_related("endpoint", "ticket__queue").filter(pk=delivery_id).first()
    if delivery is None or not delivery.endpoint.active or not _is_first_in_line(delivery):
        return None
    due = Delivery.objects.due().filter(pk=delivery_id)
    if not due.update(claimed_at=timezone.now(), attempts=F("attempts") + 1):
        return None
    delivery.attempts += 1
    outcome = _send(delivery)
    with transaction.atomic():
        _note(delivery, outcome)
    return outcome


def deliver_soon(delivery_id: int) -> None:
    """Deliver what was just written down, and what waits behind it; a system that is away is left to the next round."""
    delivery = Delivery.objects.filter(pk=delivery_id).first()
    if delivery is None or _is_away(delivery.endpoint_id):
        return
    line = Delivery.objects.due().filter(
        endpoint=delivery.endpoint_id, ticket=delivery.ticket_id, pk__gte=delivery_id
    )
    for pk in list(line.order_by("pk").values_list("pk", flat=True)):
        outcome = deliver(pk)
        if outcome is None or not outcome.is_taken:
            return


def deliver_waiting() -> int:
    """Deliver what is due, for less than a minute; returns how many were taken."""
    deadline = time.monotonic() + SECONDS_AT_A_TIME
    return sum(_deliver_to(endpoint, deadline) for endpoint in Endpoint.objects.filter(active=True))


@transaction.atomic
def send_again(delivery_ids: Collection[int]) -> int:
    """Try once more what was given up, telling how it stands now; returns how many are tried."""
    dead = Delivery.objects.dead().filter(pk__in=delivery_ids).select_related("ticket__queue")
    tried = list(dead.select_for_update(of=("self",)).order_by("pk"))
    for delivery in tried:
        delivery.payload = _telling(delivery.ticket, Event(delivery.event)).to_json()
        delivery.gave_up_at = delivery.claimed_at = None
        delivery.due_at = timezone.now()
        delivery.save(update_fields=["payload", "gave_up_at", "claimed_at", "due_at"])
        _tell_a_worker(delivery.pk)
    return len(tried)


def secret_of(endpoint: Endpoint) -> bytes | None:
    """The key that signs what goes there and what comes from there; None when the environment has none."""
    try:
        return key_of(_from_environment(endpoint.secret_name))
    except ValueError:
        return None


def their_secret_of(endpoint: Endpoint) -> bytes:
    """The secret by which it signs in a way of its own; empty when the environment has none."""
    return _from_environment(f"{endpoint.secret_name}_THEIRS").encode()


def _from_environment(name: str) -> str:
    return os.environ.get(name, "") if name.startswith(SECRETS_BEGIN) else ""


def _telling(ticket: Ticket, event: Event) -> Telling:
    return Telling(
        event=event,
        at=timezone.now().isoformat(timespec="seconds"),
        number=ticket.number,
        status=ticket.status,
        subject=ticket.subject,
        priority=ticket.priority,
        queue=ticket.queue.name if ticket.queue else "",
        url=f"{settings.SITE_URL}{ticket.get_absolute_url()}",
    )


def _is_confidential(ticket: Ticket) -> bool:
    return bool(ticket.sensitivity) or (ticket.queue is not None and ticket.queue.confidential)


def _may_be_told(endpoint: Endpoint, ticket: Ticket) -> bool:
    """Of a confidential ticket only a system that has heard of it before: its copy must not stay open for ever."""
    return not _is_confidential(ticket) or endpoint.deliveries.filter(ticket=ticket).exists()


def _post(endpoint: Endpoint, ticket: Ticket, telling: Telling) -> None:
    delivery = Delivery.objects.create(
        endpoint=endpoint,
        ticket=ticket,
        event=telling.event,
        event_id=f"msg_{uuid4().hex}",
        payload=telling.to_json(),
    )
    _tell_a_worker(delivery.pk)


def _tell_a_worker(delivery_id: int) -> None:
    def tell() -> None:
        from escalation.tasks import deliver_webhook  # which imports this module

        deliver_webhook.delay(delivery_id)

    # As for mail: a broker that is down is logged and fails nothing, and beat finds the row.
    transaction.on_commit(tell, robust=True)


def _is_first_in_line(delivery: Delivery) -> bool:
    """What a system hears of one ticket, it hears in order; what was given up is waited for no more."""
    same = Delivery.objects.waiting().filter(endpoint=delivery.endpoint_id, ticket=delivery.ticket_id)
    return not same.filter(pk__lt=delivery.pk).exists()


def _is_away(endpoint_id: int) -> bool:
    """Whether something failed there and its pause is not over: then workers have better things to do than to wait."""
    failed = Delivery.objects.waiting().filter(endpoint=endpoint_id, attempts__gt=0, claimed_at__isnull=True)
    return failed.filter(due_at__gt=timezone.now()).exists()


def _deliver_to(endpoint: Endpoint, deadline: float) -> int:
    """One system's turn, until it is over or the system is found to be away: nobody there, or failures running."""
    due = Delivery.objects.due().filter(endpoint=endpoint).order_by("attempts", "pk")
    taken = failures = 0
    for delivery_id in list(due.values_list("pk", flat=True)[:BATCH]):
        if time.monotonic() > deadline or failures == FAILURES_THAT_MEAN_DOWN:
            break
        outcome = deliver(delivery_id)
        if outcome is None:
            continue
        if outcome.status is None:
            break
        taken, failures = (taken + 1, 0) if outcome.is_taken else (taken, failures + 1)
    return taken


def _send(delivery: Delivery) -> Outcome:
    endpoint, ticket = delivery.endpoint, delivery.ticket
    key = secret_of(endpoint)
    if key is None:
        return Outcome(
            f"{endpoint.secret_name} holds no secret such as whsec_…; it begins with {SECRETS_BEGIN}."
        )
    telling = Telling.from_json(delivery.payload)
    # A ticket may have become confidential since.
    telling = telling.withheld() if _is_confidential(ticket) else telling
    request = request_for(endpoint.kind, endpoint.url, telling, remote_id=_remote_id(delivery))
    signed = sign(key, event_id=delivery.event_id, at=timezone.now(), body=request.body)
    headers = {**signed, "Idempotency-Key": delivery.event_id, **_own_header(endpoint)}
    outcome = send(request, headers=headers, allow_private=settings.WEBHOOK_PRIVATE)
    refusal = refusal_in(endpoint.kind, outcome.body) if outcome.is_taken else ""
    return Outcome(f"It was not taken: {refusal}", outcome.status) if refusal else outcome


def _own_header(endpoint: Endpoint) -> dict[str, str]:
    """What a system wants besides a signature, such as "Authorization: Basic …": a variable beside the secret's."""
    name, _, value = _from_environment(f"{endpoint.secret_name}_HEADER").partition(":")
    return {name.strip(): value.strip()} if value else {}


def _remote_id(delivery: Delivery) -> str:
    remote = RemoteTicket.objects.filter(endpoint=delivery.endpoint_id, ticket=delivery.ticket_id).first()
    return remote.remote_id if remote else ""


def _note(delivery: Delivery, outcome: Outcome) -> None:
    now = timezone.now()
    delivery.status_code, delivery.error, delivery.claimed_at = outcome.status, outcome.problem, None
    if outcome.is_taken:
        delivery.delivered_at = now
        _remember(delivery, remote_in(delivery.endpoint.kind, outcome.body))
    else:
        delivery.due_at = now + pause_after(delivery.attempts)
        if outcome.status == GONE or now - delivery.created_at > Delivery.GIVE_UP_AFTER:
            delivery.gave_up_at = now
    delivery.save(
        update_fields=["status_code", "error", "claimed_at", "delivered_at", "due_at", "gave_up_at"]
    )


def _remember(delivery: Delivery, remote: Remote | None) -> None:
    """What the other side calls the ticket, unless it calls another one so."""
    known = RemoteTicket.objects.filter(endpoint=delivery.endpoint)
    if remote is None or known.filter(remote_id=remote.id).exclude(ticket=delivery.ticket).exists():
        return
    known.update_or_create(
        endpoint=delivery.endpoint,
        ticket=delivery.ticket,
        defaults={"remote_id": remote.id, "url": remote.url},
    )
