"""Tickets of a confidential queue are seen by whoever asked and by the people of that queue, and by nobody else."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from escalation.models import Queue, Ticket
from tests.escalation.factories import open_ticket
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket() -> Ticket:
    ticket = open_ticket()
    ticket.queue = Queue.objects.create(name="People team", confidential=True)
    ticket.save()
    return ticket


def sees(user: User, ticket: Ticket) -> bool:
    return Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists()


def test_only_whoever_asked_and_members_see_it(ticket: Ticket) -> None:
    member, agent, lead = (UserFactory(role=role) for role in (Role.AGENT, Role.AGENT, Role.LEAD))
    assert ticket.queue is not None
    ticket.queue.members.add(member)
    assert sees(ticket.requester, ticket)
    assert sees(member, ticket)
    assert not any(
        sees(user, ticket) for user in (agent, lead, UserFactory(is_superuser=True), UserFactory())
    )


def test_whoever_is_a_member_without_working_on_tickets_sees_nothing(ticket: Ticket) -> None:
    assert ticket.queue is not None
    person = UserFactory()
    ticket.queue.members.add(person)
    assert not sees(person, ticket)


def test_another_queue_and_none_are_open_to_every_agent(ticket: Ticket) -> None:
    agent = UserFactory(role=Role.AGENT)
    Ticket.objects.update(queue=Queue.objects.create(name="Network"))
    assert sees(agent, ticket)
    Ticket.objects.update(queue=None)
    assert sees(agent, ticket)


def test_for_another_agent_there_is_no_such_page_in_no_list_and_in_no_count(
    client: Client, ticket: Ticket
) -> None:
    client.force_login(UserFactory(role=Role.AGENT))
    assert client.get(reverse("escalation:desk_ticket", args=[ticket.pk])).status_code == 404
    assert client.get(reverse("escalation:ticket", args=[ticket.pk])).status_code == 404
    assert client.post(reverse("escalation:desk_note", args=[ticket.pk]), {"body": "x"}).status_code == 404
    assert ticket.number not in client.get(reverse("escalation:queue"), {"view": "all"}).content.decode()
    assert client.get(f"/api/v1/tickets/{ticket.pk}/").status_code == 404
