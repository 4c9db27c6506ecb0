"""Answers to kb's two signals: queue the work on commit. Whatever is missed here, the reconcile task finds.

And when somebody's account is deleted, what they asked is forgotten as if they had deleted it themselves.
"""

from typing import Any

from django.db import transaction
from django.db.models.signals import pre_delete

from accounts.models import User
from kb.signals import article_published, article_withdrawn
from search import services, tasks


def connect() -> None:
    article_published.connect(queue_indexing, dispatch_uid="search.published")
    article_withdrawn.connect(queue_indexing, dispatch_uid="search.withdrawn")
    pre_delete.connect(forget_person, sender=User, dispatch_uid="search.forget_person")


def forget_person(*, instance: User, **_: Any) -> None:
    """Delete the questions of somebody who goes, with the phrasings that came of them."""
    services.forget_history(user=instance)


def queue_indexing(*, article_id: int, **_: Any) -> None:
    """Have the article looked at by a worker; a broker that is down is logged, and never fails the publication."""

    def enqueue() -> None:
        # Named, because Django logs a robust callback that failed by its name, which a partial has not.
        tasks.index_article.delay(article_id)

    transaction.on_commit(enqueue, robust=True)
