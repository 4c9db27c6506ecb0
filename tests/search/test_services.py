from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.roles import Role
from kb import services as kb_services
from kb.models import Article
from search import engine, services
from search.models import Conversation, Question, Shown
from search.queries import questions_of
from search.replica import forget_replicas
from search.turns import TurnView, turn_views
from tests.factories import AudienceFactory, UserFactory, new_revision, published_article

pytestmark = pytest.mark.django_db
FORGOT = "I forgot my password on my laptop, how do I reset it?"


@pytest.fixture
def without_model(settings: Settings, tmp_path: Path) -> None:
    """The folder of the model is empty."""
    settings.EMBEDDING_MODEL_PATH = str(tmp_path)
    forget_replicas()


def turn(question: Question, user: User) -> TurnView:
    return turn_views(questions_of(user).filter(pk=question.pk), user=user)[0]


def test_a_question_is_answered_with_verbatim_quotes_of_the_live_revision(
    articles: dict[str, Article], employee: User
) -> None:
    view = turn(services.ask(user=employee, text=FORGOT), employee)
    assert view.kind == "answered"
    assert view.answers[0].article_id == articles["password"].pk
    body = articles["password"].live_revision.body
    quotes = [quote for answer in view.answers for quote in answer.quotes]
    assert quotes
    assert all(quote.text in body for quote in quotes if quote.text)
    assert "I forgot my password" in " ".join(quote.text for quote in quotes)
    assert "#" not in view.answers[0].url or "section" in view.answers[0].url


def test_a_question_that_nothing_answers_is_not_answered(
    articles: dict[str, Article], employee: User
) -> None:
    view = turn(services.ask(user=employee, text="What is the nature of the big bang theory?"), employee)
    assert view.kind == "unsure"
    assert not view.answers


def test_an_identifier_finds_its_article(articles: dict[str, Article], employee: User) -> None:
    view = turn(services.ask(user=employee, text="getting fc-412 what now"), employee)
    assert (view.answers or view.nearest)[0].article_id == articles["vpn"].pk


def test_everything_that_was_asked_and_shown_is_kept(articles: dict[str, Article], employee: User) -> None:
    question = services.ask(user=employee, text=FORGOT, came_from="/articles/")
    shown = list(question.shown.all())
    assert question.conversation.came_from == "/articles/"
    assert question.fingerprint == engine.fingerprint()
    assert shown[0].quotes
    assert shown[0].revision_id == articles["password"].live_revision_id
    assert [each.rank for each in shown] == list(range(1, len(shown) + 1))


def test_a_follow_up_keeps_the_conversation_and_leans_on_what_was_asked(
    articles: dict[str, Article], employee: User
) -> None:
    first = services.ask(user=employee, text="How do I reset my password?")
    second = services.ask(user=employee, text="and on a phone?", conversation=first.conversation)
    view = turn(second, employee)
    assert second.conversation == first.conversation
    assert (view.answers or view.nearest)[0].article_id == articles["password"].pk


def test_off_topic_is_declined_after_a_good_turn_too(articles: dict[str, Article], employee: User) -> None:
    first = services.ask(user=employee, text=FORGOT)
    second = services.ask(
        user=employee, text="Who won the football world cup in 1998?", conversation=first.conversation
    )
    assert second.outcome == Question.Outcome.UNSURE


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "🙂🙂",
        "\x00\x01",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "a " * 2_400,
        'AND OR NOT ( "',
        "ﷺ" * 500,
    ],
)
def test_odd_questions_get_a_turn_and_no_error(
    text: str, articles: dict[str, Article], employee: User
) -> None:
    question = services.ask(user=employee, text=text.replace("\x00", ""))
    assert question.outcome in (Question.Outcome.UNSURE, Question.Outcome.ANSWERED)


