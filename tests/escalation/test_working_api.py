"""What agents do over the API, by the rules of the pages."""

from typing import Any

import pytest

from accounts.models import User
from accounts.roles import Role
from escalation.models import Message, Queue, Ticket
from tests.escalation.factories import open_ticket, story_article
from tests.escalation.test_api import TICKETS, signed_in
from tests.factories import AudienceFactory, UserFactory, published_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    return people[Role.AGENT]


@pytest.fixture
def ticket(people: dict[Role, User]) -> Ticket:
    return open_ticket(people[Role.EMPLOYEE])


def send(user: User, ticket: Ticket, what: str, body: object) -> Any:
    return signed_in(user).post(f"{TICKETS}{ticket.pk}/{what}/", body, format="json")


def test_a_note_stays_with_the_desk_and_names_people(agent: User, ticket: Ticket) -> None:
    other = UserFactory(role=Role.AGENT, username="chloe")
    answer = send(agent, ticket, "notes", {"body": "@chloe, look"})
    assert (answer.status_code, answer.json()["mentions"]) == (201, ["chloe"])
    assert ticket.messages.get().kind == Message.Kind.NOTE
    assert list(ticket.watchers.all()) == [other]


def test_a_ticket_is_assigned_by_user_name_and_put_back(
    agent: User, ticket: Ticket, people: dict[Role, User]
) -> None:
    assert send(agent, ticket, "assign", {"assignee": agent.username}).json()["assignee"] == agent.username
    assert send(agent, ticket, "assign", {"assignee": None}).json()["assignee"] is None
    for nobody in (people[Role.EMPLOYEE].username, "nobody"):
        assert send(agent, ticket, "assign", {"assignee": nobody}).status_code == 400


def test_it_is_resolved_once_with_an_article_that_one_may_read(agent: User, ticket: Ticket) -> None:
    hidden = published_article("Payroll", audience=AudienceFactory(groups=["Finance"]))
    for wrong in ({}, {"article": hidden.pk}, {"article": 10**12}, {"body": "  "}):
        assert send(agent, ticket, "resolve", wrong).status_code == 400
    article = story_article()
    answer = send(agent, ticket, "resolve", {"article": article.pk})
    assert (answer.status_code, answer.json()["status"]) == (200, "resolved")
    ticket.refresh_from_db()
    assert ticket.resolved_by_article == article
    again = send(agent, ticket, "resolve", {"body": "Once more"})
    assert again.status_code == 409
    assert "resolved" in str(again.json())


@pytest.mark.parametrize(
    ("what", "body"), [("notes", {"body": "x"}), ("assign", {"assignee": None}), ("resolve", {"body": "x"})]
)
def test_only_the_desk_may_and_of_a_confidential_queue_only_its_people(
    agent: User, ticket: Ticket, people: dict[Role, User], what: str, body: object
) -> None:
    assert send(people[Role.EMPLOYEE], ticket, what, body).status_code == 403
    assert send(UserFactory(role=Role.EMPLOYEE), ticket, what, body).status_code == 404
    Ticket.objects.filter(pk=ticket.pk).update(queue=Queue.objects.create(name="People", confidential=True))
    assert send(agent, ticket, what, body).status_code == 404
    assert not ticket.messages.exists()
