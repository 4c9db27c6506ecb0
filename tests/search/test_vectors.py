"""The vector store: exact order, audiences inside the search, snapshots that are whole or refused."""

import numpy as np
import pytest

from search.vectors import FaissStore, IndexCorrupted

STAFF, CUSTOMERS = 1, 2


def unit(*values: float) -> np.ndarray:
    vector = np.asarray(values, np.float32)
    return vector / np.linalg.norm(vector)


@pytest.fixture
def store() -> FaissStore:
    store = FaissStore(3, fingerprint="abc", sequence=7)
    vectors = np.stack([unit(1, 0, 0), unit(1, 1, 0), unit(0, 1, 0), unit(0, 0, 1)])
    store.add([10, 11, 12, 13], vectors, [STAFF, CUSTOMERS, CUSTOMERS, STAFF])
    return store


def test_the_nearest_come_first_with_their_cosine(store):
    found = store.search(unit(1, 0, 0), 2, audiences=frozenset({STAFF, CUSTOMERS}))
    assert [each for each, _ in found] == [10, 11]
    assert found[1][1] == pytest.approx(2**-0.5, abs=1e-6)


def test_a_forbidden_neighbour_takes_no_place_among_the_k(store):
    assert [i for i, _ in store.search(unit(1, 0, 0), 1, audiences=frozenset({CUSTOMERS}))] == [11]
    assert len(store.search(unit(1, 0, 0), 50, audiences=frozenset({CUSTOMERS}))) == 2


@pytest.mark.parametrize("audiences", [frozenset(), frozenset({99})])
def test_no_audience_or_an_unknown_one_finds_nothing(store, audiences):
    assert store.search(unit(1, 0, 0), 5, audiences=audiences) == []


def test_adding_an_id_again_replaces_its_vector_and_audience(store):
    store.add([10], np.stack([unit(0, 0, 1)]), [CUSTOMERS])
    assert len(store) == 4
    assert store.search(unit(0, 0, 1), 1, audiences=frozenset({CUSTOMERS}))[0] == (10, pytest.approx(1.0))


def test_removed_ids_are_gone_and_unknown_ones_ignored(store):
    everyone = frozenset({STAFF, CUSTOMERS})
    store.search(unit(1, 0, 0), 1, audiences=everyone)  # so that a kept selector would be stale
    store.remove([10, 999])
    assert store.ids() == {11, 12, 13}
    assert 10 not in [each for each, _ in store.search(unit(1, 0, 0), 9, audiences=everyone)]


def test_vectors_of_another_size_are_refused(store):
    with pytest.raises(ValueError, match="shape"):
        store.add([1], np.zeros((1, 2), np.float32), [STAFF])


def test_one_id_twice_in_a_call_is_refused(store):
    with pytest.raises(ValueError, match="twice"):
        store.add([1, 1], np.zeros((2, 3), np.float32), [STAFF, STAFF])


def test_a_snapshot_brings_back_everything(store, tmp_path):
    store.save(tmp_path / "deep" / "index.bin")
    again = FaissStore.load(tmp_path / "deep" / "index.bin")
    assert (len(again), again.fingerprint, again.sequence, again.dimensions) == (4, "abc", 7, 3)
    for audiences in (frozenset({STAFF}), frozenset({CUSTOMERS})):
        assert again.search(unit(1, 1, 1), 9, audiences=audiences) == store.search(
            unit(1, 1, 1), 9, audiences=audiences
        )


def test_an_empty_store_searches_and_survives_a_snapshot(tmp_path):
    empty = FaissStore(3)
    assert empty.search(unit(1, 0, 0), 5, audiences=frozenset({STAFF})) == []
    empty.save(tmp_path / "index.bin")
    assert len(FaissStore.load(tmp_path / "index.bin")) == 0


def test_saving_leaves_one_file_and_replaces_the_old(store, tmp_path):
    store.save(tmp_path / "index.bin")
    store.remove([10])
    store.save(tmp_path / "index.bin")
    assert [each.name for each in tmp_path.iterdir()] == ["index.bin"]
    assert len(FaissStore.load(tmp_path / "index.bin")) == 3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[:-20],
        lambda content: content[:5],
        lambda content: b"",
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: b"PK\x03\x04 some other file",
        lambda content: content + b"more",
    ],
    ids=["truncated", "only the start", "empty", "one bit changed", "foreign", "longer"],
)
def test_a_spoilt_snapshot_is_refused(store, tmp_path, spoil):
    path = tmp_path / "index.bin"
    store.save(path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(IndexCorrupted):
        FaissStore.load(path)


def test_a_missing_snapshot_says_so(tmp_path):
    with pytest.raises(FileNotFoundError):
        FaissStore.load(tmp_path / "none.bin")
