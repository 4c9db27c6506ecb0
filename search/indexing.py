"""Keeping the vectors in the database in step with the articles: one article at a time, claimed by one worker."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

import numpy as np
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from numpy.typing import NDArray

from kb.models import Article, Revision
from search import changes
from search.embedding import Embedder
from search.models import IndexEntry, Passage
from search.splitting import PassageSpan, embedding_text, split

# A worker that was killed leaves its claim behind; after this long another takes over.
CLAIM_EXPIRES = timedelta(minutes=2)
VECTOR_TYPE = np.dtype("<f4")


class Work(Enum):
    """The cheapest thing that brings the index in step with an article."""

    NOTHING = auto()
    REMOVE = auto()
    MOVE = auto()
    EMBED = auto()


@dataclass(frozen=True)
class Standing:
    """What the article is now, beside what the index holds of it. None where there is nothing."""

    live_revision_id: int | None
    audience_id: int
    indexed_revision_id: int | None
    indexed_audience_id: int | None


def plan(standing: Standing) -> Work:
    """Decide, without doing: embedding is expensive, moving between audiences is not."""
    if standing.live_revision_id is None:
        return Work.REMOVE if standing.indexed_revision_id else Work.NOTHING
    if standing.live_revision_id != standing.indexed_revision_id:
        return Work.EMBED
    return Work.NOTHING if standing.audience_id == standing.indexed_audience_id else Work.MOVE


def pending(fingerprint: str) -> QuerySet[Article]:
    """Articles that the index of this fingerprint is not in step with: the truth that the reconcile task works from."""
    entry = IndexEntry.objects.filter(article=OuterRef("pk"), fingerprint=fingerprint)
    in_step = entry.filter(revision=OuterRef("live_revision"), audience_id=OuterRef("audience_id"))
    passages = Passage.objects.filter(revision=OuterRef("live_revision"), fingerprint=fingerprint)
    live = Article.objects.live().exclude(Exists(in_step), Exists(passages))
    gone = Article.objects.exclude(pk__in=Article.objects.live().values("pk")).filter(
        Exists(entry.filter(revision__isnull=False))
    )
    return Article.objects.filter(Q(pk__in=live.values("pk")) | Q(pk__in=gone.values("pk"))).order_by("pk")


def bring_in_step(article_id: int, *, embedder: Embedder) -> bool:
    """Make the index hold just what is live of an article; False when another worker is on it.

    The article may change while its text is embedded, and whoever announces that finds this claim and leaves.
    So the last look comes after the claim is released.
    """
    while True:
        if not _claim(article_id, embedder.fingerprint):
            return False
        try:
            _do_work(article_id, embedder)
        except Exception as error:
            _release(article_id, embedder.fingerprint, error=str(error))
            raise
        _release(article_id, embedder.fingerprint)
        if not pending(embedder.fingerprint).filter(pk=article_id).exists():
            return True


def _claim(article_id: int, fingerprint: str) -> bool:
    if not Article.objects.filter(pk=article_id).exists():
        return False
    try:
        IndexEntry.objects.get_or_create(article_id=article_id, fingerprint=fingerprint)
    except IntegrityError:
        # The article was deleted between the two queries.
        return False
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=timezone.now() - CLAIM_EXPIRES)
    entry = IndexEntry.objects.filter(free, article_id=article_id, fingerprint=fingerprint)
    return entry.update(claimed_at=timezone.now()) == 1


def _release(article_id: int, fingerprint: str, *, error: str = "") -> None:
    entry = IndexEntry.objects.filter(article_id=article_id, fingerprint=fingerprint)
    entry.update(claimed_at=None, error=error, failures=F("failures") + 1 if error else 0)


def _do_work(article_id: int, embedder: Embedder) -> None:
    article = Article.objects.filter(pk=article_id).select_related("live_revision").first()
    if article is None:
        return
    if plan(_standing(article, embedder.fingerprint)) is not Work.EMBED:
        _store(article_id, embedder.fingerprint, passages=None)
        return
    _store(article_id, embedder.fingerprint, passages=_embedded(article.words, embedder))


def _standing(article: Article, fingerprint: str) -> Standing:
    entry = IndexEntry.objects.get(article=article, fingerprint=fingerprint)
    # Passages that somebody deleted are made again, whatever the entry says.
    held = Passage.objects.filter(revision=entry.revision_id, fingerprint=fingerprint).exists()
    live = Article.objects.live().filter(pk=article.pk).exists()
    return Standing(
        live_revision_id=article.live_revision_id if live else None,
        audience_id=article.audience_id,
        indexed_revision_id=entry.revision_id if held else None,
        indexed_audience_id=entry.audience_id,
    )


@transaction.atomic
def _store(article_id: int, fingerprint: str, *, passages: list[Passage] | None) -> None:
    """Write what was decided, unless the article changed meanwhile: then the next round decides anew."""
    article = Article.objects.select_for_update().filter(pk=article_id).first()
    if article is None:
        return
    work = plan(_standing(article, fingerprint))
    entry = IndexEntry.objects.filter(article=article, fingerprint=fingerprint)
    if work is Work.EMBED:
        if passages is None or any(passage.revision_id != article.live_revision_id for passage in passages):
            return
        Passage.objects.filter(article=article, fingerprint=fingerprint).delete()
        Passage.objects.bulk_create(passages)
        entry.update(revision=article.live_revision, audience_id=article.audience_id)
    elif work is Work.REMOVE:
        Passage.objects.filter(article=article, fingerprint=fingerprint).delete()
        entry.update(revision=None, audience_id=None)
    elif work is Work.MOVE:
        entry.update(audience_id=article.audience_id)
    if work is not Work.NOTHING:
        changes.record(article_id)


def _embedded(revision: Revision, embedder: Embedder) -> list[Passage]:
    """The passages of a revision; text that an earlier revision had already keeps its vector."""
    spans = split(revision.body) or [PassageSpan(0, 0, len(revision.body), (), "")]
    texts = [
        embedding_text(revision.title, span.path, revision.body[span.start : span.end]) for span in spans
    ]
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    vectors = _known_vectors(revision, embedder.fingerprint, digests)
    missing = [index for index, digest in enumerate(digests) if digest not in vectors]
    if missing:
        made = embedder.encode([texts[index] for index in missing])
        vectors |= {digests[index]: to_bytes(vector) for index, vector in zip(missing, made, strict=True)}
    return [
        Passage(
            article_id=revision.article_id,
            revision=revision,
            fingerprint=embedder.fingerprint,
            ordinal=span.ordinal,
            start=span.start,
            end=span.end,
            path=list(span.path),
            anchor=span.anchor[:200],
            digest=digest,
            vector=vectors[digest],
        )
        for span, digest in zip(spans, digests, strict=True)
    ]


def _known_vectors(revision: Revision, fingerprint: str, digests: Iterable[str]) -> dict[str, bytes]:
    known = Passage.objects.filter(
        article_id=revision.article_id, fingerprint=fingerprint, digest__in=set(digests)
    )
    return {digest: bytes(vector) for digest, vector in known.values_list("digest", "vector")}


def to_bytes(vector: NDArray[np.float32]) -> bytes:
    """A vector as the database keeps it."""
    return vector.astype(VECTOR_TYPE).tobytes()


def from_bytes(vectors: Iterable[bytes]) -> NDArray[np.float32]:
    """Vectors of the database as rows of a matrix (n, dimensions), float32."""
    return np.stack([np.frombuffer(vector, dtype=VECTOR_TYPE) for vector in vectors]).astype(np.float32)
