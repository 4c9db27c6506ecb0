"""Systems outside hear of tickets exactly once, whatever they do meanwhile, and nothing that they may not see."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from accounts.models import User
from accounts.roles import Role
from escalation import services, tasks
from escalation.models import Delivery, Queue, RemoteTicket, Sensitivity, Ticket
from escalation.outside import sending
from escalation.outside.signing import key_of, verify
from escalation.services import outside
from escalation.workflow import Action
from kb import reaching
from tests.escalation.factories import open_ticket
from tests.escalation.outside.receivers import (
    SECRET,
    at_home,
    drips,
    endpoint,
    hangs_up,
    pours,
    raw_server,
    says_nothing,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


class Receiver:
    """What a system outside keeps: each event once, by its id, if its signature is right."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("/in")
        self.events: dict[str, Any] = {}
        self.requests = 0
        self.answers: list[int | dict[str, Any]] = []
        server.expect_request("/in").respond_with_handler(self.take)

    def take(self, request: Request) -> Response:
        self.requests += 1
        event_id = verify(key_of(SECRET), headers=_lower(request), body=request.data, now=timezone.now())
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, int) and answer >= 300:
            return Response("No, thanks.", status=answer)
        self.events.setdefault(event_id, json.loads(request.data))
        return Response(json.dumps(answer if isinstance(answer, dict) else {}), status=200)

    @property
    def told(self) -> list[str]:
        return [f"{event['data']['number']} {event['type']}" for event in self.events.values()]


