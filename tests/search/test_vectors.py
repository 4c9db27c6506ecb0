"""The vector store: the nearest first, audiences inside the search, few vectors or many."""

import numpy as np
import pytest

from search.vectors import FaissStore

STAFF, CUSTOMERS = 1, 2


def unit(*values: float) -> np.ndarray:
    vector = np.asarray(values, np.float32)
    return vector / np.linalg.norm(vector)


@pytest.fixture
def store() -> FaissStore:
    store = FaissStore(3)
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


def test_what_is_saved_comes_back(store, tmp_path):
    store.remove([11])
    store.save(tmp_path / "store")
    again = FaissStore.load(tmp_path / "store")
    assert (len(again), again.dimensions) == (3, 3)
    again.add([20], np.stack([unit(1, 0, 0)]), [CUSTOMERS])
    store.add([20], np.stack([unit(1, 0, 0)]), [CUSTOMERS])
    for audiences in (frozenset({STAFF}), frozenset({CUSTOMERS})):
        assert again.search(unit(1, 1, 1), 9, audiences=audiences) == store.search(
            unit(1, 1, 1), 9, audiences=audiences
        )


def test_an_empty_store_searches_and_can_be_saved(tmp_path):
    empty = FaissStore(3)
    assert empty.search(unit(1, 0, 0), 5, audiences=frozenset({STAFF})) == []
    empty.save(tmp_path / "store")
    assert len(FaissStore.load(tmp_path / "store")) == 0


def test_ids_may_be_any_numbers(store):
    store.add([2**62, 0], np.stack([unit(1, 2, 0), unit(0, 2, 1)]), [STAFF, STAFF])
    assert store.ids() == {0, 10, 11, 12, 13, 2**62}
    assert store.search(unit(1, 2, 0), 1, audiences=frozenset({STAFF}))[0][0] == 2**62


def test_what_moves_is_found_by_its_new_audience_alone(store):
    store.move({10: CUSTOMERS, 999: STAFF})
    assert [i for i, _ in store.search(unit(1, 0, 0), 9, audiences=frozenset({STAFF}))] == [13]
    assert store.search(unit(1, 0, 0), 1, audiences=frozenset({CUSTOMERS}))[0][0] == 10


class TestManyVectors:
    """Cells instead of comparing all, here from 2,000 on: vectors in 40 clusters, as passages are in topics."""

    RARE = 3

    @pytest.fixture
    def vectors(self) -> np.ndarray:
        random = np.random.default_rng(5)
        centres = random.normal(size=(40, 32))
        made = centres[random.integers(40, size=3000)] + 0.6 * random.normal(size=(3000, 32))
        return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)

    @pytest.fixture
    def settled(self, vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> FaissStore:
        monkeypatch.setattr("search.vectors.EXACT_UP_TO", 2000)
        store = FaissStore(32)
        store.add(
            list(range(3000)), vectors, [self.RARE if each % 100 == 0 else STAFF for each in range(3000)]
        )
        store.settle()
        assert not store.is_exact
        return store

    @pytest.mark.parametrize("audiences", [frozenset({STAFF, 3}), frozenset({3})], ids=["all", "1%"])
    def test_the_nearest_are_found(self, settled, vectors, audiences):
        exact = FaissStore(32)
        exact.add(
            list(range(3000)), vectors, [self.RARE if each % 100 == 0 else STAFF for each in range(3000)]
        )
        right = found = 0
        for question in vectors[1::30]:
            expected = {each for each, _ in exact.search(question, 10, audiences=audiences)}
            got = settled.search(question, 10, audiences=audiences)
            assert len(got) == 10
            found += len(expected & {each for each, _ in got})
            right += len(expected)
        assert found / right >= 0.98

    def test_somebody_who_may_see_one_far_topic_alone_still_gets_k(self, settled, vectors, monkeypatch):
        monkeypatch.setattr("search.vectors.PROBES", 1)
        far = np.argsort(vectors @ vectors[0])[:500].tolist()
        settled.move(dict.fromkeys(far, 7))
        found = settled.search(vectors[0], 100, audiences=frozenset({7}))
        assert len(found) == 100
        assert {each for each, _ in found} <= set(far)

    def test_cosines_are_those_of_the_vectors_but_for_half_a_thousandth(self, settled, vectors):
        for each, cosine in settled.search(vectors[7], 10, audiences=frozenset({STAFF})):
            assert cosine == pytest.approx(float(vectors[7] @ vectors[each]), abs=5e-4)

    def test_additions_removals_and_moves_hold_at_once(self, settled, vectors):
        settled.add([9000], vectors[7:8], [STAFF])
        settled.remove([7])
        settled.move({8: self.RARE})
        assert settled.search(vectors[7], 1, audiences=frozenset({STAFF}))[0][0] == 9000
        assert settled.search(vectors[8], 1, audiences=frozenset({self.RARE}))[0][0] == 8
        assert 7 not in settled.ids()
        assert len(settled) == 3000

    def test_cells_are_saved_and_loaded(self, settled, vectors, tmp_path):
        settled.save(tmp_path / "store")
        again = FaissStore.load(tmp_path / "store")
        assert not again.is_exact
        assert again.search(vectors[5], 20, audiences=frozenset({STAFF})) == settled.search(
            vectors[5], 20, audiences=frozenset({STAFF})
        )
        again.remove([5])
        assert 5 not in [each for each, _ in again.search(vectors[5], 20, audiences=frozenset({STAFF}))]

    def test_few_vectors_stay_exact(self, vectors):
        store = FaissStore(32)
        store.add(list(range(3000)), vectors, [STAFF] * 3000)
        store.settle()
        assert store.is_exact
