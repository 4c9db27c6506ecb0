"""Tickets go where rules send them, where tickets like them were left, or to triage; corrections are learnt."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from numpy.typing import NDArray
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from escalation import services
from escalation.handoff.urgency import Level
from escalation.models import (
    Message,
    Queue,
    RoutingRule,
    RoutingSuggestion,
    Sensitivity,
    Ticket,
    TicketVector,
)
from escalation.routing.sureness import ENOUGH
from escalation.services import neighbours, routing
from escalation.services.consequences import Event
from escalation.suggested import suggestion_for
from escalation.tasks import route_waiting
from escalation.workflow import Action
from search import engine
from search.embedding import EmbeddingUnavailable
from search.models import Conversation
from tests.escalation.factories import ask, draft_of, open_ticket
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SIZE = 512


class Words:
    """A model for which texts are alike as far as they share words."""

    def __init__(self, fingerprint: str = "words") -> None:
        self.fingerprint = fingerprint

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), SIZE), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[zlib.crc32(word.encode()) % SIZE] = 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(engine, "embedder", Words)
    monkeypatch.setattr(engine, "fingerprint", lambda: "words")
    neighbours.forget()
    yield
    neighbours.forget()


@pytest.fixture
def agent() -> User:
    return UserFactory(role=Role.AGENT)


@pytest.fixture
def network() -> Queue:
    return Queue.objects.create(name="Network")


@pytest.fixture
def printing() -> Queue:
    return Queue.objects.create(name="Printing")


def ticket(words: str, **fields: object) -> Ticket:
    user = UserFactory(**fields)
    return services.open_ticket(requester=user, draft=draft_of(user), description=words, subject=words)


def resolved(words: str, queue: Queue, agent: User, *, days_ago: float = 20) -> Ticket:
    """One that stood in a queue when an agent resolved it."""
    found = ticket(words)
    opened = timezone.now() - timedelta(days=days_ago)
    Ticket.objects.filter(pk=found.pk).update(queue=queue, opened_at=opened, assignee=agent)
    return services.resolve(ticket=found, by=agent, body="Done.")


def routed(pk: int) -> Ticket:
    route_waiting()
    return Ticket.objects.select_related("queue", "suggestion").get(pk=pk)


class TestByRule:
    def test_a_rule_sends_a_ticket_at_once_and_says_why(self, network: Queue, agent: User) -> None:
        RoutingRule.objects.create(name="VPN", words="vpn", queue=network, priority="high", assignee=agent)
        sent = ticket("The VPN drops")
        assert (sent.queue, sent.priority, sent.assignee) == (network, "high", agent)
        assert (
            sent.suggestion.reason == "The rule “VPN” says so: they wrote “VPN”."
            or "vpn" in sent.suggestion.reason
        )
        told = sent.messages.get(event=routing.MOVED)
        assert told.author.is_system
        assert "Network" in told.body

    def test_a_rule_raises_the_priority_and_never_lowers_it(self, network: Queue) -> None:
        RoutingRule.objects.create(name="VPN", words="vpn", queue=network, priority="low")
        assert ticket("The VPN drops").priority == "normal"

    def test_a_rule_that_is_off_does_nothing(self, network: Queue) -> None:
        RoutingRule.objects.create(name="VPN", words="vpn", queue=network, active=False)
        assert ticket("The VPN drops").queue is None

    def test_a_rule_goes_by_the_groups_of_whoever_asks_and_by_how_it_sounds(self, network: Queue) -> None:
        user = UserFactory(groups=["VIP"])
        rule = RoutingRule.objects.create(
            name="Upset VIP", group=user.groups.get(), sentiment="upset", queue=network
        )
        conversation = Conversation.objects.create(user=user)
        ask(conversation, "This is ridiculous!! Nothing prints!!")
        upset = services.open_ticket(requester=user, draft=draft_of(user, conversation=conversation))
        calm = services.open_ticket(requester=user, draft=draft_of(user), description="A new mouse, please")
        assert (upset.queue, calm.queue) == (network, None)
        assert upset.suggestion.rule == rule

    def test_a_rule_that_can_not_be_asked_never_stops_a_hand_off(
        self, network: Queue, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        RoutingRule.objects.create(name="VPN", words="vpn", queue=network)
        monkeypatch.setattr(routing, "ruled", lambda ticket: 1 / 0)
        assert ticket("The VPN drops").pk

    def test_a_rule_hands_a_confidential_ticket_to_nobody_outside(self, agent: User) -> None:
        people = Queue.objects.create(name="People", confidential=True)
        RoutingRule.objects.create(name="Health", words="ill", queue=people, assignee=agent)
        assert ticket("I am ill").assignee is None


class TestByNeighbours:
    def test_a_ticket_is_offered_the_queue_where_those_like_it_were_left(
        self, network: Queue, printing: Queue, agent: User
    ) -> None:
        likest = resolved("vpn tunnel drops", network, agent)
        resolved("vpn tunnel slow", network, agent)
        resolved("printer paper jam", printing, agent)
        found = routed(ticket("my vpn tunnel drops").pk)
        assert found.queue is None
        assert found.suggestion.queue == network
        assert found.suggestion.assignee == agent
        assert found.suggestion.reason == (
            f"2 of the 3 nearest resolved tickets went to Network, such as {likest.number}."
        )

    def test_one_click_does_what_was_offered(self, network: Queue, agent: User) -> None:
        resolved("vpn tunnel drops", network, agent)
        found = routed(ticket("my vpn tunnel drops").pk)
        done = routing.accept(ticket=found, by=agent)
        done.refresh_from_db()
        assert (done.queue, done.assignee) == (network, agent)
        assert not suggestion_for(done, agent).left

    def test_nothing_alike_is_left_to_triage_and_not_asked_again(self, network: Queue, agent: User) -> None:
        for place in (network, Queue.objects.create(name="A"), Queue.objects.create(name="B")):
            resolved("completely other words", place, agent)
        found = routed(ticket("printer paper jam").pk)
        assert found.suggestion.queue is None
        assert not neighbours.waiting().exists()

    def test_where_votes_were_right_before_the_machine_acts_by_itself(
        self, network: Queue, printing: Queue, agent: User
    ) -> None:
        self.history(network, printing, agent)
        found = routed(ticket("vpn tunnel drops").pk)
        assert found.queue == network
        assert found.suggestion.applied
        assert found.messages.get(event=routing.MOVED).body == "A machine put it with Network."

    def test_a_rule_that_leaves_the_queue_open_leaves_it_to_the_neighbours(
        self, network: Queue, agent: User
    ) -> None:
        RoutingRule.objects.create(name="Tunnels matter", words="tunnel", priority="high")
        resolved("vpn slow again", network, agent)
        found = routed(ticket("vpn slow again in the tunnel").pk)
        assert (found.priority, found.suggestion.queue) == ("high", network)
        assert suggestion_for(found, agent).left

    def test_with_no_risk_allowed_it_never_does(
        self, network: Queue, printing: Queue, agent: User, settings: Settings
    ) -> None:
        settings.ROUTING_RISK = 0
        self.history(network, printing, agent)
        found = routed(ticket("vpn tunnel drops").pk)
        assert (found.queue, found.suggestion.queue) == (None, network)

    def history(self, network: Queue, printing: Queue, agent: User) -> None:
        user = UserFactory()
        now = timezone.now()
        tickets = [
            Ticket(
                requester=user,
                subject=words,
                key=f"{queue.pk}-{number}",
                queue=queue,
                status="resolved",
                opened_at=now - timedelta(days=8 + number),
            )
            for queue, words in ((network, "vpn tunnel drops"), (printing, "printer paper jam"))
            for number in range(ENOUGH)
        ]
        Ticket.objects.bulk_create(tickets)
        while neighbours.make_vectors(
            Ticket.objects.filter(vector=None).select_related("pack")[:64], Words()
        ):
            pass

    def test_without_the_model_it_waits_and_a_worker_does_it_later(
        self, network: Queue, agent: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unavailable() -> None:
            raise EmbeddingUnavailable("no model")

        resolved("vpn tunnel drops", network, agent)
        monkeypatch.setattr(engine, "embedder", unavailable)
        waits = ticket("my vpn tunnel drops")
        route_waiting()
        assert not RoutingSuggestion.objects.filter(ticket=waits).exists()
        monkeypatch.setattr(engine, "embedder", Words)
        assert routed(waits.pk).suggestion.queue == network

    def test_another_model_makes_all_vectors_anew(self, network: Queue, agent: User) -> None:
        resolved("vpn tunnel drops", network, agent)
        route_waiting()
        neighbours.make_vectors(Ticket.objects.select_related("pack"), Words("other"))
        assert set(TicketVector.objects.values_list("fingerprint", flat=True)) == {"other"}

    def test_one_that_fails_keeps_none_of_the_others_waiting(
        self, network: Queue, agent: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resolved("vpn tunnel drops", network, agent)
        good, bad = ticket("my vpn tunnel drops"), ticket("your vpn tunnel drops")
        near = neighbours._by_queue

        def fails(others: list[neighbours.Near], ticket: Ticket, **rest: float) -> object:
            if ticket.pk == bad.pk:
                raise RuntimeError
            return near(others, ticket, **rest)

        monkeypatch.setattr(neighbours, "_by_queue", fails)
        assert routed(good.pk).suggestion.queue == network
        assert not neighbours.waiting().exists()


class TestLearning:
    def test_a_correction_counts_at_once(self, network: Queue, printing: Queue, agent: User) -> None:
        resolved("badge reader beeps", network, agent, days_ago=3)
        moved = ticket("badge reader beeps")
        routing.move(ticket=moved, to=printing, priority=Level.NORMAL, by=agent)
        again = ticket("badge reader beeps twice")
        Ticket.objects.filter(subject="badge reader beeps", queue=network).update(
            opened_at=timezone.now() - timedelta(days=200)
        )
        assert routed(again.pk).suggestion.queue == printing

    def test_what_only_a_machine_has_placed_teaches_nothing(self, network: Queue) -> None:
        RoutingRule.objects.create(name="VPN", words="vpn", queue=network)
        ticket("vpn tunnel drops")
        RoutingRule.objects.all().delete()
        assert routed(ticket("vpn tunnel drops again").pk).suggestion.queue is None

    def test_corrected_priorities_are_suggested(self, network: Queue, agent: User) -> None:
        for _ in range(5):
            earlier = resolved("label printer blank", network, agent)
            Ticket.objects.filter(pk=earlier.pk).update(priority="high")
        assert routed(ticket("label printer blank labels").pk).suggestion.priority == "high"

    def test_who_has_left_is_suggested_no_more(self, network: Queue, agent: User) -> None:
        resolved("vpn tunnel drops", network, agent)
        agent.is_active = False
        agent.save()
        found = routed(ticket("my vpn tunnel drops").pk)
        assert (found.suggestion.queue, found.suggestion.assignee) == (network, None)


class TestConfidential:
    @pytest.fixture
    def people(self) -> Queue:
        queue = Queue.objects.create(name="People", confidential=True)
        queue.members.add(UserFactory(role=Role.AGENT, username="insider"))
        return queue

    def test_its_tickets_are_nobodys_neighbours(self, people: Queue) -> None:
        insider = people.members.get()
        resolved("my manager shouts", people, insider)
        assert routed(ticket("my manager shouts daily").pk).suggestion.queue is None

    def test_a_reason_names_no_ticket_that_went_there_later(
        self, people: Queue, network: Queue, agent: User
    ) -> None:
        example = resolved("vpn tunnel drops", network, agent)
        found = routed(ticket("my vpn tunnel drops").pk)
        assert example.number in suggestion_for(found, agent).reason
        routing.move(ticket=example, to=people, priority=Level.NORMAL, by=agent)
        assert suggestion_for(found, agent).reason == "1 of the 1 nearest resolved tickets went to Network."
        assert example.number in suggestion_for(found, people.members.get()).reason

    def test_what_only_people_handle_is_guessed_by_no_machine(self, network: Queue, agent: User) -> None:
        resolved("phone stolen", network, agent)
        sensitive = ticket("phone stolen yesterday")
        Ticket.objects.filter(pk=sensitive.pk).update(sensitivity=Sensitivity.LOST_DEVICE)
        route_waiting()
        assert not RoutingSuggestion.objects.filter(ticket=sensitive).exists()

    def test_moved_there_it_leaves_the_hands_and_the_eyes_of_others(self, people: Queue, agent: User) -> None:
        moved = ticket("my manager shouts")
        services.assign(ticket=moved, to=agent, by=agent)
        moved.watchers.add(agent)
        moved = routing.move(ticket=moved, to=people, priority=Level.HIGH, by=agent)
        assert moved.assignee is None
        assert not moved.watchers.exists()
        assert not Ticket.objects.visible_to(agent).filter(pk=moved.pk).exists()


class TestMoving:
    def test_a_move_is_told_in_the_thread_and_why_only_to_the_desk(self, network: Queue, agent: User) -> None:
        moved = routing.move(
            ticket=open_ticket(), to=network, priority=Level.HIGH, by=agent, why="A cable, again"
        )
        told = dict(moved.messages.values_list("kind", "body"))
        assert told[Message.Kind.EVENT] == "It is with Network now. Its priority is high now."
        assert told[Message.Kind.NOTE] == "A cable, again"

    def test_what_follows_a_move_follows(
        self, network: Queue, agent: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[Event] = []
        moved = open_ticket()
        monkeypatch.setattr(
            "escalation.services.consequences.FOLLOWERS", (lambda ticket, event, by, at: seen.append(event),)
        )
        routing.move(ticket=moved, to=network, priority=Level.NORMAL, by=agent)
        routing.move(ticket=moved, to=network, priority=Level.NORMAL, by=agent)
        assert seen == [Event.ROUTED]

    def test_nobody_but_the_desk_moves_a_ticket(self, network: Queue) -> None:
        sent = open_ticket()
        with pytest.raises(PermissionDenied):
            routing.move(ticket=sent, to=network, priority=Level.NORMAL, by=sent.requester)

    def test_a_ticket_that_was_moved_by_hand_is_not_moved_by_the_machine(
        self, network: Queue, printing: Queue, agent: User
    ) -> None:
        TestByNeighbours().history(network, printing, agent)
        moved = ticket("vpn tunnel drops")
        routing.move(ticket=moved, to=printing, priority=Level.NORMAL, by=agent)
        assert routed(moved.pk).queue == printing

    def test_a_closed_ticket_waits_for_no_suggestion(self, agent: User) -> None:
        done = open_ticket()
        services.set_status(ticket=done, by=agent, action=Action.CLOSE)
        assert not neighbours.waiting().exists()
