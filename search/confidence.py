"""Chance that the first article answers, from features that mean the same in every knowledge base. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum, auto

from search.features import NOTHING_FOUND, Features

CONSTANT = "constant"
_KNOWN = frozenset({CONSTANT, *(field.name for field in fields(Features))})


class Level(Enum):
    """What is shown: quotes; articles that may be it; or "not sure" with what is nearest."""

    ANSWER = auto()
    MAYBE = auto()
    UNSURE = auto()


@dataclass(frozen=True)
class Fit:
    """Weights of two logistic models, by name of the feature, and the least chances at which something is shown.

    The chance is P(the question is one for these articles) x P(the first article answers it, given that it is one).
    """

    scope: Mapping[str, float]
    right: Mapping[str, float]
    answer_from: float
    maybe_from: float

    @property
    def is_understood(self) -> bool:
        """Whether every weight is of a feature that this version knows."""
        return {*self.scope, *self.right} <= _KNOWN


# Fitted with the packaged model, and the fingerprints of the indexes that it holds for: a new model, splitter or
# ranking needs a new fit. Sets, procedure and figures: docs/decisions/006-calibrated-confidence.md.
SHIPPED_FOR = frozenset({"0d14f6139b5ef817"})
SHIPPED = Fit(
    scope={CONSTANT: -16.7, "cosine": 27.35, "asked_nearer": 33.0, "named": 9.18, "titled": 2.44},
    right={
        CONSTANT: -1.32,
        "lead": 6.22,
        "agreement": 0.65,
        "unmatched": -0.53,
        "named": 0.79,
        "titled": 0.15,
    },
    answer_from=0.35,
    maybe_from=0.12,
)
# For any other model, whose cosines may mean anything: only names and titles count, and words have to agree.
CAUTIOUS = Fit(
    scope={CONSTANT: -2.3, "named": 3.6, "titled": 4.5},
    right={CONSTANT: 0.0, "agreement": 3.0},
    answer_from=0.6,
    maybe_from=0.2,
)


def probability(features: Features, fit: Fit = SHIPPED) -> float:
    """Chance from 0 to 1 that the first article answers the question; 0 when nothing was found."""
    if features == NOTHING_FOUND:
        return 0.0
    return _chance(features, fit.scope) * _chance(features, fit.right)


def _chance(features: Features, weights: Mapping[str, float]) -> float:
    evidence = sum(
        weight * (1.0 if name == CONSTANT else getattr(features, name)) for name, weight in weights.items()
    )
    return 1 / (1 + math.exp(-min(max(evidence, -30.0), 30.0)))


def level(chance: float, fit: Fit = SHIPPED) -> Level:
    """What to show for a chance that the first article answers."""
    if chance >= fit.answer_from:
        return Level.ANSWER
    return Level.MAYBE if chance >= fit.maybe_from else Level.UNSURE
