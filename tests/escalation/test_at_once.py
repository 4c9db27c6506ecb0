"""A form that is sent twice at the same moment is told once, on a ticket and of an incident."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import User
from accounts.roles import Role
from escalation import services
from escalation.models import Incident, Message
from escalation.services import incidents
from tests.escalation.factories import open_ticket
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

CLICKS = 8


def at_once(act: Callable[[], object]) -> None:
    """Each in a thread and with a connection of its own, from the same moment on."""
    together = Barrier(CLICKS)

    def one(_: int) -> None:
        try:
            connection.ensure_connection()
            together.wait()
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(CLICKS) as pool:
        list(pool.map(one, range(CLICKS)))


@pytest.fixture
def agent(transactional_db: None) -> User:
    return UserFactory(role=Role.AGENT)


def test_a_reply_and_a_note_are_one_each(agent: User) -> None:
    ticket = open_ticket()
    at_once(lambda: services.reply(ticket=ticket, by=ticket.requester, body="It still hums."))
    at_once(lambda: services.add_note(ticket=ticket, by=agent, body="I look into it."))
    said = ticket.messages.exclude(kind=Message.Kind.EVENT).values_list("body", flat=True)
    assert list(said) == ["It still hums.", "I look into it."]


def test_an_incident_is_declared_once_and_a_ticket_taken_off_it_once(agent: User) -> None:
    at_once(lambda: incidents.declare(by=agent, title="No network", words="We look into it."))
    ticket = open_ticket()
    incidents.link(incident=Incident.objects.get(), tickets=[ticket], by=agent)
    at_once(lambda: incidents.unlink(ticket=ticket, by=agent))
    assert ticket.messages.filter(body="Not linked to an incident any more.").count() == 1
