"""Entry points for workers. Safe to run twice, and at the same time: articles are claimed one by one."""

from celery import shared_task

from search import services
from search.embedding import EmbeddingUnavailable

# Less than the time between two runs of beat's, so that runs don't pile up behind a long import.
RECONCILE_SECONDS = 25


@shared_task(autoretry_for=(EmbeddingUnavailable,), retry_backoff=30, max_retries=3)
def index_article(article_id: int) -> None:
    """Bring the index in step with one article."""
    services.index_article(article_id)


@shared_task(expires=RECONCILE_SECONDS)
def reconcile_index() -> None:
    """Do what the events missed: lost messages, killed workers, articles that expired."""
    services.reconcile(seconds=RECONCILE_SECONDS)
