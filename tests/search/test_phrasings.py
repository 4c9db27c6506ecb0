"""What becomes a phrasing of an article, which of them count, and that search finds by them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from accounts.roles import Role
from kb import services as kb_services
from kb.models import Article
from kb.queries import audience_ids
from search import calibration, engine, phrasing_index, retrieval, services
from search.confidence import Level
from search.models import IndexChange, Phrasing, PhrasingVector, Question, Shown
from search.phrasings import CAP, Candidate, asked_in, counting, digest, lines_of, question_in
from search.services import phrasings
from tests.factories import AudienceFactory, UserFactory, everyone, new_revision, published_article

CRYPTIC = "the thingamajig by the window blinks amber since the carnival"
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def test_the_subject_stands_before_the_story_unless_the_story_says_it() -> None:
    assert question_in("No toner", "It is empty.") == "No toner\nIt is empty."
    assert question_in("No toner", "no  toner since Monday") == "no toner since Monday"
    assert question_in("Hi", "Thanks,\nBob") == ""


def test_only_as_much_of_a_long_story_is_kept_as_a_model_reads() -> None:
    assert len(question_in("Slow", "word " * 5_000)) <= 1_500


def test_lines_are_kept_once_whatever_their_case_and_spacing() -> None:
    assert lines_of("no   TONER?\n\n  No toner?\nJam\n") == ["No toner?", "Jam"]


candidates = st.lists(
    st.builds(
        Candidate,
        pk=st.integers(1, 10**6),
        digest=st.sampled_from("abcdefgh"),
        is_editors=st.booleans(),
        is_pruned=st.booleans(),
        created_at=st.integers(0, 50).map(lambda days: LONG_AGO + timedelta(days=days)),
    ),
    unique_by=lambda candidate: candidate.pk,
)


@given(known=candidates, cap=st.integers(0, 5))
def test_at_most_the_cap_counts_each_wording_once_and_nothing_that_was_pruned(
    known: list[Candidate], cap: int
) -> None:
    chosen = [each for each in known if each.pk in counting(known, cap)]
    pruned = {each.digest for each in known if each.is_pruned}
    assert len(chosen) == min(cap, len({each.digest for each in known} - pruned))
    assert len({each.digest for each in chosen}) == len(chosen)
    assert not pruned & {each.digest for each in chosen}


def test_editors_own_come_first_then_the_newest() -> None:
    def candidate(pk: int, *, days: int, is_editors: bool = False) -> Candidate:
        return Candidate(pk, str(pk), is_editors, False, LONG_AGO + timedelta(days=days))

    known = [candidate(1, days=1), candidate(2, days=9), candidate(3, days=0, is_editors=True)]
    assert counting(known, 2) == {2, 3}


def teach(article: Article, *texts: str, origin: str = "ticket:1", **fields: object) -> int:
    source = Phrasing.Source.TICKET
    return phrasings.learn(
        [Phrasing(article=article, text=each, source=source, origin=origin, **fields) for each in texts]
    )


def cosine_of(question: str, article: Article, user: User) -> float:
    """How near the nearest phrasing of an article comes to a question; 0 when none is found."""
    embedder = engine.embedder()
    audiences = audience_ids(user)
    signals = engine.replica(embedder).look_up(question, embedder.encode([question])[0], audiences=audiences)
    return max((cosine for each, cosine in signals.phrasings if each == article.pk), default=0.0)


@pytest.mark.django_db
class TestLearning:
    def test_what_was_learnt_leads_others_to_the_article(
        self, articles: dict[str, Article], employee: User, index: Callable[[], int]
    ) -> None:
        teach(articles["printer"], CRYPTIC)
        index()
        assert cosine_of(CRYPTIC, articles["printer"], employee) > 0.99
        assert retrieval.retrieve(CRYPTIC, user=employee).ranked[0].article_id == articles["printer"].pk

    def test_a_worker_embeds_it_and_the_request_does_not(
        self, articles: dict[str, Article], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(engine, "embedder", None)
        teach(articles["printer"], CRYPTIC)
        assert not PhrasingVector.objects.exists()
        assert phrasing_index.pending(engine.fingerprint()).get() == articles["printer"]

    def test_the_same_is_learnt_once(self, articles: dict[str, Article]) -> None:
        assert teach(articles["printer"], CRYPTIC) == 1
        assert teach(articles["printer"], CRYPTIC) == 0
        assert teach(articles["printer"], CRYPTIC.upper(), origin="ticket:2") == 1
        assert Phrasing.objects.filter(in_use=True).count() == 1

    def test_what_is_undone_counts_no_more_at_once(
        self, articles: dict[str, Article], employee: User, index: Callable[[], int]
    ) -> None:
        teach(articles["printer"], CRYPTIC)
        index()
        phrasings.unlearn(["ticket:1"])
        assert cosine_of(CRYPTIC, articles["printer"], employee) == 0
        assert not Phrasing.objects.exists()

    def test_beyond_the_cap_the_oldest_have_no_vector_until_there_is_room(
        self, articles: dict[str, Article], index: Callable[[], int]
    ) -> None:
        printer, now = articles["printer"], timezone.now()
        for number in range(CAP + 1):
            teach(printer, f"toner {number}", origin=f"ticket:{number}", created_at=now + timedelta(number))
        index()
        assert PhrasingVector.objects.count() == CAP
        assert not Phrasing.objects.get(text="toner 0").in_use
        phrasings.unlearn([f"ticket:{CAP}"])
        assert Phrasing.objects.get(text="toner 0").in_use

    def test_a_vector_that_should_not_be_there_is_found_and_taken_away(
        self, articles: dict[str, Article], index: Callable[[], int]
    ) -> None:
        teach(articles["printer"], CRYPTIC)
        index()
        Phrasing.objects.update(in_use=False)
        assert phrasing_index.pending(engine.fingerprint()).exists()
        index()
        assert not PhrasingVector.objects.exists()

    def test_what_is_undone_while_it_is_embedded_gets_no_vector(self, articles: dict[str, Article]) -> None:
        teach(articles["printer"], CRYPTIC)
        embedder = engine.embedder()

        class Slow:
            fingerprint = embedder.fingerprint

            def encode(self, texts: list[str]) -> object:
                phrasings.unlearn(["ticket:1"])
                return embedder.encode(texts)

        phrasing_index.bring_in_step(articles["printer"].pk, embedder=Slow())
        assert not PhrasingVector.objects.exists()

    def test_phrasings_go_to_the_audience_of_their_article_and_with_it(
        self, articles: dict[str, Article], employee: User, index: Callable[[], int]
    ) -> None:
        payroll = articles["payroll"]
        teach(payroll, CRYPTIC)
        index()
        member = UserFactory(role=Role.EMPLOYEE, groups=["Finance"])
        assert cosine_of(CRYPTIC, payroll, member) > 0.99
        assert cosine_of(CRYPTIC, payroll, employee) == 0
        publisher = UserFactory(role=Role.PUBLISHER, groups=["Finance"])
        kb_services.govern(article=payroll, by=publisher, audience=everyone())
        index()
        assert cosine_of(CRYPTIC, payroll, employee) > 0.99
        kb_services.govern(article=payroll, by=publisher, audience=AudienceFactory(groups=["Finance"]))
        index()
        assert cosine_of(CRYPTIC, payroll, employee) == 0

    def test_an_archived_article_is_found_by_nothing(
        self, articles: dict[str, Article], employee: User, index: Callable[[], int]
    ) -> None:
        teach(articles["printer"], CRYPTIC)
        index()
        publisher = UserFactory(role=Role.PUBLISHER)
        kb_services.archive(article=articles["printer"], by=publisher, reason="Sold.")
        index()
        assert cosine_of(CRYPTIC, articles["printer"], employee) == 0
        assert articles["printer"].pk not in [
            each.article_id for each in retrieval.retrieve(CRYPTIC, user=employee).ranked
        ]


@pytest.mark.django_db
class TestPruning:
    def test_what_was_pruned_stays_pruned_whoever_says_it_again(
        self, articles: dict[str, Article], index: Callable[[], int]
    ) -> None:
        teach(articles["printer"], CRYPTIC)
        index()
        phrasings.prune(phrasing=Phrasing.objects.get(), by=UserFactory())
        assert not PhrasingVector.objects.exists()
        assert teach(articles["printer"], CRYPTIC, origin="ticket:2") == 0
        assert teach(articles["printer"], f"{CRYPTIC}!", origin="ticket:2") == 0
        phrasings.unlearn(["ticket:1"])
        assert teach(articles["printer"], CRYPTIC, origin="ticket:3") == 0
        assert CRYPTIC not in Phrasing.objects.values_list("text", flat=True)
        assert teach(articles["vpn"], CRYPTIC, origin="ticket:3") == 1

    def test_it_can_be_brought_back(self, articles: dict[str, Article]) -> None:
        teach(articles["printer"], CRYPTIC)
        phrasing = Phrasing.objects.get()
        phrasings.prune(phrasing=phrasing, by=UserFactory())
        phrasings.bring_back(phrasing=phrasing)
        assert Phrasing.objects.get().in_use

    def test_an_editor_who_writes_what_was_pruned_brings_it_back(self, articles: dict[str, Article]) -> None:
        teach(articles["printer"], CRYPTIC)
        editor = UserFactory()
        phrasings.prune(phrasing=Phrasing.objects.get(), by=editor)
        phrasings.unlearn(["ticket:1"])
        assert phrasings.write_own(article=articles["printer"], lines=[CRYPTIC], by=editor) == 1
        assert phrasings.write_own(article=articles["printer"], lines=[CRYPTIC], by=editor) == 0
        assert Phrasing.objects.get().in_use


@pytest.mark.django_db
class TestConfirmedAnswers:
    FORGOT = "I forgot my password on my laptop, how do I reset it? Thanks, {name}"

    def ask(self, user: User, more: str = "") -> Question:
        text = self.FORGOT.format(name=user.get_full_name()) + more
        return services.ask(user=user, text=text)

    def test_a_confirmed_answer_teaches_its_question_without_its_asker(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        question = self.ask(employee)
        services.say_helpful(question=question, helpful=True)
        learnt = Phrasing.objects.get()
        assert learnt.article == articles["password"]
        assert learnt.text == "I forgot my password on my laptop, how do I reset it?"
        assert employee.last_name not in learnt.text

    def test_it_is_undone_when_the_asker_takes_it_back(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        question = self.ask(employee)
        services.say_helpful(question=question, helpful=True)
        services.say_helpful(question=question, helpful=False)
        assert not Phrasing.objects.exists()

    @pytest.mark.parametrize("way", ["conversation", "history", "person"])
    def test_it_goes_with_what_the_person_deletes(
        self, articles: dict[str, Article], employee: User, way: str, index: Callable[[], int]
    ) -> None:
        question = self.ask(employee)
        services.say_helpful(question=question, helpful=True)
        index()
        before = IndexChange.objects.count()
        if way == "conversation":
            services.forget_conversation(conversation=question.conversation)
        elif way == "history":
            services.forget_history(user=employee)
        else:
            employee.delete()
        assert not Phrasing.objects.exists()
        assert IndexChange.objects.count() > before

    def test_one_person_teaches_an_article_no_more_than_a_few(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        for number in range(5):
            services.say_helpful(question=self.ask(employee, f" {number} times now"), helpful=True)
        assert 0 < Phrasing.objects.count() <= phrasings.MOST_OF_ONE_PERSON

    def test_an_unanswered_question_teaches_nothing(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        question = services.ask(user=employee, text="What is the nature of the big bang theory?")
        services.say_helpful(question=question, helpful=True)
        assert not Phrasing.objects.exists()

    def test_a_code_behind_any_question_makes_it_nobody_elses_answer(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        question = services.ask(user=employee, text="How do I get it working? FC-412 FC-412")
        assert question.shown.get(rank=1).article == articles["vpn"]
        assert question.outcome == Question.Outcome.ANSWERED
        services.say_helpful(question=question, helpful=True)
        assert not Phrasing.objects.exists()

    def test_words_that_had_to_be_cut_teach_nothing(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        question = self.ask(employee, "\n> How do I reset it on a laptop?\n> jabberwock")
        assert question.outcome == Question.Outcome.ANSWERED
        services.say_helpful(question=question, helpful=True)
        assert not Phrasing.objects.exists()

    def test_the_same_answer_again_teaches_nothing(
        self, articles: dict[str, Article], employee: User
    ) -> None:
        first = self.ask(employee)
        again = services.ask(user=employee, text=first.text, conversation=first.conversation)
        again.shown.update(quotes=first.shown.get(rank=1).quotes)
        services.say_helpful(question=again, helpful=True)
        assert not Phrasing.objects.exists()

    @pytest.mark.parametrize("change", ["revision", "audience"])
    def test_an_answer_that_stands_no_more_teaches_nothing(
        self, articles: dict[str, Article], employee: User, change: str
    ) -> None:
        question, password = self.ask(employee), articles["password"]
        if change == "revision":
            new_revision(password)
        else:
            publisher = UserFactory(role=Role.PUBLISHER, groups=["Finance"])
            kb_services.govern(article=password, by=publisher, audience=AudienceFactory(groups=["Finance"]))
        services.say_helpful(question=question, helpful=True)
        assert not Phrasing.objects.exists()

    def test_the_names_of_others_here_go_as_well(self, articles: dict[str, Article], employee: User) -> None:
        UserFactory(first_name="Nadia", last_name="Petrova", username="npetrova")
        question = services.ask(
            user=employee,
            text="I forgot my password on the laptop of nadia petrova (npetrova), how do I reset it?",
        )
        services.say_helpful(question=question, helpful=True)
        learnt = Phrasing.objects.get().text
        assert learnt == "I forgot my password on the laptop of [name] ([name]), how do I reset it?"

    def test_an_offered_article_is_taught_the_question_once_its_asker_says_that_it_was_the_one(
        self, articles: dict[str, Article], employee: User, offers_only: None
    ) -> None:
        question = self.ask(employee)
        services.say_helpful(question=question, helpful=True)
        assert not Phrasing.objects.exists()
        services.say_helpful(question=question, helpful=True, article=articles["password"].pk)
        assert Phrasing.objects.get().article == articles["password"]
        services.say_helpful(question=question, helpful=False)
        assert not Phrasing.objects.exists()

    def test_choosing_another_of_those_offered_teaches_that_one_instead(
        self, articles: dict[str, Article], employee: User, offers_only: None
    ) -> None:
        question = self.ask(employee)
        Shown.objects.create(
            question=question,
            article=articles["printer"],
            revision=articles["printer"].words,
            rank=2,
            score=0.4,
        )
        for name in ("password", "printer"):
            services.say_helpful(question=question, helpful=True, article=articles[name].pk)
        assert Phrasing.objects.get().article == articles["printer"]
        assert question.shown.get(helped=True).article == articles["printer"]

    def test_an_article_that_was_not_offered_is_taught_nothing(
        self, articles: dict[str, Article], employee: User, offers_only: None
    ) -> None:
        question = self.ask(employee)
        for other in ("vpn", "payroll"):
            question.shown.filter(article=articles[other]).delete()
            services.say_helpful(question=question, helpful=True, article=articles[other].pk)
        assert not Phrasing.objects.exists()


@pytest.fixture
def offers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is found may be it, and is no answer."""
    monkeypatch.setattr(calibration, "judge", lambda _: calibration.Judgement(0.2, Level.MAYBE))


