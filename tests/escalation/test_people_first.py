"""Sensitive tickets, and who answers a conversation that a person has taken over."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from escalation import services
from escalation.learning import teach
from escalation.models import Queue, RoutingRule, Ticket
from escalation.workflow import Action
from search.models import Conversation, Phrasing
from tests.escalation.factories import ask, conversation_about, draft_of, open_ticket, story_article
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(people: dict[Role, User]) -> User:
    return people[Role.EMPLOYEE]


@pytest.fixture
def confidant() -> User:
    return UserFactory(role=Role.AGENT)


@pytest.fixture
def in_confidence(confidant: User) -> Queue:
    queue = Queue.objects.create(name="In confidence", confidential=True)
    queue.members.add(confidant)
    return queue


def tell(person: User, words: str) -> Ticket:
    return services.open_ticket(requester=person, draft=draft_of(person), description=words)


def test_harassment_goes_to_those_few_who_may_read_it(
    person: User, in_confidence: Queue, confidant: User
) -> None:
    ticket = tell(person, "My boss is harassing me")
    assert (ticket.sensitivity, ticket.reason, ticket.priority) == ("harassment", "sensitive", "high")
    assert ticket.queue == in_confidence
    others = UserFactory(role=Role.LEAD)
    assert list(Ticket.objects.visible_to(confidant)) == [ticket]
    assert not Ticket.objects.visible_to(others).exists()


def test_no_rule_takes_a_confidential_ticket_to_where_more_people_read_it(
    person: User, in_confidence: Queue
) -> None:
    RoutingRule.objects.create(name="Bosses", words="boss", queue=Queue.objects.create(name="Facilities"))
    ticket = tell(person, "My boss is harassing me")
    ticket.refresh_from_db()
    assert ticket.queue == in_confidence
    assert tell(person, "My boss needs a chair").queue.name == "Facilities"


def test_a_confidential_queue_that_nobody_reads_takes_nothing(person: User) -> None:
    Queue.objects.create(name="In confidence", confidential=True)
    ticket = tell(person, "I have been diagnosed with cancer")
    assert (ticket.sensitivity, ticket.queue) == ("health", None)


def test_a_lost_device_concerns_the_whole_desk(person: User, in_confidence: Queue) -> None:
    ticket = tell(person, "I lost my laptop on the train")
    assert (ticket.sensitivity, ticket.queue, ticket.priority) == ("lost_device", None, "high")


def test_what_was_struck_out_is_not_held_against_anybody(person: User, in_confidence: Queue) -> None:
    conversation = Conversation.objects.create(user=person)
    question = ask(conversation, "I want to end it all", outcome="sensitive", sensitivity="distress")
    draft = draft_of(person, conversation=conversation)
    ticket = services.open_ticket(
        requester=person, draft=draft, subject="A chair", left_out=[f"q{question.pk}"]
    )
    assert (ticket.sensitivity, ticket.reason, ticket.queue) == ("", "asked", None)


def test_a_sensitive_ticket_teaches_search_nothing(person: User) -> None:
    ticket = tell(person, "My work phone was stolen at the station")
    ticket.resolved_by_article = story_article()
    teach(ticket)
    assert not Phrasing.objects.exists()


def test_nobody_is_asked_for_details_of_what_people_handle(client: Client, person: User) -> None:
    client.force_login(person)
    address = reverse("escalation:handoff")
    assert 'name="asked_' in client.get(address, {"about": "The printer is broken"}).content.decode()
    about = "My laptop was stolen, I can't sign in"
    assert 'name="asked_' not in client.get(address, {"about": about}).content.decode()


def test_from_the_first_answer_to_the_end_a_conversation_is_the_persons_who_answers(
    client: Client, person: User, people: dict[Role, User]
) -> None:
    agent = people[Role.AGENT]
    ticket = open_ticket(person, article=story_article())
    conversation = ticket.conversation

    def taken() -> bool:
        conversation.refresh_from_db()
        return bool(conversation.with_a_person)

    assert not taken()
    services.reply(ticket=ticket, by=agent, body="I look at it.")
    assert taken()
    client.force_login(person)
    page = client.get(reverse("search:conversation", args=[conversation.pk])).content.decode()
    assert f'<a href="{ticket.get_absolute_url()}">{ticket.number}</a>' in page
    services.resolve(ticket=ticket, by=agent)
    assert not taken()
    services.set_status(ticket=ticket, by=agent, action=Action.REOPEN)
    assert taken()


def test_what_was_typed_to_the_machine_reaches_the_person_who_answers_by_one_click(
    client: Client, person: User, people: dict[Role, User]
) -> None:
    ticket = open_ticket(person, article=story_article())
    services.reply(ticket=ticket, by=people[Role.AGENT], body="Which portal is it?")
    client.force_login(person)
    asked = {"text": "The one of last year", "conversation": ticket.conversation_id}
    page = client.post(reverse("search:ask"), asked, follow=True).content.decode()
    assert f'action="{reverse("escalation:reply", args=[ticket.pk])}"' in page
    assert 'name="body" value="The one of last year"' in page
    client.post(reverse("escalation:reply", args=[ticket.pk]), {"body": "The one of last year"})
    assert ticket.messages.filter(body="The one of last year").exists()


def test_another_persons_ticket_is_not_named(client: Client, person: User, people: dict[Role, User]) -> None:
    conversation = conversation_about(story_article(), person)
    Conversation.objects.filter(pk=conversation.pk).update(with_a_person=True)
    client.force_login(person)
    page = client.get(reverse("search:conversation", args=[conversation.pk])).content.decode()
    assert "look under" in page
