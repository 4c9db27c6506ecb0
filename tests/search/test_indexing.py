import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from kb import services as kb_services
from kb.models import Article, Revision
from search import changes, engine, indexing, services, tasks
from search.indexing import Standing, Work, plan
from search.models import IndexChange, IndexEntry, IndexState, Passage
from search.passages import embedded
from tests.factories import AudienceFactory, UserFactory, new_revision, published_article
from tests.search.articles import PASSWORD, small_company

ids = st.one_of(st.none(), st.integers(1, 3))


@given(live=ids, indexed=ids, audience=st.integers(1, 2), indexed_audience=st.integers(1, 2))
def test_the_plan_embeds_only_when_other_words_are_live(
    live: int | None, indexed: int | None, audience: int, indexed_audience: int
) -> None:
    work = plan(Standing(live, audience, indexed, indexed_audience))
    assert (work is Work.EMBED) == (live is not None and live != indexed)
    assert (work is Work.REMOVE) == (live is None and indexed is not None)
    assert (work is Work.MOVE) == (live is not None and live == indexed and audience != indexed_audience)


@pytest.mark.django_db
def test_reconcile_finds_what_no_event_told_of(index: Callable[[], int]) -> None:
    small_company()
    assert indexing.pending(engine.fingerprint()).count() == 3
    assert index() == 0
    assert Passage.objects.values("article").distinct().count() == 3
    assert not indexing.pending(engine.fingerprint()).exists()


