"""Cosines of gists with a question, by this process's model; what was embedded before is not embedded again."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from search.embedding import Embedder
from search.gists import Gist

# About 8 MB: of what is asked about before its vectors are kept, and of rows of tables.
REMEMBERED = 5_000

Vectors = Mapping[int, NDArray[np.float32]]  # by the digest of a gist

_seen: OrderedDict[tuple[str, int], NDArray[np.float32]] = OrderedDict()
_lock = Lock()


def likeness(
    question: NDArray[np.float32],
    gists: Sequence[Gist],
    *,
    embedder: Embedder,
    kept: Vectors,
) -> list[float]:
    """Cosine of each gist with the question, whose vector has length one and is of the same model.

    What is not among the `kept` is embedded, so of that there had better be few.
    """
    missing = {each.digest: each for each in gists if each.digest not in kept}
    vectors = {**kept, **_embedded(missing, embedder)} if missing else kept
    return [float(vectors[each.digest] @ question) for each in gists]


def _embedded(gists: Mapping[int, Gist], embedder: Embedder) -> dict[int, NDArray[np.float32]]:
    with _lock:
        vectors = {
            digest: _seen[embedder.fingerprint, digest]
            for digest in gists
            if (embedder.fingerprint, digest) in _seen
        }
    new = [digest for digest in gists if digest not in vectors]
    if new:
        vectors |= zip(new, embedder.encode([gists[digest].text for digest in new]), strict=True)
    _remember(vectors, embedder.fingerprint)
    return vectors


def _remember(vectors: Vectors, fingerprint: str) -> None:
    with _lock:
        for digest, vector in vectors.items():
            _seen[fingerprint, digest] = vector
            _seen.move_to_end((fingerprint, digest))
        while len(_seen) > REMEMBERED:
            _seen.popitem(last=False)
