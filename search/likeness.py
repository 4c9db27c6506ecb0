"""Cosines of short texts with a question, by this process's model; a text seen before is not embedded again."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from search.embedding import Embedder

# About 8 MB: the units of the articles that are quoted most.
REMEMBERED = 5_000

_seen: OrderedDict[tuple[str, str], NDArray[np.float32]] = OrderedDict()
_lock = Lock()


def likeness(question: NDArray[np.float32], texts: Sequence[str], *, embedder: Embedder) -> list[float]:
    """Cosine of each text with the question, whose vector has length one and is of the same model."""
    keys = [(embedder.fingerprint, text) for text in texts]
    with _lock:
        vectors = {key: _seen[key] for key in keys if key in _seen}
    new = [key for key in dict.fromkeys(keys) if key not in vectors]
    if new:
        vectors |= zip(new, embedder.encode([text for _, text in new]), strict=True)
    _remember(vectors)
    return [float(vectors[key] @ question) for key in keys]


def _remember(vectors: dict[tuple[str, str], NDArray[np.float32]]) -> None:
    with _lock:
        for key, vector in vectors.items():
            _seen[key] = vector
            _seen.move_to_end(key)
        while len(_seen) > REMEMBERED:
            _seen.popitem(last=False)
