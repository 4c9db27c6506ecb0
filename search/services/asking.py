"""Asking: a question becomes a turn, with quotes, with articles that may be it, or with an honest "not sure"."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import NamedTuple

from django.db import transaction

from accounts.models import User
from search import calibration, engine, retrieval, steering
from search.calibration import Judgement
from search.composing import Quote, Source, compose
from search.confidence import Level
from search.following import carried_by, goes_on, in_context, is_verdict, same_subject, topics_of
from search.likeness import likeness
from search.llm.rewriting import MOST_EARLIER
from search.models import Conversation, Question, Shown
from search.ranking import CLOSE, RankedArticle, comes_close
from search.remarks import remark
from search.retrieval import Found
from search.services import keeping
from search.services.wording import standing_alone
from search.wording import stems

logger = logging.getLogger(__name__)

NEAREST = 5
MAY_BE_IT = 3
# Below this chance a question that is near to no article by its meaning is about something else, whatever word of it
# some article has.
ELSEWHERE = 0.03
RECENT_TURNS = 12  # how far back a follow-up may lean
OUTCOMES = {
    Level.ANSWER: Question.Outcome.ANSWERED,
    Level.MAYBE: Question.Outcome.MAYBE,
    Level.UNSURE: Question.Outcome.UNSURE,
}


class _Searched(NamedTuple):
    """What was looked up for a turn, what was found, and how sure that is."""

    looked_up: str
    found: Found
    judged: Judgement


def ask(*, user: User, text: str, conversation: Conversation | None = None, came_from: str = "") -> Question:
    """Answer a question with quotes, or with the nearest articles and "not sure"; keep what was asked and shown.

    A turn that no article answers ("thanks!") is kept without a search; one that says how it went is taken at its word.
    When search itself fails, the turn is kept all the same, as unavailable: a person can still take it from there.
    """
    started = time.monotonic()
    conversation = conversation or Conversation.objects.create(user=user, came_from=came_from[:300])
    said = remark(text)
    looked_up, searched, quotes = _looked_up(text, conversation), None, []
    if said is not None:
        keeping.take_at_word(said, conversation=conversation)
        if not said.is_verdict or looked_up == text:  # "no" to nothing is no verdict
            return _keep(
                Question(conversation=conversation, text=text, outcome=Question.Outcome.SMALL_TALK), None, []
            )
    try:
        searched = _search(text, looked_up, user, conversation)
        quotes = _quotes(text, searched, conversation)
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


def _looked_up(text: str, conversation: Conversation) -> str:
    """What to search for: a question that leans on earlier ones is resolved by the language model, or by rules."""
    asked = conversation.questions.order_by("-pk").values_list("text", flat=True)
    earlier = list(reversed(asked[:RECENT_TURNS]))
    by_rules = in_context(text, earlier)
    if by_rules == text or is_verdict(text):
        return by_rules
    return standing_alone(text, earlier[-MOST_EARLIER:]) or by_rules


def _search(text: str, looked_up: str, user: User, conversation: Conversation) -> _Searched:
    """Search for a turn, without what was turned down before when the same was asked."""
    rejected = _rejected(conversation, looked_up)
    if looked_up != text and topics_of(text) and not is_verdict(text):
        return _search_topic(text, looked_up, user, rejected)
    searched = _judged(looked_up, user, rejected)
    # What comes next after an answer that was turned down is offered, not asserted.
    return _at_most_maybe(searched) if is_verdict(text) else searched


def _search_topic(text: str, looked_up: str, user: User, rejected: frozenset[int]) -> _Searched:
    """Search for a follow-up with words of its own: alone, and with what it goes on from where that finds nothing.

    What was asked before would only drag it back: of 56 scripted follow-ups 48 find their article so, and 40 when all
    are looked up with what they go on from.
    """
    alone = _judged(text, user, rejected)
    near = bool(alone.found.ranked) and comes_close(alone.found.ranked[0])
    if alone.judged.level is Level.ANSWER or (near and not goes_on(text)):
        return alone
    joint = _judged(looked_up, user, rejected)
    if joint.found.ranked and carried_by(text, _words_of_first(joint.found)):
        return joint
    if not goes_on(text):
        return alone
    # A code or a title of an earlier turn makes its article certain, whatever is asked now.
    borrowed = joint.found.features.named or joint.found.features.titled
    return _at_most_maybe(joint) if borrowed else joint


def _judged(looked_up: str, user: User, rejected: frozenset[int]) -> _Searched:
    found = retrieval.retrieve(looked_up, user=user, besides=rejected)
    return _Searched(looked_up, found, calibration.judge(found))


def _at_most_maybe(searched: _Searched) -> _Searched:
    if searched.judged.level is not Level.ANSWER:
        return searched
    return searched._replace(judged=replace(searched.judged, level=Level.MAYBE))


def _words_of_first(found: Found) -> str:
    revision = found.articles[found.ranked[0].article_id].words
    return f"{revision.title}\n{revision.body}"


def _rejected(conversation: Conversation, looked_up: str) -> frozenset[int]:
    turned_down = Shown.objects.filter(question__conversation=conversation, rejected=True)
    asked = turned_down.values_list("article_id", "question__looked_up", "question__text")
    return frozenset(
        article for article, resolved, text in asked if same_subject(resolved or text, looked_up)
    )


def _quotes(text: str, searched: _Searched, conversation: Conversation) -> list[Quote]:
    """What to quote; of two follow-ups with one answer, the second gets what else the article says to its words."""
    if searched.judged.level is not Level.ANSWER:
        return []
    sources = _sources(searched.found)
    quotes = compose(searched.looked_up, sources, likeness=_likeness(searched))
    if searched.looked_up == text or not _just_shown(quotes, conversation):
        return quotes
    others = compose(text, sources, likeness=None)
    said = " ".join(quote.text for quote in quotes)
    new = stems(text) & stems(" ".join(quote.text for quote in others)) - stems(said)
    return others if new else quotes


def _likeness(searched: _Searched) -> Callable[[Sequence[str]], list[float]] | None:
    """Cosines of texts with the question as it was asked: synonyms find articles, and choose nothing in them."""
    embedder = engine.embedder_if_possible()
    if embedder is None or steering.widened(searched.looked_up) == searched.looked_up:
        return searched.found.likeness
    return partial(likeness, embedder.encode([searched.looked_up])[0], embedder=embedder)


def _just_shown(quotes: list[Quote], conversation: Conversation) -> bool:
    shown = Shown.objects.filter(question=conversation.questions.order_by("-pk")[:1])
    before = {
        (each.revision_id, span["start"], span["end"])
        for each in shown.defer("passage")
        for span in each.quotes
    }
    return bool(before) and {(quote.revision_id, quote.start, quote.end) for quote in quotes} <= before


def _outcome(judged: Judgement | None, quotes: list[Quote]) -> Question.Outcome:
    if judged is None:
        return Question.Outcome.UNAVAILABLE
    if judged.level is Level.ANSWER and not quotes:
        return Question.Outcome.MAYBE  # an article is right, and none of its words can be quoted
    return OUTCOMES[judged.level]


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
                    score=ranked.earned - (ranked.cosine - hit.cosine),
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
        return [each for each in found.ranked[:NEAREST] if each.pinned]
    return [each for each in found.ranked[:NEAREST] if each.article_id in quoted or comes_close(each)]


def _is_elsewhere(question: Question, found: Found) -> bool:
    """Whether nothing that was found has to do with it: "what is the capital of France"."""
    chance = question.confidence or 0.0
    return found.by_meaning and chance < ELSEWHERE and found.features.cosine < CLOSE


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
