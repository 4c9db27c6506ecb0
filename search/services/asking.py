"""Asking: a question becomes a turn, with quotes, with articles that may be it, or with an honest "not sure"."""

import logging
import time
from dataclasses import asdict

from django.db import transaction

from accounts.models import User
from search.calibration import Judgement
from search.composing import Quote
from search.confidence import Level
from search.following import is_verdict
from search.models import Conversation, Question, Shown
from search.ranking import CLOSE, RankedArticle, comes_close
from search.remarks import remark
from search.retrieval import Found
from search.services import keeping, resolving
from search.services.people import left_to_people
from search.services.quoting import quotes_for

logger = logging.getLogger(__name__)

MAY_BE_IT = 3
# Below this chance a question that is near to no article by its meaning is about something else, whatever word of it
# some article has.
ELSEWHERE = 0.03
NEAR_WHEN_LEFT = 0.4
OUTCOMES = {
    Level.ANSWER: Question.Outcome.ANSWERED,
    Level.MAYBE: Question.Outcome.MAYBE,
    Level.UNSURE: Question.Outcome.UNSURE,
}


def ask(
    *,
    user: User,
    text: str,
    conversation: Conversation | None = None,
    came_from: str = "",
    anyway: bool = False,
) -> Question:
    """Answer a question with quotes, or with the nearest articles and "not sure"; keep what was asked and shown.

    A turn that no article answers ("thanks!") is kept without a search; one that says how it went is taken at its word.
    What people handle is kept for them, and so is what is asked while a person answers, unless it is asked `anyway`.
    When search itself fails, the turn is kept all the same, as unavailable: a person can still take it from there.
    """
    started = time.monotonic()
    going_on = conversation  # None where nothing was asked before: no need to look
    conversation = conversation or Conversation.objects.create(user=user, came_from=came_from[:300])
    if left := left_to_people(text, conversation, anyway=anyway):
        return _keep(left, None, [])
    said = remark(text)
    looked_up, searched, quotes = resolving.resolve(text, going_on), None, []
    if said is not None:
        keeping.take_at_word(said, conversation=conversation)
        if not said.is_verdict or looked_up == text:  # "no" to nothing is no verdict
            return _keep(
                Question(conversation=conversation, text=text, outcome=Question.Outcome.SMALL_TALK), None, []
            )
    try:
        searched = resolving.search(text, looked_up, user, going_on)
        quotes = quotes_for(text, searched, conversation)
    except Exception:
        # Whatever broke, the person asked a question, and what they typed must reach somebody.
        logger.exception("Search is not available")
        searched, quotes = None, []
    looked_up = searched.looked_up if searched else looked_up
    question = Question(
        conversation=conversation,
        text=text,
        looked_up=looked_up if looked_up != text else "",
        outcome=_outcome(searched.judged if searched else None, quotes),
        confidence=searched.judged.probability if searched else None,
        features=asdict(searched.found.features) if searched else {},
        fingerprint=searched.found.fingerprint if searched else "",
        milliseconds=round((time.monotonic() - started) * 1000),
    )
    return _keep(question, searched.found if searched else None, quotes)


def _outcome(judged: Judgement | None, quotes: list[Quote]) -> Question.Outcome:
    if judged is None:
        return Question.Outcome.UNAVAILABLE
    if judged.level is Level.ANSWER and not quotes:
        return Question.Outcome.MAYBE  # an article is right, and none of its words can be quoted
    return OUTCOMES[judged.level]


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
    ranked = sorted(_to_show(question, found, quoted), key=lambda each: each.article_id not in quoted)
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


def _to_show(question: Question, found: Found, quoted: set[int]) -> list[RankedArticle]:
    if question.outcome == Question.Outcome.MAYBE:
        first, *others = found.ranked[:MAY_BE_IT]
        return [first, *(each for each in others if comes_close(each))]
    if _is_elsewhere(question, found):
        return [each for each in found.ranked if each.pinned]
    return [each for each in found.ranked if each.article_id in quoted or comes_close(each)]


def _is_elsewhere(question: Question, found: Found) -> bool:
    """Whether nothing that was found has to do with it: "what is the capital of France".

    What is left when the nearest were turned down has to be nearer than what is found at first.
    """
    chance = question.confidence or 0.0
    near = NEAR_WHEN_LEFT if is_verdict(question.text) else CLOSE
    return found.by_meaning and chance < ELSEWHERE and found.features.cosine < near


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
