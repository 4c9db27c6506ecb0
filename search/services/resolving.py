"""What to look up for a turn of a conversation, what was found, and how sure that is."""

from dataclasses import replace
from typing import NamedTuple

from accounts.models import User
from search import calibration, retrieval
from search.calibration import Judgement
from search.confidence import Level
from search.following import carried_by, goes_on, in_context, is_verdict, same_subject, topics_of
from search.llm.rewriting import MOST_EARLIER
from search.models import Conversation, Question, Shown
from search.ranking import comes_close
from search.retrieval import Found
from search.services.wording import standing_alone

NEAREST = 5  # articles that a turn may show
RECENT_TURNS = 12  # how far back a follow-up may lean


class Searched(NamedTuple):
    """What was looked up for a turn, what was found, and how sure that is."""

    looked_up: str
    found: Found
    judged: Judgement


def resolve(text: str, conversation: Conversation | None) -> str:
    """What to look up for a turn: one that leans on earlier ones is resolved by the language model, or by rules."""
    if conversation is None:
        return text
    # What people handle is carried on by nothing, and goes to no model.
    told = conversation.questions.exclude(outcome=Question.Outcome.SENSITIVE)
    asked = told.order_by("-pk").values_list("text", flat=True)
    earlier = list(reversed(asked[:RECENT_TURNS]))
    by_rules = in_context(text, earlier)
    if by_rules == text or is_verdict(text):
        return by_rules
    return standing_alone(text, earlier[-MOST_EARLIER:]) or by_rules


def search(text: str, looked_up: str, user: User, conversation: Conversation | None) -> Searched:
    """Search for a turn, without what was turned down before when the same was asked."""
    rejected = _rejected(conversation, looked_up) if conversation else frozenset()
    if looked_up != text and topics_of(text) and not is_verdict(text):
        return _search_topic(text, looked_up, user, rejected)
    searched = _judged(looked_up, user, rejected)
    # What comes next after an answer that was turned down is offered, not asserted.
    return _at_most_maybe(searched) if is_verdict(text) else searched


def _search_topic(text: str, looked_up: str, user: User, rejected: frozenset[int]) -> Searched:
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


def _judged(looked_up: str, user: User, rejected: frozenset[int]) -> Searched:
    found = retrieval.retrieve(looked_up, user=user, limit=NEAREST, besides=rejected)
    return Searched(looked_up, found, calibration.judge(found))


def _at_most_maybe(searched: Searched) -> Searched:
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
