"""Reads what is known of a person's way here: their conversation, the article they were on, the page they came from.

Plain database reads: no model and no index is needed, so nothing that search runs on can stand in the way.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.urls import Resolver404, resolve

from accounts.models import User
from escalation.cleaning import storable
from escalation.handoff.devices import in_words
from escalation.handoff.doubts import doubts
from escalation.handoff.known import About, Known, Place, Quoted, ShownArticle, Turn
from escalation.handoff.pack import Ref
from kb.models import Article, Revision
from kb.queries import readable, vote_of
from search.models import Conversation, Question, Shown
from search.queries import questions_of

logger = logging.getLogger(__name__)

MAX_PATH = 300
UNSURE = (Question.Outcome.MAYBE, Question.Outcome.UNSURE)


def gather(
    *,
    user: User,
    conversation: Conversation | None,
    article: Article | None,
    came_from: str,
    user_agent: str = "",
) -> Known:
    """All that is known. A part that can't be read is left out and logged: the hand-off matters more."""
    return Known(
        turns=tuple(_turns(user, conversation)),
        about=_about(user, article),
        came_from=_place(user, came_from),
        started_on=_place(user, conversation.came_from) if conversation else None,
        device=in_words(user_agent),
    )


def _turns(user: User, conversation: Conversation | None) -> Iterable[Turn]:
    if conversation is None:
        return
    questions = questions_of(user).prefetch_related("shown__article__live_revision", "shown__revision")
    asked = questions.filter(conversation=conversation).exclude(outcome=Question.Outcome.SMALL_TALK)
    for question in asked.order_by("pk"):
        yield Turn(
            id=question.pk,
            text=question.text,
            asked_at=question.asked_at.isoformat(),
            outcome=question.outcome,
            confidence=question.confidence,
            helpful=question.helpful,
            note=question.helpful_note,
            shown=tuple(_shown(question)),
            doubts=doubts(question.features) if question.outcome in UNSURE else (),
        )


def _shown(question: Question) -> Iterable[ShownArticle]:
    for shown in question.shown.all():
        try:
            yield _shown_article(shown)
        except (TypeError, ValueError, AttributeError):
            logger.exception("What question %s showed at rank %s can't be read", question.pk, shown.rank)


def _shown_article(shown: Shown) -> ShownArticle:
    """Quotes only what the article says now: what it said before, the conversation's own page hides as well."""
    live = shown.article.live_revision or shown.revision
    changed = live.pk != shown.revision_id
    return ShownArticle(
        id=shown.pk,
        ref=_ref(shown.article, live) if changed else _span(shown, live),
        quotes=() if changed else tuple(_quoted(live.body, quote) for quote in shown.quotes),
        opened_at=shown.opened_at.isoformat() if shown.opened_at else "",
        rejected=shown.rejected,
        quoted=bool(shown.quotes),
        changed=changed,
    )


def _span(shown: Shown, live: Revision) -> Ref:
    span = shown.passage or {}
    return replace(
        _ref(shown.article, live),
        score=round(shown.score, 4),
        start=span.get("start"),
        end=span.get("end"),
        anchor=span.get("anchor", ""),
    )


def _quoted(body: str, quote: Mapping[str, Any]) -> Quoted:
    start, end = quote.get("start", 0), quote.get("end", 0)
    return Quoted(text=body[start:end].strip(), start=start, end=end, anchor=quote.get("anchor", ""))


def _about(user: User, article: Article | None) -> About | None:
    if article is None or article.live_revision is None:
        return None
    vote = vote_of(user, article)
    return About(
        _ref(article, article.live_revision), vote.helpful if vote else None, vote.note if vote else ""
    )


def _ref(article: Article, revision: Revision) -> Ref:
    return Ref(article.pk, revision.pk, revision.number, revision.title, audience_id=article.audience_id)


def _place(user: User, path: str) -> Place | None:
    """A page by its path alone: a query string may hold a question that the person strikes out."""
    path = storable(path).partition("?")[0].partition("#")[0][:MAX_PATH]
    if not path.startswith("/") or path.startswith("//"):
        return None
    article_id = article_in(path)
    if article_id is None:
        return Place(path)
    article = readable(user).filter(pk=article_id).first()
    return Place(path, _ref(article, article.live_revision)) if article and article.live_revision else None


def article_in(path: str) -> int | None:
    """The id of the article whose page this is, if it is one."""
    try:
        match = resolve(path)
    except Resolver404:
        return None
    return match.kwargs.get("pk") if match.view_name == "kb:article" else None
