"""Live revisions to passages with their vectors, of many articles at once."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.models import Revision
from search.embedding import Embedder
from search.models import IndexEntry, Passage
from search.splitting import PassageSpan, embedding_text, split

VECTOR_TYPE = np.dtype("<f4")


@dataclass(frozen=True)
class Draft:
    """A revision cut into passages, before it is known which of them have a vector already."""

    revision: Revision
    spans: list[PassageSpan]
    texts: list[str]

    @property
    def digests(self) -> list[str]:
        """What tells the embedded texts apart, in their order."""
        return [hashlib.sha256(text.encode()).hexdigest() for text in self.texts]


def draft(revision: Revision) -> Draft:
    """The passages of a revision; a body without any is one empty passage, found by its title."""
    spans = split(revision.body) or [PassageSpan(0, 0, len(revision.body), (), "")]
    texts = [
        embedding_text(revision.title, span.path, revision.body[span.start : span.end]) for span in spans
    ]
    return Draft(revision, spans, texts)


def embedded(
    revisions: Sequence[Revision], embedder: Embedder, *, on_embedded: Callable[[int], None] | None = None
) -> dict[int, list[Passage]]:
    """{article id: passages}, unsaved; text that an earlier revision had already keeps its vector."""
    drafts = [draft(revision) for revision in revisions]
    digests = {each.revision.article_id: each.digests for each in drafts}
    vectors = _known_vectors(digests, embedder.fingerprint)
    text_of = {
        digest: text
        for each in drafts
        for digest, text in zip(digests[each.revision.article_id], each.texts, strict=True)
        if digest not in vectors
    }
    if text_of:
        made = embedder.encode(list(text_of.values()), on_progress=on_embedded)
        vectors |= {digest: to_bytes(vector) for digest, vector in zip(text_of, made, strict=True)}
    return {
        each.revision.article_id: [
            Passage(
                article_id=each.revision.article_id,
                revision=each.revision,
                fingerprint=embedder.fingerprint,
                ordinal=span.ordinal,
                start=span.start,
                end=span.end,
                path=list(span.path),
                anchor=span.anchor[:200],
                digest=digest,
                vector=vectors[digest],
            )
            for span, digest in zip(each.spans, digests[each.revision.article_id], strict=True)
        ]
        for each in drafts
    }


def _known_vectors(digests: dict[int, list[str]], fingerprint: str) -> dict[str, bytes]:
    """Vectors that these articles have already, but for those that are to be made anew."""
    trusted = IndexEntry.objects.filter(
        article__in=digests, fingerprint=fingerprint, revision__isnull=False
    ).values("article")
    wanted = {digest for each in digests.values() for digest in each}
    known = Passage.objects.filter(article__in=trusted, fingerprint=fingerprint)
    return {
        digest: bytes(vector) for digest, vector in known.values_list("digest", "vector") if digest in wanted
    }


def to_bytes(vector: NDArray[np.float32]) -> bytes:
    """A vector as the database keeps it."""
    return vector.astype(VECTOR_TYPE).tobytes()


def from_bytes(vectors: Iterable[bytes]) -> NDArray[np.float32]:
    """Vectors of the database as rows of a matrix (n, dimensions), float32."""
    return np.stack([np.frombuffer(vector, dtype=VECTOR_TYPE) for vector in vectors]).astype(np.float32)