@pytest.mark.django_db
def test_nothing_is_embedded_twice(index: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    small_company()
    index()
    before = IndexChange.objects.count()
    monkeypatch.setattr(type(engine.embedder()), "encode", None)
    index()
    assert IndexChange.objects.count() == before


@pytest.mark.django_db
def test_a_new_revision_keeps_the_vectors_of_the_passages_that_stayed(index: Callable[[], int]) -> None:
    article = published_article("Reset a forgotten password", PASSWORD)
    index()
    old = dict(Passage.objects.values_list("digest", "vector"))
    new_revision(article, body=PASSWORD.replace("company portal app", "Hub app"))
    encoded: list[str] = []
    embedder = engine.embedder()

    class Counting:
        fingerprint = embedder.fingerprint

        def encode(self, texts: list[str], **_: object) -> object:
            encoded.extend(texts)
            return embedder.encode(texts)

    indexing.bring_in_step(article.pk, embedder=Counting())
    new = dict(Passage.objects.values_list("digest", "vector"))
    assert len(encoded) == 1
    assert "Hub app" in encoded[0]
    assert len(set(old) & set(new)) == len(new) - 1


@pytest.mark.django_db
def test_the_text_of_every_passage_is_verbatim_in_the_live_revision(index: Callable[[], int]) -> None:
    small_company()
    index()
    for passage in Passage.objects.select_related("revision", "article"):
        assert passage.revision_id == passage.article.live_revision_id
        assert 0 <= passage.start < passage.end <= len(passage.revision.body)


@pytest.mark.django_db
def test_an_archived_or_expired_article_leaves_the_index(index: Callable[[], int]) -> None:
    articles = small_company()
    index()
    kb_services.archive(article=articles["vpn"], by=UserFactory(role=Role.PUBLISHER), reason="Gone.")
    Article.objects.filter(pk=articles["printer"].pk).update(expires_at=timezone.now())
    index()
    assert set(Passage.objects.values_list("article", flat=True)) == {articles["password"].pk}


@pytest.mark.django_db
def test_another_audience_moves_the_passages_without_embedding(
    index: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    article = small_company()["vpn"]
    index()
    other = AudienceFactory(groups=["Finance"])
    kb_services.set_audience(article=article, audience=other, by=UserFactory(role=Role.PUBLISHER))
    monkeypatch.setattr(type(engine.embedder()), "encode", None)
    index()
    assert IndexEntry.objects.get(article=article).audience_id == other.pk


@pytest.mark.django_db
def test_a_claim_keeps_others_away_until_it_is_stale(index: Callable[[], int]) -> None:
    article = small_company()["vpn"]
    fingerprint = engine.fingerprint()
    entry = IndexEntry.objects.create(article=article, fingerprint=fingerprint, claimed_at=timezone.now())
    assert not indexing.bring_in_step(article.pk, embedder=engine.embedder())
    assert not Passage.objects.filter(article=article).exists()
    IndexEntry.objects.filter(pk=entry.pk).update(claimed_at=timezone.now() - timedelta(hours=1))
    assert indexing.bring_in_step(article.pk, embedder=engine.embedder())
    assert Passage.objects.filter(article=article).exists()


@pytest.mark.django_db
def test_words_published_while_older_ones_are_embedded_are_not_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    article = published_article("VPN", "Old words.\n")
    really = embedded
    rounds: list[int] = []

    def embed_and_be_overtaken(revisions: object, embedder: object, **_: object) -> object:
        passages = really(revisions, embedder)
        rounds.append(1)
        if len(rounds) == 1:
            new_revision(article, body="New words.\n")
        return passages

    monkeypatch.setattr(indexing, "embedded", embed_and_be_overtaken)
    indexing.bring_in_step(article.pk, embedder=engine.embedder())
    assert Passage.objects.get().revision.body == "New words.\n"


@pytest.mark.django_db
def test_one_article_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    articles = small_company()
    really = embedded

    def fail_on_one(revisions: list[Revision], embedder: object, **_: object) -> object:
        if any(revision.article_id == articles["vpn"].pk for revision in revisions):
            raise ValueError("a strange text")
        return really(revisions, embedder)

    monkeypatch.setattr(indexing, "embedded", fail_on_one)
    assert services.reconcile() == 1
    entry = IndexEntry.objects.get(article=articles["vpn"])
    assert (entry.error, entry.failures, entry.claimed_at) == ("a strange text", 1, None)


@pytest.mark.django_db(transaction=True)
def test_the_order_of_change_numbers_is_the_order_of_commits() -> None:
    article = published_article()
    numbers: list[int] = []

    def change() -> None:
        with transaction.atomic():
            numbers.append(changes.record(article.pk))
        connection.close()

    threads = [threading.Thread(target=change) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = list(IndexChange.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sorted(numbers) == stored == list(range(stored[0], stored[0] + 8))


@pytest.mark.django_db
def test_passages_that_somebody_deleted_are_made_again(index: Callable[[], int]) -> None:
    article = small_company()["vpn"]
    index()
    Passage.objects.filter(article=article).delete()
    assert index() == 0
    assert Passage.objects.filter(article=article).exists()


@pytest.mark.django_db
def test_the_change_log_goes_on_when_its_counter_was_deleted(index: Callable[[], int]) -> None:
    article = small_company()["vpn"]
    index()
    last = IndexChange.objects.order_by("-sequence").first()
    IndexState.objects.all().delete()
    assert changes.record(article.pk) == last.sequence + 1


@pytest.mark.django_db
def test_passages_of_many_articles_are_embedded_together(
    index: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_company()
    embedder = type(engine.embedder())
    really, together = embedder.encode, []

    def encode(self: object, texts: list[str], **kwargs: object) -> object:
        together.append(len(texts))
        return really(self, texts, **kwargs)

    monkeypatch.setattr(embedder, "encode", encode)
    index()
    assert together[0] == Passage.objects.count()
    assert len(together) == 2  # what may be quoted comes after, together as well


@pytest.mark.django_db
def test_an_article_published_during_a_long_reconcile_is_in_the_next_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(indexing, "PASSAGES_AT_ONCE", 1)
    small_company()
    order: list[str] = []
    really = embedded

    def embed_while_somebody_publishes(
        revisions: list[Revision], *arguments: object, **named: object
    ) -> object:
        order.extend(revision.title for revision in revisions)
        if len(order) == 1:
            published_article("News", "The lift is out of order.\n")
        return really(revisions, *arguments, **named)

    monkeypatch.setattr(indexing, "embedded", embed_while_somebody_publishes)
    assert services.reconcile() == 0
    assert len(order) == 4
    assert order[1] == "News"


@pytest.mark.django_db
def test_a_reconcile_that_was_killed_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "PASSAGES_AT_ONCE", 1)
    small_company()
    assert services.reconcile(seconds=0) == 2
    done = set(Passage.objects.values_list("pk", flat=True))
    assert services.reconcile() == 0
    assert done < set(Passage.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_progress_tells_articles_and_passages() -> None:
    small_company()
    told: list[tuple[int, int, int]] = []
    services.reconcile(on_progress=lambda now: told.append((now.total, now.done, now.passages)))
    assert told[-1] == (3, 3, Passage.objects.count())
    assert told == sorted(told)


@pytest.mark.django_db
def test_while_everything_is_embedded_anew_what_was_there_is_found(index: Callable[[], int]) -> None:
    small_company()
    index()
    before = set(Passage.objects.values_list("pk", flat=True))
    services.rebuild(fingerprint=engine.fingerprint())
    assert set(Passage.objects.values_list("pk", flat=True)) == before
    assert index() == 0
    assert not before & set(Passage.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_an_article_archived_while_everything_is_embedded_anew_leaves_the_index(
    index: Callable[[], int],
) -> None:
    article = small_company()["vpn"]
    index()
    services.rebuild(fingerprint=engine.fingerprint())
    kb_services.archive(article=article, by=UserFactory(role=Role.PUBLISHER), reason="Gone.")
    index()
    assert not Passage.objects.filter(article=article).exists()


@pytest.mark.django_db
def test_a_task_does_a_batch_of_what_else_waits() -> None:
    articles = small_company()
    tasks.index_article(articles["vpn"].pk)
    assert Passage.objects.values("article").distinct().count() == 3
