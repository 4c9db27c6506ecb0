from collections.abc import Callable

import pytest
from celery import current_app

from kb.models import Article
from search import tasks
from tests.factories import published_article


@pytest.mark.django_db
def test_publishing_queues_the_article_on_commit_and_not_before(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    queued: list[int] = []
    monkeypatch.setattr(tasks.index_article, "delay", queued.append)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        article = published_article()
        assert queued == []
    assert queued == [article.pk]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_fails_no_publication(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")
    with current_app.connection("redis://127.0.0.1:1/0") as dead:

        def send_to_nobody(article_id: int) -> None:
            tasks.index_article.apply_async(args=(article_id,), connection=dead)

        monkeypatch.setattr(tasks.index_article, "delay", send_to_nobody)
        article = published_article()
    assert Article.objects.live().get() == article
