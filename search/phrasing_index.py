"""Keeping the vectors in the database in step with the phrasings that are in use: one article at a time."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from kb.models import Article
from search import changes
from search.embedding import Embedder
from search.models import Phrasing, PhrasingVector
from search.passages import to_bytes


def pending(fingerprint: str) -> QuerySet[Article]:
    """Articles with phrasings that lack a vector of this fingerprint, or that have one and should not."""
    lacking = _lacking(fingerprint).filter(article=OuterRef("pk"))
    surplus = _surplus(fingerprint).filter(phrasing__article=OuterRef("pk"))
    return Article.objects.filter(Exists(lacking) | Exists(surplus)).order_by("pk")


def bring_in_step(article_id: int, *, embedder: Embedder) -> None:
    """Give the article's phrasings that are in use their vectors, and take away those of all others.

    Two workers at once do the same twice, and store it once.
    """
    lacking = list(_lacking(embedder.fingerprint).filter(article=article_id))
    made = embedder.encode([phrasing.text for phrasing in lacking]) if lacking else ()
    vectors = {phrasing.pk: to_bytes(vector) for phrasing, vector in zip(lacking, made, strict=True)}
    _store(article_id, embedder.fingerprint, vectors)


@transaction.atomic
def _store(article_id: int, fingerprint: str, vectors: dict[int, bytes]) -> None:
    """Write what was embedded, but for phrasings that were undone meanwhile."""
    Article.objects.select_for_update().filter(pk=article_id).first()
    wanted = _lacking(fingerprint).filter(pk__in=vectors.keys()).values_list("pk", flat=True)
    stored = PhrasingVector.objects.bulk_create(
        PhrasingVector(phrasing_id=pk, fingerprint=fingerprint, vector=vectors[pk]) for pk in wanted
    )
    removed, _ = _surplus(fingerprint).filter(phrasing__article=article_id).delete()
    if stored or removed:
        changes.record(article_id)


def _lacking(fingerprint: str) -> QuerySet[Phrasing]:
    """Nobody finds what is not live, so its phrasings wait."""
    vectors = PhrasingVector.objects.filter(phrasing=OuterRef("pk"), fingerprint=fingerprint)
    in_use = Phrasing.objects.filter(in_use=True, article__in=Article.objects.live().values("pk"))
    return in_use.filter(~Q(Exists(vectors)))


def _surplus(fingerprint: str) -> QuerySet[PhrasingVector]:
    return PhrasingVector.objects.filter(fingerprint=fingerprint, phrasing__in_use=False)
