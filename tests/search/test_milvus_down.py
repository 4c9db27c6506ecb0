"""The engine of the vectors goes away and comes back: words answer meanwhile, and vectors as soon as it is there."""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from accounts.roles import Role
from kb.models import Article
from search import contents, engine, services
from search import replica as replicas
from search.models import Question
from search.replica import Replica, forget_replicas
from search.retrieval import retrieve
from search.vectors import StoreUnavailable
from tests.factories import UserFactory, published_article
from tests.search.articles import small_company

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = "printer paper jam"
LIFT = "is the lift of the north wing out of order?"


class Server:
    """A Milvus server on one port, that a test may stop and start over the same data."""

    def __init__(self, data: Path) -> None:
        self._data, self._port = data, 0
        self._running: tuple[Any, Any] | None = None
        self.start()
        self.uri = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        from milvus_lite.adapter.grpc.server import start_server_in_thread

        server, database, self._port = start_server_in_thread(
            data_dir=str(self._data), host="127.0.0.1", port=self._port
        )
        self._running = server, database

    def stop(self) -> None:
        if self._running:
            server, database = self._running
            server.stop(grace=0).wait()
            database.close()
            self._running = None


@pytest.fixture
def server(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server(tmp_path / "vectors.db")
    settings.MILVUS_URI = server.uri
    settings.INDEX_DIR = tmp_path / "index"
    monkeypatch.setattr(replicas, "TRY_AGAIN_AFTER", 0.2)
    yield server
    join("index-engine")
    forget_replicas()
    server.stop()


@pytest.fixture
def articles(server: Server) -> dict[str, Article]:
    made = small_company()
    services.reconcile()
    return made


@pytest.fixture
def asker() -> User:
    return UserFactory(role=Role.EMPLOYEE)


def join(name: str) -> None:
    """Wait for what a process does beside its questions."""
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(60)


def ask(user: User, text: str = ASKED) -> Question:
    return services.ask(user=user, text=text)


def finds(user: User, article: Article, text: str = ASKED) -> bool:
    return ask(user, text).shown.filter(article=article).exists()


def by_meaning(article: Article) -> bool:
    """Whether vectors lead to an article that the question shares no word with."""
    model = engine.embedder()
    vector = model.encode([f"{article.live_revision.title}"])[0]
    signals = engine.replica(model).look_up("", vector, audiences=frozenset({article.audience_id}))
    return article.pk in {signals.article_of[each] for each, _ in signals.dense}


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it holds within two minutes: a connection tries less and less often whether its server is back."""
    pause = threading.Event()
    return any(holds() or pause.wait(0.25) for _ in range(480))


def new_article() -> Article:
    article = published_article("The lift is out of order", "The lift of the north wing is out of order.\n")
    services.index_article(article.pk)
    return article


def test_questions_are_answered_by_words_while_the_engine_is_down_and_what_changed_is_found_when_it_is_back(
    server: Server, articles: dict[str, Article], asker: User, caplog: pytest.LogCaptureFixture
) -> None:
    assert by_meaning(articles["printer"])
    server.stop()
    new = new_article()
    with caplog.at_level(logging.ERROR, logger="search"):
        for _ in range(5):
            question = ask(asker)
            assert question.outcome != Question.Outcome.UNAVAILABLE
            assert question.shown.filter(article=articles["printer"]).exists()
    assert caplog.text.count("words alone") == 1
    assert not by_meaning(articles["printer"])
    server.start()
    assert soon(lambda: by_meaning(new))
    assert finds(asker, new, LIFT)


def test_what_was_found_by_words_is_judged_so_though_the_engine_comes_back_meanwhile(
    server: Server, articles: dict[str, Article], asker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert retrieve(ASKED, user=asker).by_meaning
    server.stop()
    assert not retrieve(ASKED, user=asker).by_meaning
    replica = engine.replica(engine.embedder())
    join("index-engine")
    monkeypatch.setattr(replicas, "TRY_AGAIN_AFTER", 600)
    replica._do_without(StoreUnavailable("it is away"))
    search = replica.contents.lexical.search

    def search_while_it_comes_back(*args: Any, **more: Any) -> Any:
        replica._try_again_at = None
        return search(*args, **more)

    monkeypatch.setattr(replica.contents.lexical, "search", search_while_it_comes_back)
    assert finds(asker, articles["printer"])
    assert Question.objects.latest("pk").confidence == 0.0


def test_while_one_thread_waits_for_an_engine_that_hangs_others_are_answered(
    server: Server, articles: dict[str, Article], asker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert finds(asker, articles["printer"])
    monkeypatch.setattr(replicas, "WAIT_AT_MOST", 0.1)
    hangs, is_over = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        hangs.set()
        is_over.wait(60)
        raise StoreUnavailable("it hung")

    replica: Replica = engine.replica(engine.embedder())
    monkeypatch.setattr(replica.contents, "take_vectors", hang)
    new_article()

    def follow() -> None:
        replica.catch_up()
        connection.close()

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        assert hangs.wait(60)
        assert finds(asker, articles["printer"])
        assert thread.is_alive()
    finally:
        is_over.set()
        thread.join()


def test_a_process_that_starts_without_the_engine_finds_what_is_published_by_words(
    server: Server, articles: dict[str, Article], asker: User
) -> None:
    server.stop()
    forget_replicas()
    assert finds(asker, articles["printer"])
    new = new_article()
    assert finds(asker, new, LIFT)
    server.start()
    assert soon(lambda: by_meaning(new))


def test_what_is_published_is_found_by_words_while_an_attempt_to_reach_the_engine_takes_long(
    server: Server, articles: dict[str, Article], asker: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.stop()
    forget_replicas()
    assert finds(asker, articles["printer"])
    tries, is_over = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        tries.set()
        is_over.wait(60)
        raise StoreUnavailable("it hung")

    join("index-engine")
    monkeypatch.setattr(contents, "new_store", hang)
    try:
        assert soon(lambda: bool(ask(asker)) and tries.is_set())
        new = new_article()
        assert finds(asker, new, LIFT)
    finally:
        is_over.set()
