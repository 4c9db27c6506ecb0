from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from escalation import queries
from escalation.models import Ticket
from tests.escalation.factories import open_ticket
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def answer_after(*hours: float) -> None:
    for each in hours:
        ticket = open_ticket()
        opened = timezone.now() - timedelta(days=1)
        answered = opened + timedelta(hours=each)
        Ticket.objects.filter(pk=ticket.pk).update(opened_at=opened, first_replied_at=answered)


def test_with_fewer_than_five_answers_no_time_is_invented(db: None) -> None:
    answer_after(1, 1, 1, 1)
    assert "Too few tickets" in queries.answer_time_in_words()


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ([0.2, 0.3, 0.4, 5, 9], "24 minutes"),
        ([1, 2, 2.1, 3, 4], "3 hours"),
        ([60, 70, 80, 90, 100], "4 days"),
        ([0, 0, 0, 0, 0], "1 minute."),
    ],
)
def test_the_expected_time_is_the_middle_of_the_recent_ones_rounded_up(
    hours: list[float], words: str
) -> None:
    answer_after(*hours)
    assert words in queries.answer_time_in_words()


def test_people_see_their_own_tickets_and_the_desk_sees_all(people: dict[Role, User]) -> None:
    mine, other = open_ticket(people[Role.EMPLOYEE]), open_ticket(UserFactory())
    visible = Ticket.objects.visible_to
    assert set(visible(people[Role.EMPLOYEE])) == {mine}
    assert set(visible(people[Role.AGENT])) == set(visible(people[Role.LEAD])) == {mine, other}
    assert not visible(people[Role.PUBLISHER]).exists()
    assert not visible(UserFactory(is_active=False, is_superuser=True)).exists()


def test_only_those_who_work_on_tickets_are_offered_as_assignees(people: dict[Role, User]) -> None:
    UserFactory(role=Role.AGENT, is_system=True)
    assert {person.pk for person in queries.agents()} == {people[Role.AGENT].pk, people[Role.LEAD].pk}