@pytest.mark.django_db
def test_people_within_a_sentence_go_unless_the_article_or_an_editor_tells_of_them(
    articles: dict[str, Article], employee: User
) -> None:
    asked = "I asked Maria Lopez and then told Paper Jam to stop"
    phrasings.learn(
        [
            Phrasing(article=articles["printer"], text=asked, source="ticket", origin="ticket:1"),
            Phrasing(article=articles["vpn"], text=asked, source="history", origin="history:1"),
        ]
    )
    phrasings.write_own(article=articles["password"], lines=[asked], by=employee)
    texts = dict(Phrasing.objects.values_list("article", "text"))
    assert texts[articles["printer"].pk] == "I asked [name] and then told Paper Jam to stop"
    assert texts[articles["vpn"].pk] == "I asked [name] and then told [name] to stop"
    assert texts[articles["password"].pk] == asked


def test_a_user_name_that_is_a_word_stays(db: None) -> None:
    UserFactory(username="agent", first_name="Kim", last_name="Lee")
    assert question_in("the agent is offline", names=phrasings.names_here()) == "the agent is offline"


def test_a_turn_is_learnt_with_its_topic_where_it_has_none_of_its_own() -> None:
    assert asked_in("no toner", "") == "no toner"
    assert asked_in("how long does that take?", "reset my phone\nhow long does that take?") == (
        "reset my phone how long does that take?"
    )
    assert asked_in("ransomware", "FC-412\nransomware") == ""


def test_the_digest_tells_words_apart_and_nothing_else() -> None:
    assert digest("No Toner") == digest(" no\ntoner ") == digest("No toner?!") != digest("no toners")
    assert digest("can't print") == digest("can’t print.")
    assert digest("?") != digest("!")


def test_digests_of_before_are_made_anew_and_what_was_pruned_stays(articles: dict[str, Article]) -> None:
    teach(articles["printer"], "no toner", "paper jam")
    _, other = Phrasing.objects.order_by("pk")
    phrasings.prune(phrasing=other, by=UserFactory())
    Phrasing.objects.update(text="No toner!")
    migration = import_module("search.migrations.0008_digest_of_words")
    migration.digest_anew(apps, None)
    assert Phrasing.objects.get() == other
    assert teach(articles["printer"], "no toner", origin="ticket:2") == 0


def test_published_articles_need_no_phrasings(db: None) -> None:
    published_article()
    assert not phrasing_index.pending(engine.fingerprint()).exists()
