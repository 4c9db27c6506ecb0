"""The pages and the API of where tickets go, and who may not come in."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from accounts.roles import Role
from escalation.models import Queue, RoutingRule, RoutingSuggestion, Ticket
from tests.escalation.factories import open_ticket
from tests.factories import AudienceFactory, CategoryFactory, UserFactory, published_article

pytestmark = pytest.mark.django_db


def client_of(role: Role | None = None, **fields: object) -> tuple[Client, User]:
    user = UserFactory(role=role, **fields)
    client = Client()
    client.force_login(user)
    return client, user


@pytest.fixture
def lead() -> Client:
    return client_of(Role.LEAD)[0]


@pytest.fixture
def network() -> Queue:
    return Queue.objects.create(name="Network")


def rule_form(**given: object) -> dict[str, object]:
    return {"name": "VPN", "words": "vpn", "priority": "high", **given}


class TestWhoMayComeIn:
    PAGES = ("rules", "add_queue", "add_rule")

    @pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.AGENT, Role.PUBLISHER])
    def test_queues_and_rules_are_for_leads(self, role: Role, network: Queue) -> None:
        rule = RoutingRule.objects.create(name="VPN", words="vpn", queue=network)
        client, _ = client_of(role)
        for page in self.PAGES:
            assert client.get(reverse(f"escalation:{page}")).status_code == 403
        for page, pk in (("queue_settings", network.pk), ("rule", rule.pk)):
            assert client.get(reverse(f"escalation:{page}", args=[pk])).status_code == 403
        changed = client.post(reverse("escalation:change_rule", args=[rule.pk]), {"delete": "1"})
        assert changed.status_code == 403
        assert RoutingRule.objects.exists()

    def test_only_the_desk_moves_a_ticket(self, network: Queue) -> None:
        ticket = open_ticket()
        client = Client()
        client.force_login(ticket.requester)
        given = {"queue": network.pk, "priority": "urgent"}
        assert client.post(reverse("escalation:desk_move", args=[ticket.pk]), given).status_code == 404
        ticket.refresh_from_db()
        assert (ticket.queue, ticket.priority) == (None, "normal")

    def test_the_address_of_a_move_opened_by_hand_leads_to_the_ticket(self) -> None:
        ticket = open_ticket()
        client, _ = client_of(Role.AGENT)
        answer = client.get(reverse("escalation:desk_move", args=[ticket.pk]))
        assert answer.headers["Location"] == reverse("escalation:desk_ticket", args=[ticket.pk])


class TestRules:
    def test_a_rule_is_kept_switched_off_until_somebody_switches_it_on(
        self, lead: Client, network: Queue
    ) -> None:
        lead.post(reverse("escalation:add_rule"), rule_form(queue=network.pk))
        rule = RoutingRule.objects.get(active=False)
        lead.post(reverse("escalation:change_rule", args=[rule.pk]), {"on": "1"})
        assert RoutingRule.objects.get().active
        lead.post(reverse("escalation:rule", args=[rule.pk]), rule_form(words="vpn\ntunnel"))
        assert RoutingRule.objects.get(active=True).words == "vpn\ntunnel"

    def test_trying_a_rule_shows_whom_it_would_have_met_and_keeps_nothing(self, lead: Client) -> None:
        met, other = open_ticket(subject="VPN drops"), open_ticket(subject="Black screen")
        page = lead.post(reverse("escalation:add_rule"), rule_form(**{"try": "1"})).content.decode()
        assert met.number in page
        assert other.number not in page
        assert not RoutingRule.objects.exists()

    def test_a_trial_shows_nothing_of_a_confidential_queue(self, lead: Client) -> None:
        ticket = open_ticket(subject="VPN drops")
        Ticket.objects.update(queue=Queue.objects.create(name="People", confidential=True))
        page = lead.post(reverse("escalation:add_rule"), rule_form(**{"try": "1"})).content.decode()
        assert ticket.number not in page

    def test_a_trial_on_many_tickets_asks_no_more_queries_than_on_few(self, lead: Client) -> None:
        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                lead.post(reverse("escalation:add_rule"), rule_form(**{"try": "1"}))
            return len(queries)

        open_ticket(subject="VPN drops", user=UserFactory(groups=["VIP"]))
        few = asked()
        for _ in range(6):
            open_ticket(subject="VPN drops", user=UserFactory(groups=["VIP"]))
        assert asked() == few

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"words": ""}, "it would take every ticket"),
            ({"priority": ""}, "Say what the rule does"),
            ({"words": "x" * 101}, "At most 50 words"),
        ],
    )
    def test_a_rule_that_says_nothing_is_refused_in_a_sentence(
        self, lead: Client, given: dict[str, object], told: str
    ) -> None:
        answer = lead.post(reverse("escalation:add_rule"), rule_form(**given))
        assert answer.status_code == 422
        assert told in answer.content.decode()

    def test_rules_change_their_order_and_go(self, lead: Client) -> None:
        for name in ("one", "two", "three"):
            lead.post(reverse("escalation:add_rule"), rule_form(name=name))
        three = RoutingRule.objects.get(name="three")
        lead.post(reverse("escalation:change_rule", args=[three.pk]), {"raise": "1"})
        assert list(RoutingRule.objects.values_list("name", flat=True)) == ["one", "three", "two"]
        lead.post(reverse("escalation:change_rule", args=[three.pk]), {"delete": "1"})
        assert list(RoutingRule.objects.values_list("name", flat=True)) == ["one", "two"]

    def test_the_list_says_each_rule_in_a_sentence(self, lead: Client, network: Queue) -> None:
        RoutingRule.objects.create(
            name="r", words="vpn\ntunnel", sentiment="upset", queue=network, priority="high"
        )
        said = "When they write “vpn” or “tunnel” and it sounds upset: into Network, with priority high at least."
        assert said in lead.get(reverse("escalation:rules")).content.decode()

    def test_a_shelf_of_articles_for_others_is_not_named(self, lead: Client, network: Queue) -> None:
        shelf = CategoryFactory(name="Secret merger")
        published_article(category=shelf, audience=AudienceFactory(groups=["Board"]))
        rule = RoutingRule.objects.create(name="r", category=shelf, queue=network)
        pages = (reverse("escalation:rules"), reverse("escalation:add_rule"))
        for address in (*pages, reverse("escalation:rule", args=[rule.pk])):
            assert "Secret merger" not in lead.get(address).content.decode()

    def test_the_page_asks_as_many_queries_for_many_as_for_few(
        self, lead: Client, network: Queue, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        def add(count: int) -> None:
            for number in range(count):
                audience, shelf = AudienceFactory(), CategoryFactory()
                queue = Queue.objects.create(name=f"{number} of {count}")
                RoutingRule.objects.create(name="r", audience=audience, category=shelf, queue=queue)

        add(1)
        lead.get(reverse("escalation:rules"))
        with django_assert_num_queries(7):
            lead.get(reverse("escalation:rules"))
        add(9)
        with django_assert_num_queries(7):
            lead.get(reverse("escalation:rules"))


class TestQueues:
    def test_a_lead_makes_a_queue_with_its_people(self, lead: Client) -> None:
        agent = UserFactory(role=Role.AGENT)
        lead.post(reverse("escalation:add_queue"), {"name": " Net  work ", "members": [agent.pk]})
        queue = Queue.objects.get()
        assert queue.name == "Net work"
        assert list(queue.members.all()) == [agent]

    def test_a_name_is_given_once_and_a_confidential_queue_has_people(
        self, lead: Client, network: Queue
    ) -> None:
        page = lead.post(reverse("escalation:add_queue"), {"name": "NETWORK", "confidential": "on"})
        assert "There is a queue of this name already." in page.content.decode()
        assert "A confidential queue needs people" in page.content.decode()

    def test_nobody_lets_themselves_into_a_confidential_queue(self) -> None:
        client, outsider = client_of(Role.LEAD)
        insider, member = client_of(Role.LEAD)
        people = Queue.objects.create(name="People", confidential=True)
        people.members.add(member)
        address = reverse("escalation:queue_settings", args=[people.pk])
        given = {"name": "People", "members": [outsider.pk], "confidential": "on"}
        client.post(address, given)
        assert list(people.members.all()) == [member]
        insider.post(address, given)
        assert list(people.members.all()) == [outsider]


class TestMoving:
    def test_the_ticket_says_where_it_is_and_an_agent_moves_it(self, network: Queue) -> None:
        ticket = open_ticket()
        client, _ = client_of(Role.AGENT)
        assert (
            "None yet: to be sorted"
            in client.get(reverse("escalation:desk_ticket", args=[ticket.pk])).content.decode()
        )
        given = {"queue": network.pk, "priority": "high", "why": "A cable"}
        page = client.post(reverse("escalation:desk_move", args=[ticket.pk]), given, follow=True)
        assert f"{ticket.number} is with Network, priority high." in page.content.decode()

    def test_what_was_suggested_is_one_click(self, network: Queue) -> None:
        ticket = open_ticket()
        RoutingSuggestion.objects.create(
            ticket=ticket, queue=network, confidence=0.62, reason="7 of the 10 went there."
        )
        client, _ = client_of(Role.AGENT)
        address = reverse("escalation:desk_ticket", args=[ticket.pk])
        page = client.get(address).content.decode()
        assert "with a chance of 62% to be right: 7 of the 10 went there." in page
        assert "Move it to Network" in page
        client.post(reverse("escalation:desk_move", args=[ticket.pk]), {"accept": "1"})
        ticket.refresh_from_db()
        assert ticket.queue == network

    def test_whoever_moves_a_ticket_out_of_their_own_sight_lands_on_the_queue(self) -> None:
        people = Queue.objects.create(name="People", confidential=True)
        ticket = open_ticket()
        client, _ = client_of(Role.AGENT)
        given = {"queue": people.pk, "priority": "high"}
        answer = client.post(reverse("escalation:desk_move", args=[ticket.pk]), given)
        assert answer.headers["Location"] == reverse("escalation:queue")


class TestApi:
    @pytest.fixture
    def agent_api(self) -> APIClient:
        client = APIClient()
        client.force_authenticate(UserFactory(role=Role.AGENT))
        return client

    def test_agents_read_where_a_ticket_is_and_why_and_the_person_who_asked_does_not(
        self, agent_api: APIClient, network: Queue
    ) -> None:
        ticket = open_ticket()
        RoutingSuggestion.objects.create(ticket=ticket, queue=network, confidence=0.62, reason="7 of the 10.")
        Ticket.objects.update(queue=network)
        own = APIClient()
        own.force_authenticate(ticket.requester)
        address = f"/api/v1/tickets/{ticket.pk}/"
        read = agent_api.get(address).json()["routing"]
        assert (read["queue"], read["suggestion"]["queue"]) == ("Network", "Network")
        assert own.get(address).json()["routing"] == {"queue": None, "suggestion": None}

    def test_an_agent_moves_a_ticket_and_nobody_else_does(self, agent_api: APIClient, network: Queue) -> None:
        ticket = open_ticket()
        address = f"/api/v1/tickets/{ticket.pk}/move/"
        own = APIClient()
        own.force_authenticate(ticket.requester)
        assert own.post(address, {"queue": "Network"}).status_code == 403
        assert agent_api.post(address, {"queue": "Network"}).json()["queue"] == "Network"
        assert agent_api.post(address, {"priority": "soon"}).status_code == 400
        assert agent_api.post(address, {"queue": "No such"}).status_code == 400
        ticket.refresh_from_db()
        assert (ticket.queue, ticket.priority) == (network, "normal")
        assert agent_api.post(address, {"queue": None}, format="json").json()["queue"] is None

    def test_moved_out_of_ones_sight_the_answer_is_empty(self, agent_api: APIClient) -> None:
        Queue.objects.create(name="People", confidential=True)
        ticket = open_ticket()
        assert agent_api.post(f"/api/v1/tickets/{ticket.pk}/move/", {"queue": "People"}).status_code == 204
