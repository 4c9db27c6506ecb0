"""Nearest vectors among those that a person may see. An index is a cache: the database can rebuild it."""

import hashlib
import io
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import RLock
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

MAGIC = b"TZVECTORS1\n"
DIGEST_BYTES = 32


class IndexCorrupted(Exception):
    """A snapshot is truncated, altered or not a snapshot: throw it away and rebuild from the database."""


class VectorStore(Protocol):
    """What search needs from a vector index, whichever engine keeps it."""

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32], audiences: Sequence[int]) -> None:
        """Keep n vectors (n, d) of length one, each under its id and audience; an id already there is replaced."""

    def remove(self, ids: Sequence[int]) -> None:
        """Forget these ids; an unknown one is no error."""

    def search(
        self, vector: NDArray[np.float32], k: int, *, audiences: frozenset[int]
    ) -> list[tuple[int, float]]:
        """The k nearest (id, cosine), best first, among these audiences alone; none for no audience."""

    def __len__(self) -> int: ...


class FaissStore:
    """Exact inner product in this process. `fingerprint` and `sequence` say what the vectors are and how fresh."""

    def __init__(self, dimensions: int, *, fingerprint: str = "", sequence: int = 0) -> None:
        import faiss

        self.dimensions = dimensions
        self.fingerprint = fingerprint
        self.sequence = sequence
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimensions))
        self._audience_of: dict[int, int] = {}
        self._selectors: dict[frozenset[int], Any] = {}
        # FAISS frees the GIL while it searches, so an addition in another thread would move memory under it.
        self._lock = RLock()

    def __len__(self) -> int:
        return len(self._audience_of)

    def ids(self) -> frozenset[int]:
        """Every id that is kept, whatever its audience."""
        with self._lock:
            return frozenset(self._audience_of)

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32], audiences: Sequence[int]) -> None:
        """See VectorStore.add. Raises ValueError when the shapes disagree or an id is given twice."""
        if vectors.shape != (len(ids), self.dimensions) or len(audiences) != len(ids):
            raise ValueError(f"{len(ids)} ids, {len(audiences)} audiences, vectors of shape {vectors.shape}")
        if len(set(ids)) != len(ids):
            raise ValueError("an id is given twice")
        with self._lock:
            self.remove(ids)
            self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.asarray(ids, np.int64))
            self._audience_of.update(zip(ids, audiences, strict=True))
            self._selectors.clear()

    def remove(self, ids: Sequence[int]) -> None:
        """See VectorStore.remove."""
        with self._lock:
            known = [each for each in ids if self._audience_of.pop(each, None) is not None]
            if known:
                self._index.remove_ids(np.asarray(known, np.int64))
                self._selectors.clear()

    def move(self, audience_of: Mapping[int, int]) -> None:
        """Put ids that are kept under other audiences; an unknown one is no error."""
        with self._lock:
            self._audience_of.update(
                {each: a for each, a in audience_of.items() if each in self._audience_of}
            )
            self._selectors.clear()

    def search(
        self, vector: NDArray[np.float32], k: int, *, audiences: frozenset[int]
    ) -> list[tuple[int, float]]:
        """See VectorStore.search. `vector` has shape (d,) and length one."""
        import faiss

        with self._lock:
            selector = self._selector(audiences)
            if selector is None or k < 1:
                return []
            query = np.ascontiguousarray(vector, np.float32).reshape(1, self.dimensions)
            parameters = faiss.SearchParameters()
            parameters.sel = selector
            scores, found = self._index.search(query, min(k, len(self)), params=parameters)
        # Fewer matches than k: FAISS fills the rest with -1.
        return [(int(i), float(s)) for i, s in zip(found[0], scores[0], strict=True) if i != -1]

    def _selector(self, audiences: frozenset[int]) -> Any:
        """The ids of these audiences as a FAISS selector, kept until the next change; None when there are none."""
        import faiss

        if audiences not in self._selectors:
            allowed = [each for each, audience in self._audience_of.items() if audience in audiences]
            ids = np.asarray(allowed, np.int64)
            self._selectors[audiences] = faiss.IDSelectorBatch(ids) if allowed else None
        return self._selectors[audiences]

    def save(self, path: Path) -> None:
        """Write a snapshot with its checksum; a reader sees the old file or the new one, never a half of it."""
        payload = self._payload()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + hashlib.sha256(payload).digest() + payload)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _payload(self) -> bytes:
        import faiss

        buffer = io.BytesIO()
        with self._lock:
            ids = faiss.vector_to_array(self._index.id_map)
            vectors = (
                self._index.index.reconstruct_n(0, len(ids)) if len(ids) else np.zeros((0, self.dimensions))
            )
            np.savez(
                buffer,
                ids=ids,
                vectors=vectors.astype(np.float32),
                audiences=np.asarray([self._audience_of[int(each)] for each in ids], np.int64),
                fingerprint=np.asarray(self.fingerprint),
                sequence=np.asarray(self.sequence, np.int64),
            )
        return buffer.getvalue()

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a snapshot. Raises FileNotFoundError when there is none, IndexCorrupted when it cannot be trusted."""
        content = path.read_bytes()
        header, payload = content[: len(MAGIC) + DIGEST_BYTES], content[len(MAGIC) + DIGEST_BYTES :]
        if header != MAGIC + hashlib.sha256(payload).digest():
            raise IndexCorrupted(f"{path.name} is not a whole snapshot of this version")
        with np.load(io.BytesIO(payload), allow_pickle=False) as data:
            vectors = data["vectors"]
            store = cls(
                vectors.shape[1], fingerprint=str(data["fingerprint"]), sequence=int(data["sequence"])
            )
            store.add(data["ids"].tolist(), vectors, data["audiences"].tolist())
        return store
