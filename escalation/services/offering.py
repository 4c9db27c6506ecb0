"""Offering articles to somebody who writes to a person: once, quietly, and never in their way."""

import logging
from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from escalation.events import Event
from escalation.models import Offer, Ticket
from kb.models import Article
from search import calibration, engine, retrieval, sensitivity
from search.confidence import Level
from search.ranking import comes_close

logger = logging.getLogger(__name__)

MOST_OFFERED = 3
FEWEST_WORDS = 3


def offer(*, user: User, key: str, words: str, besides: Collection[int] = ()) -> list[Article]:
    """The articles that may answer what somebody is writing, less those that they were shown already.

    Empty when there were some for this form before, for what people handle, and whenever it would take a wait.
    """
    if len(words.split()) < FEWEST_WORDS or sensitivity.read(words):
        return []
    if Offer.objects.filter(requester=user, key=key).exists() or not engine.is_warm():
        return []
    try:
        found = _near(words, user, frozenset(besides))
    except Exception:
        logger.exception("Nothing can be offered")
        return []
    Offer.objects.bulk_create(
        [Offer(requester=user, key=key, article=article) for article in found], ignore_conflicts=True
    )
    return found


def _near(words: str, user: User, besides: frozenset[int]) -> list[Article]:
    found = retrieval.retrieve(words, user=user, besides=besides)
    if calibration.judge(found).level is Level.UNSURE:
        return []
    near = [each for each in found.ranked if comes_close(each)][:MOST_OFFERED]
    return [found.articles[each.article_id] for each in near]


def note_opened(*, user: User, key: str, article: Article) -> None:
    """Record that an offered article was opened; the first time counts."""
    offers = Offer.objects.filter(requester=user, key=key, article=article, opened_at__isnull=True)
    offers.update(opened_at=timezone.now())


def note_helped(*, user: User, key: str, article: Article) -> None:
    """Record that somebody said that an offered article solved it."""
    Offer.objects.filter(requester=user, key=key, article=article).update(helped_at=timezone.now())


def sent_anyway(ticket: Ticket, event: Event, by: User, at: datetime | None) -> None:
    """Record with what was offered that a ticket was sent all the same."""
    if event == Event.OPENED:
        Offer.objects.filter(requester=ticket.requester_id, key=ticket.key).update(ticket=ticket)
