"""Who turns to a person with a sensitive matter reads words that fit it, and who will truly read what they send."""

from html import unescape

import pytest
from django.test import Client

from accounts.models import User
from accounts.roles import Role
from escalation.models import Queue, Ticket
from search.care import heard, once_sent, until_then
from search.models import Conversation
from tests.escalation.factories import ask, calm_conversation
from tests.escalation.test_views import HANDOFF, filled
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
DESPAIR = "I want to kill myself, I cannot go on"
CALM = "nothing in it says that it is urgent"
SENSITIVE = {
    "distress": DESPAIR,
    "harassment": "My boss is harassing me",
    "health": "I have been diagnosed with cancer",
    "lost_device": "I lost my laptop on the train",
    "phishing": "I clicked on a link in a fake mail and typed my password",
}


@pytest.fixture
def person(people: dict[Role, User]) -> User:
    return people[Role.EMPLOYEE]


@pytest.fixture
def web(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


@pytest.fixture
def in_confidence() -> Queue:
    queue = Queue.objects.create(name="People and care", confidential=True)
    queue.members.add(UserFactory(role=Role.AGENT))
    return queue


def form(web: Client, address: str = HANDOFF) -> str:
    return unescape(web.get(address).content.decode())


def send(web: Client, words: str, address: str = HANDOFF) -> str:
    page = web.get(address).content.decode()
    return unescape(web.post(address, filled(page, description=words), follow=True).content.decode())


@pytest.mark.parametrize(("kind", "words"), SENSITIVE.items())
def test_the_receipt_has_the_words_that_fit(web: Client, kind: str, words: str) -> None:
    receipt = send(web, words)
    assert Ticket.objects.get().sensitivity == kind
    for said in (heard(kind), *once_sent(kind)):
        assert said in receipt


def test_the_receipt_and_the_ticket_never_call_a_sensitive_matter_calm(web: Client, person: User) -> None:
    address = f"{HANDOFF}?conversation={calm_conversation(person).pk}"
    assert CALM not in send(web, DESPAIR, address).lower()
    page = web.get(Ticket.objects.get().get_absolute_url()).content.decode().lower()
    assert CALM not in page
    assert "and why: normal" not in page


def test_the_receipt_names_its_true_readers(web: Client, in_confidence: Queue) -> None:
    told = send(web, DESPAIR)
    assert "Only the people of People and care read what you sent." in told
    assert "support team" not in told
    assert "A person from the support team reads what you sent." in send(web, SENSITIVE["phishing"])


def test_the_form_out_of_a_sensitive_conversation_cares_before_anything_is_sent(
    web: Client, person: User, in_confidence: Queue
) -> None:
    conversation = Conversation.objects.create(user=person)
    ask(conversation, SENSITIVE["harassment"], outcome="sensitive", sensitivity="harassment")
    page = form(web, f"{HANDOFF}?conversation={conversation.pk}")
    for said in (heard("harassment"), *until_then("harassment")):
        assert said in page
    assert CALM not in page
    assert "As it stands, only the people of People and care will read this." in page
    assert "support team" not in page


def test_what_was_typed_before_counts_as_well(web: Client) -> None:
    page = form(web, f"{HANDOFF}?about={DESPAIR}")
    assert heard("distress") in page
    assert "A person from the support team will read this" in page


def test_nobody_is_told_after_sending_what_they_could_have_left_out(web: Client) -> None:
    leave_out = "you can leave out every line before it is sent"
    assert any(leave_out in said for said in until_then("harassment"))
    assert leave_out not in send(web, SENSITIVE["harassment"])


def test_an_ordinary_matter_gets_no_such_words(web: Client, person: User) -> None:
    address = f"{HANDOFF}?conversation={calm_conversation(person).pk}"
    for page in (form(web, address), send(web, "It is the blue one", address)):
        assert "emergency" not in page
        assert CALM in page.lower()
