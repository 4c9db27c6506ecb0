"""How sure a site is: as shipped, as fitted to what its people said, or cautious where nothing was fitted."""

import json
from collections.abc import Callable
from dataclasses import asdict
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from search import engine, services, verdicts
from search.calibration import confidence_for, judge
from search.confidence import CAUTIOUS, SHIPPED, SHIPPED_FOR, Level
from search.embedding import fingerprint_of
from search.features import Features
from search.fitting import Verdict
from search.models import Calibration, Conversation, Question, Shown
from search.retrieval import retrieve

pytestmark = pytest.mark.django_db
FINGERPRINT = fingerprint_of(None)
NEAR = asdict(Features(cosine=0.75, lead=0.3, agreement=1.0))
FAR = NEAR | {"cosine": 0.2, "lead": 0.02, "agreement": 0.1}


def output_of(*arguments: str, **options: object) -> str:
    out = StringIO()
    call_command("calibrate", *arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


@pytest.fixture
def said(employee: User, articles: dict) -> Callable[..., Question]:
    """A question that its asker judged."""
    conversation = Conversation.objects.create(user=employee)

    def say(helpful: bool | None, *, features: dict = NEAR, outcome: str = "answered", note: str = "",
            opened: tuple[int, ...] = (), helped: int = 0, fingerprint: str = FINGERPRINT) -> Question:  # fmt: skip
        question = Question.objects.create(
            conversation=conversation, text="How?", outcome=outcome, features=features, fingerprint=fingerprint,
            helpful=helpful, helpful_note=note,
        )  # fmt: skip
        for rank, article in enumerate(list(articles.values())[:3], 1):
            Shown.objects.create(
                question=question, article=article, revision=article.live_revision, rank=rank, score=1.0,
                opened_at=timezone.now() if rank in opened else None, helped=rank == helped,
            )  # fmt: skip
        return question

    return say


def test_what_ships_was_fitted_to_this_very_model_and_splitter() -> None:
    assert FINGERPRINT in SHIPPED_FOR


class TestWhichFitCounts:
    def test_a_site_begins_with_what_ships(self) -> None:
        assert confidence_for(FINGERPRINT).fit is SHIPPED
        assert not confidence_for(FINGERPRINT).is_cautious

    def test_with_another_model_it_is_cautious_and_says_so(self, articles: dict, employee: User) -> None:
        found = retrieve("I forgot my password on my laptop", user=employee)
        judgement = judge(found)
        assert (judgement.level, judgement.is_cautious) == (Level.ANSWER, False)
        foreign = judge(type(found)(**{**vars(found), "fingerprint": "of-another-model"}))
        assert foreign.is_cautious
        assert foreign.probability < judgement.probability
        assert confidence_for("of-another-model").fit is CAUTIOUS

    def test_the_newest_calibration_of_the_same_index_counts(self) -> None:
        weights = {"scope": dict(SHIPPED.scope), "right": dict(SHIPPED.right)}
        for threshold in (0.5, 0.6):
            Calibration.objects.create(
                fingerprint=FINGERPRINT, weights=weights, answer_from=threshold, maybe_from=0.1, risk=0.3
            )
        assert confidence_for(FINGERPRINT).fit.answer_from == 0.6
        assert confidence_for("of-another-model").is_cautious

    def test_a_calibration_of_another_version_counts_as_none(self) -> None:
        weights = {"scope": {"constant": 1.0, "charm": 2.0}, "right": {"constant": 1.0}}
        Calibration.objects.create(
            fingerprint=FINGERPRINT, weights=weights, answer_from=0.5, maybe_from=0.1, risk=0.3
        )
        assert confidence_for(FINGERPRINT).fit is SHIPPED


class TestWhatPeopleSaid:
    @pytest.mark.parametrize(
        ("helpful", "how", "verdict"),
        [
            (True, {}, [Verdict.RIGHT]),
            (False, {}, [Verdict.WRONG]),
            (False, {"note": "Wrong topic"}, [Verdict.WRONG]),
            (False, {"note": "Out of date"}, []),  # the article's fault, not the search's
            (None, {}, []),
            (True, {"outcome": "maybe", "opened": (1,)}, [Verdict.RIGHT]),
            (True, {"outcome": "maybe", "opened": (2,)}, [Verdict.WRONG]),  # another one helped
            (True, {"outcome": "maybe"}, []),  # nobody knows which
            (True, {"outcome": "maybe", "opened": (1, 2), "helped": 2}, [Verdict.WRONG]),
            (True, {"outcome": "maybe", "opened": (2,), "helped": 1}, [Verdict.RIGHT]),
            (False, {"outcome": "unsure"}, [Verdict.WRONG]),
            (True, {"fingerprint": "of-another-model"}, []),
            (True, {"features": {"charm": 1.0}}, []),
        ],
    )
    def test_counts_as_far_as_it_tells_whether_the_first_article_was_right(self, said, helpful, how, verdict):
        said(helpful, **how)
        assert [each.verdict for each in verdicts.said_by_askers(FINGERPRINT)] == verdict

    def test_all_that_was_said_is_read_in_two_queries(self, said, django_assert_num_queries) -> None:
        for _ in range(5):
            said(True)
        with django_assert_num_queries(2):
            assert len(verdicts.said_by_askers(FINGERPRINT)) == 5


class TestCalibrate:
    @pytest.fixture
    def judged_site(self, said) -> None:
        """A site whose near answers help less often than the shipped confidence expects."""
        for number in range(40):
            said(number % 3 == 0)
            said(False, features=FAR, outcome="unsure")

    def test_too_few_questions_are_refused_with_what_is_missing(self, said) -> None:
        for _ in range(5):
            said(True)
        with pytest.raises(CommandError, match=r"5 judged questions are too few: 5 right, 0 wrong"):
            output_of()
        assert not Calibration.objects.exists()

    def test_what_was_fitted_is_kept_and_used(self, judged_site) -> None:
        printed = output_of()
        kept = Calibration.objects.get()
        assert kept.counts == {"right": 14, "wrong": 66}
        assert confidence_for(FINGERPRINT).fit.right == kept.weights["right"]
        assert "14 right" in printed
        assert "In use from the next question on." in printed

    def test_a_dry_run_changes_nothing(self, judged_site) -> None:
        assert json.loads(output_of("--dry-run", "--json"))["kept"] is False
        assert not Calibration.objects.exists()

    @pytest.mark.parametrize("risk", ["0", "1", "much"])
    def test_a_risk_is_a_share(self, risk: str) -> None:
        with pytest.raises(CommandError, match="is no share"):
            output_of("--risk", risk)

    def test_labels_without_questions_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="belong together"):
            output_of(qrels=tmp_path / "qrels.tsv")

    def test_labelled_questions_are_asked_with_and_without_their_article(self, articles, employee) -> None:
        articles["vpn"].external_id = "vpn"
        articles["vpn"].save()
        asked = list(verdicts.labelled({"q": "error FC-412"}, {"q": {"vpn": 1.0}}, user=employee))
        assert [(each.verdict, each.weight) for each in asked] == [
            (Verdict.RIGHT, 1.0),
            (Verdict.WRONG, 0.25),
        ]

    def test_the_file_of_judged_questions_holds_no_words(self, judged_site, tmp_path: Path) -> None:
        output_of("--dry-run", judged_to=tmp_path / "judged.jsonl")
        rows = [json.loads(line) for line in (tmp_path / "judged.jsonl").read_text().splitlines()]
        assert len(rows) == 80
        assert {key for row in rows for key in row} == {"features", "verdict", "weight"}


def test_the_same_question_gets_the_same_level_on_its_first_and_tenth_turn(articles, employee) -> None:
    question = "How do I reset a forgotten password on a laptop when I have no phone?"
    turns = [services.ask(user=employee, text=question)]
    for _ in range(9):
        turns.append(services.ask(user=employee, text=question, conversation=turns[0].conversation))
    assert len({(turn.outcome, turn.confidence) for turn in turns}) == 1


def test_the_model_that_answers_is_the_one_that_was_fitted() -> None:
    assert engine.fingerprint() in SHIPPED_FOR