class TestNothingLeaks:
    SECRET = "When is the secret bonus run, ledger BON-991?"

    def test_members_of_the_audience_are_answered(self, articles: dict[str, Article]) -> None:
        member = UserFactory(groups=["Finance"])
        view = turn(services.ask(user=member, text=self.SECRET), member)
        assert (view.answers or view.nearest)[0].article_id == articles["payroll"].pk

    def test_others_find_no_trace(self, articles: dict[str, Article], employee: User) -> None:
        services.ask(user=employee, text=self.SECRET)
        assert not Shown.objects.filter(article=articles["payroll"]).exists()

    def test_the_database_has_the_last_word_when_the_index_is_behind(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        engine.replica(engine.embedder())
        kb_services.set_audience(
            article=articles["password"], audience=AudienceFactory(), by=UserFactory(role=Role.PUBLISHER)
        )
        question = services.ask(user=employee, text=FORGOT)
        assert not question.shown.filter(article=articles["password"]).exists()

    def test_a_withdrawn_article_is_gone_at_once_without_any_worker(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        kb_services.archive(article=articles["password"], by=UserFactory(role=Role.PUBLISHER), reason="Gone.")
        question = services.ask(user=employee, text=FORGOT)
        assert not question.shown.filter(article=articles["password"]).exists()

    def test_an_expired_article_is_gone_at_once_without_any_worker(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        Article.objects.filter(pk=articles["password"].pk).update(
            expires_at=timezone.now() - timedelta(seconds=1)
        )
        question = services.ask(user=employee, text=FORGOT)
        assert not question.shown.filter(article=articles["password"]).exists()

    def test_superseded_words_are_never_quoted(self, articles: dict[str, Article], employee: User) -> None:
        new_revision(articles["password"], body="Entirely other words about passwords.\n")
        question = services.ask(user=employee, text=FORGOT)
        assert not question.shown.filter(article=articles["password"]).exists()

    def test_an_answer_already_given_stops_showing_what_its_asker_may_no_longer_read(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        question = services.ask(user=employee, text=FORGOT)
        kb_services.set_audience(
            article=articles["password"], audience=AudienceFactory(), by=UserFactory(role=Role.PUBLISHER)
        )
        view = turn(question, employee)
        assert view.gone
        assert articles["password"].pk not in [each.article_id for each in view.answers + view.nearest]

    def test_an_answer_already_given_stops_quoting_words_that_were_replaced(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        question = services.ask(user=employee, text=FORGOT)
        new_revision(articles["password"], body="Entirely other words.\n")
        assert turn(question, employee).answers == []


class TestThingsBreak:
    def test_without_a_model_words_still_find_articles_and_the_site_is_not_sure(
        self, articles: dict[str, Article], employee: User, without_model: None
    ) -> None:
        question = services.ask(user=employee, text="printer paper jam")
        assert question.outcome == Question.Outcome.UNSURE
        assert question.shown.first().article == articles["printer"]

    def test_with_a_model_that_is_damaged_words_still_find_articles(
        self, articles: dict[str, Article], employee: User, settings: Settings, tmp_path: Path
    ) -> None:
        (tmp_path / "model.safetensors").write_bytes(b"garbage")
        settings.EMBEDDING_MODEL_PATH = str(tmp_path)
        question = services.ask(user=employee, text="printer paper jam")
        assert question.outcome == Question.Outcome.UNSURE
        assert question.shown.first().article == articles["printer"]

    def test_a_question_survives_that_its_conversation_is_deleted_meanwhile(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        conversation = Conversation.objects.create(user=employee)
        same = Conversation.objects.get(pk=conversation.pk)
        conversation.delete()
        assert (
            services.ask(user=employee, text=FORGOT, conversation=same).outcome == Question.Outcome.ANSWERED
        )

    def test_without_an_index_the_question_is_kept_as_unavailable(
        self, articles: dict[str, Article], employee: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_: object) -> None:
            raise OSError("the disk is gone")

        monkeypatch.setattr(engine, "replica", broken)
        question = services.ask(user=employee, text=FORGOT)
        assert question.outcome == Question.Outcome.UNAVAILABLE
        assert Question.objects.get().text == FORGOT

    def test_deleting_every_index_file_loses_nothing(
        self, articles: dict[str, Article], employee: User, settings: Settings
    ) -> None:
        import shutil

        shutil.rmtree(settings.INDEX_DIR, ignore_errors=True)
        forget_replicas()
        assert services.ask(user=employee, text=FORGOT).outcome == Question.Outcome.ANSWERED


def test_not_helpful_marks_what_was_quoted_and_helpful_takes_it_back(
    articles: dict[str, Article], employee: User
) -> None:
    question = services.ask(user=employee, text=FORGOT)
    services.say_helpful(question=question, helpful=False, note="Unclear")
    assert question.shown.get(article=articles["password"]).rejected
    services.say_helpful(question=question, helpful=True)
    assert not question.shown.filter(rejected=True).exists()


def test_a_person_can_delete_their_history_and_nobody_elses(
    articles: dict[str, Article], employee: User
) -> None:
    other = UserFactory()
    services.ask(user=employee, text=FORGOT)
    services.ask(user=other, text=FORGOT)
    services.forget_history(user=employee)
    assert [conversation.user for conversation in Conversation.objects.all()] == [other]
    assert Shown.objects.exclude(question__conversation__user=other).count() == 0


def test_what_comes_nowhere_near_is_not_offered(articles: dict[str, Article], employee: User) -> None:
    question = services.ask(user=employee, text="Who won the football world cup in 1998?")
    assert not question.shown.exists()
    assert turn(question, employee).kind == "unsure"


def test_quotes_name_no_hidden_article_and_no_editors_note(index: Callable[[], int], employee: User) -> None:
    published_article("Secret merger", "Secret.\n", audience=AudienceFactory(), external_id="secret-merger")
    body = (
        "## Reset\n\nTo reset your password see [the other page](article:secret-merger). <!-- ask Bob -->\n"
    )
    published_article("Reset a forgotten password", body)
    index()
    view = turn(services.ask(user=employee, text="How do I reset a forgotten password?"), employee)
    told = "".join(quote.text + quote.html for answer in view.answers for quote in answer.quotes)
    assert "the other page" in told
    assert "secret-merger" not in told
    assert "Bob" not in told
