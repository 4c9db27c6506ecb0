"""Turns that the machine leaves to people."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from search import retrieval, services
from search.models import Conversation, Question

pytestmark = pytest.mark.django_db
PHISHED = "I clicked on a link in a fake mail and typed my password"


@pytest.fixture(autouse=True)
def no_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither index nor model may be asked."""

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("The machine was asked.")

    monkeypatch.setattr(retrieval, "retrieve", asked)


def page_of(web: Client, text: str, **fields: object) -> str:
    return web.post(reverse("search:ask"), {"text": text, **fields}, follow=True).content.decode()


def test_a_sensitive_question_gets_words_that_fit_and_a_person_one_click_away(
    client: Client, employee: User, settings: Settings
) -> None:
    settings.SECURITY_CONTACT = "Security, extension 42"
    client.force_login(employee)
    page = page_of(client, PHISHED)
    turn = page[page.index('class="unsure"') :]
    asked = Question.objects.get()
    assert (asked.outcome, asked.sensitivity, asked.shown.count()) == ("sensitive", "phishing", 0)
    assert "nobody is blamed for it" in turn
    assert "Type no password on it any more" in turn
    assert "call: Security, extension 42." in turn
    assert f"{reverse('escalation:handoff')}?conversation={asked.conversation_id}" in turn
    assert f"{reverse('search:search')}?q=I%20clicked" in turn


def test_without_a_contact_none_is_named(client: Client, employee: User) -> None:
    client.force_login(employee)
    assert "can't wait" not in page_of(client, "I want to end it all")


def test_over_the_api_a_sensitive_question_is_answered_by_the_same_words(
    employee: User, client: Client
) -> None:
    client.force_login(employee)
    answer = client.post("/api/v1/ask/", {"text": "I am being bullied"}, "application/json").json()
    assert (answer["kind"], answer["answers"], answer["nearest"]) == ("sensitive", [], [])
    assert answer["reply"].startswith("I am sorry that this is happening.")


def test_what_people_handle_is_carried_on_by_no_later_question(
    employee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr("search.services.resolving.standing_alone", lambda *told: sent.append(told))
    conversation = services.ask(user=employee, text=PHISHED).conversation
    services.ask(user=employee, text="and what about the other one?", conversation=conversation)
    assert PHISHED not in str(sent)
    assert PHISHED not in conversation.questions.order_by("-pk")[0].looked_up


def test_while_a_person_answers_the_machine_keeps_out_unless_it_is_asked(
    client: Client, employee: User
) -> None:
    client.force_login(employee)
    conversation = Conversation.objects.create(user=employee, with_a_person=True)
    page = page_of(client, "Why does the scanner hum?", conversation=conversation.pk)
    assert Question.objects.get().outcome == "with_person"
    assert "A person is answering you, so I keep out of it." in page
    assert "Ask the machine all the same" in page
    page_of(client, "Why does the scanner hum?", conversation=conversation.pk, anyway="yes")
    assert Question.objects.latest("pk").outcome == "unavailable"  # which it is here: it was asked


def test_what_is_sensitive_no_machine_answers_even_when_it_is_asked_to(
    client: Client, employee: User
) -> None:
    client.force_login(employee)
    conversation = Conversation.objects.create(user=employee, with_a_person=True)
    page_of(client, PHISHED, conversation=conversation.pk, anyway="yes")
    assert Question.objects.get().outcome == "sensitive"


def test_thanks_are_thanks_also_while_a_person_answers(client: Client, employee: User) -> None:
    client.force_login(employee)
    conversation = Conversation.objects.create(user=employee, with_a_person=True)
    page_of(client, "thank you!", conversation=conversation.pk)
    assert Question.objects.get().outcome == "small_talk"
