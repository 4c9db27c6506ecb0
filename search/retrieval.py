"""Question → candidates → authorised → ranked, with the features that confidence is judged by."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from numpy.typing import NDArray

from kb.models import Article, Reader
from kb.queries import audience_ids
from search import engine, steering
from search.embedding import Embedder
from search.features import Features, features
from search.gists import Gist
from search.identifiers import exact_identifiers
from search.likeness import Vectors, likeness
from search.models import Passage
from search.ranking import PassageHit, RankedArticle, Signals, rank
from search.wording import in_plain_letters

# The first is held against others of so many, however few are wanted.
RIVALS_FROM = 10


@dataclass(frozen=True)
class Found:
    """What search found for one person. Everything in it was authorised by the database a moment ago."""

    ranked: list[RankedArticle]
    articles: dict[int, Article]
    passages: dict[int, Passage]
    features: Features
    fingerprint: str
    by_meaning: bool
    # Cosines of gists with the question as it was asked: synonyms find articles, and choose nothing in them.
    likeness: Callable[..., list[float]] | None = None
    # What the question's words weigh together, the most that an article can score by them.
    ceiling: float = 0.0
    # The names and codes of the question that no article has which the person may read.
    unheld: frozenset[str] = frozenset()


def retrieve(
    question: str, *, user: Reader, limit: int = RIVALS_FROM, besides: frozenset[int] = frozenset()
) -> Found:
    """The articles that come nearest to a question, among those that the person may read.

    The indexes filter by audience before they choose; the database then has the last word on every article and
    on which revision is live, before anything is ranked. Articles in `besides` are passed over.
    """
    embedder = engine.embedder_if_possible()
    replica = engine.replica(embedder)
    audiences = audience_ids(user)
    # The model knows nothing of "FC412" nor of full-width letters: one code is judged alike however it is typed.
    question = replica.hyphenated(in_plain_letters(question), audiences=audiences)
    if embedder:
        # The model makes nothing of "pritner"; what is looked up and judged is what was meant.
        question = replica.respelt(question, audiences=audiences, is_word=embedder.knows)
    widened = steering.widened(question)
    vector = embedder.encode([widened])[0] if embedder else None
    signals = replica.look_up(question, vector, audiences=audiences, widened=widened)
    signals = replace(signals, pinned=steering.pinned(question))
    allowed = _authorised(signals, user, besides)
    every = rank(allowed, limit=max(limit, RIVALS_FROM))
    articles, passages = _texts(every[:limit], user, allowed.fingerprint)
    ranked = _with_a_passage(every[:limit], passages)
    return Found(
        ranked=ranked,
        articles=articles,
        passages=passages,
        features=features(question, allowed, [*ranked, *every[limit:]]),
        fingerprint=replica.fingerprint,
        by_meaning=signals.by_meaning,
        likeness=_likeness(question, vector if widened == question else None, embedder),
        ceiling=signals.lexical_ceiling,
        unheld=exact_identifiers(question) - {match.identifier for match in allowed.identified},
    )


def _likeness(
    question: str, vector: NDArray[np.float32] | None, embedder: Embedder | None
) -> Callable[..., list[float]] | None:
    """Compares with the question; what was looked up with synonyms is embedded anew, once that is asked for."""
    if embedder is None:
        return None

    def compare(gists: Sequence[Gist], *, kept: Vectors) -> list[float]:
        asked = embedder.encode([question])[0] if vector is None else vector
        return likeness(asked, gists, embedder=embedder, kept=kept)

    return compare


def _authorised(signals: Signals, user: Reader, besides: frozenset[int]) -> Signals:
    """The signals of articles that the person may read now, and of which the index holds the live revision.

    No passage and no text is read for it: there are hundreds of candidates, of which ten are shown.
    """
    named = {*signals.article_of.values(), *dict(signals.phrasings), *signals.pinned} - besides
    indexed = Passage.objects.filter(revision=OuterRef("live_revision"), fingerprint=signals.fingerprint)
    mine = Article.objects.visible_to(user).filter(Exists(indexed), pk__in=named)
    articles = dict(mine.values_list("pk", "review_by"))
    today = timezone.localdate()
    return _only(signals, articles.keys(), {pk for pk, due in articles.items() if due and due < today})


def _only(signals: Signals, articles: Collection[int], overdue: set[int]) -> Signals:
    """The signals without any passage or article that did not pass."""
    article_of = {each: article for each, article in signals.article_of.items() if article in articles}
    matches = (
        replace(match, passage_ids=match.passage_ids & article_of.keys()) for match in signals.identified
    )
    return replace(
        signals,
        dense=[hit for hit in signals.dense if hit[0] in article_of],
        lexical=[hit for hit in signals.lexical if hit[0] in article_of],
        identified=[match for match in matches if match.passage_ids],
        phrasings=[hit for hit in signals.phrasings if hit[0] in articles],
        pinned=signals.pinned.intersection(articles),
        article_of=article_of,
        overdue=overdue,
    )


def _texts(
    ranked: list[RankedArticle], user: Reader, fingerprint: str
) -> tuple[dict[int, Article], dict[int, Passage]]:
    """What may be shown of the ranked articles: authorised once more, as time has passed.

    An article that no passage led to comes with its first one.
    """
    mine = Article.objects.visible_to(user).select_related("live_revision")
    mine = mine.only("live_revision__title", "live_revision__body")
    articles = {each.pk: each for each in mine.filter(pk__in=[each.article_id for each in ranked])}
    found = Q(pk__in=[hit.passage_id for each in ranked for hit in each.passages])
    unled = [each.article_id for each in ranked if not each.passages]
    first = Q(article__in=unled, ordinal=0, fingerprint=fingerprint)
    passages = {
        passage.pk: passage
        for passage in Passage.objects.filter(found | first if unled else found).defer("vector")
        if passage.article_id in articles
        and passage.revision_id == articles[passage.article_id].live_revision_id
    }
    return articles, passages


def _with_a_passage(ranked: list[RankedArticle], passages: Mapping[int, Passage]) -> list[RankedArticle]:
    """Each with the passages that are still there; what a phrasing or a pin led to points at its first one."""
    first_of = {each.article_id: pk for pk, each in passages.items() if each.ordinal == 0}
    placed = []
    for each in ranked:
        hits = tuple(hit for hit in each.passages if hit.passage_id in passages)
        if not each.passages and each.article_id in first_of:
            hits = (PassageHit(first_of[each.article_id], each.cosine, each.lexical),)
        if hits:
            placed.append(replace(each, passages=hits))
    return placed
