"""Signals to a ranking: how dense, lexical, identifier and phrasing evidence make one score for each article. Pure."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from search.lexical import IdentifierMatch

# How many passages to ask each index for: enough that a right article found by one of them is never cut off.
CANDIDATES = 100
# Weights: docs/decisions/003-fusion-and-confidence.md says how each was chosen and what else was tried.
LEXICAL_WEIGHT = 0.04
IDENTIFIER_WEIGHT = 1.0
PHRASING_WEIGHT = 0.4
# An identifier that more articles hold than this names a topic, not a thing.
COMMON_IDENTIFIER = 5


@dataclass(frozen=True)
class Signals:
    """All that the indexes say about one question. Every score list is best first."""

    dense: Sequence[tuple[int, float]]  # passage id, cosine
    lexical: Sequence[tuple[int, float]]  # passage id, BM25
    article_of: Mapping[int, int]  # passage id → article id, for every passage named here
    lexical_ceiling: float = 0.0  # LexicalIndex.ceiling of the question
    identified: Sequence[IdentifierMatch] = ()
    phrasings: Sequence[tuple[int, float]] = ()  # article id, cosine of a question that the article resolved


@dataclass(frozen=True)
class PassageHit:
    """A passage of a ranked article; a signal that did not find it says 0."""

    passage_id: int
    cosine: float
    lexical: float


@dataclass(frozen=True)
class RankedArticle:
    """An article and why it stands where it stands. Scores compare within one question only."""

    article_id: int
    score: float
    passages: tuple[PassageHit, ...]
    cosine: float
    lexical: float
    identifiers: tuple[str, ...] = field(default=())


def rank(signals: Signals, *, limit: int = 10) -> list[RankedArticle]:
    """Fuse the signals into at most `limit` articles, best first; the order of the input does not matter."""
    dense = _best_by_article(signals.dense, signals.article_of)
    lexical = _best_by_article(signals.lexical, signals.article_of)
    phrasing = _best(signals.phrasings)
    named = _named(signals)
    articles = dense.keys() | lexical.keys() | phrasing.keys() | named.keys()
    # An article below the cut of a list is at most as good as the list's last.
    floor = min(dense.values(), default=0.0)
    standing = _standing(lexical, articles)
    scores = {
        each: dense.get(each, floor)
        + LEXICAL_WEIGHT * standing[each]
        + PHRASING_WEIGHT * phrasing.get(each, 0.0)
        + IDENTIFIER_WEIGHT * sum(named.get(each, {}).values())
        for each in articles
    }
    best = sorted(articles, key=lambda each: (-scores[each], each))[:limit]
    hits = _hits(signals)
    return [
        RankedArticle(
            article_id=each,
            score=scores[each],
            passages=tuple(sorted(hits.get(each, ()), key=lambda hit: (-hit.cosine, -hit.lexical, hit.passage_id))),
            cosine=dense.get(each, 0.0),
            lexical=lexical.get(each, 0.0),
            identifiers=tuple(sorted(named.get(each, {}))),
        )
        for each in best
    ]


def _best(scored: Sequence[tuple[int, float]]) -> dict[int, float]:
    best: dict[int, float] = {}
    for key, score in scored:
        best[key] = max(score, best.get(key, score))
    return best


def _best_by_article(scored: Sequence[tuple[int, float]], article_of: Mapping[int, int]) -> dict[int, float]:
    return _best([(article_of[passage], score) for passage, score in scored])


def _named(signals: Signals) -> dict[int, dict[str, float]]:
    """Article → the question's identifiers that it holds, each weighing the less the more articles hold it."""
    named: dict[int, dict[str, float]] = {}
    for match in signals.identified:
        articles = {signals.article_of[passage] for passage in match.passage_ids}
        if len(articles) <= COMMON_IDENTIFIER:
            for each in articles:
                named.setdefault(each, {})[match.identifier] = 1 / len(articles)
    return named


def _standing(scores: Mapping[int, float], articles: set[int]) -> dict[int, float]:
    """Standard score of each article, one that was not found counting 0 before the scaling."""
    values = [scores.get(each, 0.0) for each in articles]
    spread = statistics.pstdev(values) if values else 0.0
    mean = statistics.fmean(values) if values else 0.0
    return {each: (scores.get(each, 0.0) - mean) / spread if spread else 0.0 for each in articles}


def _hits(signals: Signals) -> dict[int, list[PassageHit]]:
    cosine, lexical = dict(signals.dense), dict(signals.lexical)
    hits: dict[int, list[PassageHit]] = {}
    for passage in cosine.keys() | lexical.keys():
        hit = PassageHit(passage, cosine.get(passage, 0.0), lexical.get(passage, 0.0))
        hits.setdefault(signals.article_of[passage], []).append(hit)
    return hits


@dataclass(frozen=True)
class Features:
    """What tells a found answer from a nearest miss; none of it in units of one collection."""

    top_cosine: float = 0.0  # the first article's best passage
    mean_cosine: float = 0.0  # the five best passages of all
    margin: float = 0.0  # best cosine of the first article over the best of the others
    coverage: float = 0.0  # BM25 of the first article over its ceiling: the share of the question's words that it holds
    agreement: float = 0.0  # 1 / rank of the first article by words alone, 0 when words do not find it
    identified: float = 0.0  # 1 when the first article holds an identifier of the question that few others hold
    phrasing: float = 0.0  # cosine of the nearest question that the first article has resolved, 0 when none


NOTHING_FOUND = Features()


def features(question: str, signals: Signals, ranked: Sequence[RankedArticle]) -> Features:
    """Describe the first of `ranked`, as `rank` returned it for these signals; NOTHING_FOUND when it is empty."""
    if not ranked:
        return NOTHING_FOUND
    first = ranked[0]
    dense = _best_by_article(signals.dense, signals.article_of)
    lexical = _best_by_article(signals.lexical, signals.article_of)
    others = (score for article, score in dense.items() if article != first.article_id)
    better = sum(score > first.lexical for score in lexical.values())
    top_five = sorted((score for _, score in signals.dense), reverse=True)[:5]
    return Features(
        top_cosine=first.cosine,
        mean_cosine=statistics.fmean(top_five) if top_five else 0.0,
        margin=first.cosine - max(others, default=0.0),
        coverage=first.lexical / signals.lexical_ceiling if signals.lexical_ceiling else 0.0,
        agreement=1 / (1 + better) if first.lexical else 0.0,
        identified=float(bool(first.identifiers)),
        phrasing=_best(signals.phrasings).get(first.article_id, 0.0),
    )
