"""An answer worded by a model: beside the quotes, once, for whoever may read what it stands on, and never instead."""

import json
import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from kb.models import Article
from search import services
from search.models import Question
from search.queries import questions_of
from search.turns import turn_views
from tests.factories import AudienceFactory, UserFactory
from tests.search.llm.conftest import KEY
from tests.search.llm.server import Behaviour, Handler, ScriptedServer, saying, sending

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sure")]
FORGOT = "I forgot my password on my laptop, how do I reset it?"
FIRST = "Select I forgot my password on the sign-in screen."
SECOND = "Type the code that the Authenticator app shows."
JSON_LINES = {"Accept": "application/x-ndjson"}
both = saying(f"{FIRST} [1]\n", f"{SECOND} [1]\nCall 555 0100 for more. [1]\n")


@pytest.fixture
def question(employee: User, articles: dict[str, Article]) -> Question:
    return services.ask(user=employee, text=FORGOT)


def word(question: Question, user: User | None = None) -> list[str]:
    return [each.text for each in services.word(question=question, user=user or question.conversation.user)]


def shown(question: Question) -> list[str]:
    """The wording as its asker sees it now."""
    user = User.objects.get(pk=question.conversation.user_id)
    (turn,) = turn_views(questions_of(user).filter(pk=question.pk), user=user)
    return [each.text for each in turn.wording]


