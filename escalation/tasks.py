"""Entry points for workers. Safe to run twice: each job is a row that is claimed first."""

import logging

from celery import shared_task
from django.conf import settings
from imapclient.exceptions import IMAPClientError

from escalation.services import incoming, mailbox, neighbours, outside, promises
from search.embedding import EmbeddingUnavailable

logger = logging.getLogger(__name__)

# Less than the time between two runs of beat's.
ROUTING_SECONDS = 25


@shared_task(time_limit=120)
def settle_mail(mail_id: int) -> None:
    """Look at one mail soon after it came."""
    incoming.settle(mail_id=mail_id)


@shared_task(expires=60, time_limit=600)
def fetch_mail() -> None:
    """Ask the mailbox, if there is one, and look at what is left from before."""
    if settings.MAIL_IN_URL:
        try:
            mailbox.fetch_mail(settings.MAIL_IN_URL)
        except (OSError, IMAPClientError) as failure:
            logger.warning("The mailbox can't be read, the next run tries again: %s", failure)
    incoming.settle_waiting()


@shared_task(expires=60)
def warn_of_promises() -> None:
    """Tell people of tickets whose time runs out."""
    promises.warn()


@shared_task
def promise_anew() -> None:
    """Count for all open tickets what is promised, after targets or hours have changed."""
    promises.promise_anew()


@shared_task(time_limit=60)
def deliver_webhook(delivery_id: int) -> None:
    """Tell a system outside soon after the commit that wrote it down."""
    outside.deliver_soon(delivery_id)


@shared_task(expires=60, time_limit=120)
def deliver_waiting_webhooks() -> None:
    """Tell what could not be told at once."""
    outside.deliver_waiting()


@shared_task(time_limit=120)
def route_ticket() -> None:
    """Suggest soon after a ticket came where it belongs, with whatever else waits."""
    _route(seconds=0)


@shared_task(expires=ROUTING_SECONDS, time_limit=120)
def route_waiting() -> None:
    """Suggest for what could not be done at once, and make the vectors that are missing."""
    _route(seconds=ROUTING_SECONDS)


def _route(seconds: float) -> None:
    try:
        neighbours.suggest_waiting(seconds=seconds)
    except EmbeddingUnavailable as problem:
        logger.warning("Tickets wait for triage, the next run tries again: %s", problem)
