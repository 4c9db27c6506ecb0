"""Tickets of a confidential queue are seen by whoever asked and by the people of that queue, and by nobody else."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from escalation import services
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


class TestAnAgentWhoAskedThemselves:
    """Sees their own confidential ticket as everybody else sees theirs: no notes, no moves, no desk."""

    @pytest.fixture
    def asker(self, client: Client) -> User:
        asker = UserFactory(role=Role.AGENT)
        client.force_login(asker)
        return asker

    @pytest.fixture
    def own(self, asker: User) -> Ticket:
        own = open_ticket(asker)
        own.queue = Queue.objects.create(name="Works council", confidential=True)
        own.save()
        lead = UserFactory(role=Role.LEAD)
        own.queue.members.add(lead)
        services.add_note(ticket=own, by=lead, body="Speak to the manager first.")
        return own

    def test_has_the_page_of_whoever_asks_and_no_other(self, client: Client, own: Ticket) -> None:
        assert client.get(reverse("escalation:ticket", args=[own.pk])).status_code == 200
        assert client.get(reverse("escalation:desk_ticket", args=[own.pk])).status_code == 404
        assert own.number not in client.get(reverse("escalation:queue"), {"view": "all"}).content.decode()

    def test_reads_no_note_over_the_api(self, client: Client, own: Ticket) -> None:
        answer = client.get(f"/api/v1/tickets/{own.pk}/")
        assert answer.status_code == 200
        assert "Speak to the manager" not in answer.content.decode()
        assert answer.json()["routing"] == {"queue": None, "suggestion": None}

    def test_can_not_move_it_take_it_or_write_notes_on_it(
        self, client: Client, asker: User, own: Ticket
    ) -> None:
        assert client.post(reverse("escalation:desk_move", args=[own.pk]), {"queue": ""}).status_code == 404
        client.post(reverse("escalation:bulk"), {"ticket": own.pk, "action": "take"})
        for forbidden in (
            lambda: services.add_note(ticket=own, by=asker, body="x"),
            lambda: services.assign(ticket=own, to=asker, by=asker),
            lambda: services.resolve(ticket=own, by=asker, body="x"),
        ):
            with pytest.raises(PermissionDenied):
                forbidden()
        own.refresh_from_db()
        assert own.queue is not None
        assert own.assignee is None

    def test_may_still_reply_close_and_open_it_again(self, asker: User, own: Ticket) -> None:
        services.reply(ticket=own, by=asker, body="One more thing.")
        assert services.close(ticket=own, by=asker).status == "closed"
        assert services.reopen(ticket=own, by=asker).status == "open"
