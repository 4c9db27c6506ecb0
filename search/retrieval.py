"""Question → candidates → authorised → ranked, with the features that confidence is judged by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb.models import Article, Reader
from kb.queries import audience_ids, readable
from search import engine
from search.models import Passage
from search.ranking import Features, RankedArticle, Signals, features, rank


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
    replica = engine.replica(embedder)
    vector = embedder.encode([question])[0] if embedder else None
    signals = replica.look_up(question, vector, audiences=audience_ids(user))
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