def _lower(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("WEBHOOK_OUTSIDE", SECRET)
    at_home(settings)


@pytest.fixture
def receiver(httpserver: HTTPServer) -> Receiver:
    return Receiver(httpserver)


@pytest.fixture
def agent() -> User:
    return UserFactory(role=Role.AGENT)


def again() -> int:
    """The next round, after every pause is over."""
    Delivery.objects.update(due_at=timezone.now())
    return outside.deliver_waiting()


# --- what is told -----------------------------------------------------------------------------------------------


def test_what_happens_to_a_ticket_is_told_in_order_and_signed(receiver: Receiver, agent: User) -> None:
    endpoint(receiver.url)
    ticket = open_ticket(subject="VPN is down")
    services.set_status(ticket=ticket, by=agent, action=Action.WAIT)
    services.resolve(ticket=ticket, by=agent, body="Solved.")
    assert outside.deliver_waiting() == 3
    assert receiver.told == [f"{ticket.number} ticket.{name}" for name in ("opened", "waiting", "resolved")]
    first = next(iter(receiver.events.values()))
    assert first["data"]["subject"] == "VPN is down"
    assert first["data"]["url"].endswith(ticket.get_absolute_url())


def test_nothing_that_was_written_leaves_only_that_it_was(receiver: Receiver, agent: User) -> None:
    endpoint(receiver.url)
    ticket = open_ticket(subject="Help", description="My neighbour reads along.")
    services.reply(ticket=ticket, by=agent, body="Then change your password.")
    services.add_note(ticket=ticket, by=agent, body="Odd.")
    outside.deliver_waiting()
    sent = json.dumps(list(receiver.events.values()))
    assert "ticket.replied" in sent
    for words in ("neighbour", "password", "Odd", ticket.requester.display_name, ticket.requester.email):
        assert words not in sent


def test_a_system_is_told_of_the_events_that_it_wants_and_one_that_is_off_of_none(receiver: Receiver) -> None:
    endpoint(receiver.url, events=["resolved"])
    endpoint(receiver.url, name="Off", active=False)
    open_ticket()
    assert not Delivery.objects.exists()


def test_what_comes_from_the_past_is_told_to_nobody(receiver: Receiver) -> None:
    endpoint(receiver.url)
    open_ticket(at=timezone.now() - timedelta(days=3))
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_delivery_is_written_with_what_it_tells_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint()
    heard: list[int] = []
    monkeypatch.setattr(tasks.deliver_webhook, "delay", heard.append)
    with suppress(RuntimeError), transaction.atomic():
        open_ticket()
        raise RuntimeError
    assert (heard, Delivery.objects.count(), Ticket.objects.count()) == ([], 0, 0)
    open_ticket()
    assert heard == [Delivery.objects.get().pk]


# --- what is confidential ---------------------------------------------------------------------------------------


@pytest.fixture
def confidential() -> Queue:
    return Queue.objects.create(name="Trust", confidential=True)


def test_a_system_never_hears_of_a_ticket_that_was_always_confidential(
    receiver: Receiver, agent: User, confidential: Queue
) -> None:
    ticket = open_ticket()
    confidential.members.add(agent)
    Ticket.objects.filter(pk=ticket.pk).update(queue=confidential)
    endpoint(receiver.url)
    services.reply(ticket=ticket, by=agent, body="We look into it.")
    assert not Delivery.objects.exists()


def test_nor_of_a_matter_for_people(receiver: Receiver, agent: User) -> None:
    ticket = open_ticket()
    Ticket.objects.filter(pk=ticket.pk).update(sensitivity=Sensitivity.HEALTH)
    endpoint(receiver.url)
    services.reply(ticket=ticket, by=agent, body="We look into it.")
    assert not Delivery.objects.exists()


def test_of_one_that_became_confidential_since_only_number_and_status_leave_even_of_what_waited(
    receiver: Receiver, agent: User, confidential: Queue
) -> None:
    endpoint(receiver.url)
    ticket = open_ticket(subject="The chair in my room squeaks")
    confidential.members.add(agent)
    Ticket.objects.filter(pk=ticket.pk).update(queue=confidential)
    services.resolve(ticket=ticket, by=agent, body="Done.")
    outside.deliver_waiting()
    opened, resolved = (event["data"] for event in receiver.events.values())
    assert opened == {"number": ticket.number, "status": "open"}
    assert resolved == {"number": ticket.number, "status": "resolved"}


# --- what can go wrong ------------------------------------------------------------------------------------------


def test_after_an_outage_everything_arrives_exactly_once_and_in_order(
    receiver: Receiver, agent: User
) -> None:
    endpoint(receiver.url)
    tickets = [open_ticket() for _ in range(4)]
    for ticket in tickets:
        services.set_status(ticket=ticket, by=agent, action=Action.WAIT)
    receiver.answers = [500, 503, 429]
    assert outside.deliver_waiting() == 0
    assert receiver.requests == outside.FAILURES_THAT_MEAN_DOWN
    while again():
        pass
    assert sorted(receiver.told) == sorted(
        f"{ticket.number} ticket.{name}" for ticket in tickets for name in ("opened", "waiting")
    )
    for ticket in tickets:
        assert next(told for told in receiver.told if ticket.number in told).endswith("opened")


def test_a_lost_answer_is_a_repeat_with_the_same_id_and_the_same_body(
    httpserver: HTTPServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receiver has taken it, and its answer never arrives: once as the receiver sees it."""
    endpoint(receiver.url)
    open_ticket()
    with monkeypatch.context() as patch:
        real = reaching.ask

        def lose(*given: Any, **options: Any) -> Any:
            real(*given, **options)
            raise ConnectionResetError

        patch.setattr(reaching, "ask", lose)
        assert outside.deliver_waiting() == 0
    assert again() == 1
    assert (receiver.requests, len(receiver.events)) == (2, 1)
    first, second = (request for request, _ in httpserver.log)
    assert first.data == second.data
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == second.headers["idempotency-key"]


def test_a_worker_that_dies_between_sending_and_noting_makes_a_repeat_not_a_second_event(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint(receiver.url)
    open_ticket()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outside, "_note", die)
        with pytest.raises(KeyboardInterrupt):
            outside.deliver_waiting()
    assert again() == 0, "another worker leaves a claim alone"
    Delivery.objects.update(claimed_at=timezone.now() - Delivery.CLAIM_LASTS - timedelta(seconds=1))
    assert again() == 1
    assert (receiver.requests, len(receiver.events)) == (2, 1)


def test_a_delivery_goes_out_once_however_often_the_task_runs(receiver: Receiver) -> None:
    endpoint(receiver.url)
    open_ticket()
    for _ in range(3):
        tasks.deliver_webhook(Delivery.objects.get().pk)
        tasks.deliver_waiting_webhooks()
    assert receiver.requests == 1


@pytest.mark.django_db(transaction=True)
def test_of_workers_who_deliver_at_once_one_delivers_each(receiver: Receiver) -> None:
    endpoint(receiver.url)
    for _ in range(12):
        open_ticket()

    def work(_: int) -> int:
        try:
            return outside.deliver_waiting()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        taken = sum(pool.map(work, range(4)))
    taken += outside.deliver_waiting()
    assert (taken, receiver.requests, len(receiver.events)) == (12, 12, 12)


@pytest.mark.parametrize("behaviour", [says_nothing, drips])
def test_a_server_that_does_not_come_to_an_end_is_left_in_time(
    behaviour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "WHOLE_WITHIN", 0.4)
    with raw_server(behaviour) as url:
        endpoint(url)
        open_ticket()
        began = time.monotonic()
        assert outside.deliver_waiting() == 0
    assert time.monotonic() - began < 2
    assert Delivery.objects.get().error == "There was no answer in time."


def test_a_server_that_says_yes_and_then_pours_has_said_yes() -> None:
    with raw_server(pours) as url:
        endpoint(url)
        open_ticket()
        assert outside.deliver_waiting() == 1


def test_a_server_that_hangs_up_is_tried_again() -> None:
    with raw_server(hangs_up) as url:
        endpoint(url)
        open_ticket()
        assert outside.deliver_waiting() == 0
    row = Delivery.objects.get()
    assert (row.attempts, row.claimed_at, row.delivered_at) == (1, None, None)
    assert row.due_at > timezone.now()


def test_a_redirect_is_not_followed(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/in").respond_with_data("", 307, {"Location": "/elsewhere"})
    endpoint(httpserver.url_for("/in"))
    open_ticket()
    assert outside.deliver_waiting() == 0
    assert [request.path for request, _ in httpserver.log] == ["/in"]
    assert "not followed" in Delivery.objects.get().error


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:{port}/in", "http://localhost/in", "http://169.254.169.254/latest/", "http://[::1]/in",
     "http://2130706433/in", "file:///etc/passwd", "gopher://x.example/"],
)  # fmt: skip
def test_nothing_is_sent_into_our_own_network(
    address: str, httpserver: HTTPServer, settings: Settings
) -> None:
    settings.WEBHOOK_PRIVATE = False
    endpoint(address.format(port=httpserver.port))
    open_ticket()
    assert outside.deliver_waiting() == 0
    row = Delivery.objects.get()
    assert (row.status_code, httpserver.log) == (None, [])
    assert row.error


def test_where_a_cloud_keeps_its_keys_nothing_is_sent_even_with_systems_at_home() -> None:
    endpoint("http://169.254.169.254/latest/meta-data/")
    open_ticket()
    assert outside.deliver_waiting() == 0
    assert "network" in Delivery.objects.get().error


def test_one_system_that_is_away_holds_up_no_other_and_is_not_asked_for_every_ticket(
    receiver: Receiver,
) -> None:
    endpoint("http://127.0.0.1:1/in", name="Away")
    endpoint(receiver.url, name="There")
    for _ in range(5):
        open_ticket()
    assert outside.deliver_waiting() == 5
    away = Delivery.objects.filter(endpoint__name="Away")
    assert sum(away.values_list("attempts", flat=True)) == 1
    newest = away.order_by("-pk")[0]
    tasks.deliver_webhook(newest.pk)
    newest.refresh_from_db()
    assert newest.attempts == 0, "a worker waits for nobody who is known to be away"


def test_without_a_secret_nothing_is_sent_and_no_other_secret_of_the_site_will_do(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_KEY", SECRET)
    endpoint(receiver.url, name="None", secret_name="WEBHOOK_MISSING")
    endpoint(receiver.url, name="Other", secret_name="OTHER_KEY")
    open_ticket()
    assert outside.deliver_waiting() == 0
    assert receiver.requests == 0


def test_a_system_gets_the_header_that_it_wants_besides(
    httpserver: HTTPServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_OUTSIDE_HEADER", "Authorization: Basic dTpw")
    endpoint(receiver.url)
    open_ticket()
    assert outside.deliver_waiting() == 1
    ((request, _),) = httpserver.log
    assert request.headers["Authorization"] == "Basic dTpw"


# --- what is given up -------------------------------------------------------------------------------------------


def test_after_two_days_it_is_given_up_and_what_comes_behind_it_goes_on(
    receiver: Receiver, agent: User
) -> None:
    endpoint(receiver.url)
    ticket = open_ticket()
    services.set_status(ticket=ticket, by=agent, action=Action.WAIT)
    first = Delivery.objects.order_by("pk")[0]
    Delivery.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(days=3))
    receiver.answers = [500]
    outside.deliver_waiting()
    assert Delivery.objects.dead().get() == first
    assert receiver.told == [f"{ticket.number} ticket.waiting"]


def test_who_says_that_it_is_gone_for_good_is_not_asked_again(receiver: Receiver) -> None:
    endpoint(receiver.url)
    open_ticket()
    receiver.answers = [410]
    outside.deliver_waiting()
    assert Delivery.objects.dead().exists()


def test_sent_again_it_keeps_its_id_and_tells_how_it_stands_now(receiver: Receiver, agent: User) -> None:
    endpoint(receiver.url)
    ticket = open_ticket()
    first = Delivery.objects.get()
    Delivery.objects.update(gave_up_at=timezone.now())
    services.resolve(ticket=ticket, by=agent, body="Done.")
    outside.deliver_waiting()
    assert outside.send_again([first.pk]) == 1
    assert outside.send_again([first.pk]) == 0
    assert outside.deliver_waiting() == 1
    assert receiver.events[first.event_id]["data"]["status"] == "resolved"


# --- what they call it ------------------------------------------------------------------------------------------


def test_what_they_call_the_ticket_is_kept_and_zendesk_s_is_updated_under_it(
    httpserver: HTTPServer, agent: User
) -> None:
    httpserver.expect_request("/tickets", method="POST").respond_with_json({"ticket": {"id": 35}}, status=201)
    httpserver.expect_request("/tickets/35", method="PUT").respond_with_json({})
    endpoint(httpserver.url_for("/tickets"), kind="zendesk")
    ticket = open_ticket()
    services.resolve(ticket=ticket, by=agent, body="Done.")
    assert outside.deliver_waiting() == 2
    assert RemoteTicket.objects.get().remote_id == "35"


def test_two_tickets_that_they_call_the_same_are_not_mixed_up(receiver: Receiver) -> None:
    endpoint(receiver.url)
    first, _ = open_ticket(), open_ticket()
    receiver.answers = [{"id": "A-1"}, {"id": "A-1"}]
    assert outside.deliver_waiting() == 2
    assert RemoteTicket.objects.get().ticket == first


def test_a_row_that_servicenow_could_not_use_was_not_delivered(httpserver: HTTPServer) -> None:
    refused = {"result": [{"status": "error", "status_message": "No such group"}]}
    httpserver.expect_request("/in").respond_with_json(refused, status=201)
    endpoint(httpserver.url_for("/in"), kind="servicenow")
    open_ticket()
    assert outside.deliver_waiting() == 0
    assert "No such group" in Delivery.objects.get().error
