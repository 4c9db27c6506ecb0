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
from kb.outline import plain_text
from search import calibration, engine, retrieval, services
from search.api import turn_of
from search.confidence import Level
from search.embedding import EmbeddingUnavailable
from search.models import Conversation, IndexBuild, Phrasing, Question, Shown
from search.queries import questions_of
from search.replica import forget_replicas
from search.turns import TurnView, turn_views
from tests.factories import AudienceFactory, UserFactory, new_revision, published_article

pytestmark = pytest.mark.django_db
FORGOT = "I forgot my password on my laptop, how do I reset it?"


@pytest.fixture
def without_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model can be loaded, neither the configured one nor that of the index that was built last."""

    def gone() -> None:
        raise EmbeddingUnavailable("There is no embedding model.")

    monkeypatch.setattr(engine, "embedder", gone)


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


@pytest.mark.parametrize(
    "typed", ["fc412", "FC412", "fc-412", "FC\u2212412", "\uff26\uff23\uff0d\uff14\uff11\uff12"]
)
def test_a_code_is_answered_alike_however_it_is_typed(
    articles: dict[str, Article], employee: User, typed: str
) -> None:
    asked = [services.ask(user=employee, text=f"vpn {code}") for code in ("FC-412", typed)]
    assert [each.outcome for each in asked] == ["answered", "answered"]
    assert asked[0].confidence == pytest.approx(asked[1].confidence, abs=0.01)
    assert asked[1].text == f"vpn {typed}"


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
        "\x00\x01toner",
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


def test_of_two_equal_articles_the_one_whose_review_is_late_comes_second_at_once(
    index: Callable[[], int], employee: User
) -> None:
    for _ in range(2):
        published_article("Renew your parking permit", "Open the facilities portal and choose Renew.\n")
    index()

    def order() -> list[int]:
        ranked = retrieval.retrieve("How do I renew my parking permit?", user=employee).ranked
        return [each.article_id for each in ranked]

    first, second = order()
    Article.objects.filter(pk=first).update(review_by=timezone.localdate() - timedelta(days=1))
    assert order() == [second, first]


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

    def test_with_a_configured_model_that_is_damaged_the_index_that_was_built_last_answers(
        self, articles: dict[str, Article], employee: User, settings: Settings, tmp_path: Path
    ) -> None:
        (tmp_path / "model.safetensors").write_bytes(b"garbage")
        settings.EMBEDDING_MODEL_PATH = str(tmp_path)
        question = services.ask(user=employee, text="printer paper jam")
        assert question.outcome == Question.Outcome.ANSWERED
        assert question.shown.first().article == articles["printer"]

    def test_a_folder_without_weights_and_no_index_that_was_ever_complete_leave_words_alone(
        self, articles: dict[str, Article], employee: User, settings: Settings, tmp_path: Path
    ) -> None:
        IndexBuild.objects.all().delete()
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


def test_quotes_name_no_hidden_article_and_no_editors_note(
    index: Callable[[], int], employee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "judge", lambda _: calibration.Judgement(0.5, Level.ANSWER))
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


class TestThreeLevels:
    def judged(self, monkeypatch: pytest.MonkeyPatch, level: Level) -> None:
        monkeypatch.setattr(calibration, "judge", lambda _: calibration.Judgement(0.3, level))

    def test_between_sure_and_unsure_at_most_three_articles_are_offered_and_nothing_is_quoted(
        self, articles: dict[str, Article], employee: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.judged(monkeypatch, Level.MAYBE)
        view = turn(services.ask(user=employee, text=FORGOT), employee)
        assert (view.kind, view.answers) == ("maybe", [])
        assert view.nearest[0].article_id == articles["password"].pk
        assert len(view.nearest) <= 3
        words = " ".join(plain_text(articles["password"].live_revision.body).split())
        assert view.nearest[0].snippet.rstrip("…") in words

    @pytest.mark.parametrize("text", [FORGOT, "Who won the football world cup in 1998?", "paper jam"])
    def test_a_question_gets_the_same_level_at_the_first_turn_and_at_the_tenth(
        self, text: str, articles: dict[str, Article], employee: User
    ) -> None:
        first = services.ask(user=employee, text=text)
        conversation = Conversation.objects.create(user=employee)
        for earlier in [
            "Printer says that toner is low",
            "and on a Mac?",
            "thanks",
            "VPN error FC-412",
            "why?",
        ]:
            services.ask(user=employee, text=earlier, conversation=conversation)
        for earlier in ["and then?", "hello", "getting fc-412 what now", "ok"]:
            Question.objects.create(conversation=conversation, text=earlier, outcome="unsure")
        tenth = services.ask(user=employee, text=text, conversation=conversation)
        assert (tenth.outcome, tenth.confidence) == (first.outcome, first.confidence)


class TestRemarks:
    def test_thanks_get_a_reply_and_no_search(
        self, articles: dict[str, Article], employee: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retrieval, "retrieve", lambda *_, **__: pytest.fail("searched"))
        question = services.ask(user=employee, text="thanks!")
        assert question.outcome == Question.Outcome.SMALL_TALK
        assert turn(question, employee).reply == "You're welcome."

    def test_that_worked_is_recorded_for_the_answer_before_it_and_said_so(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        answer = services.ask(user=employee, text=FORGOT)
        said = services.ask(user=employee, text="great, that worked", conversation=answer.conversation)
        answer.refresh_from_db()
        assert answer.helpful is True
        assert "noted that this solved" in turn_of(said).reply

    def test_that_worked_after_nothing_was_shown_records_nothing(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        asked = services.ask(user=employee, text="Who won the football world cup in 1998?")
        said = services.ask(user=employee, text="that worked", conversation=asked.conversation)
        asked.refresh_from_db()
        assert asked.helpful is None
        assert turn_of(said).reply == "Good to hear."

    def test_what_somebody_said_with_a_button_is_not_overruled_by_a_remark(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        answer = services.ask(user=employee, text=FORGOT)
        services.say_helpful(question=answer, helpful=False)
        services.ask(user=employee, text="ok, that worked", conversation=answer.conversation)
        answer.refresh_from_db()
        assert answer.helpful is False

    def test_that_did_not_help_is_recorded_and_what_comes_next_is_offered_instead(
        self, index: Callable[[], int], articles: dict[str, Article], employee: User
    ) -> None:
        other = published_article(
            "Change a password you know", "Open **Account** and select **Change password**.\n"
        )
        index()
        answer = services.ask(user=employee, text=FORGOT)
        said = services.ask(user=employee, text="that didn't help", conversation=answer.conversation)
        answer.refresh_from_db()
        view = turn_of(said)
        assert (answer.helpful, view.turned_down, view.answers) == (False, True, [])
        assert said.looked_up == FORGOT
        shown = [each.article_id for each in view.nearest]
        assert other.pk in shown
        assert articles["password"].pk not in shown

    @pytest.mark.parametrize("text", ["actually it didn't", "no, it still fails"])
    def test_that_it_worked_can_be_taken_back(
        self, text: str, articles: dict[str, Article], employee: User
    ) -> None:
        answer = services.ask(user=employee, text="Where is a cartridge when the toner is low?")
        services.ask(user=employee, text="that worked", conversation=answer.conversation)
        learnt = Phrasing.objects.filter(article=articles["printer"])
        assert learnt.exists()
        back = services.ask(user=employee, text=text, conversation=answer.conversation)
        answer.refresh_from_db()
        assert answer.helpful is False
        assert not learnt.exists()
        assert turn_of(back).turned_down
        assert not back.shown.filter(article=articles["printer"]).exists()

    @pytest.mark.parametrize("text", ["?", "🙂🙂", "👍", "worked!", "I gave up", "One of these solved it"])
    def test_what_has_no_question_in_it_is_not_searched_for(
        self, text: str, articles: dict[str, Article], employee: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = services.ask(user=employee, text="Who won the football world cup in 1998?")
        monkeypatch.setattr(retrieval, "retrieve", lambda *_, **__: pytest.fail("searched"))
        for conversation in (None, first.conversation):
            said = services.ask(user=employee, text=text, conversation=conversation)
            assert said.outcome == Question.Outcome.SMALL_TALK
            assert turn_of(said).reply

    @pytest.mark.parametrize("text", ["👍", "worked!", "One of these solved it"])
    def test_after_a_list_it_is_asked_which_of_them_it_was(
        self, text: str, articles: dict[str, Article], employee: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calibration, "judge", lambda _: calibration.Judgement(0.3, Level.UNSURE))
        first = services.ask(user=employee, text="printer password vpn")
        assert first.shown.count() > 1
        said = services.ask(user=employee, text=text, conversation=first.conversation)
        first.refresh_from_db()
        assert turn_of(first).asks_which
        assert "Which one was it?" in turn_of(said).reply


class TestTurnedDown:
    def test_an_article_that_did_not_help_does_not_come_again_for_the_same(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        answer = services.ask(user=employee, text=FORGOT)
        services.say_helpful(question=answer, helpful=False)
        again = services.ask(
            user=employee, text="How can I reset the password of my laptop?", conversation=answer.conversation
        )
        assert not again.shown.filter(article=articles["password"]).exists()

    def test_it_comes_for_another_question_and_in_another_conversation(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        answer = services.ask(user=employee, text="Printer says that toner is low, where is a cartridge?")
        services.say_helpful(question=answer, helpful=False)
        other = services.ask(
            user=employee, text="How do I clear a paper jam?", conversation=answer.conversation
        )
        anew = services.ask(user=employee, text="Printer says that toner is low, where is a cartridge?")
        assert other.shown.filter(article=articles["printer"]).exists()
        assert anew.shown.filter(article=articles["printer"]).exists()

    def test_none_of_these_turns_all_of_them_down(
        self, articles: dict[str, Article], employee: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(calibration, "judge", lambda _: calibration.Judgement(0.3, Level.MAYBE))
        question = services.ask(user=employee, text="printer password vpn")
        services.say_helpful(question=question, helpful=False)
        assert question.shown.exists()
        assert not question.shown.filter(rejected=False).exists()


def test_what_is_asked_again_and_gets_the_same_quotes_is_told_so(
    articles: dict[str, Article], employee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "judge", lambda _: calibration.Judgement(0.4, Level.ANSWER))
    first = services.ask(user=employee, text="How do I clear a paper jam?")
    again = services.ask(user=employee, text="How do I clear a paper jam?", conversation=first.conversation)
    assert turn_of(again).repeats
    assert not turn_of(first).repeats


def test_a_follow_up_that_leads_to_what_was_just_quoted_is_not_answered_with_it(
    articles: dict[str, Article], employee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "judge", lambda _: calibration.Judgement(0.4, Level.ANSWER))
    first = services.ask(user=employee, text="How do I clear a paper jam?")
    again = services.ask(user=employee, text="and then?", conversation=first.conversation)
    view = turn_of(again)
    assert (view.kind, view.answers) == ("maybe", [])
    assert view.nearest[0].article_id == articles["printer"].pk


def test_a_follow_up_with_a_new_condition_gets_what_the_article_says_of_that(
    articles: dict[str, Article], employee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "judge", lambda _: calibration.Judgement(0.4, Level.ANSWER))
    first = services.ask(user=employee, text=FORGOT)
    again = services.ask(user=employee, text="and on a phone?", conversation=first.conversation)
    quotes = [quote.text for answer in turn(again, employee).answers for quote in answer.quotes]
    assert "Open the company portal app" in " ".join(quotes)
