"""The same index on Milvus, for sites past one machine: every process asks one engine, none holds the vectors."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.vectors import StoreUnavailable

# What one request carries: Milvus takes at most 64 MB at once, and 16,384 rows in one answer.
ROWS_AT_ONCE = 5_000
MOST_FOUND = 16_384
# Seconds that a question waits for the engine, and that a change does.
ASK_WITHIN = 2
WRITE_WITHIN = 30


class MilvusStore:
    """A VectorStore (search/vectors.py) in a collection of a Milvus server, or of a file (milvus-lite).

    Every process of a site writes what it hears of, which is the same and so does no harm; a read sees every write
    that was answered before it. Every method raises StoreUnavailable when the engine can't be reached.
    """

    def __init__(self, uri: str, *, token: str = "", collection: str, dimensions: int) -> None:
        from pymilvus import MilvusClient

        # It logs a page of traceback for each failure. StoreUnavailable tells what failed; who catches it logs.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        self.dimensions = dimensions
        self._collection = collection
        with _reached(uri):
            self._client: Any = MilvusClient(uri, token=token, timeout=ASK_WITHIN)
            if not self._client.has_collection(collection, timeout=ASK_WITHIN):
                self._create()
            else:
                self._load()

    def reach(self) -> None:
        """Take the collection up again after the engine was away. StoreUnavailable while it still is."""
        with _reached(self._collection):
            self._load()

    def _load(self) -> None:
        """An engine that was started anew does not search what nobody has it load."""
        self._client.load_collection(self._collection, timeout=WRITE_WITHIN)

    def _create(self) -> None:
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("audience", DataType.INT64)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self.dimensions)
        index = self._client.prepare_index_params()
        index.add_index("vector", index_type="AUTOINDEX", metric_type="IP")
        self._client.create_collection(
            self._collection, schema=schema, index_params=index, consistency_level="Strong"
        )

    def __len__(self) -> int:
        with _reached(self._collection):
            (counted,) = self._client.query(
                self._collection, filter="", output_fields=["count(*)"], timeout=WRITE_WITHIN
            )
        return int(counted["count(*)"])

    def ids(self) -> frozenset[int]:
        """See VectorStore.ids."""
        return frozenset(row["id"] for row in self._rows("id >= 0", ["id"]))

    def add(self, ids: Sequence[int], vectors: NDArray[np.float32], audiences: Sequence[int]) -> None:
        """See VectorStore.add."""
        if vectors.shape != (len(ids), self.dimensions) or len(audiences) != len(ids):
            raise ValueError(f"{len(ids)} ids, {len(audiences)} audiences, vectors of shape {vectors.shape}")
        if len(set(ids)) != len(ids):
            raise ValueError("an id is given twice")
        self._find_out_soon()
        self._write(
            {"id": int(one), "audience": int(audience), "vector": vector}
            for one, vector, audience in zip(ids, vectors, audiences, strict=True)
        )

    def remove(self, ids: Sequence[int]) -> None:
        """See VectorStore.remove."""
        if ids:
            self._find_out_soon()
        for some in _in_parts(ids):
            with _reached(self._collection):
                self._client.delete(self._collection, ids=[int(each) for each in some], timeout=WRITE_WITHIN)

    def move(self, audience_of: Mapping[int, int]) -> None:
        """See VectorStore.move. Only what changes is written."""
        if audience_of:
            self._find_out_soon()
        for some in _in_parts(list(audience_of)):
            wanted = ", ".join(str(int(each)) for each in some)
            rows = self._rows(f"id in [{wanted}]", ["id", "audience", "vector"])
            self._write(
                {**row, "audience": audience_of[row["id"]]}
                for row in rows
                if row["audience"] != audience_of[row["id"]]
            )

    def search(
        self, vector: NDArray[np.float32], k: int, *, audiences: frozenset[int]
    ) -> list[tuple[int, float]]:
        """See VectorStore.search. `vector` has shape (d,) and length one; at most 16,384 are found."""
        if not audiences or k < 1:
            return []
        allowed = ", ".join(str(each) for each in sorted(audiences))
        with _reached(self._collection):
            (hits,) = self._client.search(
                self._collection,
                [np.asarray(vector, np.float32)],
                limit=min(k, MOST_FOUND),
                filter=f"audience in [{allowed}]",
                output_fields=["id"],
                timeout=ASK_WITHIN,
            )
        return [(int(hit["id"]), float(hit["distance"])) for hit in hits]

    def close(self) -> None:
        """Let go of the connection; a file is closed with its last one."""
        self._client.close()

    def _find_out_soon(self) -> None:
        """Raise StoreUnavailable when nobody is there: a write may take far longer than a question can wait."""
        with _reached(self._collection):
            self._client.has_collection(self._collection, timeout=ASK_WITHIN)

    def _write(self, rows: Iterator[dict[str, Any]]) -> None:
        while some := list(islice(rows, ROWS_AT_ONCE)):
            with _reached(self._collection):
                self._client.upsert(self._collection, some, timeout=WRITE_WITHIN)

    def _rows(self, condition: str, fields: list[str]) -> Iterator[dict[str, Any]]:
        """Every row that meets a condition, page by page in the order of ids."""
        last = -1
        while True:
            with _reached(self._collection):
                rows = self._client.query(
                    self._collection,
                    filter=f"({condition}) and id > {last}",
                    output_fields=fields,
                    limit=ROWS_AT_ONCE,
                    timeout=WRITE_WITHIN,
                )
            yield from rows
            if len(rows) < ROWS_AT_ONCE:
                return
            last = max(row["id"] for row in rows)


def _in_parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[begin : begin + ROWS_AT_ONCE] for begin in range(0, len(ids), ROWS_AT_ONCE))


@contextmanager
def _reached(what: str) -> Iterator[None]:
    from pymilvus import MilvusException

    try:
        yield
    except MilvusException as problem:
        raise StoreUnavailable(f"Milvus does not answer for {what}: {problem}") from problem
