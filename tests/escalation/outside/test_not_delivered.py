"""What was given up is shown to leads, and tried again when they say so."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import OutgoingMail, User
from accounts.roles import Role
from escalation.models import Delivery, Queue, Ticket
from tests.escalation.factories import open_ticket
from tests.escalation.outside.receivers import endpoint

pytestmark = pytest.mark.django_db
ADDRESS = "/help/desk/not-delivered/"


@pytest.fixture
def lead(client: Client, people: dict[Role, User]) -> User:
    client.force_login(people[Role.LEAD])
    return people[Role.LEAD]


@pytest.fixture
def ticket() -> Ticket:
    """One of which a mail and a webhook were given up."""
    endpoint(name="ServiceNow")
    found = open_ticket(subject="My laptop is lost")
    long_ago = timezone.now() - timedelta(days=9)
    OutgoingMail.objects.update(
        gave_up_at=timezone.now(), attempts=170, error="550 no such person", created_at=long_ago
    )
    Delivery.objects.update(gave_up_at=timezone.now(), attempts=40, error="It answered with an error (500)")
    return found


def shown(client: Client) -> str:
    return client.get(ADDRESS).content.decode()


def test_leads_see_what_did_not_arrive_to_whom_why_and_how_often(
    client: Client, lead: User, ticket: Ticket
) -> None:
    page = shown(client)
    for words in (
        ticket.subject, ticket.requester.email, "550 no such person", "170 times",
        f"{ticket.number}: opened", "ServiceNow", "error (500)", "40 times",
    ):  # fmt: skip
        assert words in page


def test_nobody_else_comes_in(client: Client, people: dict[Role, User], ticket: Ticket) -> None:
    for role in set(Role) - {Role.LEAD}:
        client.force_login(people[role])
        assert client.get(ADDRESS).status_code == 403
        assert client.post(ADDRESS, {"all": "1"}).status_code == 403
    client.logout()
    assert client.post(ADDRESS, {"all": "1"}).status_code == 302
    assert Delivery.objects.dead().exists()


def test_of_a_confidential_ticket_a_lead_outside_its_queue_learns_neither_words_nor_people(
    client: Client, lead: User, ticket: Ticket
) -> None:
    trust = Queue.objects.create(name="Trust", confidential=True)
    Ticket.objects.update(queue=trust)
    page = shown(client)
    for words in (ticket.subject, ticket.number, ticket.requester.email, "550 no such person"):
        assert words not in page
    assert page.count("Of a ticket that only others see") >= 2
    trust.members.add(lead)
    assert ticket.subject in shown(client)


def test_one_is_tried_again_and_then_all(client: Client, lead: User, ticket: Ticket) -> None:
    mail = OutgoingMail.objects.get()
    client.post(ADDRESS, {"letter": [f"mail-{mail.pk}", "mail-x", "webhook-", "mail-" + "9" * 40, "nothing"]})
    assert OutgoingMail.objects.due().get() == mail
    assert Delivery.objects.dead().exists()
    client.post(ADDRESS, {"all": "1"})
    assert Delivery.objects.due().exists()
    assert "Everything was delivered" in shown(client)


def test_what_arrived_is_not_on_the_page(client: Client, lead: User, ticket: Ticket) -> None:
    OutgoingMail.objects.update(sent_at=timezone.now())
    Delivery.objects.update(delivered_at=timezone.now())
    assert "Everything was delivered" in shown(client)


def test_the_page_takes_the_same_queries_for_one_and_for_thirty(
    client: Client, lead: User, ticket: Ticket
) -> None:
    with CaptureQueriesContext(connection) as few:
        shown(client)
    for _ in range(30):
        open_ticket()
    OutgoingMail.objects.update(gave_up_at=timezone.now())
    Delivery.objects.update(gave_up_at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        shown(client)
    assert len(many) == len(few)


def test_the_desk_names_it_when_there_is_something(client: Client, lead: User, ticket: Ticket) -> None:
    assert ADDRESS in client.get(reverse("escalation:queue")).content.decode()
    OutgoingMail.objects.all().delete()
    Delivery.objects.all().delete()
    assert ADDRESS not in client.get(reverse("escalation:queue")).content.decode()
