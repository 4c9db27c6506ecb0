"""Which article owns which passages: two sorted columns instead of dictionaries, 32 bytes a passage. Pure."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray


class Owners:
    """Ids of passages (or phrasings), each with its article. Never changes: a change makes a new one."""

    def __init__(self, owned: NDArray[np.int64], owners: NDArray[np.int64]) -> None:
        order = np.argsort(owned, kind="stable")
        self._owned, self._owner = owned[order], owners[order]
        self._by_owner = np.argsort(self._owner, kind="stable")
        self._sorted_owners = self._owner[self._by_owner]

    @classmethod
    def none(cls) -> Self:
        """Of nothing yet."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self._owned)

    def of(self, owned: Collection[int]) -> dict[int, int]:
        """Each of these ids that is known → its article."""
        wanted = np.fromiter(owned, np.int64, len(owned))
        at = np.searchsorted(self._owned, wanted)
        at[at == len(self._owned)] = 0
        known = self._owned[at] == wanted if len(self) else np.zeros(len(wanted), bool)
        return dict(zip(wanted[known].tolist(), self._owner[at[known]].tolist(), strict=True))

    def owned_by(self, articles: Iterable[int]) -> dict[int, int]:
        """Every id that one of these articles owns → that article."""
        at = [self._by_owner[begin:end] for begin, end in self._spans(list(articles))]
        rows = np.concatenate(at) if at else np.empty(0, np.int64)
        return dict(zip(self._owned[rows].tolist(), self._owner[rows].tolist(), strict=True))

    def counts(self, articles: Iterable[int]) -> dict[int, int]:
        """Each article → how many it owns."""
        articles = list(articles)
        return {each: end - begin for each, (begin, end) in zip(articles, self._spans(articles), strict=True)}

    def _spans(self, articles: list[int]) -> list[tuple[int, int]]:
        wanted = np.asarray(articles, np.int64)
        begin = np.searchsorted(self._sorted_owners, wanted, "left").tolist()
        end = np.searchsorted(self._sorted_owners, wanted, "right").tolist()
        return list(zip(begin, end, strict=True))

    def replaced(self, gone: Collection[int], new: dict[int, int]) -> Self:
        """Without the ids that are gone, and with new ones (id → article)."""
        stays = ~np.isin(self._owned, np.fromiter(gone, np.int64, len(gone)))
        owned = np.fromiter(new.keys(), np.int64, len(new))
        owners = np.fromiter(new.values(), np.int64, len(new))
        return type(self)(
            np.concatenate([self._owned[stays], owned]), np.concatenate([self._owner[stays], owners])
        )

    def save(self, path: Path) -> None:
        """Write to a new file."""
        np.savez(path, owned=self._owned, owners=self._owner)

    @classmethod
    def load(cls, path: Path) -> Self:
        """What `save` wrote."""
        with np.load(path, allow_pickle=False) as columns:
            return cls(columns["owned"], columns["owners"])
