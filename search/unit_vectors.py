"""Vectors of the units of live revisions, made before anybody asks: choosing what to quote then embeds nothing.

They save time and decide nothing: where they are missing, the few units that a question needs are embedded for it.
"""

from collections.abc import Collection, Iterable

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from numpy.typing import NDArray

from kb.models import Revision
from search.embedding import Embedder
from search.gists import Gist, gists
from search.likeness import Vectors
from search.models import Passage, UnitVectors

# So few that an article which is published meanwhile waits for less than a second.
REVISIONS_AT_ONCE = 4
# Half the bytes of the vectors of passages: their cosines differ in the fourth digit.
VECTOR_TYPE = np.dtype("<f2")
DIGEST_TYPE = np.dtype("<u8")


def kept(revisions: Collection[int], fingerprint: str) -> Vectors:
    """The vectors of these revisions, as far as there are any.

    Ask only for revisions that the person asking may read.
    """
    rows = UnitVectors.objects.filter(revision__in=revisions, fingerprint=fingerprint)
    vectors: dict[int, NDArray[np.float32]] = {}
    for digests, matrix in rows.values_list("digests", "vectors"):
        names = np.frombuffer(digests, DIGEST_TYPE).tolist()
        if names:
            found = np.frombuffer(matrix, VECTOR_TYPE).reshape(len(names), -1).astype(np.float32)
            vectors |= zip(names, found, strict=True)
    return vectors


def pending(fingerprint: str) -> QuerySet[Revision]:
    """Live revisions that can be found and whose units have no vectors yet, the newest first."""
    passages = Passage.objects.filter(revision=OuterRef("pk"), fingerprint=fingerprint)
    made = UnitVectors.objects.filter(revision=OuterRef("pk"), fingerprint=fingerprint)
    live = Revision.objects.filter(live_on__isnull=False)
    return live.filter(Exists(passages), ~Exists(made)).order_by("-pk")


def make_some(embedder: Embedder) -> bool:
    """Make the vectors of a few revisions; False when none is left. Two workers at once store them once."""
    waiting = pending(embedder.fingerprint).only("title", "body")[:REVISIONS_AT_ONCE]
    gists_of = {each.pk: gists(each.title, each.body) for each in waiting}
    if not gists_of:
        return False
    made = iter(embedder.encode([each.text for of_one in gists_of.values() for each in of_one]))
    rows = [
        UnitVectors(
            revision_id=revision,
            fingerprint=embedder.fingerprint,
            digests=packed_digests(of_one),
            vectors=packed(next(made) for _ in of_one),
        )
        for revision, of_one in gists_of.items()
    ]
    _store(rows, embedder.fingerprint)
    return True


def packed_digests(gists: Iterable[Gist]) -> bytes:
    """Digests as the database keeps them."""
    return np.array([each.digest for each in gists], DIGEST_TYPE).tobytes()


def packed(vectors: Iterable[NDArray[np.float32]]) -> bytes:
    """Vectors as the database keeps them, in the order of the digests."""
    return b"".join(each.astype(VECTOR_TYPE).tobytes() for each in vectors)


@transaction.atomic
def _store(rows: list[UnitVectors], fingerprint: str) -> None:
    """Write what was made, but for what was withdrawn meanwhile."""
    revisions = [each.revision_id for each in rows]
    # Locked, so that none is deleted before its row is written.
    list(Revision.objects.select_for_update().filter(pk__in=revisions).order_by("pk").values_list("pk"))
    wanted = set(pending(fingerprint).filter(pk__in=revisions).values_list("pk", flat=True))
    UnitVectors.objects.bulk_create(
        (each for each in rows if each.revision_id in wanted), ignore_conflicts=True
    )
