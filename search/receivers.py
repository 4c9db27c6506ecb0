"""Answers to kb's two signals: queue the work on commit. Whatever is missed here, the reconcile task finds."""

from functools import partial
from typing import Any

from django.db import transaction

from kb.signals import article_published, article_withdrawn


def connect() -> None:
    article_published.connect(queue_indexing, dispatch_uid="search.published")
    article_withdrawn.connect(queue_indexing, dispatch_uid="search.withdrawn")


def queue_indexing(*, article_id: int, **_: Any) -> None:
    """Have the article looked at by a worker; a broker that is down is logged, and never fails the publication."""
    from search.tasks import index_article

    transaction.on_commit(partial(index_article.delay, article_id), robust=True)
