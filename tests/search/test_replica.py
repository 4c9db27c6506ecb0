import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from accounts.roles import Role
from kb import services as kb_services
from kb.models import Article
from search import changes, engine
from search.models import IndexChange, Passage
from search.replica import Replica, forget_replicas
from search.vectors import FaissStore
from tests.factories import AudienceFactory, UserFactory, new_revision
from tests.search.articles import small_company

pytestmark = pytest.mark.django_db


def fingerprints_of(replica: Replica) -> set[int]:
    assert replica.contents.vectors is not None
    return set(replica.contents.vectors.ids())


def test_a_replica_follows_the_change_log_to_what_a_new_one_would_hold(index: Callable[[], int]) -> None:
    articles = small_company()
    index()
    old = engine.replica(engine.embedder())
    new_revision(articles["vpn"], body="## Fix\n\nCall us.\n")
    kb_services.archive(article=articles["printer"], by=UserFactory(role=Role.PUBLISHER), reason="Gone.")
    index()
    old.catch_up()
    fresh = Replica(old.fingerprint)
    assert fingerprints_of(old) == fingerprints_of(fresh)
    assert len(old.contents.lexical) == len(fresh.contents.lexical) == len(old)


def test_catching_up_with_nothing_reads_one_row(
    index: Callable[[], int], django_assert_num_queries: Callable[[int], object]
) -> None:
    small_company()
    index()
    engine.replica(engine.embedder())
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        engine.replica(engine.embedder())


def test_a_replica_that_slept_past_the_log_builds_itself_anew(index: Callable[[], int]) -> None:
    articles = small_company()
    index()
    old = engine.replica(engine.embedder())
    new_revision(articles["vpn"], body="One.\n")
    new_revision(articles["printer"], body="Two.\n")
    index()
    IndexChange.objects.order_by("sequence").filter(sequence__lte=old.sequence + 1).delete()
    old.catch_up()
    assert fingerprints_of(old) == fingerprints_of(Replica(old.fingerprint))


def test_an_empty_site_has_an_empty_replica() -> None:
    forget_replicas()
    assert len(engine.replica(engine.embedder())) == 0


class TestSnapshots:
    @pytest.fixture(autouse=True)
    def own_folder(self, settings: Settings, tmp_path: Path) -> None:
        settings.INDEX_DIR = tmp_path

    @pytest.fixture
    def built(self, articles: dict[str, Article]) -> Replica:
        return engine.replica(engine.embedder())

    def snapshot(self, folder: Path) -> Path:
        return next(folder.glob("*.vectors"))

    def test_a_start_from_a_snapshot_reads_no_vectors(self, built: Replica) -> None:
        Passage.objects.update(vector=b"")
        assert fingerprints_of(Replica(built.fingerprint)) == fingerprints_of(built)

    def test_what_changed_since_is_read_from_the_database(
        self, built: Replica, articles: dict[str, Article], index: Callable[[], int]
    ) -> None:
        new_revision(articles["vpn"], body="## Fix\n\nCall us.\n")
        index()
        fresh = Replica(built.fingerprint)
        assert fingerprints_of(fresh) == set(Passage.objects.values_list("pk", flat=True))

    def test_an_audience_changed_since_holds(self, built: Replica, articles: dict[str, Article]) -> None:
        everyone = frozenset({articles["vpn"].audience_id})
        other = AudienceFactory()
        Article.objects.filter(pk=articles["vpn"].pk).update(audience=other)
        fresh = Replica(built.fingerprint)
        vector = engine.embedder().encode(["VPN error FC-412"])[0]
        signals = fresh.look_up("VPN error FC-412", vector, audiences=everyone)
        assert articles["vpn"].pk not in signals.article_of.values()

    @pytest.mark.parametrize("damage", ["truncated", "foreign", "gone"])
    def test_a_snapshot_that_is_no_use_is_made_anew(
        self, damage: str, built: Replica, tmp_path: Path
    ) -> None:
        snapshot = self.snapshot(tmp_path)
        if damage == "truncated":
            snapshot.write_bytes(snapshot.read_bytes()[:-100])
        elif damage == "foreign":
            snapshot.write_bytes(b"something else")
        else:
            snapshot.unlink()
        fresh = Replica(built.fingerprint)
        assert fingerprints_of(fresh) == fingerprints_of(built)
        assert FaissStore.load(self.snapshot(tmp_path)).ids() == fingerprints_of(built)

    def test_a_folder_that_cannot_be_written_stops_nobody(
        self, articles: dict[str, Article], settings: Settings, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        settings.INDEX_DIR = tmp_path / "file" / "index"
        forget_replicas()
        assert len(engine.replica(engine.embedder())) == Passage.objects.count()


@pytest.mark.django_db(transaction=True)
def test_questions_asked_while_the_index_changes_always_find_something(index: Callable[[], int]) -> None:
    articles = small_company()
    index()
    model = engine.embedder()
    vector = model.encode(["I forgot my password"])[0]
    everyone = frozenset({articles["password"].audience_id})
    stop, empty, asked = threading.Event(), [], []

    def keep_asking() -> None:
        while not stop.is_set():
            signals = engine.replica(model).look_up("forgot password", vector, audiences=everyone)
            asked.append(1)
            if not signals.dense or not signals.lexical:
                empty.append(signals)
        connection.close()

    threads = [threading.Thread(target=keep_asking) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(25):
        with transaction.atomic():
            changes.record(articles["vpn"].pk)
    stop.set()
    for thread in threads:
        thread.join()
    assert asked
    assert not empty


def test_a_stale_look_at_the_log_builds_nothing_anew(
    index: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    article = small_company()["vpn"]
    index()
    replica = engine.replica(engine.embedder())
    monkeypatch.setattr(Replica, "_build", None)
    changes.record(article.pk)
    replica.catch_up()
    replica.catch_up()
