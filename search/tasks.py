"""Entry points for workers. Safe to run twice, and at the same time: articles are claimed one by one."""

from celery import shared_task

from search import services
from search.embedding import EmbeddingUnavailable

# Less than the time between two runs of beat's, so that runs don't pile up behind a long import.
RECONCILE_SECONDS = 25


@shared_task(autoretry_for=(EmbeddingUnavailable,), retry_backoff=30, max_retries=3)
def index_article(article_id: int) -> None:
    """Bring the index in step with one article, and do a batch of what else waits.

    A long import queues as many of these as it has articles: thus the first of them do it in batches, the rest find
    nothing to do, and what is published meanwhile is in the next batch though its own task is far behind.
    """
    services.index_article(article_id)
    services.reconcile(seconds=0)


@shared_task(expires=RECONCILE_SECONDS)
def reconcile_index() -> None:
    """Do what the events missed: lost messages, killed workers, articles that expired."""
    services.choose_embedding_path()
    services.reconcile(seconds=RECONCILE_SECONDS)
