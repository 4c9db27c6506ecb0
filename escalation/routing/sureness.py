"""How sure a vote of neighbours is, learnt from what became of earlier votes. Pure.

The share of a vote is no probability: where half of all tickets go to one queue, half of any neighbours say so. So the
site's own past is asked what shares were worth, lately, and from which share up a machine may act by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.risk import risk_over_coverage

# Fewer outcomes than this tell nothing: then everything is offered, and nothing done.
ENOUGH = 50
# As many of the newest outcomes count, each guessed from tickets that were so many days older: what came just before
# had not been placed yet either.
RECENT = 1000
KNOWN_AFTER_DAYS = 7.0
# A threshold is held to the risk as if so many more votes above it had been seen, half of them wrong.
DOUBT = 10
# From this chance on a suggestion is worth an agent's glance; before there are enough outcomes, from this share.
WORTH_OFFERING = 0.4
WORTH_OFFERING_BLINDLY = 0.5
NEVER = 1.01


@dataclass(frozen=True)
class Outcome:
    """The share of an earlier vote, and whether people left the ticket there."""

    share: float
    right: bool


@dataclass(frozen=True)
class Sureness:
    """What shares are worth: a rising line of chances, and the share from which a machine may act."""

    shares: tuple[float, ...] = ()
    chances: tuple[float, ...] = ()
    acts_from: float = NEVER

    def chance(self, share: float) -> float | None:
        """The chance that a vote of this share is right; None while nobody can know."""
        return float(np.interp(share, self.shares, self.chances)) if self.shares else None

    def may_act(self, share: float) -> bool:
        return share >= self.acts_from

    def worth_offering(self, share: float) -> bool:
        chance = self.chance(share)
        return share >= WORTH_OFFERING_BLINDLY if chance is None else chance >= WORTH_OFFERING


def learn(outcomes: Sequence[Outcome], *, risk: float) -> Sureness:
    """What the outcomes say, when of the tickets that a machine places at most the share `risk` may be wrong."""
    if len(outcomes) < ENOUGH:
        return Sureness()
    from scipy.optimize import isotonic_regression

    ordered = sorted(outcomes, key=lambda each: each.share)
    shares = tuple(each.share for each in ordered)
    rising = isotonic_regression([float(each.right) for each in ordered]).x
    return Sureness(shares, tuple(map(float, rising)), _acts_from(outcomes, risk))


def _acts_from(outcomes: Sequence[Outcome], risk: float) -> float:
    """The least share from which up no more than `risk` were wrong, doubting a little."""
    points = risk_over_coverage([each.share for each in outcomes], [each.right for each in outcomes])
    threshold = NEVER
    for point in points:
        placed = point.coverage * len(outcomes)
        if (point.risk * placed + DOUBT / 2) / (placed + DOUBT) <= risk:
            threshold = point.threshold
    return threshold
