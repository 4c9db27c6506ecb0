"""Everything that search changes: asking, saying whether it helped, forgetting, and keeping the index in step."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from kb.models import Article
from search import changes, engine, indexing, retrieval
from search.composing import Quote, Source, compose
from search.confidence import ANSWER_THRESHOLD, probability
from search.embedding import EmbeddingUnavailable
from search.following import in_context
from search.models import Conversation, IndexChange, IndexEntry, Passage, Question, Shown
from search.ranking import RankedArticle, comes_close
from search.retrieval import Found

logger = logging.getLogger(__name__)

NEAREST = 5
# A replica that slept for longer than this builds itself anew.
KEEP_CHANGES = timedelta(days=7)


def ask(*, user: User, text: str, conversation: Conversation | None = None, came_from: str = "") -> Question:
    """Answer a question with quotes, or with the nearest articles and "not sure"; keep what was asked and shown.

    When search itself fails, the turn is kept all the same, as unavailable: a person can still take it from there.
    """
    started = time.monotonic()
    conversation = conversation or Conversation.objects.create(user=user, came_from=came_from[:300])
    earlier = conversation.questions.order_by("-pk").values_list("text", flat=True).first() or ""
    looked_up = in_context(text, earlier)
    try:
        found = retrieval.retrieve(looked_up, user=user)
        confidence = probability(found.features) if found.by_meaning else 0.0
        quotes = _compose(looked_up, found) if confidence >= ANSWER_THRESHOLD else []
    except Exception:
        # Whatever broke, the person asked a question, and what they typed must reach somebody.
        logger.exception("Search is not available")
        found, confidence, quotes = None, None, []
    question = Question(
        conversation=conversation,
        text=text,
        outcome=_outcome(found, quotes),
        confidence=confidence,
        fingerprint=found.fingerprint if found else "",
        milliseconds=round((time.monotonic() - started) * 1000),
    )
    return _keep(question, found, quotes)


def _outcome(found: Found | None, quotes: list[Quote]) -> Question.Outcome:
    if found is None:
        return Question.Outcome.UNAVAILABLE
    return Question.Outcome.ANSWERED if quotes else Question.Outcome.UNSURE


def _compose(question: str, found: Found) -> list[Quote]:
    return compose(question, _sources(found), similarity=retrieval.similarity)


def _sources(found: Found) -> list[Source]:
    """The best passages of the best articles, as the composer reads them."""
    sources = []
    for ranked in found.ranked[:3]:
        article = found.articles[ranked.article_id]
        revision = article.words
        for hit in ranked.passages[:3]:
            passage = found.passages[hit.passage_id]
            sources.append(
                Source(
                    passage_id=passage.pk,
                    article_id=article.pk,
                    revision_id=revision.pk,
                    title=revision.title,
                    body=revision.body,
                    start=passage.start,
                    end=passage.end,
                    path=tuple(passage.path),
                    anchor=passage.anchor,
                    score=ranked.score - (ranked.cosine - hit.cosine),
                )
            )
    return sources


@transaction.atomic
def _keep(question: Question, found: Found | None, quotes: list[Quote]) -> Question:
    """Store the turn and references to what it shows, the quoted articles first."""
    if not Conversation.objects.select_for_update().filter(pk=question.conversation_id).exists():
        # Its person deleted the conversation while this was being answered.
        question.conversation = Conversation.objects.create(user=question.conversation.user)
    question.save()
    if found is None:
        return question
    quoted = {quote.article_id for quote in quotes}
    near = [each for each in found.ranked[:NEAREST] if each.article_id in quoted or comes_close(each)]
    ranked = sorted(near, key=lambda each: each.article_id not in quoted)
    Shown.objects.bulk_create(
        Shown(
            question=question,
            article_id=each.article_id,
            revision=found.articles[each.article_id].words,
            rank=rank,
            score=each.score,
            passage=_best_passage(found, each),
            quotes=[_reference(quote) for quote in quotes if quote.article_id == each.article_id],
        )
        for rank, each in enumerate(ranked, 1)
    )
    return question


def _best_passage(found: Found, ranked: RankedArticle) -> dict[str, object]:
    passage = found.passages[ranked.passages[0].passage_id]
    return {"start": passage.start, "end": passage.end, "anchor": passage.anchor, "path": passage.path}


def _reference(quote: Quote) -> dict[str, object]:
    return {
        "start": quote.start,
        "end": quote.end,
        "anchor": quote.anchor,
        "path": list(quote.path),
        "kind": quote.kind,
        "first_number": quote.first_number,
    }


def say_helpful(*, question: Question, helpful: bool, note: str = "") -> None:
    """Record what the person said of an answer; "not helpful" also marks what it quoted, or what came first."""
    question.helpful = helpful
    question.helpful_note = note
    question.save(update_fields=["helpful", "helpful_note"])
    shown = list(question.shown.all())
    rejected = [each.pk for each in shown if each.quotes] or [each.pk for each in shown[:1]]
    question.shown.filter(pk__in=rejected).update(rejected=not helpful)


def mark_opened(*, question: Question, article: Article) -> None:
    """Record that the person opened an article that a turn showed; the first time counts."""
    question.shown.filter(article=article, opened_at__isnull=True).update(opened_at=timezone.now())


def forget_conversation(*, conversation: Conversation) -> None:
    """Delete a person's conversation for good. What they sent to a human stays with that ticket."""
    conversation.delete()


def forget_history(*, user: User) -> None:
    """Delete everything that a person asked."""
    Conversation.objects.filter(user=user).delete()


def index_article(article_id: int) -> None:
    """Bring the index in step with one article. EmbeddingUnavailable when there is no model."""
    indexing.bring_in_step(article_id, embedder=engine.embedder())


def reconcile(*, seconds: float | None = None, on_progress: Callable[[int, int], None] | None = None) -> int:
    """Do whatever the events missed, for at most so many seconds; returns how many articles are still to do.

    `on_progress` hears (done, total) after each article. One article that fails does not stop the others.
    """
    fingerprint = engine.fingerprint()
    todo = list(indexing.pending(fingerprint).values_list("pk", flat=True))
    deadline = time.monotonic() + seconds if seconds else None
    for done, article_id in enumerate(todo, 1):
        try:
            index_article(article_id)
        except EmbeddingUnavailable:
            raise
        except Exception:
            logger.exception("Article %s could not be indexed", article_id)
        if on_progress:
            on_progress(done, len(todo))
        if deadline and time.monotonic() > deadline:
            break
    IndexChange.objects.filter(created_at__lt=timezone.now() - KEEP_CHANGES).delete()
    return indexing.pending(fingerprint).count() if todo else 0


@transaction.atomic
def rebuild(*, fingerprint: str) -> None:
    """Throw away all passages and vectors of a fingerprint, so that the next reconcile makes them anew."""
    Passage.objects.filter(fingerprint=fingerprint).delete()
    IndexEntry.objects.filter(fingerprint=fingerprint).update(
        revision=None, audience_id=None, claimed_at=None
    )
    for article_id in Article.objects.live().values_list("pk", flat=True):
        changes.record(article_id)


def warm_up() -> None:
    """Load the model and the index before the first question needs them."""
    engine.replica(engine.embedder_if_possible())
