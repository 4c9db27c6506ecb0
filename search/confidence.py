"""Chance that the first article answers, from features that mean the same in every collection. Pure."""

import math

from search.ranking import NOTHING_FOUND, Features

ANSWER_THRESHOLD = 0.5
# A first setting by hand, until the fit.
_INTERCEPT = -7.0
_TOP_COSINE, _MEAN_COSINE, _MARGIN, _COVERAGE, _AGREEMENT, _IDENTIFIED, _PHRASING = 6.0, 5.0, 4.0, 2.0, 0.5, 6.0, 1.0


def probability(features: Features) -> float:
    """Chance from 0 to 1 that the first article answers the question; 0 when nothing was found."""
    if features == NOTHING_FOUND:
        return 0.0
    evidence = (
        _INTERCEPT
        + _TOP_COSINE * features.top_cosine
        + _MEAN_COSINE * features.mean_cosine
        + _MARGIN * features.margin
        + _COVERAGE * features.coverage
        + _AGREEMENT * features.agreement
        + _IDENTIFIED * features.identified
        + _PHRASING * features.phrasing
    )
    return 1 / (1 + math.exp(-evidence))
