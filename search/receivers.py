"""Answers to kb's two signals: queue the work on commit. Whatever is missed here, the reconcile task finds."""

from typing import Any

from django.db import transaction

from kb.signals import article_published, article_withdrawn
from search import tasks


def connect() -> None:
    article_published.connect(queue_indexing, dispatch_uid="search.published")
    article_withdrawn.connect(queue_indexing, dispatch_uid="search.withdrawn")


def queue_indexing(*, article_id: int, **_: Any) -> None:
    """Have the article looked at by a worker; a broker that is down is logged, and never fails the publication."""

    def enqueue() -> None:
        # Named, because Django logs a robust callback that failed by its name, which a partial has not.
        tasks.index_article.delay(article_id)

    transaction.on_commit(enqueue, robust=True)
