"""Fitting the weights of confidence to judged questions. Pure."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from search.confidence import CONSTANT, Fit, probability
from search.features import Features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

# What the weight of a feature may be: more of this evidence never lowers the chance, of that never raises it.
LOWERING = frozenset({"unmatched"})
# Each judged question also counts as much for the fit that was there before, spread over all of them: with thirty
# questions of a site's own the shipped fit still has the greater say, with a thousand hardly any.
TRUST_IN_START = 150
# Keeps weights finite that nothing in the data speaks for.
RIDGE = 1e-3
FOLDS = 5


class Verdict(StrEnum):
    """What is known of the first article that a question was shown."""

    RIGHT = "right"
    WRONG = "wrong"
    OUT_OF_SCOPE = "out_of_scope"  # no article can answer it


@dataclass(frozen=True)
class Judged:
    """A question as confidence sees it, and what it should have said."""

    features: Features
    verdict: Verdict
    weight: float = 1.0

    @property
    def is_right(self) -> bool:
        return self.verdict is Verdict.RIGHT


def fit(judged: Sequence[Judged], *, start: Fit, trust: float = TRUST_IN_START) -> Fit:
    """The weights under which the verdicts are likeliest, each held to its sign, drawn towards those of `start`.

    `trust` is how many judged questions the opinion of `start` counts for. The thresholds are those of `start`.
    """
    import numpy as np
    from scipy.optimize import minimize

    names = [*((True, name) for name in start.scope), *((False, name) for name in start.right)]
    before = np.array([*start.scope.values(), *start.right.values()])
    objective = _objective(judged, start, before, trust)
    bounds = [_bounds(name) for _, name in names]
    found = minimize(objective, before, jac=True, method="L-BFGS-B", bounds=bounds).x
    count = len(start.scope)
    return replace(
        start,
        scope=dict(zip(start.scope, map(float, found[:count]), strict=True)),
        right=dict(zip(start.right, map(float, found[count:]), strict=True)),
    )


def _bounds(name: str) -> tuple[float | None, float | None]:
    if name == CONSTANT:
        return None, None
    return (None, 0.0) if name in LOWERING else (0.0, None)


def _objective(
    judged: Sequence[Judged], start: Fit, before: "Matrix", trust: float
) -> Callable[["Matrix"], tuple[float, "Matrix"]]:
    """Mean negative log-likelihood and its gradient, as functions of all weights in one row."""
    import numpy as np

    of_scope, of_right = _matrix(judged, start.scope), _matrix(judged, start.right)
    weights = np.array([each.weight for each in judged])
    right = np.array([each.is_right for each in judged])
    outside = np.array([each.verdict is Verdict.OUT_OF_SCOPE for each in judged])
    count = len(start.scope)
    scope_before, right_before = _chance(of_scope @ before[:count]), _chance(of_right @ before[count:])
    opinion = trust * weights / weights.sum()

    def objective(theta: "Matrix") -> tuple[float, "Matrix"]:
        scope, answers = _chance(of_scope @ theta[:count]), _chance(of_right @ theta[count:])
        both = np.clip(scope * answers, 1e-9, 1 - 1e-9)
        likelihood = np.where(outside, np.log(1 - scope), np.where(right, np.log(both), np.log(1 - both)))
        odds = both / (1 - both)
        by_scope = np.where(outside, -scope, np.where(right, 1 - scope, -odds * (1 - scope)))
        by_right = np.where(outside, 0.0, np.where(right, 1 - answers, -odds * (1 - answers)))
        loss = -(weights @ likelihood)
        loss += opinion @ (_surprise(scope_before, scope) + _surprise(right_before, answers))
        loss += RIDGE * float((theta - before) @ (theta - before))
        gradient = np.concatenate(
            [
                of_scope.T @ (opinion * (scope - scope_before) - weights * by_scope),
                of_right.T @ (opinion * (answers - right_before) - weights * by_right),
            ]
        )
        return float(loss), gradient + 2 * RIDGE * (theta - before)

    return objective


def _matrix(judged: Sequence[Judged], names: Mapping[str, float]) -> "Matrix":
    import numpy as np

    return np.array(
        [[1.0 if name == CONSTANT else getattr(each.features, name) for name in names] for each in judged]
    )


def _chance(evidence: "Matrix") -> "Matrix":
    import numpy as np

    chance: Matrix = np.clip(1 / (1 + np.exp(-np.clip(evidence, -30, 30))), 1e-9, 1 - 1e-9)
    return chance


def _surprise(believed: "Matrix", said: "Matrix") -> "Matrix":
    """Cross-entropy of what is said now, to whoever believes what was said before."""
    import numpy as np

    surprise: Matrix = -(believed * np.log(said) + (1 - believed) * np.log(1 - said))
    return surprise


def cross_validated_losses(judged: Sequence[Judged], *, start: Fit) -> tuple[float, float]:
    """Mean loss of questions held back in turn: under `start`, and under what the others make of it."""
    shuffled = random.Random(FOLDS).sample(list(judged), len(judged))  # noqa: S311 - the same folds each time
    before = after = 0.0
    for fold in range(FOLDS):
        held = shuffled[fold::FOLDS]
        others = [each for at, each in enumerate(shuffled) if at % FOLDS != fold]
        before += loss(held, start)
        after += loss(held, fit(others, start=start))
    total = sum(each.weight for each in judged)
    return before / total, after / total


def loss(judged: Sequence[Judged], fitted: Fit) -> float:
    """Negative log-likelihood of the verdicts, each by its weight: the lower, the truer are the probabilities."""
    chances = (min(max(probability(each.features, fitted), 1e-9), 1 - 1e-9) for each in judged)
    return -sum(
        each.weight * math.log(chance if each.is_right else 1 - chance)
        for each, chance in zip(judged, chances, strict=True)
    )
