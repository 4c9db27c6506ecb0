import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.roles import Role
from escalation import services
from escalation.models import Ticket
from tests.escalation.factories import conversation_about, open_ticket, story_article
from tests.factories import AudienceFactory, UserFactory

pytestmark = pytest.mark.django_db
TICKETS = "/api/v1/tickets/"


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def person(people: dict[Role, User]) -> User:
    return people[Role.EMPLOYEE]


def get(user: User, address: str) -> Any:
    response = signed_in(user).get(address)
    assert response.status_code == 200, response.content
    return response.json()


def test_each_sees_what_the_pages_show_them(person: User, people: dict[Role, User]) -> None:
    mine, other = open_ticket(person), open_ticket(UserFactory())
    assert [row["id"] for row in get(person, TICKETS)["results"]] == [mine.pk]
    assert {row["id"] for row in get(people[Role.AGENT], TICKETS)["results"]} == {mine.pk, other.pk}
    assert signed_in(person).get(f"{TICKETS}{other.pk}/").status_code == 404
    assert signed_in(person).post(f"{TICKETS}{other.pk}/replies/", {"body": "x"}).status_code == 404
    assert APIClient().get(TICKETS).status_code == 401


def test_a_ticket_is_opened_out_of_a_conversation_less_the_lines_left_out(person: User) -> None:
    conversation = conversation_about(story_article(), person)
    body = {"conversation": conversation.pk, "left_out": ["origin.start"], "description": "Help", "key": "k"}
    created = [signed_in(person).post(TICKETS, body, format="json") for _ in range(2)]
    ticket = Ticket.objects.get()
    assert [response.status_code for response in created] == [201, 201]
    answer = created[0].json()
    assert answer["number"] == ticket.number
    assert answer["pack"]["left_out"] == 1
    kinds = [line["kind"] for line in answer["pack"]["lines"]]
    assert "origin" in kinds
    assert "The conversation started" not in json.dumps(answer)


def test_a_preview_is_sent_exactly_as_it_was_seen(person: User) -> None:
    conversation = conversation_about(story_article(), person)
    preview = get(person, f"{TICKETS}preview/?conversation={conversation.pk}")
    conversation.delete()
    response = signed_in(person).post(TICKETS, {"draft": preview["draft"]}, format="json")
    assert response.status_code == 201
    assert response.json()["pack"] == preview["pack"]
    foreign = signed_in(UserFactory()).post(TICKETS, {"draft": preview["draft"]}, format="json")
    assert foreign.status_code == 400


def test_what_is_missing_too_long_or_not_ones_own_is_said(person: User) -> None:
    others = conversation_about(story_article(), UserFactory())
    for body in ({}, {"description": "x" * 10_001}, {"conversation": others.pk}, {"article": 10**30}):
        response = signed_in(person).post(TICKETS, body, format="json")
        assert response.status_code == 400, body
    assert not Ticket.objects.exists()


def test_the_pack_is_masked_for_whoever_reads_it(people: dict[Role, User]) -> None:
    insider = UserFactory(role=Role.EMPLOYEE, groups=["Payroll"])
    article = story_article(audience=AudienceFactory(groups=["Payroll"]))
    ticket = open_ticket(insider, article=article)
    services.resolve(ticket=ticket, by=UserFactory(role=Role.AGENT, groups=["Payroll"]), article=article)
    for_agent = get(people[Role.AGENT], f"{TICKETS}{ticket.pk}/")
    assert "Reset your password" not in json.dumps(for_agent)
    assert "Open the portal" not in json.dumps(for_agent)
    assert for_agent["resolved_by_article"] is None
    for_insider = get(insider, f"{TICKETS}{ticket.pk}/")
    assert "Open the portal." in json.dumps(for_insider)
    assert for_insider["resolved_by_article"] == article.pk


def test_notes_stay_with_the_desk(person: User, people: dict[Role, User]) -> None:
    ticket = open_ticket(person)
    services.add_note(ticket=ticket, by=people[Role.AGENT], body="Between us")
    assert "Between us" not in json.dumps(get(person, f"{TICKETS}{ticket.pk}/"))
    assert "Between us" in json.dumps(get(people[Role.AGENT], f"{TICKETS}{ticket.pk}/"))


def test_both_sides_reply(person: User, people: dict[Role, User]) -> None:
    ticket = open_ticket(person)
    for user in (people[Role.AGENT], person):
        response = signed_in(user).post(f"{TICKETS}{ticket.pk}/replies/", {"body": "Hello"}, format="json")
        assert response.status_code == 201
        assert response.json()["author"] == user.display_name
    assert Ticket.objects.get().first_replied_at is not None


def test_the_list_takes_the_same_queries_however_long(
    person: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        open_ticket(person)
    with django_assert_max_num_queries(5):
        assert len(get(person, TICKETS)["results"]) == 10
