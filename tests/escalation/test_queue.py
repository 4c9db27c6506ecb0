"""The desk's list: narrowed down, read page by page, kept as a view, and worked on as a whole."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import OutgoingMail, User
from accounts.roles import Role
from escalation import listing, services
from escalation.forms.queue import NarrowForm
from escalation.listing import ORDERS, Narrowing, page_of
from escalation.models import Queue, SavedView, Ticket
from escalation.services import incidents, saved_views
from tests.escalation.factories import open_ticket
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
QUEUE = "/help/desk/"
BULK = "/help/desk/bulk/"
NOW = timezone.now()


def ticket(subject: str = "Stuck", **fields: Any) -> Ticket:
    """A row as the list reads it, without its story."""
    asker = fields.pop("requester", None) or User.objects.filter(username="asker").first()
    asker = asker or UserFactory(username="asker")
    key = f"key-{Ticket.objects.count()}"
    return Ticket.objects.create(requester=asker, subject=subject, key=key, **fields)


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    return people[Role.AGENT]


@pytest.fixture
def desk(client: Client, agent: User) -> Client:
    client.force_login(agent)
    return client


def subjects(desk: Client, **query: object) -> list[str]:
    page = unescape(desk.get(QUEUE, query).content.decode())
    return re.findall(r'class="list-title" href="[^"]*">([^<]*)<', page)


def test_nobody_but_the_desk_comes_in(client: Client, people: dict[Role, User]) -> None:
    for role in (Role.EMPLOYEE, Role.PUBLISHER):
        client.force_login(people[role])
        assert client.get(QUEUE).status_code == 403
        assert client.get(BULK).status_code == client.post(BULK).status_code == 403
        assert client.post(reverse("escalation:keep_view")).status_code == 403
        assert client.post(reverse("escalation:forget_view", args=[1])).status_code == 403


# --- narrowing --------------------------------------------------------------------------------------------------


def test_each_choice_narrows_the_list(desk: Client, agent: User) -> None:
    network = Queue.objects.create(name="Network")
    ticket("Taken", assignee=agent, queue=network)
    ticket("Loose", priority="high")
    ticket("Late", due_at=timezone.now() - timedelta(minutes=5), assignee=agent)
    ticket("Solved", status="resolved")
    chosen = {
        ("queue", network.pk): ["Taken"],
        ("queue", "none"): ["Solved", "Late", "Loose"],
        ("priority", "high"): ["Loose"],
        ("status", "resolved"): ["Solved"],
        ("assignee", "me"): ["Late", "Taken"],
        ("assignee", agent.pk): ["Solved", "Late", "Loose", "Taken"],
        ("assignee", "nobody"): ["Solved", "Loose"],
        ("late", "on"): ["Late"],
        ("q", "ol ed"): ["Solved"],
    }
    for (name, value), found in chosen.items():
        assert subjects(desk, view="all", **{name: value}) == found, (name, value)
    number = Ticket.objects.get(subject="Loose").number
    assert subjects(desk, view="all", q=number.lower()) == ["Loose"]


@pytest.mark.parametrize(
    "query",
    ["queue=9999", "queue=x", "assignee=-1", "priority=very", "sort=name", "after=x", "after=99999", "q=%00"],
)
def test_what_no_choice_says_is_as_if_it_were_not_there(desk: Client, query: str) -> None:
    ticket("Loose")
    response = desk.get(f"{QUEUE}?{query}")
    assert response.status_code in (200, 400)
    if response.status_code == 200:
        assert ">Loose</a>" in response.content.decode()


def test_tickets_of_a_confidential_queue_are_listed_for_its_members_alone(desk: Client, agent: User) -> None:
    private = Queue.objects.create(name="People team", confidential=True)
    ticket("Something private", queue=private, status="open")
    page = desk.get(QUEUE, {"view": "all", "queue": private.pk}).content.decode()
    assert "Something private" not in page
    assert "People team" not in page
    private.members.add(agent)
    assert subjects(desk, queue=private.pk) == ["Something private"]


def test_a_row_says_when_it_is_due(desk: Client) -> None:
    now = timezone.now()
    ticket("Soon", due_at=now + timedelta(minutes=40, seconds=30))
    ticket("Answered", due_at=now + timedelta(minutes=80, seconds=30), first_replied_at=now)
    ticket("Late", due_at=now - timedelta(days=2))
    ticket("Asked back", status="waiting", waiting_since=now)
    page = desk.get(QUEUE, {"view": "all"}).content.decode()
    for words in ("First reply due in 40 minutes", "Solution due in 80 minutes", "First reply late since"):
        assert words in page, words
    assert "The clock stands still" in page


# --- pages ------------------------------------------------------------------------------------------------------


def read_on(narrowing: Narrowing, user: User) -> list[int]:
    """All pages, one after the other."""
    found: list[int] = []
    after = None
    while True:
        page = page_of(narrowing, user, after=after)
        found += [each.pk for each in page.tickets]
        after = page.next
        if after is None:
            return found


class TestPages(TestCase):
    """Whatever stands in the list, its pages hold everything once, in the order of the whole."""

    @settings(max_examples=15)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["low", "normal", "urgent"]), st.integers(0, 2), st.none() | st.integers(0, 2)
            )
        ),
        st.sampled_from(sorted(ORDERS)),
    )
    def test_pages_hold_everything_once_and_in_order(
        self, rows: list[tuple[str, int, int | None]], sort: str
    ) -> None:
        agent = UserFactory(role=Role.AGENT)
        for priority, opened, due in rows:
            ticket(
                priority=priority,
                opened_at=NOW + timedelta(hours=opened),
                due_at=None if due is None else NOW + timedelta(hours=due),
            )
        narrowing = Narrowing(view="all", sort=sort)
        whole = narrowing.chosen(agent).order_by(*(step.order for step in ORDERS[sort]))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(listing, "PER_PAGE", 3)
            assert read_on(narrowing, agent) == [each.pk for each in whole]


def test_the_first_due_comes_first_and_what_nothing_is_promised_of_last(desk: Client) -> None:
    ticket("Unpromised")
    ticket("Later", due_at=NOW + timedelta(hours=5))
    ticket("First", due_at=NOW + timedelta(hours=1))
    assert subjects(desk, sort="due") == ["First", "Later", "Unpromised"]


def test_the_next_page_begins_where_this_one_ends(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 2)
    for number in range(3):
        ticket(f"Number {number}", opened_at=NOW + timedelta(minutes=number))
    page = desk.get(QUEUE).content.decode()
    following = re.search(r'rel="next" href="\?(after=\d+)"', page)
    assert following
    last = desk.get(f"{QUEUE}?{following.group(1)}").content.decode()
    assert ">Number 2</a>" in last
    assert ">Number 1</a>" not in last
    assert "From the start" in last


# --- views that are kept ----------------------------------------------------------------------------------------


def test_a_view_is_kept_under_a_name_shown_and_forgotten(desk: Client, agent: User) -> None:
    desk.post(reverse("escalation:keep_view"), {"name": "Fires", "query": "view=all&priority=urgent&x=1"})
    kept = SavedView.objects.get()
    assert (kept.name, kept.query, kept.owner) == ("Fires", "view=all&priority=urgent", agent)
    page = desk.get(f"{QUEUE}?{kept.query}").content.decode()
    assert '<h2 id="view-title">Fires</h2>' in page
    desk.post(reverse("escalation:forget_view", args=[kept.pk]))
    assert not SavedView.objects.exists()


def test_a_view_needs_a_name_and_one_of_the_same_name_is_written_over(desk: Client) -> None:
    address = reverse("escalation:keep_view")
    assert "Give the view a name" in desk.post(address, {"query": ""}, follow=True).content.decode()
    for query in ("priority=high", "priority=low"):
        desk.post(address, {"name": "Mine", "query": query})
    assert SavedView.objects.get().query == "priority=low"


def test_everybodys_views_are_the_leads(client: Client, people: dict[Role, User], agent: User) -> None:
    address, form = reverse("escalation:keep_view"), {"name": "Late", "query": "late=1", "shared": "on"}
    client.force_login(agent)
    assert client.post(address, form).status_code == 403
    client.force_login(people[Role.LEAD])
    client.post(address, form)
    kept = SavedView.objects.get(owner=None)
    client.force_login(agent)
    assert kept in saved_views.views_of(agent)
    assert "Late" in client.get(QUEUE).content.decode()
    assert client.post(reverse("escalation:forget_view", args=[kept.pk])).status_code == 404


def test_nobody_reads_or_forgets_what_somebody_else_kept_for_themselves(desk: Client) -> None:
    theirs = SavedView.objects.create(name="Private", query="", owner=UserFactory(role=Role.AGENT))
    assert "Private" not in desk.get(QUEUE).content.decode()
    assert desk.post(reverse("escalation:forget_view", args=[theirs.pk])).status_code == 404


def test_an_address_and_its_form_say_the_same(agent: User) -> None:
    form = NarrowForm({"view": "mine", "late": "1", "q": "wifi", "status": "nonsense"}, user=agent)
    assert form.narrowing == Narrowing(view="mine", late=True, q="wifi")
    assert form.query == "view=mine&q=wifi&late=1"


# --- many at once -----------------------------------------------------------------------------------------------


def test_what_needs_no_words_is_done_at_once_and_told_item_by_item(desk: Client, agent: User) -> None:
    open_, done = open_ticket(subject="Stuck"), open_ticket(subject="Solved already")
    services.resolve(ticket=done, by=agent, body="Done")
    form = {"action": "wait", "ticket": [open_.pk, done.pk], "back": "view=all&next=//evil.example"}
    page = unescape(desk.post(BULK, form, follow=True).content.decode())
    assert "1 done, 1 not" in page
    assert "You can't wait this ticket: it is resolved." in page
    open_.refresh_from_db()
    assert open_.status == "waiting"


def test_tickets_are_given_to_somebody_on_a_second_page(desk: Client, agent: User) -> None:
    tickets = [open_ticket(), open_ticket()]
    form = {"action": "give", "ticket": [each.pk for each in tickets]}
    page = desk.post(BULK, form).content.decode()
    assert "Assign them to somebody" in page
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {None}
    desk.post(BULK, form | {"go": "1", "assignee": agent.pk})
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {agent.pk}


def test_tickets_are_moved_to_a_queue_and_linked_to_an_incident(desk: Client, agent: User) -> None:
    network = Queue.objects.create(name="Network")
    outage = incidents.declare(by=agent, title="No network", words="We look into it.")
    ticked = [open_ticket().pk, open_ticket().pk]
    desk.post(BULK, {"action": "queue", "ticket": ticked, "go": "1", "queue": network.pk})
    desk.post(BULK, {"action": "incident", "ticket": ticked, "go": "1", "incident": outage.pk})
    assert set(Ticket.objects.values_list("queue", "incident")) == {(network.pk, outage.pk)}
    assert desk.post(BULK, {"action": "incident", "ticket": ticked, "go": "1"}).status_code == 422


def test_closing_many_takes_words_that_each_person_gets(desk: Client) -> None:
    tickets = [open_ticket(), open_ticket()]
    OutgoingMail.objects.all().delete()
    form = {"action": "close", "ticket": [each.pk for each in tickets], "go": "1", "body": ""}
    assert desk.post(BULK, form).status_code == 422
    desk.post(BULK, form | {"body": "The printer is gone."})
    assert set(Ticket.objects.values_list("status", flat=True)) == {"closed"}
    assert OutgoingMail.objects.filter(body__contains="The printer is gone.").count() == 2


def test_what_somebody_may_not_see_is_neither_changed_nor_named(desk: Client) -> None:
    private = ticket("Something private", queue=Queue.objects.create(name="People", confidential=True))
    for action in ("take", "give"):
        page = desk.post(BULK, {"action": action, "ticket": private.pk}, follow=True).content.decode()
        assert "Something private" not in page
    private.refresh_from_db()
    assert private.assignee is None


def test_what_one_may_no_longer_see_after_a_move_is_counted_and_not_named(desk: Client) -> None:
    people = Queue.objects.create(name="People", confidential=True)
    ticked = [open_ticket(subject=subject).pk for subject in ("Something private", "Something else")]
    form = {"action": "queue", "ticket": ticked, "go": "1", "queue": people.pk}
    page = unescape(desk.post(BULK, form, follow=True).content.decode())
    assert set(Ticket.objects.values_list("queue", flat=True)) == {people.pk}
    assert "2 done" in page
    assert "2 moved; only the people of the queue see them now." in page
    assert "Something" not in page


@pytest.mark.parametrize(
    "form", [{}, {"action": "take"}, {"action": "explode", "ticket": "1"}, {"ticket": "x"}]
)
def test_without_a_choice_nothing_happens(desk: Client, form: dict[str, str]) -> None:
    page = unescape(desk.post(BULK, form, follow=True).content.decode())
    assert "Tick the tickets first" in page


def test_more_than_can_be_done_at_once_is_said(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalation.views.bulk.AT_MOST", 1)
    tickets = [ticket().pk, ticket().pk]
    page = desk.post(BULK, {"action": "take", "ticket": tickets}, follow=True).content.decode()
    assert "1 more were ticked" in page
    assert Ticket.objects.filter(assignee=None).count() == 1
