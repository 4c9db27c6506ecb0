"""Signals to a ranking: how dense, lexical, identifier and phrasing evidence make one score for each article. Pure."""

import statistics
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from search.lexical import LEAST_LIKENESS, IdentifierMatch, identifiers

# How many passages to ask each index for: enough that a right article found by one of them is never cut off.
CANDIDATES = 100
# Weights: docs/decisions/003-fusion-and-confidence.md says how each was chosen and what else was tried.
SUPPORTING_PASSAGES = 5
SUPPORT = 0.6
LEXICAL_BASE = 0.01
LEXICAL_GAIN = 0.06
PHRASING_WEIGHT = 0.8
# An identifier that more articles hold than this names a topic, not a thing.
COMMON_IDENTIFIER = 8
# What an article gains whose title is the question, in proportion for one that is like it.
TITLE_WEIGHT = 0.2
# How many words the question may have for each exact identifier in it before the identifier counts for less.
WORDS_AN_IDENTIFIER_CARRIES = 4


@dataclass(frozen=True)
class Signals:
    """All that the indexes say about one question. Every score list is best first."""

    dense: Sequence[tuple[int, float]]  # passage id, cosine
    lexical: Sequence[tuple[int, float]]  # passage id, BM25
    article_of: Mapping[int, int]  # passage id → article id, for every passage named here
    lexical_ceiling: float = 0.0  # LexicalIndex.ceiling of the question
    passages_in: Mapping[int, int] = field(
        default_factory=dict
    )  # article id → how many passages it has in all
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
    titled: float = 0.0  # how nearly the question is its title, or names it by a code that no other title has


def rank(signals: Signals, *, limit: int = 10) -> list[RankedArticle]:
    """Fuse the signals into at most `limit` articles, best first; the order of the input does not matter."""
    dense, lexical = _by_article(signals.dense, signals), _by_article(signals.lexical, signals)
    phrasing, named, alike = _above_floor(_best(signals.phrasings)), _named(signals), _alike(signals)
    articles = dense.keys() | lexical.keys() | phrasing.keys() | named.keys() | alike.keys()
    # What is below the cut of the list is at most as near as the list's last.
    floor = min((cosine for _, cosine in signals.dense), default=0.0)
    standing, weight = _standing(lexical, articles), _lexical_weight(signals)
    scores = {
        each: _nearness(dense.get(each, []), signals.passages_in.get(each, SUPPORTING_PASSAGES), floor)
        + weight * standing[each]
        + PHRASING_WEIGHT * phrasing.get(each, 0.0)
        + sum(named.get(each, {}).values())
        + TITLE_WEIGHT * alike.get(each, 0.0)
        for each in articles
    }
    hits, entitled = _hits(signals), _entitled(signals)
    best = sorted(articles, key=lambda each: (-scores[each], each))[:limit]
    return [
        RankedArticle(
            article_id=each,
            score=scores[each],
            passages=hits.get(each, ()),
            cosine=max(dense.get(each, [0.0])),
            lexical=max(lexical.get(each, [0.0])),
            identifiers=tuple(sorted(named.get(each, {}))),
            titled=max(alike.get(each, 0.0), entitled.get(each, 0.0)),
        )
        for each in best
    ]


def _nearness(cosines: list[float], size: int, floor: float) -> float:
    """The best passage's cosine, moved towards the mean of the article's five best: one lucky passage is not enough.

    An article with fewer passages (`size`) is judged by those; a passage that was not found counts as the floor.
    """
    counted = sorted(cosines, reverse=True)[:SUPPORTING_PASSAGES]
    missing = max(min(size, SUPPORTING_PASSAGES) - len(counted), 0)
    supporting = counted + [floor] * missing or [floor]
    return (supporting[0] + SUPPORT * statistics.fmean(supporting)) / (1 + SUPPORT)


def _lexical_weight(signals: Signals) -> float:
    """Trust words the more, the more of what the question says one passage holds; a long story holds mostly noise."""
    best = max((score for _, score in signals.lexical), default=0.0)
    covered = best / signals.lexical_ceiling if signals.lexical_ceiling else 0.0
    return LEXICAL_BASE + LEXICAL_GAIN * min(covered, 1.0)


def _by_article(scored: Sequence[tuple[int, float]], signals: Signals) -> dict[int, list[float]]:
    grouped: dict[int, list[float]] = {}
    for passage, score in scored:
        grouped.setdefault(signals.article_of[passage], []).append(score)
    return grouped


def _best(scored: Sequence[tuple[int, float]]) -> dict[int, float]:
    best: dict[int, float] = {}
    for key, score in scored:
        best[key] = max(score, best.get(key, score))
    return best


def _above_floor(scores: Mapping[int, float]) -> dict[int, float]:
    """Each score over the lowest, so that merely being in the list adds nothing."""
    floor = min(scores.values(), default=0.0)
    return {each: score - floor for each, score in scores.items()}


