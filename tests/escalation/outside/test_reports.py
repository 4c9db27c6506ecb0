"""A system outside reports where its ticket stands; nobody else does, and nothing counts twice."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from escalation.models import Delivery, Endpoint, Message, RemoteTicket, Ticket
from escalation.outside.signing import key_of, sign
from tests.escalation.factories import open_ticket
from tests.escalation.outside.receivers import SECRET, endpoint
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
OTHER = "whsec_" + "A" * 32


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_OUTSIDE", SECRET)
    monkeypatch.setenv("WEBHOOK_OTHER", OTHER)


@pytest.fixture
def system() -> Endpoint:
    return endpoint(name="ServiceNow", kind="servicenow")


@pytest.fixture
def ticket(system: Endpoint) -> Ticket:
    """One that the system was told of."""
    return open_ticket()


def report(
    system: Endpoint, *, event_id: str = "evt_1", secret: str = SECRET, hours: float = 0, **data: Any
) -> Any:
    """As the system sends it, in a session of nobody, without a token against forgery."""
    body = json.dumps({"type": "ticket.status", "data": data}).encode()
    return post(system.pk, body, event_id, secret, hours)


def post(pk: int, body: bytes, event_id: str = "evt_1", secret: str = SECRET, hours: float = 0) -> Any:
    at = timezone.now() + timedelta(hours=hours)
    headers = sign(key_of(secret), event_id=event_id, at=at, body=body)
    address = reverse("escalation:outside_report", args=[pk])
    return Client(enforce_csrf_checks=True).post(
        address, body, content_type="application/json", headers=headers
    )


def test_where_it_stands_there_is_shown_on_the_ticket_in_our_words(system: Endpoint, ticket: Ticket) -> None:
    assert report(system, number=ticket.number, id="INC0012", status=2).status_code == 204
    remote = RemoteTicket.objects.get()
    assert (remote.ticket, remote.remote_id, remote.status) == (ticket, "INC0012", "In progress")
    client = Client()
    client.force_login(UserFactory(role=Role.AGENT))
    page = client.get(reverse("escalation:desk_ticket", args=[ticket.pk])).content.decode()
    assert "In ServiceNow" in page
    assert "INC0012: In progress" in page


def test_the_same_event_counts_once_and_the_next_one_by_their_own_number_alone(
    system: Endpoint, ticket: Ticket
) -> None:
    for _ in range(2):
        assert report(system, number=ticket.number, id="INC0012", status=2).status_code == 204
    assert report(system, event_id="evt_2", id="INC0012", status=6).status_code == 204
    assert report(system, event_id="evt_1", id="INC0012", status=2).status_code == 204
    words = list(Message.objects.filter(event="outside").values_list("body", flat=True))
    assert words == ["ServiceNow INC0012: In progress.", "ServiceNow INC0012: Resolved."]
    ticket.refresh_from_db()
    assert ticket.status == "open", "whether it is solved for the person, a person says"


def test_what_nobody_signed_is_refused_with_the_same_empty_answer(system: Endpoint, ticket: Ticket) -> None:
    off = endpoint(name="Off", active=False)
    bare = endpoint(name="Bare", secret_name="WEBHOOK_MISSING")
    data = {"number": ticket.number, "id": "INC0012", "status": 2}
    refused: list[Any] = [
        report(system, secret=OTHER, **data),
        report(system, hours=-0.2, **data),
        report(system, hours=0.2, **data),
        report(off, **data),
        report(bare, **data),
        post(10**9, b"{}"),
        Client().post(
            reverse("escalation:outside_report", args=[system.pk]), b"{}", content_type="text/plain"
        ),
    ]
    assert {(answer.status_code, answer.content) for answer in refused} == {(401, b"")}
    assert not RemoteTicket.objects.exists()


def test_one_system_says_nothing_of_another_s_tickets(system: Endpoint, ticket: Ticket) -> None:
    report(system, number=ticket.number, id="INC0012", status=2)
    other = endpoint(name="Other", secret_name="WEBHOOK_OTHER")
    for data in (
        {"number": ticket.number},
        {"id": "INC0012"},
        {"number": "TZ-999999999"},
        {"number": "TZ-x"},
    ):
        assert report(other, secret=OTHER, status="open", **data).status_code == 404
    assert RemoteTicket.objects.count() == 1


def test_a_report_that_was_not_taken_may_come_again(system: Endpoint, ticket: Ticket) -> None:
    Delivery.objects.all().delete()
    assert report(system, number=ticket.number, id="INC0012", status=2).status_code == 404
    Delivery.objects.create(endpoint=system, ticket=ticket, event="opened", event_id="x", payload={})
    assert report(system, number=ticket.number, id="INC0012", status=2).status_code == 204


def test_what_is_too_large_is_not_read_and_what_makes_no_sense_is_said(system: Endpoint) -> None:
    assert post(system.pk, b" " * 70_000).status_code == 413
    assert post(system.pk, b"[]").status_code == 400
    assert Client().get(reverse("escalation:outside_report", args=[system.pk])).status_code == 405


def test_words_from_outside_are_never_markup(system: Endpoint, ticket: Ticket) -> None:
    report(
        system,
        number=ticket.number,
        id="<b>1</b>",
        status="<script>alert(1)</script>",
        url="javascript:alert(1)",
    )
    client = Client()
    client.force_login(UserFactory(role=Role.AGENT))
    page = client.get(reverse("escalation:desk_ticket", args=[ticket.pk])).content.decode()
    for markup in ("<b>1</b>", "<script>alert", "javascript:alert"):
        assert markup not in page


# --- signed in ways of their own --------------------------------------------------------------------------------


def zendesk_headers(body: bytes, at: str, secret: bytes = b"theirs") -> dict[str, str]:
    digest = hmac.new(secret, at.encode() + body, hashlib.sha256).digest()
    return {
        "x-zendesk-webhook-signature": base64.b64encode(digest).decode(),
        "x-zendesk-webhook-signature-timestamp": at,
    }


def send(system: Endpoint, body: bytes, headers: dict[str, str]) -> int:
    address = reverse("escalation:outside_report", args=[system.pk])
    return Client().post(address, body, content_type="application/json", headers=headers).status_code


def test_zendesk_reports_with_its_own_signature_once(monkeypatch: pytest.MonkeyPatch) -> None:
    system = endpoint(name="Zendesk", kind="zendesk")
    ticket = open_ticket()
    data = {"number": ticket.number, "id": "35", "status": "pending"}
    body = json.dumps({"type": "ticket.status", "data": data}).encode()
    now = timezone.now().isoformat()
    assert send(system, body, zendesk_headers(body, now)) == 401, "there is no secret of theirs"
    monkeypatch.setenv("WEBHOOK_OUTSIDE_THEIRS", "theirs")
    old = (timezone.now() - timedelta(minutes=6)).isoformat()
    for headers in (
        zendesk_headers(body, old),
        zendesk_headers(body, "yesterday"),
        zendesk_headers(body, now, b"other"),
        zendesk_headers(body + b" ", now),
    ):
        assert send(system, body, headers) == 401
    for _ in range(2):
        assert send(system, body, zendesk_headers(body, now)) == 204
    assert RemoteTicket.objects.get().status == "Waiting"
    assert Message.objects.filter(event="outside").count() == 1


def test_jira_reports_with_its_own_signature_and_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_OUTSIDE_THEIRS", "theirs")
    system = endpoint(name="Jira", kind="jira")
    RemoteTicket.objects.create(endpoint=system, ticket=open_ticket(), remote_id="IT-4")

    def report_at(at: object, secret: bytes = b"theirs") -> int:
        issue = {"key": "IT-4", "fields": {"status": {"name": "Work in progress"}}}
        body = json.dumps({"timestamp": at, "issue": issue}).encode()
        digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
        return send(system, body, {"x-hub-signature": f"sha256={digest}"})

    now = timezone.now().timestamp() * 1000
    for at in (now - 400_000, now + 400_000, None, "now", 10**30):
        assert report_at(at) == 401
    assert report_at(now, b"other") == 401
    assert report_at(now) == 204
    assert RemoteTicket.objects.get().status == "In progress"


def test_who_signs_by_another_system_s_way_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, system: Endpoint, ticket: Ticket
) -> None:
    monkeypatch.setenv("WEBHOOK_OUTSIDE_THEIRS", "theirs")
    data = {"number": ticket.number, "id": "35", "status": "pending"}
    body = json.dumps({"type": "ticket.status", "data": data}).encode()
    assert send(system, body, zendesk_headers(body, timezone.now().isoformat())) == 401
