"""Two questions after a solution: for whoever has the link, once, and never recorded by opening it."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts.models import OutgoingMail, User
from accounts.roles import Role
from escalation import services
from escalation.models import Survey, Ticket
from escalation.services import surveys
from tests.escalation.factories import open_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    return people[Role.AGENT]


@pytest.fixture
def solved(agent: User) -> Ticket:
    ticket = open_ticket(subject="The door is stuck")
    services.resolve(ticket=ticket, by=agent, body="Pull harder.")
    return ticket


def link(ticket: Ticket) -> str:
    return f"/help/survey/{ticket.survey.token}/"


def text(response: HttpResponse) -> str:
    return unescape(response.content.decode())


def test_the_mail_has_a_link_for_each_choice(solved: Ticket) -> None:
    mail = OutgoingMail.objects.filter(recipient=solved.requester).latest("pk")
    assert re.findall(r"/help/survey/([\w-]{40,})/\?s=(\d)", mail.body) == [
        (solved.survey.token, number) for number in "54321"
    ]


def test_opening_a_link_records_nothing_however_often(client: Client, solved: Ticket) -> None:
    for number in "12345":
        page = text(client.get(link(solved), {"s": number}))
        assert re.search(rf'value="{number}"[^>]*checked', page), number
        assert client.head(link(solved), {"s": number}).status_code == 200
    solved.survey.refresh_from_db()
    assert (solved.survey.satisfaction, solved.survey.answered_at) == (None, None)


@pytest.mark.parametrize("number", ["0", "6", "x", "", "<b>"])
def test_a_link_that_says_nothing_chooses_nothing(client: Client, solved: Ticket, number: str) -> None:
    assert "checked" not in text(client.get(link(solved), {"s": number}))


def test_what_is_sent_is_recorded_once_without_signing_in(client: Client, solved: Ticket) -> None:
    form = {"satisfaction": "4", "repeated": "no", "comment": "Quick."}
    page = text(client.post(link(solved), form, follow=True))
    assert "Thank you" in page
    client.post(link(solved), {"satisfaction": "1", "repeated": "yes", "comment": "Changed my mind."})
    survey = Survey.objects.get()
    assert (survey.satisfaction, survey.repeated, survey.comment) == (4, False, "Quick.")
    assert surveys.answer(survey=survey, satisfaction=1, repeated=True) is False


def test_the_second_question_may_be_left_out_and_the_first_may_not(client: Client, solved: Ticket) -> None:
    response = client.post(link(solved), {"repeated": "yes"})
    assert response.status_code == 422
    assert "Choose one, please." in text(response)
    client.post(link(solved), {"satisfaction": "5"})
    assert Survey.objects.get().repeated is None


def test_a_link_that_was_passed_on_does_not_say_what_it_was_about(client: Client, solved: Ticket) -> None:
    page = text(client.get(link(solved)))
    assert solved.number in page
    assert "The door is stuck" not in page
    client.force_login(solved.requester)
    assert "The door is stuck" in text(client.get(link(solved)))


def test_it_ends_after_some_weeks(client: Client, solved: Ticket) -> None:
    Survey.objects.update(sent_at=timezone.now() - timedelta(days=31))
    assert "This survey is over" in text(client.get(link(solved)))
    client.post(link(solved), {"satisfaction": "5"})
    assert Survey.objects.get().answered_at is None


def test_a_link_that_nobody_sent_leads_nowhere(client: Client, solved: Ticket) -> None:
    for token in ("x", solved.survey.token[:-1], solved.survey.token + "x"):
        assert client.get(f"/help/survey/{token}/").status_code == 404


def test_a_form_from_elsewhere_is_not_taken(solved: Ticket) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(link(solved), {"satisfaction": "5"}).status_code == 403


def test_the_answer_is_asked_for_once_also_when_it_is_solved_a_second_time(
    client: Client, agent: User, solved: Ticket
) -> None:
    client.post(link(solved), {"satisfaction": "2"})
    services.reopen(ticket=solved, by=solved.requester)
    OutgoingMail.objects.all().delete()
    services.resolve(ticket=solved, by=agent, body="Now it opens.")
    assert "survey" not in OutgoingMail.objects.filter(recipient=solved.requester).latest("pk").body
    assert Survey.objects.get().satisfaction == 2


def test_whoever_closes_their_ticket_themselves_is_asked_on_its_page(client: Client) -> None:
    ticket = open_ticket()
    client.force_login(ticket.requester)
    client.post(f"/help/tickets/{ticket.pk}/close/")
    assert link(ticket) in text(client.get(f"/help/tickets/{ticket.pk}/"))


def test_what_the_desk_closes_unsolved_or_comes_from_elsewhere_asks_nobody(agent: User) -> None:
    services.close(ticket=open_ticket(), by=agent, body="A duplicate.")
    services.resolve(ticket=open_ticket(), by=agent, body="Done", at=timezone.now() - timedelta(days=400))
    assert not Survey.objects.exists()
