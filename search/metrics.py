"""Measures of a ranking and of a score, in their standard definitions. Pure Python."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence


def _first(k: int, ranked_ids: Sequence[str]) -> list[str]:
    """The first k distinct ids: a ranking is not paid twice for one document."""
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    return list(dict.fromkeys(ranked_ids))[:k]


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def ndcg_at(k: int, ranked_ids: Sequence[str], relevant: Mapping[str, float]) -> float:
    """Normalised discounted cumulative gain of the first k, 0 to 1; 0 when nothing is relevant.

    `relevant` maps an id to its grade. The gain is the grade itself and the discount log2(rank + 1), as in
    trec_eval's `ndcg_cut` (Järvelin and Kekäläinen 2002), not the exponential gain of other toolkits.
    """
    gains = [max(relevant.get(each, 0.0), 0.0) for each in _first(k, ranked_ids)]
    ideal = sorted((grade for grade in relevant.values() if grade > 0), reverse=True)[:k]
    return _discounted(gains) / _discounted(ideal) if ideal else 0.0


def hit_at(k: int, ranked_ids: Sequence[str], relevant: Collection[str]) -> float:
    """1.0 when at least one of the first k is relevant, else 0.0 (trec_eval's `success`)."""
    return float(any(each in relevant for each in _first(k, ranked_ids)))


def reciprocal_rank_at(k: int, ranked_ids: Sequence[str], relevant: Collection[str]) -> float:
    """1 / rank of the first relevant one among the first k, 0.0 when there is none (Voorhees 1999)."""
    ranks = (rank for rank, each in enumerate(_first(k, ranked_ids), start=1) if each in relevant)
    return 1 / next(ranks, math.inf)


def recall_at(k: int, ranked_ids: Sequence[str], relevant: Collection[str]) -> float:
    """Share of the relevant ids among the first k, 0 to 1; 0 when nothing is relevant (trec_eval's `recall`)."""
    wanted = set(relevant)
    return len(wanted.intersection(_first(k, ranked_ids))) / len(wanted) if wanted else 0.0


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """Chance that a positive scores above a negative, ties counting half (Mann-Whitney U / (n·m)).

    Raises ValueError when either side is empty: the area is then undefined.
    """
    if not positives or not negatives:
        raise ValueError("auroc needs at least one positive and one negative score")
    ordered = sorted(negatives)
    wins = sum(_below_and_half_ties(ordered, score) for score in positives)
    return wins / (len(positives) * len(negatives))


def _below_and_half_ties(ordered: list[float], score: float) -> float:
    return (bisect_left(ordered, score) + bisect_right(ordered, score)) / 2


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` (0 to 100) of the values lie, interpolated linearly.

    Hyndman and Fan's type 7, numpy's default. Raises ValueError on no values or a percent out of range.
    """
    if not values or not 0 <= percent <= 100:
        raise ValueError("percentile needs values and a percent from 0 to 100")
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    lower = math.floor(position)
    upper = min(lower + 1, len(ordered) - 1)
    return ordered[lower] + (ordered[upper] - ordered[lower]) * (position - lower)
