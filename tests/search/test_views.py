from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from kb.models import Article
from search import calibration
from search.confidence import Level
from search.models import Conversation, Question
from tests.factories import UserFactory, published_article

pytestmark = pytest.mark.django_db
FORGOT = "I forgot my password on my laptop, how do I reset it?"


@pytest.fixture
def employee(client: Client, employee: User) -> User:
    """Signed in, in the browser."""
    client.force_login(employee)
    return employee


def asked(client: Client, text: str = FORGOT, **more: str) -> str:
    """Ask as a browser without JavaScript, and return the page of the conversation."""
    return client.post(reverse("search:ask"), {"text": text, **more}, follow=True).content.decode()


def test_nobody_asks_without_signing_in(client: Client) -> None:
    response = client.get(reverse("search:ask"))
    assert response.status_code == 302
    assert "login" in response["Location"]


def test_the_answer_shows_its_quotes_source_and_a_way_to_a_human(
    client: Client, employee: User, articles: dict[str, Article]
) -> None:
    page = asked(client)
    assert "composed by a machine" in page
    assert "I forgot my password" in page
    assert "Reset a forgotten password" in page
    assert reverse("escalation:handoff") in page


def test_with_htmx_the_page_comes_back_at_once_with_its_address(
    client: Client, employee: User, articles: dict[str, Article]
) -> None:
    response = client.post(reverse("search:ask"), {"text": FORGOT}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response["HX-Push-Url"] == reverse("search:conversation", args=[Conversation.objects.get().pk])


def test_a_follow_up_joins_the_conversation(
    client: Client, employee: User, articles: dict[str, Article]
) -> None:
    asked(client)
    asked(client, "and on a phone?", conversation=str(Conversation.objects.get().pk))
    assert Conversation.objects.get().questions.count() == 2


def test_nobody_joins_or_reads_somebody_elses_conversation(
    client: Client, employee: User, articles: dict[str, Article]
) -> None:
    other = Conversation.objects.create(user=UserFactory())
    asked(client, conversation=str(other.pk))
    assert not other.questions.exists()
    assert client.get(reverse("search:conversation", args=[other.pk])).status_code == 404


@pytest.mark.parametrize("conversation", ["²", "-1", "9" * 40, "x"])
def test_an_odd_conversation_starts_a_new_one_or_says_so(
    conversation: str, client: Client, employee: User, articles: dict[str, Article]
) -> None:
    response = client.post(reverse("search:ask"), {"text": FORGOT, "conversation": conversation})
    assert response.status_code in (302, 422)


@pytest.mark.parametrize("text", ["", "   ", "x" * 5_001])
def test_a_bad_question_gets_a_clear_error_and_what_was_typed_is_still_there(
    text: str, client: Client, employee: User
) -> None:
    response = client.post(reverse("search:ask"), {"text": text})
    assert response.status_code == 422
    assert text in response.content.decode()
    assert not Question.objects.exists()


def test_opening_an_article_from_an_answer_is_noted_and_leads_to_the_section(
    client: Client, employee: User, articles: dict[str, Article]
) -> None:
    asked(client)
    question = Question.objects.get()
    url = reverse("search:open", args=[question.pk, articles["password"].pk])
    response = client.get(url, {"section": "on-a-laptop"})
    assert response["Location"].endswith(f"?conversation={question.conversation_id}#on-a-laptop")
    assert question.shown.get(article=articles["password"]).opened_at


def test_a_link_to_a_hidden_article_is_the_same_404_as_a_missing_one(
    client: Client, employee: User, articles: dict[str, Article]
) -> None:
    asked(client)
    question = Question.objects.get()
    hidden = client.get(reverse("search:open", args=[question.pk, articles["payroll"].pk]))
    missing = client.get(reverse("search:open", args=[question.pk, 10**6]))
    assert hidden.status_code == missing.status_code == 404


def test_saying_not_quite_asks_what_was_wrong(
    client: Client, employee: User, articles: dict[str, Article]
) -> None:
    asked(client)
    question = Question.objects.get()
    response = client.post(
        reverse("search:feedback", args=[question.pk]), {"helpful": "no"}, headers={"HX-Request": "true"}
    )
    assert "Out of date" in response.content.decode()
    client.post(reverse("search:feedback", args=[question.pk]), {"helpful": "no", "reason": "Out of date"})
    question.refresh_from_db()
    assert (question.helpful, question.helpful_note) == (False, "Out of date")


def test_history_can_be_deleted(client: Client, employee: User, articles: dict[str, Article]) -> None:
    asked(client)
    assert FORGOT in client.get(reverse("search:history")).content.decode()
    client.post(reverse("search:delete_history"))
    assert not Conversation.objects.exists()


def test_a_conversation_costs_the_same_number_of_queries_whatever_its_length(
    client: Client,
    employee: User,
    articles: dict[str, Article],
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    asked(client)
    conversation = Conversation.objects.get()
    for _ in range(4):
        asked(client, conversation=str(conversation.pk))
    with django_assert_max_num_queries(16):  # type: ignore[attr-defined]
        client.get(reverse("search:conversation", args=[conversation.pk]))


def test_a_page_that_needs_no_model_loads_no_torch() -> None:
    import subprocess
    import sys

    code = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
heavy = {"torch", "faiss", "sentence_transformers", "sklearn", "tantivy"} & set(sys.modules)
assert not heavy, heavy
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_thanks_get_a_reply_and_no_push_to_a_human(
    client: Client, employee: User, articles: dict[str, Article]
) -> None:
    page = asked(client, "thanks!")
    assert "You&#x27;re welcome." in page
    assert "None of these" not in page


def test_what_may_be_it_is_shown_without_an_answer(
    client: Client, employee: User, articles: dict[str, Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "judge", lambda _: calibration.Judgement(0.2, Level.MAYBE))
    page = asked(client)
    assert "This may be it." in page
    assert "composed by a machine" not in page
    assert "Articles that may be it" in client.get(reverse("search:history")).content.decode()


class TestWhichOneSolvedIt:
    @pytest.fixture
    def question(
        self,
        client: Client,
        employee: User,
        index: Callable[[], int],
        articles: dict[str, Article],
        monkeypatch: pytest.MonkeyPatch,
    ) -> Question:
        """A turn that offers two articles."""
        published_article("Change a password you know", "Open **Account** and select **Change password**.\n")
        index()
        monkeypatch.setattr(calibration, "judge", lambda _: calibration.Judgement(0.2, Level.MAYBE))
        asked(client)
        return Question.objects.get()

    def say(self, client: Client, question: Question, **more: str) -> str:
        """As a browser without JavaScript, and return the page that comes."""
        address = reverse("search:feedback", args=[question.pk])
        return client.post(address, more, follow=True).content.decode()

    def test_is_asked_once_somebody_says_that_one_of_several_did(
        self, client: Client, question: Question
    ) -> None:
        page = self.say(client, question, helpful="yes")
        assert "Which one was it?" in page
        for shown in question.shown.all():
            assert f'name="article" value="{shown.article_id}"' in page

    def test_is_told_back_once_it_is_known(
        self, client: Client, question: Question, articles: dict[str, Article]
    ) -> None:
        self.say(client, question, helpful="yes")
        page = self.say(client, question, helpful="yes", article=str(articles["password"].pk))
        assert "You said that “Reset a forgotten password” solved it." in page
        assert "Which one was it?" not in page
        assert question.shown.get(helped=True).article == articles["password"]

    def test_is_not_asked_where_one_article_was_offered(
        self, client: Client, question: Question, articles: dict[str, Article]
    ) -> None:
        question.shown.exclude(article=articles["password"]).delete()
        page = client.get(reverse("search:conversation", args=[question.conversation_id])).content.decode()
        assert f'<input type="hidden" name="article" value="{articles["password"].pk}">' in page

    @pytest.mark.parametrize("article", ["0", "x", "9" * 30, "-1"])
    def test_is_not_noted_for_what_is_no_article(
        self, client: Client, question: Question, article: str
    ) -> None:
        self.say(client, question, helpful="yes", article=article)
        assert not question.shown.filter(helped=True).exists()


def test_saying_not_quite_offers_what_comes_next(
    client: Client, employee: User, index: Callable[[], int], articles: dict[str, Article]
) -> None:
    published_article("Change a password you know", "Open **Account** and select **Change password**.\n")
    index()
    asked(client)
    address = reverse("search:feedback", args=[Question.objects.get().pk])
    page = client.post(address, {"helpful": "no"}, headers={"HX-Request": "true"}).content.decode()
    assert "These come next" in page
    assert "Change a password you know" in page
    assert "Reset a forgotten password" not in page


def test_editors_and_nobody_else_read_that_search_is_cautious(
    client: Client, employee: User, articles: dict[str, Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "SHIPPED_FOR", frozenset())
    assert "For editors" not in asked(client)
    client.force_login(UserFactory(role=Role.CONTRIBUTOR))
    assert "For editors" in asked(client)
