"""What is promised is kept in step with the ticket, and its people are warned before it is broken, once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from time_machine import Traveller

from accounts.models import OutgoingMail, User
from accounts.roles import Role
from escalation import services
from escalation.models import Message, Queue, Ticket
from escalation.promises.clock import Target
from escalation.services import promises
from escalation.services.consequences import Event, happened
from escalation.workflow import Action
from tests.escalation.factories import open_ticket

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 11, 20, 10, tzinfo=UTC)
OFFICE = [[(time(9), time(17))]] * 5 + [[], []]
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Iterator[Traveller]:
    with time_machine.travel(FRIDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    return people[Role.AGENT]


def promise(first: timedelta = 4 * HOUR, whole: timedelta = 16 * HOUR) -> None:
    lengths = {level: Target(first, whole) for level in ("low", "normal", "high")}
    lengths["urgent"] = Target(HOUR, 2 * HOUR)
    promises.set_targets(lengths=lengths, week=OFFICE, holidays={date(2026, 11, 24): "Day off"})


def due(ticket: Ticket) -> tuple[datetime | None, datetime | None, datetime | None]:
    ticket.refresh_from_db()
    return ticket.first_reply_due_at, ticket.resolution_due_at, ticket.due_at


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def test_without_targets_nothing_is_promised_and_nobody_is_warned(clock: Traveller) -> None:
    ticket = open_ticket()
    assert due(ticket) == (None, None, None)
    assert promises.warn() == 0


def test_a_ticket_is_promised_by_its_priority_in_open_hours(clock: Traveller) -> None:
    promise()
    assert due(open_ticket()) == (moment(20, 14), moment(25, 10), moment(20, 14))


def test_after_the_first_reply_the_solution_is_due_and_while_waiting_nothing(
    clock: Traveller, agent: User
) -> None:
    promise()
    ticket = open_ticket()
    clock.move_to(moment(20, 11))
    services.reply(ticket=ticket, by=agent, body="Which one?")
    assert due(ticket)[2] == moment(25, 10)
    services.set_status(ticket=ticket, by=agent, action=Action.WAIT)
    ticket.refresh_from_db()
    assert (ticket.due_at, ticket.waiting_since) == (None, moment(20, 11))
    clock.move_to(moment(23, 12))
    services.reply(ticket=ticket, by=ticket.requester, body="The left one.")
    ticket.refresh_from_db()
    assert (ticket.due_at, ticket.waiting_since) == (moment(26, 11), None)


def test_what_is_done_is_due_no_more_and_goes_on_where_it_stopped_when_opened_again(
    clock: Traveller, agent: User
) -> None:
    promise()
    ticket = open_ticket()
    services.resolve(ticket=ticket, by=agent, body="Done")
    assert due(ticket)[2] is None
    clock.move_to(moment(20, 12))
    services.reopen(ticket=ticket, by=ticket.requester)
    assert due(ticket)[2] == moment(25, 12)


def test_another_priority_is_another_promise(clock: Traveller, agent: User) -> None:
    promise()
    ticket = open_ticket()
    ticket.priority = "urgent"
    ticket.save(update_fields=["priority"])
    happened(ticket, Event.ROUTED, by=agent)
    assert due(ticket) == (moment(20, 11), moment(20, 12), moment(20, 11))


def test_new_targets_count_for_the_tickets_that_are_open(clock: Traveller, agent: User) -> None:
    waiting, done, still = open_ticket(), open_ticket(), open_ticket()
    services.set_status(ticket=waiting, by=agent, action=Action.WAIT)
    services.resolve(ticket=done, by=agent, body="Done")
    promise()
    assert promises.promise_anew() == 2
    assert due(still)[2] == moment(20, 14)
    assert due(waiting) == (moment(20, 14), moment(25, 10), None)
    assert due(done)[0] is None


def test_people_are_told_once_half_an_open_hour_before(clock: Traveller, agent: User) -> None:
    promise()
    ticket = open_ticket(subject="The door is stuck")
    services.assign(ticket=ticket, to=agent, by=agent)
    OutgoingMail.objects.all().delete()
    clock.move_to(moment(20, 13, 29))
    assert promises.warn() == 0
    clock.move_to(moment(20, 13, 30))
    assert (promises.warn(), promises.warn()) == (1, 0)
    mail = OutgoingMail.objects.get()
    assert mail.recipient == agent
    assert "The door is stuck" in mail.subject
    assert "This is to be answered for the first time by 14:00, in 30 minutes." in mail.body
    note = ticket.messages.get(kind=Message.Kind.NOTE)
    assert "(a machine)" in note.author.display_name


def test_a_warning_of_the_first_reply_does_not_spend_that_of_the_solution(
    clock: Traveller, agent: User
) -> None:
    promise()
    ticket = open_ticket()
    clock.move_to(moment(20, 13, 45))
    assert promises.warn() == 1
    services.reply(ticket=ticket, by=agent, body="I look into it.")
    assert promises.warn() == 0
    clock.move_to(moment(25, 9, 45))
    assert promises.warn() == 1
    assert "This is to be resolved by 10:00" in ticket.messages.filter(kind="note").last().body


def test_before_the_weekend_people_are_told_of_what_is_due_first_thing_on_monday(
    clock: Traveller,
) -> None:
    promise(first=7 * HOUR + timedelta(minutes=10))
    open_ticket()
    clock.move_to(moment(20, 16, 45))
    assert promises.warn() == 1


def test_of_what_nobody_has_the_people_of_its_queue_are_told_and_else_the_leads(
    clock: Traveller, people: dict[Role, User], agent: User
) -> None:
    promise()
    queue = Queue.objects.create(name="Network")
    queue.members.add(agent)
    in_queue, in_none = open_ticket(subject="A switch"), open_ticket(subject="Anything")
    Ticket.objects.filter(pk=in_queue.pk).update(queue=queue)
    OutgoingMail.objects.all().delete()
    clock.move_to(moment(20, 15))
    assert promises.warn() == 2
    told = {mail.recipient: mail.subject for mail in OutgoingMail.objects.all()}
    assert set(told) == {agent, people[Role.LEAD]}
    assert "A switch" in told[agent]
    assert "Anything" in told[people[Role.LEAD]]
    assert "should have been answered" in OutgoingMail.objects.first().body
    assert in_none.messages.filter(kind="note").count() == 1


def test_nobody_is_told_of_a_confidential_ticket_that_they_may_not_see(clock: Traveller, agent: User) -> None:
    promise()
    ticket = open_ticket(subject="Something private")
    Ticket.objects.filter(pk=ticket.pk).update(queue=Queue.objects.create(name="People", confidential=True))
    OutgoingMail.objects.all().delete()
    clock.move_to(moment(20, 15))
    assert promises.warn() == 1
    assert not OutgoingMail.objects.exists()


def test_many_that_run_out_at_once_are_one_mail_a_person(clock: Traveller, agent: User) -> None:
    promise()
    for _ in range(40):
        services.assign(ticket=open_ticket(), to=agent, by=agent)
    OutgoingMail.objects.all().delete()
    clock.move_to(moment(20, 13, 50))
    assert promises.warn() == 40
    mail = OutgoingMail.objects.get()
    assert "time runs out on 40 tickets" in mail.body
    assert "And 10 more" in mail.body


# --- the page of leads ------------------------------------------------------------------------------------------

TARGETS = "/help/desk/targets/"


@pytest.fixture
def form() -> dict[str, str]:
    return {
        "urgent_first": "30 m", "urgent_whole": "4 h", "normal_first": "4 h", "normal_whole": "2 x",
        "day_0": "9-17", "day_1": "17-9", "holidays": "Christmas",
    }  # fmt: skip


def test_leads_alone_say_what_is_promised(client: Client, people: dict[Role, User]) -> None:
    for role in (Role.EMPLOYEE, Role.AGENT, Role.PUBLISHER):
        client.force_login(people[role])
        assert (client.get(TARGETS).status_code, client.post(TARGETS).status_code) == (403, 403), role


def test_what_makes_no_sense_is_told_and_nothing_is_kept(
    client: Client, people: dict[Role, User], form: dict[str, str]
) -> None:
    client.force_login(people[Role.LEAD])
    response = client.post(TARGETS, form)
    page = response.content.decode()
    assert response.status_code == 422
    for part in ("is no time", "has to close after it opens", "does not begin with a day"):
        assert part in page, part
    assert promises.targets() == {}


def test_a_priority_has_both_times_or_none_and_the_reply_comes_first(
    client: Client, people: dict[Role, User]
) -> None:
    client.force_login(people[Role.LEAD])
    page = client.post(
        TARGETS, {"high_first": "1 h", "low_first": "5 h", "low_whole": "4 h"}
    ).content.decode()
    assert "For high, say both or none." in page
    assert "This comes before the first reply." in page


def test_leads_read_what_they_kept(client: Client, people: dict[Role, User], form: dict[str, str]) -> None:
    client.force_login(people[Role.LEAD])
    form |= {"normal_whole": "16 h", "day_1": "9-12, 13-17", "holidays": "2026-12-25 Christmas Day"}
    assert client.post(TARGETS, form).status_code == 302
    page = client.get(TARGETS).content.decode()
    for part in ('value="30 m"', 'value="16 h"', "09:00–12:00, 13:00–17:00", "2026-12-25 Christmas Day"):
        assert part in page, part
    assert promises.opening_hours().holidays == {date(2026, 12, 25)}