def _named(signals: Signals) -> dict[int, dict[str, float]]:
    """Article → the question's identifiers that it holds and what each adds to the score, at most 1.

    The fewer articles hold it, the more it says; and the less else the question says, the more it is what was meant.
    Articles that have a code in their title share it among themselves: others only mention it.
    """
    named: dict[int, dict[str, float]] = {}
    for match in signals.identified:
        if match.likeness:
            continue
        articles = {signals.article_of[passage] for passage in match.passage_ids}
        titled = _titled_by(match, signals)
        if len(articles) <= COMMON_IDENTIFIER:
            for each in articles:
                among = len(titled) if each in titled else len(articles)
                named.setdefault(each, {})[match.identifier] = _carried(match) / among
    return named


def _carried(match: IdentifierMatch) -> float:
    """How much of the question an identifier is, at most 1."""
    return min(1.0, (WORDS_AN_IDENTIFIER_CARRIES if match.exact else 1) * match.share)


def _titled_by(match: IdentifierMatch, signals: Signals) -> set[int]:
    """The articles with this code in their title; a name without a digit is only a word there (iPhone)."""
    if not match.exact or not any(letter.isdigit() for letter in match.identifier):
        return set()
    return {signals.article_of[passage] for passage in match.titled & match.passage_ids}


def _alike(signals: Signals) -> dict[int, float]:
    """Article → how nearly the question is its title: 0 for the least likeness that is told, 1 for the title itself."""
    return {
        signals.article_of[passage]: (match.likeness - LEAST_LIKENESS) / (1 - LEAST_LIKENESS)
        for match in signals.identified
        for passage in match.passage_ids
        if match.likeness
    }


def _entitled(signals: Signals) -> dict[int, float]:
    """Article → how much of the question is a code that its title has, and no other title."""
    found: dict[int, float] = {}
    for match in signals.identified:
        articles = _titled_by(match, signals)
        if len(articles) == 1:
            found.update({each: max(_carried(match), found.get(each, 0.0)) for each in articles})
    return found


def _standing(lexical: Mapping[int, list[float]], articles: AbstractSet[int]) -> dict[int, float]:
    """Standard score of each article's best BM25, among all candidates; one that words did not find counts 0."""
    values = {each: max(lexical.get(each, [0.0])) for each in articles}
    mean = statistics.fmean(values.values()) if values else 0.0
    spread = statistics.pstdev(values.values()) if values else 0.0
    return {each: (value - mean) / spread if spread else 0.0 for each, value in values.items()}


def _hits(signals: Signals) -> dict[int, tuple[PassageHit, ...]]:
    """Article → its passages, the nearest first."""
    cosine, lexical = dict(signals.dense), dict(signals.lexical)
    hits: dict[int, list[PassageHit]] = {}
    named = {passage for match in signals.identified for passage in match.passage_ids}
    for passage in cosine.keys() | lexical.keys() | named:
        hit = PassageHit(passage, cosine.get(passage, 0.0), lexical.get(passage, 0.0))
        hits.setdefault(signals.article_of[passage], []).append(hit)
    return {
        article: tuple(sorted(found, key=lambda hit: (-hit.cosine, -hit.lexical, hit.passage_id)))
        for article, found in hits.items()
    }


# Nearer than this are all but a few real questions to some article, and most talk of anything else is not.
CLOSE = 0.3


def comes_close(article: RankedArticle) -> bool:
    """Whether an article is worth showing to somebody whose question it may not answer.

    Without a model there are only words to go by, and each word that is found counts.
    """
    return (
        article.cosine >= CLOSE or bool(article.identifiers) or (not article.cosine and article.lexical > 0)
    )


@dataclass(frozen=True)
class Features:
    """What tells a found answer from a nearest miss; none of it depends on the size of the collection."""

    mean_cosine: float = 0.0  # of the five nearest passages: is this what the collection is about at all?
    lead: float = 0.0  # fused score of the first article over that of the second
    agreement: float = 0.0  # 1 / rank of the first article by words alone, 0 when words do not find it
    unmatched: float = 0.0  # share of the question's identifiers that the first article does not hold
    titled: float = (
        0.0  # how nearly the question is the first article's title, or a code that only this title has
    )


NOTHING_FOUND = Features()


def features(question: str, signals: Signals, ranked: Sequence[RankedArticle]) -> Features:
    """Describe the first of `ranked`, as `rank` returned it for these signals; NOTHING_FOUND when it is empty."""
    if not ranked:
        return NOTHING_FOUND
    first = ranked[0]
    lexical = _by_article(signals.lexical, signals)
    better = sum(max(scores) > first.lexical for scores in lexical.values())
    nearest = sorted((cosine for _, cosine in signals.dense), reverse=True)[:5]
    asked = identifiers(question)
    return Features(
        mean_cosine=statistics.fmean(nearest) if nearest else 0.0,
        lead=first.score - ranked[1].score if len(ranked) > 1 else 0.0,
        agreement=1 / (1 + better) if first.lexical else 0.0,
        unmatched=len(asked.difference(first.identifiers)) / len(asked) if asked else 0.0,
        titled=first.titled,
    )
