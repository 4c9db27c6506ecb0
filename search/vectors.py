"""Nearest vectors among those that a person may see. An index is a cache: the database can rebuild it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

# Up to here every vector is compared: exact, and about 25 ms for 100,000 of 384 dimensions. Past it, only those in the
# cells nearest to the question: docs/decisions/009-index-at-scale.md has the figures of both, and of HNSW.
EXACT_UP_TO = 200_000
# Cells for n vectors: this many times √n. Each is learnt from a sample.
CELLS = 4
SAMPLE_PER_CELL = 40
ROUNDS = 6
# Cells that a question looks into when everybody may see everything; more where a person may see less.
PROBES = 64
ADD_AT_ONCE = 50_000
# A selector is kept for each set of audiences that somebody has: a bit for each vector.
KEPT_SELECTORS = 256
GONE = -1


class StoreUnavailable(Exception):
    """An engine on another machine can't be reached; the message says which."""


class VectorStore(Protocol):
    """What search needs from a vector index, whichever engine keeps it.

    Whoever holds one sees to it that nothing changes it while somebody searches: `search.replica` does. An engine on
    another machine raises StoreUnavailable.
    """

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32], audiences: Sequence[int]) -> None:
        """Keep n vectors (n, d) of length one, each under its id and audience; an id already there is replaced.

        Raises ValueError when the shapes disagree or an id is given twice.
        """

    def remove(self, ids: Sequence[int]) -> None:
        """Forget these ids; an unknown one is no error."""

    def move(self, audience_of: Mapping[int, int]) -> None:
        """Put ids that are kept under other audiences; an unknown one is no error."""

    def search(
        self, vector: NDArray[np.float32], k: int, *, audiences: frozenset[int]
    ) -> list[tuple[int, float]]:
        """The k nearest (id, cosine), best first, among these audiences alone; none for no audience."""

    def ids(self) -> frozenset[int]:
        """Every id that is kept, whatever its audience."""

    def __len__(self) -> int: ...


