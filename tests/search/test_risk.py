"""Risk over coverage, and the thresholds for a chosen risk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.confidence import CONSTANT, Fit, probability
from search.features import Features
from search.fitting import Judged, Verdict
from search.risk import ANSWERED_OUT_OF_SCOPE, Point, risk_over_coverage, with_thresholds

SCORES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)
BY_MEANING = Fit(
    scope={CONSTANT: 30.0}, right={CONSTANT: -5.0, "cosine": 10.0}, answer_from=0.5, maybe_from=0.2
)


def judged(cosine: float, verdict: Verdict) -> Judged:
    return Judged(Features(cosine=cosine), verdict)


def chance(cosine: float) -> float:
    return probability(Features(cosine=cosine), BY_MEANING)


def test_the_surest_come_first_and_equals_come_together() -> None:
    points = risk_over_coverage([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    assert points == [Point(0.9, 0.25, 0.0), Point(0.5, 0.75, pytest.approx(1 / 3)), Point(0.1, 1.0, 0.5)]


@given(SCORES)
def test_the_curve_ends_with_all_answered(scores: list[tuple[float, bool]]) -> None:
    last = risk_over_coverage([chance for chance, _ in scores], [right for _, right in scores])[-1]
    assert last.coverage == 1.0
    assert last.risk == pytest.approx(sum(not right for _, right in scores) / len(scores))


@given(SCORES)
def test_a_higher_threshold_never_answers_more(scores: list[tuple[float, bool]]) -> None:
    points = risk_over_coverage([chance for chance, _ in scores], [right for _, right in scores])
    assert [each.threshold for each in points] == sorted((each.threshold for each in points), reverse=True)
    assert [each.coverage for each in points] == sorted(each.coverage for each in points)


class TestThresholds:
    # 200 questions: near ones are right, far ones wrong.
    MIXED = [judged(step / 200, Verdict.RIGHT if step > 100 else Verdict.WRONG) for step in range(200)]

    def test_as_many_are_answered_as_the_risk_allows(self) -> None:
        threshold = with_thresholds(BY_MEANING, self.MIXED, risk=0.2).answer_from
        answered = [each for each in self.MIXED if probability(each.features, BY_MEANING) >= threshold]
        wrong = sum(each.verdict is Verdict.WRONG for each in answered) / len(answered)
        assert 0.1 < wrong <= 0.25

    def test_less_risk_is_a_higher_threshold(self) -> None:
        careful, bold = (with_thresholds(BY_MEANING, self.MIXED, risk=risk) for risk in (0.1, 0.4))
        assert careful.answer_from > bold.answer_from

    def test_questions_that_nothing_answers_hold_the_threshold_up(self) -> None:
        outside = [judged(0.5 + step / 1000, Verdict.OUT_OF_SCOPE) for step in range(200)]
        threshold = with_thresholds(BY_MEANING, [*self.MIXED, *outside], risk=0.4).answer_from
        answered = sum(probability(each.features, BY_MEANING) >= threshold for each in outside)
        assert answered <= ANSWERED_OUT_OF_SCOPE * len(outside)
        assert threshold > with_thresholds(BY_MEANING, self.MIXED, risk=0.4).answer_from

    def test_five_lucky_answers_do_not_open_the_door(self) -> None:
        lucky = [judged(0.2, Verdict.RIGHT) for _ in range(5)]
        assert with_thresholds(BY_MEANING, lucky, risk=0.2).answer_from > chance(0.2)

    def test_where_everything_is_wrong_hardly_anything_is_answered(self) -> None:
        wrong = [judged(step / 100, Verdict.WRONG) for step in range(100)]
        threshold = with_thresholds(BY_MEANING, wrong, risk=0.2).answer_from
        assert sum(probability(each.features, BY_MEANING) >= threshold for each in wrong) <= 10

    def test_maybe_takes_less_than_an_answer(self) -> None:
        found = with_thresholds(BY_MEANING, self.MIXED)
        assert 0 < found.maybe_from < found.answer_from
