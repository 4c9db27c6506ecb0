"""What tells a found answer from a nearest miss, in terms that mean the same in every knowledge base. Pure."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from search.identifiers import identifiers
from search.ranking import RankedArticle, Signals

# How many phrasings are looked at, and how many articles the first is held against: few, so that a knowledge base of
# ten articles gives the same figures as one of ten thousand.
NEAREST = 3
RIVALS = 3
# From here on more lead says no more; an identifier alone is worth 1.
LONGEST_LEAD = 0.7
# How many words a question may have for each identifier that its article holds, before the identifier counts for less.
WORDS_A_NAME_CARRIES = 4


@dataclass(frozen=True)
class Features:
    """What tells a found answer from a nearest miss; each is 0 where nothing is known, as of a site without phrasings.

    cosine         of the nearest passage: is this what the collection is about at all?
    asked_nearer   by how much the three nearest phrasings are nearer still, whichever articles resolved them
    lead           fused score of the first article over the mean of the next three, at most LONGEST_LEAD
    agreement      1 / rank of the first article by words alone, 0 when words do not find it
    unmatched      share of the question's identifiers that the first article does not hold
    named          how much of the question is an identifier that the first article holds, and few others, 0 to 1
    titled         how nearly the question is the first article's title, or a code that only this title has, 0 to 1
    """

    cosine: float = 0.0
    asked_nearer: float = 0.0
    lead: float = 0.0
    agreement: float = 0.0
    unmatched: float = 0.0
    named: float = 0.0
    titled: float = 0.0


NOTHING_FOUND = Features()


def features(question: str, signals: Signals, ranked: Sequence[RankedArticle]) -> Features:
    """Describe the first of `ranked`, as `rank` returned it for these signals; NOTHING_FOUND when it is empty."""
    if not ranked:
        return NOTHING_FOUND
    first = ranked[0]
    cosine = max((cosine for _, cosine in signals.dense), default=0.0)
    phrasings = sorted(signals.phrasings, key=lambda hit: -hit[1])[:NEAREST]
    asked = identifiers(question)
    return Features(
        cosine=cosine,
        asked_nearer=_asked_nearer(cosine, phrasings),
        lead=min(lead(ranked), LONGEST_LEAD),
        agreement=_agreement(signals, first),
        unmatched=len(asked.difference(first.identifiers)) / len(asked) if asked else 0.0,
        named=_named(signals, first),
        titled=first.titled,
    )


def lead(ranked: Sequence[RankedArticle]) -> float:
    """The score of the first over the mean of the best three others, 0 where there is none. A pin earns nothing.

    Below 0 when only an editor's word made the first one the first.
    """
    rivals = sorted((each.earned for each in ranked[1:]), reverse=True)[:RIVALS]
    return ranked[0].earned - statistics.fmean(rivals) if rivals else 0.0


def _asked_nearer(cosine: float, phrasings: Sequence[tuple[int, float]]) -> float:
    nearest = [near for _, near in phrasings]
    return max(statistics.fmean(nearest) - cosine, 0.0) if nearest else 0.0


def _agreement(signals: Signals, first: RankedArticle) -> float:
    better = sum(score > first.lexical for score in _best_words(signals).values())
    return 1 / (1 + better) if first.lexical else 0.0


def _best_words(signals: Signals) -> dict[int, float]:
    """Article → the best BM25 of its passages."""
    best: dict[int, float] = {}
    for passage, score in signals.lexical:
        article = signals.article_of[passage]
        best[article] = max(score, best.get(article, score))
    return best


def _named(signals: Signals, first: RankedArticle) -> float:
    """How much of the question its identifiers are that an article holds, shared with the others that hold them."""
    named = 0.0
    for match in signals.identified:
        holders = {signals.article_of[passage] for passage in match.passage_ids}
        if match.exact and not match.likeness and first.article_id in holders:
            named += min(1.0, WORDS_A_NAME_CARRIES * match.share) / len(holders)
    return min(named, 1.0)