class FaissStore:
    """Vectors in this process: exact while they are few; `settle` makes cells of them when they are many.

    FAISS knows a vector by its slot, a number that is never given twice; two arrays say which id and which audience
    a slot has. Not safe for threads: FAISS frees the GIL while it searches.
    """

    def __init__(self, dimensions: int) -> None:
        import faiss

        self.dimensions = dimensions
        self._index: Any = faiss.IndexIDMap(faiss.IndexFlatIP(dimensions))
        self._ids = np.empty(0, np.int64)
        self._audiences = np.empty(0, np.int64)
        self._selections: dict[frozenset[int], _Selection] = {}

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def is_exact(self) -> bool:
        """Whether a search compares every vector."""
        return not hasattr(self._index, "nlist")

    def ids(self) -> frozenset[int]:
        """See VectorStore.ids."""
        return frozenset(self._ids[self._audiences != GONE].tolist())

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32], audiences: Sequence[int]) -> None:
        """See VectorStore.add."""
        if vectors.shape != (len(ids), self.dimensions) or len(audiences) != len(ids):
            raise ValueError(f"{len(ids)} ids, {len(audiences)} audiences, vectors of shape {vectors.shape}")
        if len(set(ids)) != len(ids):
            raise ValueError("an id is given twice")
        self.remove(ids)
        slots = np.arange(len(self._ids), len(self._ids) + len(ids))
        self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), slots)
        self._ids = np.concatenate([self._ids, np.asarray(ids, np.int64)])
        self._audiences = np.concatenate([self._audiences, np.asarray(audiences, np.int64)])
        self._selections.clear()

    def remove(self, ids: Sequence[int]) -> None:
        """See VectorStore.remove."""
        slots = self._slots(ids)
        if len(slots):
            self._index.remove_ids(slots)
            self._audiences[slots] = GONE
            self._selections.clear()

    def move(self, audience_of: Mapping[int, int]) -> None:
        """See VectorStore.move."""
        slots = self._slots(list(audience_of))
        self._audiences[slots] = [audience_of[each] for each in self._ids[slots].tolist()]
        self._selections.clear()

    def _slots(self, ids: Sequence[int]) -> NDArray[np.int64]:
        return np.flatnonzero(np.isin(self._ids, np.asarray(ids, np.int64)) & (self._audiences != GONE))

    def search(
        self, vector: NDArray[np.float32], k: int, *, audiences: frozenset[int]
    ) -> list[tuple[int, float]]:
        """See VectorStore.search. `vector` has shape (d,) and length one."""
        selection = self._selection(audiences)
        if not selection.count or k < 1:
            return []
        query = np.ascontiguousarray(vector, np.float32).reshape(1, self.dimensions)
        k = min(k, selection.count)
        for parameters in self._attempts(selection):
            scores, slots = self._index.search(query, k, params=parameters)
            found = slots[0] != -1  # FAISS fills up with -1 when it finds fewer than k
            if found.all():
                break
        ids = self._ids[slots[0][found]]
        return list(zip(ids.tolist(), scores[0][found].astype(float).tolist(), strict=True))

    def _attempts(self, selection: "_Selection") -> Iterator[Any]:
        """How to search, and how again if that finds fewer than there are.

        The smaller the share that a person may see, the more cells: what they may see can be of one topic, in cells
        far from the question.
        """
        faiss = _faiss()
        if self.is_exact:
            yield faiss.SearchParameters(sel=selection.selector)
            return
        for probes in (PROBES * len(self) // selection.count, self._index.nlist):
            yield faiss.SearchParametersIVF(sel=selection.selector, nprobe=min(probes, self._index.nlist))

    def _selection(self, audiences: frozenset[int]) -> "_Selection":
        """What these audiences may see, kept until the next change."""
        kept = self._selections.get(audiences)
        if kept is None:
            if len(self._selections) >= KEPT_SELECTORS:
                self._selections.clear()
            kept = _Selection(np.isin(self._audiences, list(audiences - {GONE})))
            self._selections[audiences] = kept
        return kept

    def settle(self) -> None:
        """Find the structure that suits the number of vectors: takes minutes for a million, so never in a request.

        Past EXACT_UP_TO the vectors go into cells, as half floats (a cosine is off by .00001), half the memory.
        """
        if self.is_exact and len(self) > EXACT_UP_TO:
            import faiss

            slots = faiss.vector_to_array(self._index.id_map)
            self._index = _in_cells(faiss.downcast_index(self._index.index), slots)

    def save(self, folder: Path) -> None:
        """Write everything into a new folder."""
        import faiss

        folder.mkdir()
        faiss.write_index(self._index, str(folder / "vectors.faiss"))
        np.savez(folder / "slots.npz", ids=self._ids, audiences=self._audiences)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote. The files are trusted: `search.snapshots` checks them before."""
        import faiss

        index = faiss.read_index(str(folder / "vectors.faiss"))
        store = cls(index.d)
        store._index = index
        with np.load(folder / "slots.npz", allow_pickle=False) as slots:
            store._ids, store._audiences = slots["ids"], slots["audiences"]
        return store


class _Selection:
    """The slots that some audiences may see: how many, and as FAISS asks for them."""

    def __init__(self, allowed: NDArray[np.bool_]) -> None:
        self.count = int(np.count_nonzero(allowed))
        # FAISS reads these bits where they are: they must live as long as the selector.
        self._bits = np.packbits(allowed, bitorder="little")
        self.selector = _faiss().IDSelectorBitmap(self._bits)


def _faiss() -> Any:
    """FAISS as it is: its stubs do not know the conveniences of its Python side."""
    import faiss

    return faiss


def _in_cells(flat: Any, slots: NDArray[np.int64]) -> Any:
    """The vectors of a flat index in the cells of their nearest centres (IVF), as half floats."""
    import faiss

    cells = CELLS * int(np.sqrt(flat.ntotal))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(flat.d),
        flat.d,
        cells,
        faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
        False,
    )
    index.cp.niter, index.cp.spherical, index.cp.min_points_per_centroid = ROUNDS, True, 1
    vectors = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d).reshape(flat.ntotal, flat.d)
    sample = np.random.default_rng(0).choice(
        flat.ntotal, min(flat.ntotal, cells * SAMPLE_PER_CELL), replace=False
    )
    index.train(vectors[np.sort(sample)])
    for begin in range(0, flat.ntotal, ADD_AT_ONCE):
        index.add_with_ids(
            vectors[begin : begin + ADD_AT_ONCE], slots[begin : begin + ADD_AT_ONCE].astype(np.int64)
        )
    return index
