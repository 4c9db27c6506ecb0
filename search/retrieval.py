"""Question → candidates → authorised → ranked, with the features that confidence is judged by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kb.models import Article, Reader
from kb.queries import audience_ids, readable
from search import engine
from search.models import Passage
from search.ranking import CANDIDATES, Features, RankedArticle, Signals, features, rank
from search.replica import Replica


@dataclass(frozen=True)
class Found:
    """What search found for one person. Everything in it was authorised by the database a moment ago."""

    ranked: list[RankedArticle]
    articles: dict[int, Article]
    passages: dict[int, Passage]
    features: Features
    fingerprint: str
    by_meaning: bool


def retrieve(question: str, *, user: Reader, limit: int = 10) -> Found:
    """The articles that come nearest to a question, among those that the person may read.

    The indexes filter by audience before they choose; the database then has the last word on every article and
    on which revision is live, before anything is ranked.
    """
    embedder = engine.embedder_if_possible()
    replica = engine.replica()
    vector = embedder.encode([question])[0] if embedder else None
    signals = _signals(question, vector, replica, audience_ids(user))
    articles, passages = _authorised(signals, user)
    allowed = _only(signals, {pk: passage.article_id for pk, passage in passages.items()})
    ranked = rank(allowed, limit=limit)
    return Found(
        ranked=ranked,
        articles=articles,
        passages=passages,
        features=features(question, allowed, ranked),
        fingerprint=replica.fingerprint,
        by_meaning=vector is not None,
    )


def _signals(
    question: str, vector: NDArray[np.float32] | None, replica: Replica, audiences: frozenset[int]
) -> Signals:
    dense = []
    if vector is not None and replica.vectors is not None:
        dense = replica.vectors.search(vector, CANDIDATES, audiences=audiences)
    lexical = replica.lexical.search(question, CANDIDATES, audiences=audiences)
    identified = replica.lexical.identified(question, audiences=audiences)
    named = {passage for match in identified for passage in match.passage_ids}
    article_of = replica.article_of({*dict(dense), *dict(lexical), *named})
    return Signals(
        dense=dense,
        lexical=lexical,
        article_of=article_of,
        lexical_ceiling=replica.lexical.ceiling(question),
        passages_in=replica.passages_in(set(article_of.values())),
        identified=identified,
    )


def _authorised(signals: Signals, user: Reader) -> tuple[dict[int, Article], dict[int, Passage]]:
    """The articles that the person may read now, and their passages that stand in the live revision."""
    articles = {each.pk: each for each in readable(user).filter(pk__in=set(signals.article_of.values()))}
    passages = {
        passage.pk: passage
        for passage in Passage.objects.filter(pk__in=signals.article_of.keys(), article__in=articles).defer(
            "vector"
        )
        if passage.revision_id == articles[passage.article_id].live_revision_id
    }
    return articles, passages


def _only(signals: Signals, article_of: dict[int, int]) -> Signals:
    """The signals without any passage that did not pass."""
    matches = (
        replace(match, passage_ids=match.passage_ids & article_of.keys()) for match in signals.identified
    )
    return replace(
        signals,
        dense=[hit for hit in signals.dense if hit[0] in article_of],
        lexical=[hit for hit in signals.lexical if hit[0] in article_of],
        identified=[match for match in matches if match.passage_ids],
        article_of=article_of,
    )


def similarity(question: str, texts: Sequence[str]) -> list[float]:
    """Cosine of each text with the question, by this process's model."""
    vectors = engine.embedder().encode([question, *texts])
    return [float(cosine) for cosine in vectors[1:] @ vectors[0]]
