"""Fitting confidence to a site's own judged questions, and keeping what was fitted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from search.calibration import confidence_for
from search.confidence import Fit
from search.fitting import Judged, Verdict, cross_validated_losses, fit
from search.models import Calibration
from search.risk import with_thresholds

LEAST_JUDGED = 30
LEAST_OF_EACH = 10


class TooFewJudged(Exception):
    """There is too little to fit to; the message says how much there is and what is needed."""


class NoBetter(Exception):
    """What was fitted tells right from wrong no better than what the site has."""


@dataclass(frozen=True)
class Calibrated:
    """What a calibration changed. Losses are mean negative log-likelihoods on questions held back, lower is better."""

    before: Fit
    after: Fit
    loss_before: float
    loss_after: float
    counts: dict[str, int]


def calibrate(judged: Sequence[Judged], *, fingerprint: str, risk: float) -> Calibrated:
    """Fit confidence to judged questions of one index, for at most this share of wrong answers. Stores nothing.

    TooFewJudged, or NoBetter when questions that were held back say so.
    """
    counts = Counter(each.verdict.value for each in judged)
    right, total = counts[Verdict.RIGHT], len(judged)
    if total < LEAST_JUDGED or right < LEAST_OF_EACH or total - right < LEAST_OF_EACH:
        raise TooFewJudged(
            f"{total} judged questions are too few: {right} right, {counts[Verdict.WRONG]} wrong, "
            f"{counts[Verdict.OUT_OF_SCOPE]} out of scope. At least {LEAST_JUDGED} are needed, {LEAST_OF_EACH} of "
            f"them right and {LEAST_OF_EACH} not. People judge answers with “This solved it” and “Not quite”; "
            "labelled questions can be named with --queries, --qrels and --out-of-scope."
        )
    before = confidence_for(fingerprint).fit
    loss_before, loss_after = cross_validated_losses(judged, start=before)
    if loss_after > loss_before:
        raise NoBetter(
            f"The confidence that the site has tells these questions apart better ({loss_before:.3f} against "
            f"{loss_after:.3f} on questions held back). It stays."
        )
    after = with_thresholds(fit(judged, start=before), judged, risk=risk)
    return Calibrated(before, after, loss_before, loss_after, dict(counts))


def keep(calibrated: Calibrated, *, fingerprint: str, risk: float) -> Calibration:
    """From the next question on, this is how sure the site is. Earlier calibrations stay on record."""
    return Calibration.objects.create(
        fingerprint=fingerprint,
        weights={"scope": dict(calibrated.after.scope), "right": dict(calibrated.after.right)},
        answer_from=calibrated.after.answer_from,
        maybe_from=calibrated.after.maybe_from,
        risk=risk,
        counts=calibrated.counts,
    )
