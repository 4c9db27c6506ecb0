"""Whoever is hit hears of it once: before asking, at each update, and when it works again."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import OutgoingMail, User
from accounts.roles import Role
from escalation import notices
from escalation import services as desk
from escalation.models import Incident, IncidentUpdate, Queue, Ticket
from escalation.services import incidents as services
from escalation.templatetags import incidents as tags
from escalation.workflow import Refused, Status
from search.models import Conversation
from tests.escalation.factories import ask, open_ticket
from tests.factories import AudienceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    return people[Role.AGENT]


@pytest.fixture
def employee(people: dict[Role, User]) -> User:
    return people[Role.EMPLOYEE]


def declared(by: User, **fields: Any) -> Incident:
    known = {"title": "The VPN does not connect", "words": "Use the web mail meanwhile.", "keywords": "vpn"}
    return services.declare(by=by, **{**known, **fields})


def told() -> list[tuple[str, str]]:
    """Who was told of an incident: their address, and whether it goes on or works again."""
    mails = OutgoingMail.objects.filter(body__contains="The VPN does not connect").order_by("pk")
    return [(mail.to, "over" if "works again:" in mail.body else "on") for mail in mails]


# --- who is told, and how often ---------------------------------------------------------------------------------


def test_people_with_linked_tickets_are_told_once_at_the_link_at_each_update_and_at_the_end(
    agent: User,
) -> None:
    incident = declared(agent)
    person, other = UserFactory(), UserFactory()
    tickets = [open_ticket(person), open_ticket(person), open_ticket(other)]
    assert services.link(incident=incident, tickets=tickets, by=agent) == 3
    assert told() == [(person.email, "on"), (other.email, "on")]
    services.say(incident=incident, by=agent, words="The supplier looks into it.")
    services.say(incident=incident, by=agent, words="It is back.", ends=True)
    assert told()[2:] == [
        (person.email, "on"),
        (other.email, "on"),
        (person.email, "over"),
        (other.email, "over"),
    ]


def test_a_form_that_is_sent_twice_tells_nobody_twice(agent: User) -> None:
    incident = declared(agent)
    services.link(incident=incident, tickets=[open_ticket()], by=agent)
    for _ in range(2):
        services.say(incident=incident, by=agent, words="The supplier looks into it.")
        assert services.link(incident=incident, tickets=list(Ticket.objects.all()), by=agent) == 0
    for _ in range(2):
        services.say(incident=incident, by=agent, words="It is back.", ends=True)
    assert (len(told()), IncidentUpdate.objects.count()) == (3, 2)


def test_who_is_linked_later_gets_what_is_known_by_then_in_one_mail_and_then_what_is_new(agent: User) -> None:
    incident = declared(agent)
    services.say(incident=incident, by=agent, words="The supplier looks into it.")
    late = open_ticket()
    services.link(incident=incident, tickets=[late], by=agent)
    services.say(incident=incident, by=agent, words="A technician is there.")
    first, second = OutgoingMail.objects.filter(body__contains="The VPN does not connect").order_by("pk")
    assert "The supplier looks into it." in first.body
    assert "Use the web mail meanwhile." in first.body
    assert "A technician is there." in second.body
    assert "Use the web mail meanwhile." not in second.body


def test_after_the_end_there_is_nothing_more_to_say(agent: User) -> None:
    incident = declared(agent)
    services.say(incident=incident, by=agent, words="It is back.", ends=True)
    with pytest.raises(Refused):
        services.say(incident=incident, by=agent, words="Or is it?")


def test_what_is_meant_for_an_audience_is_told_to_nobody_else(agent: User) -> None:
    incident = declared(agent, audience=AudienceFactory(groups=["Finance"]))
    inside, outside = UserFactory(groups=["Finance"]), UserFactory()
    tickets = [open_ticket(inside), open_ticket(outside)]
    services.link(incident=incident, tickets=tickets, by=agent)
    assert told() == [(inside.email, "on")]
    assert not any("VPN" in message.body for message in tickets[1].messages.all())


def test_telling_many_people_takes_no_more_reads_than_telling_one(
    agent: User, django_assert_max_num_queries: Any
) -> None:
    incident = declared(agent)
    services.link(incident=incident, tickets=[open_ticket() for _ in range(10)], by=agent)
    with django_assert_max_num_queries(20 + 3 * 10):
        services.say(incident=incident, by=agent, words="The supplier looks into it.")


def test_only_the_desk_declares_tells_and_links(employee: User, agent: User) -> None:
    incident = declared(agent)
    for forbidden in (
        lambda: declared(employee),
        lambda: services.say(incident=incident, by=employee, words="Hello"),
        lambda: services.link(incident=incident, tickets=[], by=employee),
    ):
        with pytest.raises(PermissionDenied):
            forbidden()


def test_a_confidential_ticket_is_linked_and_offered_only_by_those_who_see_it(agent: User) -> None:
    incident = declared(agent)
    ticket = open_ticket(subject="vpn")
    Ticket.objects.filter(pk=ticket.pk).update(queue=Queue.objects.create(name="Trust", confidential=True))
    assert notices.tickets_like(incident, agent) == []
    assert services.link(incident=incident, tickets=[ticket], by=agent) == 0


# --- which tickets are about it ---------------------------------------------------------------------------------


def test_open_tickets_of_that_time_that_read_like_it_are_offered(agent: User) -> None:
    old, solved, about, _ = (
        open_ticket(subject=subject)
        for subject in ("vpn old", "vpn solved", "My VPN is dead", "Printer is dead")
    )
    Ticket.objects.filter(pk=old.pk).update(opened_at=timezone.now() - timedelta(days=3))
    desk.resolve(ticket=solved, by=agent, body="Done.")
    incident = declared(agent)
    assert notices.tickets_like(incident, agent) == [about]
    services.link(incident=incident, tickets=[about], by=agent)
    assert notices.tickets_like(incident, agent) == []


def test_what_is_linked_is_resolved_together_once_it_is_over_without_another_mail(agent: User) -> None:
    incident = declared(agent)
    tickets = [open_ticket(), open_ticket()]
    services.link(incident=incident, tickets=tickets, by=agent)
    numbers = [ticket.pk for ticket in tickets]
    with pytest.raises(Refused):
        services.resolve_together(incident=incident, ticket_ids=numbers, by=agent)
    services.say(incident=incident, by=agent, words="It is back.", ends=True)
    assert services.resolve_together(incident=incident, ticket_ids=numbers, by=agent) == 2
    assert set(Ticket.objects.values_list("status", flat=True)) == {Status.RESOLVED}
    assert not OutgoingMail.objects.filter(body__contains="has resolved").exists()


# --- following --------------------------------------------------------------------------------------------------


def test_me_too_makes_one_linked_ticket_however_often_it_is_pressed(
    client: Client, employee: User, agent: User
) -> None:
    incident = declared(agent)
    client.force_login(employee)
    for _ in range(2):
        client.post(reverse("escalation:follow_incident", args=[incident.pk]))
    ticket = Ticket.objects.get()
    assert (ticket.incident, ticket.requester, ticket.reason) == (incident, employee, Ticket.Reason.OUTAGE)
    services.say(incident=incident, by=agent, words="It is back.", ends=True)
    assert (employee.email, "over") in told()


def test_what_is_over_or_for_others_can_not_be_followed(client: Client, employee: User, agent: User) -> None:
    for_others = declared(agent, audience=AudienceFactory(groups=["Finance"]))
    over = declared(agent)
    services.say(incident=over, by=agent, words="It is back.", ends=True)
    client.force_login(employee)
    assert client.post(reverse("escalation:follow_incident", args=[for_others.pk])).status_code == 404
    assert client.post(reverse("escalation:follow_incident", args=[over.pk])).status_code == 302
    assert not Ticket.objects.exists()


# --- pages ------------------------------------------------------------------------------------------------------


def page(client: Client, name: str, *args: object, **query: str) -> str:
    return client.get(reverse(name, args=args), query).content.decode()


def test_the_ask_page_says_what_is_wrong_until_it_is_over_or_hidden(
    client: Client, employee: User, agent: User
) -> None:
    client.force_login(employee)
    assert "The VPN does not connect" not in page(client, "search:ask")
    incident = declared(agent)
    assert "The VPN does not connect" in page(client, "search:ask")
    hide = reverse("escalation:hide_incident", args=[incident.pk])
    assert client.post(hide, {"next": "https://elsewhere.example/"})["Location"] == reverse("search:ask")
    assert "The VPN does not connect" not in page(client, "search:ask")
    other = Client()
    other.force_login(employee)
    assert "The VPN does not connect" in page(other, "search:ask")
    services.say(incident=incident, by=agent, words="It is back.", ends=True)
    assert "The VPN does not connect" not in page(other, "search:ask")


def test_it_is_shown_to_its_audience_alone(client: Client, employee: User, agent: User) -> None:
    declared(agent, audience=AudienceFactory(groups=["Finance"]))
    for user, is_told in ((employee, False), (UserFactory(groups=["Finance"]), True)):
        client.force_login(user)
        for name in ("search:ask", "escalation:handoff"):
            assert ("The VPN does not connect" in page(client, name)) is is_told


def test_words_of_an_incident_are_never_markup(client: Client, employee: User, agent: User) -> None:
    declared(agent, title="<b>vpn</b>", words="<script>alert(1)</script>")
    client.force_login(employee)
    shown = page(client, "search:ask")
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_an_answer_that_it_is_about_shows_it_first_and_not_twice(
    client: Client, employee: User, agent: User
) -> None:
    conversation = Conversation.objects.create(user=employee)
    ask(conversation, "Why is the vpn down?")
    declared(agent)
    declared(agent, title="The canteen is closed", keywords="lunch")
    client.force_login(employee)
    shown = page(client, "search:conversation", conversation.pk)
    assert shown.count("Use the web mail meanwhile.") == 2, "one before the answer, one of the canteen above"
    assert "We know of a problem: The VPN does not connect" in shown
    assert "We know of a problem: The canteen" not in shown


def test_the_form_to_a_human_shows_what_the_questions_were_about(
    client: Client, employee: User, agent: User
) -> None:
    conversation = Conversation.objects.create(user=employee)
    ask(conversation, "Why is the vpn down?")
    declared(agent)
    declared(agent, title="The canteen is closed", keywords="lunch")
    client.force_login(employee)
    shown = page(client, "escalation:handoff", conversation=str(conversation.pk))
    assert "The VPN does not connect" in shown
    assert "The canteen is closed" not in shown


def test_a_page_without_incidents_costs_one_query_and_with_ten_two(
    client: Client, employee: User, agent: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        notices.notices_for(employee)
    for number in range(10):
        services.say(incident=declared(agent, title=f"{number}"), by=agent, words="New.")
    with django_assert_num_queries(2):
        assert len([notice.words for notice in notices.notices_for(employee)]) == 10


def test_when_incidents_can_not_be_read_the_way_to_a_human_is_open_all_the_same(
    client: Client, employee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(tags, "notices_for", broken)
    client.force_login(employee)
    for name in ("search:ask", "escalation:handoff"):
        assert client.get(reverse(name)).status_code == 200


DESK_PAGES = ("escalation:incidents", "escalation:declare_incident")


def test_only_the_desk_opens_its_pages(client: Client, people: dict[Role, User], agent: User) -> None:
    incident = declared(agent)
    addresses = [reverse(name) for name in DESK_PAGES] + [incident.get_absolute_url()]
    for role, status in ((Role.EMPLOYEE, 403), (Role.PUBLISHER, 403), (Role.AGENT, 200), (Role.LEAD, 200)):
        client.force_login(people[role])
        assert {client.get(address).status_code for address in addresses} == {status}


@pytest.mark.parametrize("name", ["say_incident", "link_incident", "resolve_incident", "ticket_incident"])
def test_nobody_else_changes_anything(client: Client, employee: User, agent: User, name: str) -> None:
    incident, ticket = declared(agent), open_ticket()
    pk = ticket.pk if name == "ticket_incident" else incident.pk
    client.force_login(employee)
    data = {"words": "Hello", "ticket": str(ticket.pk), "incident": str(incident.pk)}
    assert client.post(reverse(f"escalation:{name}", args=[pk]), data).status_code == 403
    client.logout()
    assert client.post(reverse(f"escalation:{name}", args=[pk]), data).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.incident, IncidentUpdate.objects.count()) == (None, 0)


def test_an_agent_declares_links_in_bulk_tells_ends_and_resolves_on_the_pages(
    client: Client, agent: User
) -> None:
    first, second = open_ticket(subject="vpn one"), open_ticket(subject="vpn two")
    client.force_login(agent)
    form = {"title": "The VPN does not connect", "words": "Use the web mail meanwhile.", "keywords": "vpn"}
    address = client.post(reverse("escalation:declare_incident"), form)["Location"]
    shown = client.get(address).content.decode()
    assert "vpn one" in shown
    assert "vpn two" in shown
    incident = Incident.objects.get()
    link = reverse("escalation:link_incident", args=[incident.pk])
    client.post(link, {"ticket": [str(first.pk), str(second.pk), "none", "9" * 30]})
    say = reverse("escalation:say_incident", args=[incident.pk])
    assert client.post(say, {"words": " "}).status_code == 422
    client.post(say, {"words": "It is back.", "ends": "on"})
    client.post(reverse("escalation:resolve_incident", args=[incident.pk]), {"ticket": [str(first.pk)]})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (Status.RESOLVED, Status.OPEN)


def test_a_form_that_says_nothing_comes_back_with_what_is_missing(client: Client, agent: User) -> None:
    client.force_login(agent)
    page = client.post(reverse("escalation:declare_incident"), {"title": ""})
    assert page.status_code == 422
    assert "Say in a few words what does not work." in page.content.decode()


def test_the_ticket_s_page_offers_what_it_reads_like_first_and_takes_it_off_again(
    client: Client, agent: User
) -> None:
    incident = declared(agent)
    other = declared(agent, title="The canteen is closed", keywords="lunch")
    ticket = open_ticket(subject="My vpn is dead")
    client.force_login(agent)
    shown = page(client, "escalation:desk_ticket", ticket.pk)
    assert shown.index("It reads like this one") < shown.index(incident.title) < shown.index(other.title)
    address = reverse("escalation:ticket_incident", args=[ticket.pk])
    client.post(address, {"incident": str(incident.pk)})
    ticket.refresh_from_db()
    assert ticket.incident == incident
    client.post(address, {"unlink": "1"})
    ticket.refresh_from_db()
    assert ticket.incident is None


def test_linked_is_told_only_of_what_was_linked(client: Client, agent: User) -> None:
    incident, other = declared(agent), declared(agent, title="The canteen is closed")
    ticket = open_ticket()
    services.link(incident=other, tickets=[ticket], by=agent)
    client.force_login(agent)
    of_ticket = reverse("escalation:ticket_incident", args=[ticket.pk])
    of_incident = reverse("escalation:link_incident", args=[incident.pk])
    bulk = {"action": "incident", "ticket": [ticket.pk], "go": "1", "incident": incident.pk}
    for address, data in (
        (of_ticket, {"incident": incident.pk}),
        (of_incident, {"ticket": [ticket.pk]}),
        (of_incident, {}),
        (reverse("escalation:bulk"), bulk),
    ):
        told_on_page = client.post(address, data, follow=True).content.decode()
        assert "told where it stands" not in told_on_page
        assert "inked to an incident already" in told_on_page or "Nothing was linked" in told_on_page
    assert "0 done, 1 not" in told_on_page
    ticket.refresh_from_db()
    assert ticket.incident == other


def test_the_same_declared_twice_within_a_minute_is_one(agent: User, people: dict[Role, User]) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = declared(agent)
        assert declared(agent, title=" The VPN does not  connect ") == first
        assert declared(people[Role.LEAD]) != first
        assert declared(agent, audience=AudienceFactory(groups=["Finance"])) != first
        clock.shift(timedelta(minutes=2))
        assert declared(agent) != first


def test_what_was_ended_is_declared_anew(agent: User) -> None:
    first = declared(agent)
    services.say(incident=first, by=agent, words="It is back.", ends=True)
    assert declared(agent) != first


def test_unlinking_twice_says_it_once(agent: User) -> None:
    ticket = open_ticket()
    services.link(incident=declared(agent), tickets=[ticket], by=agent)
    for _ in range(2):
        services.unlink(ticket=ticket, by=agent)
    assert ticket.messages.filter(body="Not linked to an incident any more.").count() == 1


def test_one_s_own_ticket_says_where_its_incident_stands_to_those_who_are_told(
    client: Client, agent: User
) -> None:
    ticket = open_ticket()
    incident = declared(agent)
    services.link(incident=incident, tickets=[ticket], by=agent)
    client.force_login(ticket.requester)
    assert "We know of this: The VPN does not connect" in page(client, "escalation:ticket", ticket.pk)
    services.say(incident=incident, by=agent, words="It is back.", ends=True)
    assert "It is back." in page(client, "escalation:ticket", ticket.pk)
    Incident.objects.update(audience=AudienceFactory(groups=["Finance"]))
    assert "It is back." not in page(client, "escalation:ticket", ticket.pk)