class TestWording:
    def test_sentences_that_stand_on_the_articles_are_kept_with_their_spans(
        self, question: Question, site_with_model: ScriptedServer, articles: dict[str, Article]
    ) -> None:
        site_with_model.behaviour = both
        assert word(question) == [FIRST, SECOND]
        question.refresh_from_db()
        assert question.worded_by == "scripted"
        body = articles["password"].words.body
        for kept in question.wording:
            assert kept["revision"] == articles["password"].live_revision_id
            assert kept["text"].split()[-1].strip(".") in body[kept["start"] : kept["end"]]
        assert shown(question) == [FIRST, SECOND]

    def test_without_a_model_nothing_is_sent(self, question: Question, model: ScriptedServer) -> None:
        assert word(question) == []
        assert not model.received

    def test_only_what_the_asker_may_read_is_sent(
        self, question: Question, site_with_model: ScriptedServer
    ) -> None:
        word(question)
        sent = json.dumps(site_with_model.received[0]["body"])
        assert "Authenticator app" in sent
        assert "bonus" not in sent

    def test_nothing_is_sent_that_is_for_others_by_now(
        self, question: Question, site_with_model: ScriptedServer, articles: dict[str, Article]
    ) -> None:
        Article.objects.filter(pk=articles["password"].pk).update(
            audience=AudienceFactory(groups=["Finance"])
        )
        assert word(question) == []
        assert not site_with_model.received

    def test_an_answer_is_worded_once(self, question: Question, site_with_model: ScriptedServer) -> None:
        site_with_model.behaviour = both
        first = services.word(question=question, user=question.conversation.user)
        assert next(first).text == FIRST
        assert word(question) == []  # somebody opens it at the same time
        assert [each.text for each in first] == [SECOND]
        assert word(question) == []
        assert len(site_with_model.received) == 1

    def test_whoever_leaves_half_way_leaves_nothing_half(
        self, question: Question, site_with_model: ScriptedServer
    ) -> None:
        site_with_model.behaviour = both
        begun = services.word(question=question, user=question.conversation.user)
        next(begun)
        begun.close()
        assert shown(question) == []
        assert word(question) == [FIRST, SECOND]

    def test_a_wording_goes_with_the_revision_that_it_stands_on(
        self, question: Question, site_with_model: ScriptedServer, articles: dict[str, Article]
    ) -> None:
        site_with_model.behaviour = both
        word(question)
        Article.objects.filter(pk=articles["password"].pk).update(
            audience=AudienceFactory(groups=["Finance"])
        )
        assert shown(question) == []

    def test_a_sentence_is_not_told_of_what_was_withdrawn_while_the_model_wrote(
        self, question: Question, site_with_model: ScriptedServer, articles: dict[str, Article]
    ) -> None:
        site_with_model.behaviour = both
        begun = services.word(question=question, user=question.conversation.user)
        assert next(begun).text == FIRST
        Article.objects.filter(pk=articles["password"].pk).update(
            audience=AudienceFactory(groups=["Finance"])
        )
        assert list(begun) == []
        question.refresh_from_db()
        assert (question.wording, question.worded_by) == ([], "")

    def test_each_sentence_costs_one_look_at_what_is_live(
        self, question: Question, site_with_model: ScriptedServer, django_assert_num_queries: Any
    ) -> None:
        site_with_model.behaviour = both
        begun = services.word(question=question, user=question.conversation.user)
        next(begun)
        with django_assert_num_queries(1):
            next(begun)

    def test_of_a_wording_on_two_articles_none_is_shown_when_one_is_gone(
        self, question: Question, site_with_model: ScriptedServer, articles: dict[str, Article]
    ) -> None:
        site_with_model.behaviour = both
        word(question)
        question.refresh_from_db()
        other = articles["printer"]
        question.wording[1] |= {"article": other.pk, "revision": 10**9}
        question.save()
        assert shown(question) == []

    def test_a_model_that_abstains_leaves_the_quotes(
        self, question: Question, site_with_model: ScriptedServer
    ) -> None:
        assert word(question) == []
        assert shown(question) == []

    def test_what_is_logged_tells_how_it_went_and_nothing_of_what_was_said(
        self,
        question: Question,
        site_with_model: ScriptedServer,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        site_with_model.behaviour = both
        word(question)
        assert "2 sentences" in caplog.text
        assert "has words that the article has not" in caplog.text
        for secret in (KEY, "Authenticator", "555 0100", "forgot"):
            assert secret not in caplog.text


def silent(handler: Handler) -> None:
    handler.server.over.wait(20)


def half_then_silence(handler: Handler) -> None:
    handler.begin()
    handler.piece(f"{FIRST} [1]\n")
    handler.server.over.wait(20)


def half_then_cut(handler: Handler) -> None:
    handler.begin()
    handler.piece(f"{FIRST} [1]\n")


FAILURES: dict[str, Behaviour] = {
    "broken": sending(b"{}", "application/json", 500),
    "wrong key": sending(b"{}", "application/json", 401),
    "silent": silent,
    "half, then silence": half_then_silence,
    "half, then cut": half_then_cut,
    "nothing": sending(b""),
}


@pytest.mark.parametrize("behaviour", FAILURES.values(), ids=FAILURES)
def test_when_the_model_fails_the_quotes_are_the_answer(
    behaviour: Behaviour,
    client: Client,
    question: Question,
    site_with_model: ScriptedServer,
    settings: Settings,
) -> None:
    settings.LLM_FIRST_TIMEOUT = settings.LLM_TIMEOUT = 0.3
    site_with_model.behaviour = behaviour
    client.force_login(question.conversation.user)
    page = client.post(reverse("search:wording", args=[question.pk]), follow=True).content.decode()
    assert "composed by a machine, word for word" in page
    assert "Authenticator app" in page
    assert "worded by a machine" not in page
    question.refresh_from_db()
    assert (question.wording, question.worded_by) == ([], "")


def test_a_server_that_is_not_there_leaves_the_quotes(question: Question, settings: Settings) -> None:
    settings.LLM_BASE_URL, settings.LLM_MODEL = "http://127.0.0.1:9/v1", "scripted"
    assert word(question) == []
    assert question.shown.first().quotes


class TestThePage:
    @pytest.fixture
    def asked(self, client: Client, question: Question, site_with_model: ScriptedServer) -> Client:
        site_with_model.behaviour = both
        client.force_login(question.conversation.user)
        return client

    def page(self, client: Client, question: Question) -> str:
        return client.get(reverse("search:conversation", args=[question.conversation_id])).content.decode()

    def test_the_sentences_come_one_by_one_and_then_the_whole(
        self, asked: Client, question: Question
    ) -> None:
        response = asked.post(reverse("search:wording", args=[question.pk]), headers=JSON_LINES)
        lines: list[dict[str, Any]] = [json.loads(line) for line in b"".join(response).splitlines()]
        assert lines[:2] == [{"sentence": FIRST}, {"sentence": SECOND}]
        assert "worded by a machine" in lines[2]["html"]
        assert response["X-Accel-Buffering"] == "no"

    def test_without_a_script_a_button_does_it(self, asked: Client, question: Question) -> None:
        assert "Say it in a few sentences" in self.page(asked, question)
        page = asked.post(reverse("search:wording", args=[question.pk]), follow=True).content.decode()
        assert FIRST in page
        assert "worded by a machine" in page
        assert "composed by a machine, word for word" in page
        assert "Say it in a few sentences" not in page

    def test_looking_at_a_page_asks_no_model(
        self, asked: Client, question: Question, site_with_model: ScriptedServer
    ) -> None:
        self.page(asked, question)
        assert asked.get(reverse("search:wording", args=[question.pk])).status_code == 405
        assert not site_with_model.received

    def test_a_forged_form_of_another_site_asks_no_model(
        self, question: Question, site_with_model: ScriptedServer
    ) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(question.conversation.user)
        assert client.post(reverse("search:wording", args=[question.pk])).status_code == 403
        assert not site_with_model.received

    def test_somebody_else_s_answer_is_not_there(
        self, client: Client, question: Question, site_with_model: ScriptedServer
    ) -> None:
        client.force_login(UserFactory())
        assert client.post(reverse("search:wording", args=[question.pk])).status_code == 404
        assert not site_with_model.received

    def test_what_a_model_wrote_is_text_and_never_markup(self, asked: Client, question: Question) -> None:
        asked.post(reverse("search:wording", args=[question.pk]))
        question.refresh_from_db()
        question.wording[0]["text"] = "<b>Restart</b> & [go](javascript:x)"
        question.save()
        page = self.page(asked, question)
        assert "&lt;b&gt;Restart&lt;/b&gt; &amp; [go](javascript:x)" in page
        assert "<b>Restart" not in page

    def test_a_page_with_a_wording_costs_no_more_queries(
        self, asked: Client, question: Question, django_assert_max_num_queries: Any
    ) -> None:
        user = question.conversation.user
        asked.post(reverse("search:wording", args=[question.pk]))
        with django_assert_max_num_queries(5):
            turn_views(questions_of(user), user=user)


class TestTheApi:
    def test_an_answer_is_worded_within_the_request(
        self, api: APIClient, articles: dict[str, Article], site_with_model: ScriptedServer
    ) -> None:
        site_with_model.behaviour = both
        turn = api.post("/api/v1/ask/", {"text": FORGOT}).json()
        assert [each["text"] for each in turn["wording"]] == [FIRST, SECOND]
        assert turn["wording"][1]["quote"] == SECOND
        assert turn["answers"][0]["quotes"]

    def test_whoever_will_not_wait_need_not(
        self, api: APIClient, articles: dict[str, Article], site_with_model: ScriptedServer
    ) -> None:
        turn = api.post("/api/v1/ask/", {"text": FORGOT, "worded": False}).json()
        assert turn["wording"] == []
        assert turn["answers"][0]["quotes"]
        assert not site_with_model.received
