"""The vectors of earlier tickets, as a process holds them. Pure."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from escalation.routing.neighbours import nearest


class Memory:
    """Vectors of one model, each with its ticket; the newest `most` of them, at half precision."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.start_anew("")

    def start_anew(self, fingerprint: str) -> None:
        """Forget all, for the vectors of another model or because something is amiss."""
        self.fingerprint = fingerprint
        self.last = 0
        self._tickets: NDArray[np.int64] = np.empty(0, np.int64)
        self._vectors: NDArray[np.float16] | None = None

    def __len__(self) -> int:
        return len(self._tickets)

    def add(self, rows: Iterable[tuple[int, int, bytes]]) -> None:
        """Take in rows of (key, ticket, vector), in the order of their keys, all greater than `last`."""
        tickets, vectors = [], []
        for key, ticket, vector in rows:
            tickets.append(ticket)
            vectors.append(np.frombuffer(vector, dtype="<f4").astype(np.float16))
            self.last = key
        if not tickets:
            return
        added = np.stack(vectors)
        before = added[:0] if self._vectors is None else self._vectors
        self._vectors = np.concatenate([before, added])[-self.most :]
        self._tickets = np.concatenate([self._tickets, np.array(tickets, np.int64)])[-self.most :]

    def nearest(self, asked: NDArray[np.float32]) -> list[list[tuple[int, float]]]:
        """For each vector that is asked the tickets most like it, with their likeness."""
        if self._vectors is None:
            return [[] for _ in asked]
        rows, likeness = nearest(self._vectors, asked)
        found: list[Any] = [
            list(zip(self._tickets[near].tolist(), like.tolist(), strict=True))
            for near, like in zip(rows, likeness, strict=True)
        ]
        return found
