"""Signals to a ranking: how dense, lexical, identifier and phrasing evidence make one score for each article. Pure."""

import math
import statistics
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from search.lexical import IdentifierMatch
from search.titles import LEAST_LIKENESS

# How many passages to ask each index for: enough that a right article found by one of them is never cut off.
CANDIDATES = 100
# Weights: docs/decisions/003-fusion-and-confidence.md and 005-ranking-with-phrasings.md say how each was chosen and
# what else was tried.
SUPPORTING_PASSAGES = 5
SUPPORT = 0.6
LEXICAL_WEIGHT = 0.06
PHRASING_WEIGHT = 0.6
# Questions on one product are that near to each other whatever they ask.
PHRASING_FLOOR = 0.4
# An identifier that more articles hold than this names a topic, not a thing.
COMMON_IDENTIFIER = 8
# What an article gains whose title is the question, in proportion for one that is like it.
TITLE_WEIGHT = 0.2
# What an article loses whose review is late: of two that are equally near, the one that somebody looked after comes
# first. Small, because a late review is no wrong text: with a third of 193 articles late by chance, nDCG@10 on 227
# questions (.633) stayed within .005 in each of three draws; with .05 it fell by .018 in one of them.
OVERDUE_COST = 0.02
# More than all the rest together: an editor's word is the last one.
PINNED = 10.0
# How many words the question may have for each exact identifier in it before the identifier counts for less.
WORDS_AN_IDENTIFIER_CARRIES = 4


@dataclass(frozen=True)
class Signals:
    """All that the indexes say about one question. Every score list is best first."""

    dense: Sequence[tuple[int, float]]  # passage id, cosine
    lexical: Sequence[tuple[int, float]]  # passage id, BM25
    article_of: Mapping[int, int]  # passage id → article id, for every passage named here
    fingerprint: str = ""
    lexical_ceiling: float = 0.0  # LexicalIndex.ceiling of the question
    passages_in: Mapping[int, int] = field(
        default_factory=dict
    )  # article id → how many passages it has in all
    identified: Sequence[IdentifierMatch] = ()
    phrasings: Sequence[tuple[int, float]] = ()  # article id, cosine of a question that the article resolved
    pinned: frozenset[int] = frozenset()  # articles that editors pinned to this question
    overdue: AbstractSet[int] = frozenset()  # articles whose review is late
    by_meaning: bool = True  # whether the vectors were asked; if not, `dense` says nothing


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
    pinned: bool = False  # first by an editor's word; how near it comes by itself, `earned` says

    @property
    def earned(self) -> float:
        """The score that it would have without an editor's word."""
        return self.score - PINNED * self.pinned


def rank(signals: Signals, *, limit: int = 10) -> list[RankedArticle]:
    """Fuse the signals into at most `limit` articles, best first; the order of the input does not matter."""
    dense, lexical = _by_article(signals.dense, signals), _by_article(signals.lexical, signals)
    resolved, named, alike = _resolved(signals), _named(signals), _alike(signals)
    articles = dense.keys() | lexical.keys() | resolved.keys() | named.keys() | alike.keys() | signals.pinned
    nearness = _nearness(dense, articles, signals)
    words = _words(lexical, articles, _lexical_weight(signals, nearness))
    scores = {
        each: nearness[each]
        + words[each]
        + PHRASING_WEIGHT * resolved.get(each, 0.0)
        + sum(named.get(each, {}).values())
        + TITLE_WEIGHT * alike.get(each, 0.0)
        + PINNED * (each in signals.pinned)
        - OVERDUE_COST * (each in signals.overdue)
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
            pinned=each in signals.pinned,
        )
        for each in best
    ]


def _nearness(
    dense: Mapping[int, list[float]], articles: AbstractSet[int], signals: Signals
) -> dict[int, float]:
    """Each article's best cosine, moved towards the mean of its five best: one lucky passage is not enough.

    An article with fewer passages is judged by those. What is below the cut of the list counts as the list's last:
    so does an article that only a phrasing or a word led to.
    """
    floor = min((cosine for _, cosine in signals.dense), default=0.0)
    nearness = {}
    for each in articles:
        counted = sorted(dense.get(each, ()), reverse=True)[:SUPPORTING_PASSAGES]
        size = min(signals.passages_in.get(each, SUPPORTING_PASSAGES), SUPPORTING_PASSAGES)
        supporting = counted + [floor] * (size - len(counted)) or [floor]
        nearness[each] = (supporting[0] + SUPPORT * statistics.fmean(supporting)) / (1 + SUPPORT)
    return nearness


def _lexical_weight(signals: Signals, nearness: Mapping[int, float]) -> float:
    """Trust words the more, the more of what the question says one passage holds, and the less near any article is.

    A long story is covered by no passage and its words are mostly noise; a few technical words that the model does
    not know are near to nothing and stand in some passage.
    """
    best = max((score for _, score in signals.lexical), default=0.0)
    covered = best / signals.lexical_ceiling if signals.lexical_ceiling else 0.0
    doubt = 1 - max(nearness.values(), default=0.0)
    return LEXICAL_WEIGHT * math.sqrt(min(covered, 1.0)) * max(doubt, 0.0)


def _by_article(scored: Sequence[tuple[int, float]], signals: Signals) -> dict[int, list[float]]:
    grouped: dict[int, list[float]] = {}
    for passage, score in scored:
        grouped.setdefault(signals.article_of[passage], []).append(score)
    return grouped


def _resolved(signals: Signals) -> dict[int, float]:
    """Article → how much the questions that it resolved speak for it; several that agree say more than one.

    The root of the sum of squares of what each is nearer than the floor: the weakest of a full list, or what any
    two questions on one product share. Merely being in the list adds nothing, and neither do the first few that a
    site has.
    """
    weakest = min((cosine for _, cosine in signals.phrasings), default=0.0)
    floor = max(PHRASING_FLOOR, weakest if len(signals.phrasings) >= CANDIDATES else 0.0)
    squares: dict[int, float] = {}
    for article, cosine in sorted(signals.phrasings):
        squares[article] = squares.get(article, 0.0) + max(cosine - floor, 0.0) ** 2
    return {article: math.sqrt(total) for article, total in squares.items()}


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


def _words(lexical: Mapping[int, list[float]], articles: AbstractSet[int], weight: float) -> dict[int, float]:
    """What its best BM25 adds to each article: the square, with its sign, of its standard score among all candidates.

    Squared, because a passage that stands out in words says much, and one that is a little above the others nothing.
    """
    values = {each: max(lexical.get(each, [0.0])) for each in articles}
    mean = statistics.fmean(values.values()) if values else 0.0
    spread = statistics.pstdev(values.values()) if values else 0.0
    standing = {each: (value - mean) / spread if spread else 0.0 for each, value in values.items()}
    return {each: weight * score * abs(score) for each, score in standing.items()}


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


def tells_of_a_pin(score: float) -> bool:
    """Whether a score that was kept has an editor's word in it: nothing else lifts one so far."""
    return score >= PINNED / 2


# Nearer than this are all but a few real questions to some article, and most talk of anything else is not.
CLOSE = 0.3


def comes_close(article: RankedArticle) -> bool:
    """Whether an article is worth showing to somebody whose question it may not answer.

    Without a model there are only words to go by, and each word that is found counts.
    """
    return (
        article.pinned
        or article.cosine >= CLOSE
        or bool(article.identifiers)
        or (not article.cosine and article.lexical > 0)
    )
