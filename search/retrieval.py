"""Question → candidates → authorised → ranked, with the features that confidence is judged by."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from django.db.models import Q

from kb.models import Article, Reader
from kb.queries import audience_ids, readable
from search import engine, steering
from search.features import Features, features
from search.likeness import likeness
from search.models import Passage
from search.ranking import PassageHit, RankedArticle, Signals, rank


@dataclass(frozen=True)
class Found:
    """What search found for one person. Everything in it was authorised by the database a moment ago."""

    ranked: list[RankedArticle]
    articles: dict[int, Article]
    passages: dict[int, Passage]
    features: Features
    fingerprint: str
    by_meaning: bool
    likeness: Callable[[Sequence[str]], list[float]] | None = None  # cosines of texts with the question


def retrieve(question: str, *, user: Reader, limit: int = 10, besides: frozenset[int] = frozenset()) -> Found:
    """The articles that come nearest to a question, among those that the person may read.

    The indexes filter by audience before they choose; the database then has the last word on every article and
    on which revision is live, before anything is ranked. Articles in `besides` are passed over.
    """
    embedder = engine.embedder_if_possible()
    replica = engine.replica(embedder)
    audiences = audience_ids(user)
    if embedder:
        # The model makes nothing of "pritner"; what is looked up and judged is what was meant.
        words = replica.contents.lexical
        question = words.respelt(question, audiences=audiences, is_word=embedder.knows)
    widened = steering.widened(question)
    vector = embedder.encode([widened])[0] if embedder else None
    signals = replica.look_up(question, vector, audiences=audiences, widened=widened)
    signals = replace(signals, pinned=steering.pinned(question))
    candidates, places = _authorised(signals, user, besides)
    allowed = _only(signals, {pk: place.article_id for pk, place in places.items()}, set(candidates))
    allowed = replace(allowed, overdue={pk for pk, article in candidates.items() if article.is_overdue})
    ranked = _with_a_passage(rank(allowed, limit=limit), places.values())
    articles, passages = _texts(ranked, user)
    ranked = [each for each in ranked if each.passages[0].passage_id in passages]
    return Found(
        ranked=ranked,
        articles=articles,
        passages=passages,
        features=features(question, allowed, ranked),
        fingerprint=replica.fingerprint,
        by_meaning=vector is not None and not replica.is_by_words_alone,
        likeness=partial(likeness, vector, embedder=embedder) if embedder and vector is not None else None,
    )


class _Place(NamedTuple):
    """Where a candidate passage stands, without its text."""

    pk: int
    article_id: int
    revision_id: int
    ordinal: int


def _authorised(
    signals: Signals, user: Reader, besides: frozenset[int]
) -> tuple[dict[int, Article], dict[int, _Place]]:
    """The articles that the person may read now, and their passages that stand in the live revision.

    Without their texts: there are a hundred candidates, of which ten are shown. An article that no passage led to
    comes with its first one.
    """
    named = {*signals.article_of.values(), *dict(signals.phrasings), *signals.pinned} - besides
    mine = Article.objects.visible_to(user).only("live_revision_id", "review_by")
    articles = {each.pk: each for each in mine.filter(pk__in=named)}
    found = Q(pk__in=signals.article_of.keys())
    unled = named - set(signals.article_of.values())
    first = Q(article__in=unled, ordinal=0, fingerprint=signals.fingerprint)
    rows = Passage.objects.filter(found | first, article__in=articles).values_list(*_Place._fields)
    places = {
        place.pk: place
        for place in map(_Place._make, rows)
        if place.revision_id == articles[place.article_id].live_revision_id
    }
    return articles, places


def _texts(ranked: list[RankedArticle], user: Reader) -> tuple[dict[int, Article], dict[int, Passage]]:
    """What may be shown of the ranked articles: authorised once more, as time has passed."""
    articles = {each.pk: each for each in readable(user).filter(pk__in=[each.article_id for each in ranked])}
    hits = {hit.passage_id for each in ranked for hit in each.passages}
    passages = {
        passage.pk: passage
        for passage in Passage.objects.filter(pk__in=hits, article__in=articles).defer("vector")
        if passage.revision_id == articles[passage.article_id].live_revision_id
    }
    return articles, passages


def _only(signals: Signals, article_of: dict[int, int], articles: set[int]) -> Signals:
    """The signals without any passage or article that did not pass."""
    matches = (
        replace(match, passage_ids=match.passage_ids & article_of.keys()) for match in signals.identified
    )
    return replace(
        signals,
        dense=[hit for hit in signals.dense if hit[0] in article_of],
        lexical=[hit for hit in signals.lexical if hit[0] in article_of],
        identified=[match for match in matches if match.passage_ids],
        phrasings=[hit for hit in signals.phrasings if hit[0] in articles],
        pinned=signals.pinned & articles,
        article_of=article_of,
    )


def _with_a_passage(ranked: list[RankedArticle], places: Iterable[_Place]) -> list[RankedArticle]:
    """Each with at least one passage to point at: what a phrasing or a pin led to begins with its first."""
    first_of: dict[int, int] = {}
    for place in sorted(places, key=lambda each: each.ordinal):
        first_of.setdefault(place.article_id, place.pk)
    return [
        each
        if each.passages
        else replace(each, passages=(PassageHit(first_of[each.article_id], each.cosine, each.lexical),))
        for each in ranked
        if each.passages or each.article_id in first_of
    ]
