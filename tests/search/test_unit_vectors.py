"""Vectors of what may be quoted: made when the passages are there, read instead of embedding, and never in the way."""

from collections.abc import Callable, Sequence

import pytest

from accounts.models import User
from accounts.roles import Role
from kb import services as kb_services
from kb.models import Article
from search import engine, indexing, services, unit_vectors
from search.embedding import Embedder
from search.gists import gists
from search.models import Question, UnitVectors
from tests.factories import UserFactory, new_revision, published_article
from tests.search.articles import PASSWORD

pytestmark = pytest.mark.django_db

ASKED = "How do I reset a forgotten password?"


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that is embedded from now on."""
    texts: list[str] = []
    encode = Embedder.encode

    def noting(self: Embedder, given: Sequence[str], **how: object) -> object:
        texts.extend(given)
        return encode(self, given, **how)

    monkeypatch.setattr(Embedder, "encode", noting)
    return texts


def spans(question: Question) -> list[object]:
    return [(each.revision_id, each.quotes) for each in question.shown.all()]


def test_an_answer_embeds_the_question_and_nothing_else(
    articles: dict[str, Article], employee: User, embedded: list[str]
) -> None:
    question = services.ask(user=employee, text=ASKED)
    assert question.outcome == Question.Outcome.ANSWERED
    assert embedded == [ASKED]


def test_without_them_the_same_is_quoted(articles: dict[str, Article], employee: User) -> None:
    kept = spans(services.ask(user=employee, text=ASKED))
    UnitVectors.objects.all().delete()
    assert spans(services.ask(user=employee, text=ASKED)) == kept


def test_they_are_made_again_when_they_were_deleted(index: Callable[[], int]) -> None:
    article = published_article("Reset a forgotten password", PASSWORD)
    index()
    live = article.live_revision_id
    assert live
    before = unit_vectors.kept([live], engine.fingerprint())
    assert before.keys() == {each.digest for each in gists("Reset a forgotten password", PASSWORD)}
    UnitVectors.objects.all().delete()
    index()
    after = unit_vectors.kept([live], engine.fingerprint())
    assert {each: vector.tolist() for each, vector in after.items()} == {
        each: vector.tolist() for each, vector in before.items()
    }


def test_a_rebuild_makes_them_anew(articles: dict[str, Article], index: Callable[[], int]) -> None:
    services.rebuild(fingerprint=engine.fingerprint())
    assert not UnitVectors.objects.exists()
    index()
    assert UnitVectors.objects.count() == len(articles)


def test_what_is_not_live_has_none(articles: dict[str, Article], index: Callable[[], int]) -> None:
    changed, withdrawn = articles["password"], articles["vpn"]
    new_revision(changed, body=PASSWORD + "\nOne more thing to know about it.\n")
    kb_services.archive(article=withdrawn, by=UserFactory(role=Role.PUBLISHER), reason="Gone.")
    index()
    changed.refresh_from_db()
    kept = set(UnitVectors.objects.values_list("revision", flat=True))
    assert changed.live_revision_id in kept
    assert not kept & set(withdrawn.revisions.values_list("pk", flat=True))
    assert len(kept) == len(articles) - 1


def test_what_was_published_meanwhile_goes_first(index: Callable[[], int]) -> None:
    published_article("Reset a forgotten password", PASSWORD)
    model = engine.embedder()
    (article,) = indexing.next_batch(model.fingerprint)
    assert indexing.bring_in_step(article, embedder=model)
    services.reconcile(seconds=0)
    assert not UnitVectors.objects.exists()
    services.reconcile()
    assert UnitVectors.objects.count() == 1


def test_a_withdrawal_while_they_are_made_keeps_them_out(
    articles: dict[str, Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    UnitVectors.objects.all().delete()
    model, withdrawn = engine.embedder(), articles["vpn"]
    encode = Embedder.encode

    def withdraw(self: Embedder, given: Sequence[str], **how: object) -> object:
        monkeypatch.undo()
        kb_services.archive(article=withdrawn, by=UserFactory(role=Role.PUBLISHER), reason="Gone.")
        services.index_article(withdrawn.pk)
        return encode(self, given, **how)

    monkeypatch.setattr(Embedder, "encode", withdraw)
    while unit_vectors.make_some(model):
        pass
    assert UnitVectors.objects.count() == len(articles) - 1
