"""How sure to be of what was found: as this site calibrated it, as it ships, or with caution when neither fits."""

import logging
from dataclasses import dataclass
from functools import lru_cache

from search.confidence import CAUTIOUS, SHIPPED, SHIPPED_FOR, Fit, Level, level, probability
from search.models import Calibration
from search.pins import shown_under
from search.retrieval import Found

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Confidence:
    """What the index of one fingerprint is judged by. Cautious: nothing was fitted to its model."""

    fit: Fit
    is_cautious: bool = False


@dataclass(frozen=True)
class Judgement:
    """The chance that the first article answers, and what to show for it."""

    probability: float
    level: Level
    is_cautious: bool = False


def judge(found: Found) -> Judgement:
    """Judge what was found for one question. Words alone, without meaning, are never sure."""
    confidence = confidence_for(found.fingerprint)
    chance = probability(found.features, confidence.fit) if found.by_meaning else 0.0
    shown = shown_under(found.ranked, level(chance, confidence.fit))
    return Judgement(chance, shown, confidence.is_cautious)


def is_cautious(fingerprint: str) -> bool:
    """Whether questions to an index are judged with more caution than usual, as nothing was fitted to its model."""
    return fingerprint not in SHIPPED_FOR and confidence_for(fingerprint).is_cautious


def confidence_for(fingerprint: str) -> Confidence:
    """The newest calibration of this very index; without one, what ships for it, or what any model can be trusted with.

    A calibration that names other features than this version knows counts as none.
    """
    own = Calibration.objects.filter(fingerprint=fingerprint).first()
    if own is not None:
        fitted = Fit(**own.weights, answer_from=own.answer_from, maybe_from=own.maybe_from)
        if fitted.is_understood:
            return Confidence(fitted)
        _say_once(f"The calibration of {own.fitted_at:%Y-%m-%d} is of another version; run calibrate again.")
    if fingerprint in SHIPPED_FOR:
        return Confidence(SHIPPED)
    _say_once(
        f"Confidence was never fitted to the index {fingerprint}: search is cautious. Run calibrate to fit it."
    )
    return Confidence(CAUTIOUS, is_cautious=True)


@lru_cache(maxsize=16)
def _say_once(what: str) -> None:
    """Each warning once a process, not with every question."""
    logger.warning("%s", what)
