"""Whoever asked knows where it stands, and may open it again for a while."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.test import Client
from rest_framework.test import APIClient
from time_machine import Traveller

from accounts.models import User
from accounts.roles import Role
from escalation import services
from escalation.models import Ticket
from escalation.promises.clock import Target
from escalation.services import promises, surveys
from escalation.workflow import Refused
from tests.escalation.factories import open_ticket

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with time_machine.travel(datetime(2026, 11, 20, 10, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    return people[Role.AGENT]


def page(client: Client, ticket: Ticket, name: str = "") -> str:
    client.force_login(ticket.requester)
    return unescape(client.get(f"/help/tickets/{ticket.pk}/{name}").content.decode())


def test_the_usual_time_is_told_only_where_no_time_is_promised(client: Client) -> None:
    promises.set_targets(lengths={"normal": Target(4 * HOUR, 48 * HOUR)}, week=[[]] * 7, holidays={})
    ticket = open_ticket(subject="The door is stuck")
    for name in ("", "sent/"):
        assert "Too few tickets have been answered so far" not in page(client, ticket, name)
    Ticket.objects.update(due_at=None)
    for name in ("", "sent/"):
        assert "Too few tickets have been answered so far" in page(client, ticket, name)


def test_the_page_says_what_to_expect_at_each_step(client: Client, clock: Traveller, agent: User) -> None:
    targets = {"normal": Target(4 * HOUR, 48 * HOUR)}
    promises.set_targets(lengths=targets, week=[[]] * 7, holidays={})
    ticket = open_ticket(subject="The door is stuck")
    for name in ("", "sent/"):
        shown = page(client, ticket, name)
        assert "A first answer is promised by 14:00." in shown
        assert "Too few tickets" not in shown
    assert "A first answer is promised by 14:00." in client.get("/help/tickets/").content.decode()
    clock.shift(5 * HOUR)
    assert "A first answer was promised by 14:00 and is late." in page(client, ticket)
    services.reply(ticket=ticket, by=agent, body="Which door?")
    assert "It is promised to be solved by Sunday 10:00." in page(client, ticket)
    services.reply(ticket=ticket, by=agent, body="Well?", wait=True)
    assert "The clock stands still until you answer." in page(client, ticket)
    services.resolve(ticket=ticket, by=agent, body="Done")
    assert "promised" not in page(client, ticket)


def test_without_targets_no_time_is_named(client: Client) -> None:
    assert "promised" not in page(client, open_ticket())


def test_it_is_opened_again_for_two_weeks_and_then_a_new_one_names_it(
    client: Client, clock: Traveller, agent: User
) -> None:
    ticket = open_ticket(subject="The door is stuck")
    services.resolve(ticket=ticket, by=agent, body="Done")
    clock.shift(timedelta(days=13))
    shown = page(client, ticket)
    assert "Open it again" in shown
    assert "You can do so until 4 December." in shown
    clock.shift(timedelta(days=2))
    shown = page(client, ticket)
    assert "Open it again" not in shown
    assert f"/help/?about=Again%2C%20as%20in%20{ticket.number}%3A%20The%20door%20is%20stuck" in shown
    assert f'value="Again, as in {ticket.number}: The door is stuck"' in unescape(
        client.get(f"/help/?about=Again, as in {ticket.number}: The door is stuck").content.decode()
    )


@pytest.mark.parametrize("name", ["reopen", "reply"])
def test_a_form_that_comes_too_late_says_what_to_do(
    client: Client, clock: Traveller, agent: User, name: str
) -> None:
    ticket = open_ticket()
    services.resolve(ticket=ticket, by=agent, body="Done")
    clock.shift(timedelta(days=15))
    client.force_login(ticket.requester)
    response = client.post(f"/help/tickets/{ticket.pk}/{name}/", {"body": "It is back."})
    assert response.status_code == 422
    assert "Start a new one that names this one." in response.content.decode()
    assert not ticket.messages.filter(body="It is back.").exists()


def test_the_desk_opens_what_it_likes_again_whenever(clock: Traveller, agent: User) -> None:
    ticket = open_ticket()
    services.close(ticket=ticket, by=agent, body="Nothing to do.")
    clock.shift(timedelta(days=100))
    with pytest.raises(Refused, match="too long"):
        services.reopen(ticket=ticket, by=ticket.requester)
    services.reopen(ticket=ticket, by=agent)
    ticket.refresh_from_db()
    assert ticket.status == "open"


def test_over_the_api_it_is_a_conflict(clock: Traveller, agent: User) -> None:
    ticket = open_ticket()
    services.resolve(ticket=ticket, by=agent, body="Done")
    clock.shift(timedelta(days=15))
    api = APIClient()
    api.force_authenticate(ticket.requester)
    response = api.post(f"/api/v1/tickets/{ticket.pk}/replies/", {"body": "It is back."})
    assert response.status_code == 409
    assert not ticket.messages.filter(body="It is back.").exists()


def test_the_desk_reads_what_is_promised_and_what_was_said_afterwards(
    client: Client, clock: Traveller, agent: User
) -> None:
    promises.set_targets(lengths={"normal": Target(4 * HOUR, 48 * HOUR)}, week=[[]] * 7, holidays={})
    ticket = open_ticket()
    client.force_login(agent)

    def shown() -> str:
        return unescape(client.get(f"/help/desk/{ticket.pk}/").content.decode())

    assert "First reply due by 14:00" in shown()
    services.reply(ticket=ticket, by=agent, body="Which one?", wait=True)
    assert "The clock stands still" in shown()
    services.resolve(ticket=ticket, by=agent, body="Done")
    surveys.answer(survey=ticket.survey, satisfaction=5, repeated=False, comment="Quick.")
    page = shown()
    assert "They said: very satisfied, did not have to repeat themselves" in page
    assert "“Quick.”" in page
