"""What is said to a turn that no article answers, and to a question that is about something else."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from kb.models import Article
from search import calibration
from search.confidence import Level
from search.models import Conversation, Question, Shown, Synonym
from search.services import ask
from tests.factories import published_article
from tests.search.test_following import publish_demo_articles

pytestmark = pytest.mark.django_db
SMALL_TALK = Question.Outcome.SMALL_TALK


def page_of(client: Client, text: str) -> str:
    return client.post(reverse("search:ask"), {"text": text}, follow=True).content.decode()


@pytest.mark.parametrize("text", ["I want to speak to a human", "agent", "where are my tickets?"])
def test_whoever_wants_a_person_is_led_to_one_without_a_search(
    client: Client, employee: User, articles: dict[str, Article], text: str
) -> None:
    client.force_login(employee)
    page = page_of(client, text)
    turn = page[page.index('class="reply"') :]
    asked = Question.objects.get()
    assert f"{reverse('escalation:handoff')}?conversation={asked.conversation_id}" in turn
    assert reverse("escalation:my_tickets") in turn
    assert (asked.outcome, asked.shown.count()) == (SMALL_TALK, 0)


def test_yes_to_nothing_is_asked_what_for(client: Client, employee: User) -> None:
    client.force_login(employee)
    assert "What for?" in page_of(client, "yes please")
    assert "What do you need help with?" in page_of(client, "no")
    assert set(Question.objects.values_list("outcome", flat=True)) == {SMALL_TALK}


@pytest.mark.parametrize("text", ["I have tried that already", "that's not it"])
def test_what_was_tried_before_is_not_offered_again(
    employee: User, articles: dict[str, Article], text: str
) -> None:
    conversation = Conversation.objects.create(user=employee)
    first = ask(user=employee, text="I forgot my password, how do I reset it?", conversation=conversation)
    quoted = {each.article_id for each in first.shown.all() if each.quotes}
    second = ask(user=employee, text=text, conversation=conversation)
    assert quoted
    assert quoted.isdisjoint(each.article_id for each in second.shown.all())


@pytest.mark.parametrize("text", ["that's not it", "none of these", "did not help", "still broken"])
def test_a_list_that_did_not_help_is_noted_and_nothing_unrelated_takes_its_place(
    client: Client, employee: User, index: Callable[[], int], text: str
) -> None:
    publish_demo_articles(
        {"claim-expenses", "expenses-faq", "change-team", "tally-month-end", "book-leave-hub", "leaving-faq"}
    )
    index()
    client.force_login(employee)
    conversation = Conversation.objects.create(user=employee)
    seen: list[int] = []
    for each in ["how much can I claim", text, text, text]:
        asked = ask(user=employee, text=each, conversation=conversation)
        shown = [shown.article_id for shown in asked.shown.all()]
        assert not set(shown) & set(seen)
        seen += shown
    page = client.get(reverse("search:conversation", args=[conversation.pk])).content.decode()
    last = page[page.index(f'id="question-{asked.pk}"') :]
    assert seen
    assert not shown
    assert page.count("Noted: that did not solve it.") == 3
    assert "I know no other article on it" in last
    assert reverse("escalation:handoff") in last
    assert not Shown.objects.filter(article__external_id="leaving-faq").exists()


def test_one_article_that_comes_closest_is_spoken_of_in_the_singular(
    client: Client, employee: User, index: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    published_article("Reset a forgotten password", "Open **Account** and select **Forgot password**.\n")
    index()
    unsure = calibration.Judgement(0.05, Level.UNSURE)
    monkeypatch.setattr(calibration, "judge", lambda _: unsure)
    client.force_login(employee)
    page = page_of(client, "the password of my phone is gone")
    assert "This comes closest" in page
    assert "Not this" in page
    assert "None of these" not in page


def test_what_is_about_something_else_is_shown_no_article(index: Callable[[], int], employee: User) -> None:
    publish_demo_articles({"password-policy", "reset-password", "vpn-slow", "vpn-faq", "lost-device"})
    index()
    assert not ask(user=employee, text="what is the capital of France").shown.exists()
    assert ask(user=employee, text="who is told of a theft").shown.exists()


def test_synonyms_do_not_change_what_is_quoted(index: Callable[[], int], employee: User) -> None:
    publish_demo_articles({"vpn-faq", "password-policy", "printer-offline"})
    index()
    before = _quoted(employee)
    Synonym.objects.create(words="VPN, abroad, private computer, browsing, phone")
    assert before
    assert before == _quoted(employee)


def _quoted(user: User) -> list[tuple[int, int]]:
    shown = ask(user=user, text="can I use the VPN all day").shown.all()
    return [(span["start"], span["end"]) for each in shown for span in each.quotes]
