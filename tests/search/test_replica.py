import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.roles import Role
from kb import services as kb_services
from kb.models import Article
from search import changes, engine, snapshots
from search.models import IndexChange, IndexState, Passage
from search.replica import Replica, forget_replicas
from tests.factories import AudienceFactory, UserFactory, new_revision
from tests.search.articles import small_company

pytestmark = pytest.mark.django_db


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()  # a link: the process that wrote it has the same file
    path.write_bytes(content)


def truncate(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-10])


def put_a_file_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("?")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "vectors truncated": lambda folder: truncate(folder / "passages" / "vectors.faiss"),
    "a bit of the vectors": lambda folder: flip_a_bit(folder / "passages" / "vectors.faiss"),
    "a bit of the words": lambda folder: flip_a_bit(next((folder / "words").glob("*.idx"))),
    "a file missing": lambda folder: (folder / "passages.npz").unlink(),
    "a file too many": lambda folder: (folder / "words" / "more").touch(),
    "a bit of the manifest": lambda folder: flip_a_bit(folder / "manifest"),
    "no manifest": lambda folder: (folder / "manifest").unlink(),
    "foreign manifest": lambda folder: (folder / "manifest").write_text("something else"),
    "empty manifest": lambda folder: (folder / "manifest").write_text(""),
    "a file in its place": put_a_file_in_its_place,
}


def fingerprints_of(replica: Replica) -> set[int]:
    assert replica.contents.vectors is not None
    return set(replica.contents.vectors.ids())


def held_by(replica: Replica) -> tuple[set[int], int, int]:
    """What a replica holds: vectors, passages by word, passages by article."""
    return fingerprints_of(replica), len(replica.contents.lexical), len(replica)


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
    replica = engine.replica(engine.embedder())
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        replica.catch_up()


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
        """The folder of the one snapshot there is."""
        (manifest,) = folder.glob("*/*/manifest")
        return manifest.parent

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

    def test_an_audience_changed_since_holds(
        self, built: Replica, articles: dict[str, Article], index: Callable[[], int]
    ) -> None:
        everyone = frozenset({articles["vpn"].audience_id})
        other = AudienceFactory()
        Article.objects.filter(pk=articles["vpn"].pk).update(audience=other)
        index()
        fresh = Replica(built.fingerprint)
        vector = engine.embedder().encode(["VPN error FC-412"])[0]
        signals = fresh.look_up("VPN error FC-412", vector, audiences=everyone)
        assert articles["vpn"].pk not in signals.article_of.values()

    def test_a_start_from_a_snapshot_reads_no_article(
        self, built: Replica, django_assert_max_num_queries: Callable[[int], object]
    ) -> None:
        with django_assert_max_num_queries(1):  # type: ignore[attr-defined]
            fresh = Replica(built.fingerprint)
        assert held_by(fresh) == held_by(built)

    def test_words_found_after_a_start_from_a_snapshot_are_those_found_before(
        self, built: Replica, articles: dict[str, Article]
    ) -> None:
        everyone = frozenset({articles["vpn"].audience_id})
        vector = engine.embedder().encode(["VPN error FC-412"])[0]
        asked = [
            each.look_up("VPN error FC-412", vector, audiences=everyone)
            for each in (built, Replica(built.fingerprint))
        ]
        assert asked[0] == asked[1]
        assert asked[0].identified

    @pytest.mark.parametrize("damage", [*DAMAGES, "gone"])
    def test_a_snapshot_that_is_no_use_is_noticed_and_made_anew(
        self, damage: str, built: Replica, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        snapshot = self.snapshot(tmp_path)
        if damage == "gone":
            shutil.rmtree(snapshot)
        else:
            DAMAGES[damage](snapshot)
        fresh = Replica(built.fingerprint)
        assert held_by(fresh) == held_by(built)
        assert ("is no use" in caplog.text) == (damage != "gone")
        with CaptureQueriesContext(connection) as queries:
            assert held_by(Replica(built.fingerprint)) == held_by(built)
        assert len(queries) == 1  # from the new snapshot

    @pytest.mark.parametrize(
        "state", [{"database": uuid4()}, {"sequence": 1}], ids=["another", "an earlier one"]
    )
    def test_a_snapshot_of_another_database_is_not_used(
        self, state: dict[str, object], built: Replica, articles: dict[str, Article]
    ) -> None:
        IndexState.objects.update(**state)
        Passage.objects.filter(article=articles["vpn"]).delete()
        fresh = Replica(built.fingerprint)
        assert fingerprints_of(fresh) == set(Passage.objects.values_list("pk", flat=True))

    def test_a_snapshot_that_the_log_no_longer_leads_on_from_is_not_used(
        self, built: Replica, articles: dict[str, Article], index: Callable[[], int]
    ) -> None:
        for body in ("One.\n", "Two.\n"):
            new_revision(articles["vpn"], body=body)
            index()
        IndexChange.objects.filter(sequence=built.sequence + 1).delete()
        fresh = Replica(built.fingerprint)
        assert fingerprints_of(fresh) == set(Passage.objects.values_list("pk", flat=True))

    def test_a_process_that_follows_saves_what_it_followed_from_time_to_time(
        self,
        built: Replica,
        articles: dict[str, Article],
        index: Callable[[], int],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("search.replica.SAVE_EVERY", -1)
        new_revision(articles["vpn"], body="## Fix\n\nCall us.\n")
        index()
        built.catch_up()
        for thread in threading.enumerate():
            if thread.name == "index-snapshot":
                thread.join()
        with CaptureQueriesContext(connection) as queries:
            assert held_by(Replica(built.fingerprint)) == held_by(built)
        assert len(queries) == 1

    def test_what_a_killed_process_left_is_cleared_away(self, built: Replica, tmp_path: Path) -> None:
        left = tmp_path / "words-left"
        left.mkdir()
        (left / ".tantivy-writer.lock").touch()
        fresh = Replica(built.fingerprint)
        assert not left.exists()
        assert len(list(tmp_path.glob("words-*"))) == 2
        assert len(fresh) == len(built)

    def test_what_another_model_or_database_left_a_week_ago_is_cleared_away_and_nothing_else(
        self, built: Replica, tmp_path: Path
    ) -> None:
        names = [f"{uuid4()}-{number:016x}" for number in range(4)]
        old, young, being_written, single = (tmp_path / each for each in names)
        single = single.with_suffix(".vectors")
        foreign = tmp_path / f"mine-{names[0]}"
        for folder in (old, young, being_written, foreign):
            (folder / "unfinished-x").mkdir(parents=True)
        single.touch()
        a_week_ago = time.time() - snapshots.UNUSED_AFTER - 60
        for each in (old / "unfinished-x", old, single, foreign / "unfinished-x", foreign, being_written):
            os.utime(each, (a_week_ago, a_week_ago))
        built.save()
        assert not old.exists()
        assert not single.exists()
        assert all(each.exists() for each in (young, being_written, foreign, self.snapshot(tmp_path)))

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
    monkeypatch.setattr(Replica, "_start", None)
    changes.record(article.pk)
    replica.catch_up()
    replica.catch_up()
