"""Fitting: what judged questions teach, and what they can't spoil."""

import random

import pytest

from search.confidence import CONSTANT, SHIPPED, Fit, probability
from search.features import Features
from search.fitting import LOWERING, Judged, Verdict, cross_validated_losses, fit, loss
from search.metrics import auroc

FLAT = Fit(
    scope={CONSTANT: 0.0, "cosine": 0.0},
    right={CONSTANT: 0.0, "lead": 0.0, "unmatched": 0.0},
    answer_from=0.5,
    maybe_from=0.2,
)


def site(count: int, *, seed: int = 1, noise: float = 0.0, backwards: bool = False) -> list[Judged]:
    """Questions of a site where a near collection and a long lead mean a right answer, or the reverse."""
    rng = random.Random(seed)
    made = []
    for _ in range(count):
        outside = rng.random() < 0.3
        right = not outside and rng.random() < 0.6
        said = right if rng.random() >= noise else not right
        verdict = Verdict.OUT_OF_SCOPE if outside else Verdict.RIGHT if said else Verdict.WRONG
        features = Features(
            cosine=rng.gauss(0.25 if outside else 0.55, 0.08),
            lead=abs(rng.gauss(0.15 if right != backwards else 0.04, 0.05)),
            unmatched=float(rng.random() < (0.1 if right else 0.3)),
        )
        made.append(Judged(features, verdict))
    return made


def told_apart(fitted: Fit, questions: list[Judged]) -> float:
    chances = [(probability(each.features, fitted), each.is_right) for each in questions]
    return auroc(
        [chance for chance, right in chances if right], [chance for chance, right in chances if not right]
    )


def test_what_is_learnt_holds_for_other_questions() -> None:
    learnt = fit(site(600), start=FLAT, trust=0)
    assert told_apart(learnt, site(600, seed=2)) > 0.9


def test_the_share_of_right_answers_follows_the_probability() -> None:
    learnt = fit(site(2000), start=FLAT, trust=0)
    asked = site(2000, seed=3)
    for low in (0.0, 0.25, 0.5, 0.75):
        within = [each for each in asked if low <= probability(each.features, learnt) < low + 0.25]
        expected = sum(probability(each.features, learnt) for each in within) / len(within)
        assert sum(each.is_right for each in within) / len(within) == pytest.approx(expected, abs=0.12)


def test_no_weight_takes_the_wrong_sign_whatever_people_say() -> None:
    learnt = fit(site(400, backwards=True), start=FLAT, trust=0)
    for name, weight in [*learnt.scope.items(), *learnt.right.items()]:
        assert name == CONSTANT or (weight <= 0 if name in LOWERING else weight >= 0)


@pytest.mark.parametrize("seed", range(5))
def test_thirty_questions_that_were_judged_at_random_do_little_harm(seed: int) -> None:
    good = fit(site(2000), start=FLAT, trust=0)
    after = fit(site(30, seed=100 + seed, noise=0.5), start=good)
    held_back = site(1000, seed=4)
    assert told_apart(after, held_back) > told_apart(good, held_back) - 0.02
    assert loss(held_back, after) < loss(held_back, good) * 1.25


def test_many_questions_outweigh_what_was_there_before() -> None:
    spoilt = Fit(FLAT.scope, {CONSTANT: 5.0, "lead": 0.0, "unmatched": 0.0}, 0.5, 0.2)
    asked = site(1000, seed=4)
    assert loss(asked, fit(site(3000), start=spoilt)) < loss(asked, spoilt) / 2


def test_questions_that_were_held_back_say_whether_a_fit_is_better() -> None:
    before, after = cross_validated_losses(site(400), start=FLAT)
    assert after < before


def test_every_feature_that_ships_is_known() -> None:
    assert SHIPPED.is_understood
    assert not Fit({CONSTANT: 1.0, "charm": 2.0}, {}, 0.5, 0.2).is_understood
