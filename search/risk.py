"""Risk over coverage: how many questions to answer when so many answers may be wrong. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from search.confidence import Fit, probability
from search.fitting import Judged, Verdict

# Unless somebody chooses otherwise, so many of a hundred answers may be wrong, as labels count.
RISK = 0.28
# Of a hundred questions that no article can answer, so many may get an answer.
ANSWERED_OUT_OF_SCOPE = 0.05
# The risk observed at a threshold is mixed with what the probabilities themselves expect, as if that had been seen
# on so many answers: a handful of lucky ones moves no threshold far.
EXPECTED_ANSWERS = 30
# "This may be it" takes this share of the probability that an answer takes.
MAYBE_SHARE = 0.5
# A threshold that nothing reaches.
NEVER = 1.0


@dataclass(frozen=True)
class Point:
    """Answering only from a threshold up: the share of questions answered, and the share of those answered wrongly."""

    threshold: float
    coverage: float
    risk: float


def risk_over_coverage(chances: Sequence[float], right: Sequence[bool]) -> list[Point]:
    """The curve, from the fewest answers to all, a point for each threshold that makes a difference.

    After El-Yaniv and Wiener, On the Foundations of Noise-free Selective Classification (2010).
    """
    ordered = sorted(zip(chances, right, strict=True), reverse=True)
    points, wrong = [], 0
    for answered, (chance, is_right) in enumerate(ordered, 1):
        wrong += not is_right
        if answered == len(ordered) or ordered[answered][0] < chance:
            points.append(Point(chance, answered / len(ordered), wrong / answered))
    return points


def with_thresholds(fitted: Fit, judged: Sequence[Judged], *, risk: float = RISK) -> Fit:
    """The same weights with the thresholds at which `judged` are answered as often as `risk` allows."""
    answer_from = max(_by_risk(fitted, judged, risk), _by_scope(fitted, judged))
    return replace(fitted, answer_from=answer_from, maybe_from=answer_from * MAYBE_SHARE)


def _by_risk(fitted: Fit, judged: Sequence[Judged], risk: float) -> float:
    """The least chance from which up no more than `risk` of the answers are wrong, smoothed with their own chances."""
    inside = [each for each in judged if each.verdict is not Verdict.OUT_OF_SCOPE and each.weight == 1]
    ordered = sorted(((probability(each.features, fitted), each.is_right) for each in inside), reverse=True)
    threshold, wrong, doubt = NEVER, 0, 0.0
    for answered, (chance, is_right) in enumerate(ordered, 1):
        wrong += not is_right
        doubt += 1 - chance
        smoothed = (wrong + EXPECTED_ANSWERS * doubt / answered) / (answered + EXPECTED_ANSWERS)
        if smoothed <= risk:
            threshold = chance
    return threshold


def _by_scope(fitted: Fit, judged: Sequence[Judged]) -> float:
    """The least chance that all but the accepted share of the out-of-scope questions (at least one) stay below."""
    outside = sorted(
        (probability(each.features, fitted) for each in judged if each.verdict is Verdict.OUT_OF_SCOPE),
        reverse=True,
    )
    accepted = max(1, int(len(outside) * ANSWERED_OUT_OF_SCOPE))
    return outside[accepted] + 1e-6 if accepted < len(outside) else 0.0
