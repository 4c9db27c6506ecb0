"""Notes with names, watchers, merged tickets, who else is here, and replies to use again."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import OutgoingMail, User
from accounts.roles import Role
from escalation import services
from escalation.models import CannedReply, Message, Presence, Queue, Ticket
from escalation.services.telling import all_merged_into
from escalation.workflow import Refused
from tests.escalation.factories import open_ticket, story_article
from tests.factories import AudienceFactory, UserFactory, published_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    return people[Role.AGENT]


@pytest.fixture
def other() -> User:
    return UserFactory(role=Role.AGENT, username="chloe.barnard", first_name="Chloe", last_name="Barnard")


@pytest.fixture
def person(people: dict[Role, User]) -> User:
    return people[Role.EMPLOYEE]


@pytest.fixture
def ticket(person: User) -> Ticket:
    return open_ticket(person, subject="The lift hums")


@pytest.fixture
def desk(client: Client, agent: User) -> Client:
    client.force_login(agent)
    return client


@pytest.fixture
def closed_queue(agent: User) -> Queue:
    queue = Queue.objects.create(name="People", confidential=True)
    queue.members.add(agent)
    return queue


def mails_to(user: User) -> list[str]:
    return [
        f"{mail.subject}\n{mail.body}" for mail in OutgoingMail.objects.filter(recipient=user).order_by("pk")
    ]


def go(name: str, ticket: Ticket) -> str:
    return reverse(f"escalation:{name}", args=[ticket.pk])


def field(name: str, page: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def page(desk: Client, ticket: Ticket) -> str:
    response = desk.get(go("desk_ticket", ticket))
    assert response.status_code == 200
    return unescape(response.content.decode())


class TestNotes:
    def test_whoever_is_named_in_a_note_is_told_and_watches(
        self, ticket: Ticket, agent: User, other: User
    ) -> None:
        note = services.add_note(ticket=ticket, by=agent, body="@chloe.barnard, is this the old lift?")
        assert list(note.mentions.all()) == [other]
        assert list(ticket.watchers.all()) == [other]
        assert "is this the old lift?" in mails_to(other)[0]
        assert not any("old lift" in mail for mail in mails_to(ticket.requester))

    def test_naming_oneself_or_somebody_who_does_not_work_here_tells_nobody(
        self, ticket: Ticket, agent: User, person: User
    ) -> None:
        before = OutgoingMail.objects.count()
        note = services.add_note(ticket=ticket, by=agent, body=f"@{agent.username} @{person.username}")
        assert OutgoingMail.objects.count() == before
        assert list(note.mentions.all()) == [agent]
        assert not ticket.watchers.exists()

    def test_nobody_is_told_of_a_confidential_ticket_who_may_not_see_it(
        self, ticket: Ticket, agent: User, other: User, closed_queue: Queue
    ) -> None:
        Ticket.objects.filter(pk=ticket.pk).update(queue=closed_queue)
        services.add_note(ticket=ticket, by=agent, body="@chloe.barnard, look")
        assert mails_to(other) == []
        with pytest.raises(PermissionDenied):
            services.add_note(ticket=ticket, by=other, body="I look anyway")

    def test_a_mail_about_a_confidential_ticket_tells_no_words(
        self, ticket: Ticket, agent: User, other: User, closed_queue: Queue
    ) -> None:
        closed_queue.members.add(other)
        Ticket.objects.filter(pk=ticket.pk).update(queue=closed_queue)
        services.add_note(ticket=ticket, by=agent, body="@chloe.barnard, she was shouted at")
        [mail] = mails_to(other)
        assert "shouted" not in mail
        assert "lift" not in mail
        assert go("desk_ticket", ticket) in mail

    def test_the_page_says_who_was_told_and_which_name_is_nobodys(
        self, desk: Client, ticket: Ticket, other: User
    ) -> None:
        sent = desk.post(go("desk_note", ticket), {"body": "@chloe.barnard and @nobody"}, follow=True)
        said = unescape(sent.content.decode())
        assert "Chloe Barnard is told." in said
        assert "“@nobody” is nobody here" in said


class TestWatching:
    def test_watchers_are_told_of_replies_and_status_but_not_of_their_own(
        self, ticket: Ticket, agent: User, other: User, person: User
    ) -> None:
        for watcher in (agent, other):
            services.watch(ticket=ticket, user=watcher)
        services.reply(ticket=ticket, by=agent, body="Which floor?")
        services.reply(ticket=ticket, by=person, body="The third.")
        services.resolve(ticket=ticket, by=agent, body="Oiled.")
        told = mails_to(other)
        assert [("Which floor?" in mail, "The third." in mail, "resolved it" in mail) for mail in told] == [
            (True, False, False), (False, True, False), (False, False, True),
        ]  # fmt: skip
        assert ["The third." in mail for mail in mails_to(agent)] == [True]

    def test_who_stops_watching_hears_no_more(
        self, desk: Client, ticket: Ticket, agent: User, person: User
    ) -> None:
        desk.post(go("desk_watch", ticket))
        assert "Stop watching" in page(desk, ticket)
        desk.post(go("desk_watch", ticket), {"stop": "1"})
        services.reply(ticket=ticket, by=person, body="Still hums.")
        assert mails_to(agent) == []

    def test_a_watcher_who_may_not_see_the_ticket_any_more_hears_nothing(
        self, ticket: Ticket, other: User, person: User, closed_queue: Queue
    ) -> None:
        services.watch(ticket=ticket, user=other)
        Ticket.objects.filter(pk=ticket.pk).update(queue=closed_queue)
        services.reply(ticket=ticket, by=person, body="Please keep this quiet.")
        assert mails_to(other) == []

    def test_employees_watch_nothing(self, ticket: Ticket, person: User) -> None:
        with pytest.raises(PermissionDenied):
            services.watch(ticket=ticket, user=person)


class TestMerging:
    def test_a_duplicate_is_closed_leads_on_and_keeps_its_words(
        self, desk: Client, ticket: Ticket, agent: User, person: User
    ) -> None:
        twin = open_ticket(person, subject="It hums again")
        services.reply(ticket=twin, by=person, body="Louder today.")
        desk.post(go("desk_merge", twin), {"own": str(ticket.pk)})
        twin.refresh_from_db()
        assert (twin.status, twin.merged_into) == ("closed", ticket)
        assert "Louder today." in page(desk, twin)
        assert ticket.number in page(desk, twin)
        assert twin.number in page(desk, ticket)
        assert f"together with your ticket {ticket.number}" in mails_to(person)[-1]

    def test_of_somebody_elses_ticket_its_person_learns_nothing(
        self, client: Client, ticket: Ticket, agent: User
    ) -> None:
        stranger = UserFactory(role=Role.EMPLOYEE)
        twin = open_ticket(stranger, subject="A humming noise")
        services.merge(ticket=twin, into=ticket, by=agent)
        client.force_login(stranger)
        own = unescape(client.get(go("ticket", twin)).content.decode())
        assert "together with another request" in own
        for told in (own, *mails_to(stranger)):
            assert ticket.number not in told
            assert ticket.subject not in told

    def test_all_whose_tickets_were_merged_are_told_when_it_is_solved(
        self, ticket: Ticket, agent: User
    ) -> None:
        first, second = UserFactory(role=Role.EMPLOYEE), UserFactory(role=Role.EMPLOYEE)
        middle = open_ticket(first, subject="Noise")
        below = open_ticket(second, subject="More noise")
        services.merge(ticket=below, into=middle, by=agent)
        services.merge(ticket=middle, into=ticket, by=agent)
        assert all_merged_into(ticket) == [middle, below]
        secret = published_article("Lift codes", audience=AudienceFactory(groups=["Lifts"]))
        agent.groups.add(*secret.audience.groups.all())
        services.resolve(ticket=ticket, by=agent, article=secret, body="Robin's flat is above it.")
        for person in (first, second):
            last = mails_to(person)[-1]
            assert "is solved" in last
            assert "Robin's flat" not in last
            assert "Lift codes" not in last

    def test_tickets_never_lead_round_in_a_circle(self, ticket: Ticket, agent: User, person: User) -> None:
        twin, third = open_ticket(person), open_ticket(person)
        with pytest.raises(Refused, match="into itself"):
            services.merge(ticket=ticket, into=ticket, by=agent)
        services.merge(ticket=twin, into=ticket, by=agent)
        with pytest.raises(Refused, match="Merge into that one"):
            services.merge(ticket=ticket, into=twin, by=agent)
        with pytest.raises(Refused, match="already"):
            services.merge(ticket=twin, into=third, by=agent)

    def test_nothing_is_merged_into_what_nobody_works_on(
        self, ticket: Ticket, agent: User, person: User
    ) -> None:
        services.resolve(ticket=ticket, by=agent, body="Oiled.")
        with pytest.raises(Refused, match="Open it again first"):
            services.merge(ticket=open_ticket(person), into=ticket, by=agent)

    def test_a_merge_is_undone_and_told(
        self, desk: Client, ticket: Ticket, agent: User, person: User
    ) -> None:
        twin = open_ticket(person, subject="The door hums")
        services.merge(ticket=twin, into=ticket, by=agent)
        desk.post(go("desk_unmerge", twin))
        twin.refresh_from_db()
        assert (twin.status, twin.merged_into) == ("open", None)
        assert "by itself again" in mails_to(person)[-1]
        with pytest.raises(Refused):
            services.unmerge(ticket=twin, by=agent)

    def test_a_person_who_answers_on_a_merged_ticket_parts_it(self, ticket: Ticket, agent: User) -> None:
        stranger = UserFactory(role=Role.EMPLOYEE)
        twin = open_ticket(stranger)
        services.merge(ticket=twin, into=ticket, by=agent)
        services.reply(ticket=twin, by=stranger, body="Mine is the door.")
        twin.refresh_from_db()
        assert (twin.status, twin.merged_into) == ("open", None)

    def test_a_ticket_that_one_may_not_see_is_no_place_to_merge_into(
        self, client: Client, ticket: Ticket, other: User, person: User, closed_queue: Queue
    ) -> None:
        hidden = open_ticket(person, subject="Between us")
        Ticket.objects.filter(pk=hidden.pk).update(queue=closed_queue)
        client.force_login(other)
        assert "Between us" not in page(client, ticket)
        answer = client.post(go("desk_merge", ticket), {"other": hidden.number})
        assert answer.status_code == 422
        assert "No ticket that you may see has this number." in answer.content.decode()
        with pytest.raises(PermissionDenied):
            services.merge(ticket=ticket, into=hidden, by=other)

    def test_a_confidential_ticket_is_merged_within_its_queue_alone_in_words_that_name_nothing(
        self, desk: Client, ticket: Ticket, person: User, closed_queue: Queue
    ) -> None:
        hidden, twin = open_ticket(person, subject="Between us"), open_ticket(person)
        Ticket.objects.filter(pk__in=[hidden.pk, twin.pk]).update(queue=closed_queue)
        answer = desk.post(go("desk_merge", hidden), {"other": ticket.number})
        assert answer.status_code == 422
        assert "It can only be merged into one of its own queue." in answer.content.decode()
        hidden.refresh_from_db()
        assert (hidden.status, hidden.merged_into) == ("open", None)
        assert not ticket.messages.exists()
        desk.post(go("desk_merge", hidden), {"other": twin.number})
        hidden.refresh_from_db()
        assert hidden.merged_into == twin

    def test_a_merge_that_fails_fills_in_no_other_form(self, desk: Client, ticket: Ticket) -> None:
        answer = desk.post(go("desk_merge", ticket), {"other": "TZ-99999"})
        shown = unescape(answer.content.decode())
        assert answer.status_code == 422
        assert "No ticket that you may see has this number." in shown
        assert shown.count("TZ-99999") == 1
        assert "No article that you may read" not in shown
        assert "Name the article that solved it" not in shown

    @pytest.mark.parametrize(
        "written", ["{number}", "tz{bare}", " {bare} ", "http://x.example/help/desk/{pk}/"]
    )
    def test_a_ticket_is_found_by_what_people_call_it(
        self, desk: Client, ticket: Ticket, person: User, written: str
    ) -> None:
        twin = open_ticket(person)
        text = written.format(number=ticket.number, bare=ticket.number[3:], pk=ticket.pk)
        desk.post(go("desk_merge", twin), {"other": text})
        twin.refresh_from_db()
        assert twin.merged_into == ticket


class TestSayingAtOnce:
    def test_a_reply_waits_when_somebody_replied_meanwhile_and_goes_out_the_second_time(
        self, desk: Client, ticket: Ticket, other: User
    ) -> None:
        seen = field("seen", page(desk, ticket))
        services.reply(ticket=ticket, by=other, body="Oil is on its way.")
        form = {"body": "Have you tried oil?", "seen": seen}
        first = desk.post(go("desk_reply", ticket), form)
        kept = unescape(first.content.decode())
        assert first.status_code == 409
        assert kept.index("Yours was not sent") < kept.index(
            "Oil is on its way.", kept.index("Yours was not sent")
        )
        assert "Have you tried oil?</textarea>" in kept
        assert not ticket.messages.filter(body="Have you tried oil?").exists()
        again = field("seen", kept.split("Yours was not sent")[1])
        assert desk.post(go("desk_reply", ticket), {**form, "seen": again}).status_code == 302
        assert ticket.messages.filter(body="Have you tried oil?").count() == 1

    def test_a_double_click_says_it_once(self, ticket: Ticket, agent: User) -> None:
        for _ in range(2):
            services.reply(ticket=ticket, by=agent, body="On my way.", seen=0)
        assert ticket.messages.filter(kind=Message.Kind.REPLY).count() == 1

    def test_the_same_words_of_the_same_person_within_a_minute_are_one(
        self, ticket: Ticket, agent: User, other: User, person: User
    ) -> None:
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for _ in range(2):
                services.reply(ticket=ticket, by=person, body="It still hums. ")
                services.add_note(ticket=ticket, by=agent, body="@chloe.barnard, look.")
            assert ticket.messages.filter(kind=Message.Kind.REPLY).count() == 1
            assert ticket.messages.filter(kind=Message.Kind.NOTE).count() == 1
            assert len(mails_to(other)) == 1
            clock.shift(timedelta(minutes=2))
            services.reply(ticket=ticket, by=person, body="It still hums.")
            services.add_note(ticket=ticket, by=agent, body="@chloe.barnard, look.")
        assert ticket.messages.filter(kind=Message.Kind.REPLY).count() == 2
        assert ticket.messages.filter(kind=Message.Kind.NOTE).count() == 2

    def test_the_same_words_after_somebody_else_s_are_said_again(
        self, ticket: Ticket, agent: User, person: User
    ) -> None:
        for by in (person, agent, person):
            services.reply(ticket=ticket, by=by, body="Yes.")
        assert ticket.messages.filter(kind=Message.Kind.REPLY).count() == 3

    def test_the_page_says_who_else_has_the_ticket_open(
        self, desk: Client, ticket: Ticket, other: User
    ) -> None:
        services.be_here(ticket=ticket, agent=other)
        assert "Chloe Barnard has this ticket open too" in page(desk, ticket)
        services.be_here(ticket=ticket, agent=other, typing=True)
        assert "Chloe Barnard is typing on this ticket" in page(desk, ticket)

    def test_who_has_been_silent_is_gone(self, desk: Client, ticket: Ticket, other: User) -> None:
        with time_machine.travel(timezone.now() - timedelta(minutes=2), tick=False):
            services.be_here(ticket=ticket, agent=other, typing=True)
        assert "Chloe Barnard" not in page(desk, ticket).split('id="presence"')[1].split("</form>")[0]

    def test_the_page_that_asks_again_is_told_only_what_is_new(
        self, desk: Client, ticket: Ticket, agent: User, other: User
    ) -> None:
        state = field("state", page(desk, ticket))
        asked = {"seen": "0", "state": state}
        assert desk.post(go("desk_presence", ticket), asked).status_code == 204
        services.reply(ticket=ticket, by=other, body="Oil.")
        told = desk.post(go("desk_presence", ticket), {**asked, "typing": "1"})
        assert "1 new reply" in told.content.decode()
        assert Presence.objects.get(agent=agent).typed_at

    @pytest.mark.parametrize("odd", ["", "-1", "x", "9" * 40])
    def test_an_odd_place_in_the_thread_is_no_error(self, desk: Client, ticket: Ticket, odd: str) -> None:
        assert desk.post(go("desk_presence", ticket), {"seen": odd}).status_code == 200
        assert desk.post(go("desk_reply", ticket), {"body": "x", "seen": odd}).status_code in (302, 422)


class TestRepliesToUseAgain:
    def test_a_reply_goes_into_the_box_below_what_was_typed_and_sends_nothing(
        self, desk: Client, ticket: Ticket, agent: User, person: User
    ) -> None:
        body = "{{ first_name }}, {{ number }} is with {{ agent }}."
        canned = services.keep_canned_reply(by=agent, title="With me", body=body, shared=False)
        form = {"body": "Good day", "canned": str(canned.pk), "insert": "1", "seen": "0"}
        answer = desk.post(go("desk_reply", ticket), form)
        assert answer.status_code == 200
        words = f"Good day\n\n{person.first_name}, {ticket.number} is with {agent.display_name}.</textarea>"
        assert words in unescape(answer.content.decode())
        assert not ticket.messages.filter(kind=Message.Kind.REPLY).exists()

    def test_a_drafted_text_is_marked_in_the_box_and_sends_nothing(
        self, desk: Client, ticket: Ticket
    ) -> None:
        marked = re.compile(r'id="drafted">A machine drafted this text')
        assert not marked.search(page(desk, ticket))
        answer = desk.post(go("desk_reply", ticket), {"draft": "Oil it.", "use_draft": "1", "seen": "0"})
        kept = answer.content.decode()
        assert marked.search(kept)
        assert "Oil it.</textarea>" in kept
        assert not ticket.messages.filter(kind=Message.Kind.REPLY).exists()

    def test_what_nothing_fills_is_not_kept(self, desk: Client) -> None:
        answer = desk.post(reverse("escalation:add_canned_reply"), {"title": "Hi", "body": "Dear {{ name }}"})
        assert answer.status_code == 422
        assert "Nothing fills name" in answer.content.decode()
        assert not CannedReply.objects.exists()

    def test_everybodys_are_for_leads_to_change_and_ones_own_for_oneself(
        self, client: Client, agent: User, other: User, people: dict[Role, User]
    ) -> None:
        lead = people[Role.LEAD]
        shared = services.keep_canned_reply(by=lead, title="Shared", body="x", shared=True)
        own = services.keep_canned_reply(by=agent, title="Own", body="x", shared=False)
        client.force_login(other)
        listed = client.get(reverse("escalation:canned_replies")).content.decode()
        assert "Shared" in listed
        assert "Own" not in listed
        assert client.get(reverse("escalation:canned_reply", args=[own.pk])).status_code == 404
        assert (
            client.post(reverse("escalation:canned_reply", args=[shared.pk]), {"delete": "1"}).status_code
            == 403
        )
        client.post(reverse("escalation:add_canned_reply"), {"title": "Mine", "body": "x", "shared": "on"})
        assert CannedReply.objects.get(title="Mine").owner == other
        client.force_login(lead)
        client.post(
            reverse("escalation:canned_reply", args=[shared.pk]), {"title": "S", "body": "y", "shared": "on"}
        )
        shared.refresh_from_db()
        assert (shared.title, shared.owner) == ("S", None)

    def test_a_reply_of_another_queue_is_not_offered(
        self, desk: Client, ticket: Ticket, people: dict[Role, User]
    ) -> None:
        elsewhere = Queue.objects.create(name="Elsewhere")
        services.keep_canned_reply(
            by=people[Role.LEAD], title="For lifts", body="x", shared=True, queue=elsewhere
        )
        assert "For lifts" not in page(desk, ticket)
        Ticket.objects.filter(pk=ticket.pk).update(queue=elsewhere)
        assert "For lifts" in page(desk, ticket)


NAMES = (
    "desk_suggested", "desk_presence", "desk_watch", "desk_merge", "desk_unmerge", "desk_refer",
    "desk_drop_reference", "desk_write",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_only_the_desk_comes_in_and_of_a_confidential_queue_only_its_people(
    client: Client, ticket: Ticket, other: User, person: User, closed_queue: Queue, name: str
) -> None:
    send = client.get if name in ("desk_suggested", "desk_write") else client.post
    data = {"article": str(story_article().pk)}
    client.force_login(person)
    assert send(go(name, ticket), data).status_code == 404
    Ticket.objects.filter(pk=ticket.pk).update(queue=closed_queue)
    client.force_login(other)
    assert send(go(name, ticket), data).status_code == 404


def test_the_pages_of_replies_are_for_the_desk_alone(client: Client, person: User) -> None:
    client.force_login(person)
    for address in (reverse("escalation:canned_replies"), reverse("escalation:add_canned_reply")):
        assert client.get(address).status_code == 403


def test_nobody_is_given_a_confidential_ticket_who_may_not_see_it(
    ticket: Ticket, agent: User, other: User, closed_queue: Queue
) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(queue=closed_queue)
    with pytest.raises(PermissionDenied):
        services.assign(ticket=ticket, to=other, by=agent)


def test_the_page_takes_the_same_queries_however_much_is_on_it(
    desk: Client, ticket: Ticket, agent: User, person: User
) -> None:
    def fill() -> None:
        services.reply(ticket=ticket, by=person, body=f"Still hums. ({ticket.messages.count()})")
        services.add_note(ticket=ticket, by=agent, body=f"Noted. ({ticket.messages.count()})")
        services.watch(ticket=ticket, user=UserFactory(role=Role.AGENT))
        services.be_here(ticket=ticket, agent=UserFactory(role=Role.AGENT))
        services.merge(ticket=open_ticket(UserFactory(role=Role.EMPLOYEE)), into=ticket, by=agent)
        services.refer_to(ticket=ticket, article=published_article(), by=agent)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(desk, ticket)
        return len(captured)

    fill()
    queries()
    few = queries()
    for _ in range(3):
        fill()
    assert queries() == few
