"""Chance that the first article answers, from features that mean the same in every collection. Pure."""

import math

from search.ranking import NOTHING_FOUND, Features

# Below it the page says that it is not sure. Chosen on the curve in docs/decisions/003-fusion-and-confidence.md:
# there about 1 in 14 questions on a neighbouring product is answered, and 1 in 100 on anything at all.
ANSWER_THRESHOLD = 0.22

_INTERCEPT = -5.7
_MEAN_COSINE = 7.9
_LEAD = 8.0
_AGREEMENT = 0.4
_UNMATCHED = -0.8
_TITLED = 1.5


def probability(features: Features) -> float:
    """Chance from 0 to 1 that the first article answers the question; 0 when nothing was found.

    A logistic model fitted to first hits that were right or wrong, in two knowledge bases, with and without the
    right article, and to questions that neither answers; each weight held to the sign that its feature must have,
    then scaled to the share of right answers (Platt 1999). Valid for the model and the ranking that it was fitted
    with: fit it again when either changes. Sets, procedure and figures: docs/decisions/003-fusion-and-confidence.md.
    """
    if features == NOTHING_FOUND:
        return 0.0
    evidence = (
        _INTERCEPT
        + _MEAN_COSINE * features.mean_cosine
        + _LEAD * features.lead
        + _AGREEMENT * features.agreement
        + _UNMATCHED * features.unmatched
        + _TITLED * features.titled
    )
    return 1 / (1 + math.exp(-evidence))
