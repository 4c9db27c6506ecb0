"""What search needs from a vector index, whichever engine keeps it: the same promises of FAISS and of Milvus."""

from collections.abc import Callable, Iterator
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from search.milvus import MilvusStore
from search.vectors import FaissStore, VectorStore

DIMENSIONS = 8
STAFF, FINANCE, PARTNERS = 1, 2, 3
EVERYBODY = frozenset({STAFF, FINANCE, PARTNERS})
NewStore = Callable[[], VectorStore]


def directions(n: int, seed: int = 0) -> NDArray[np.float32]:
    """n vectors of length one, each its own way."""
    drawn = np.random.default_rng(seed).normal(size=(n, DIMENSIONS))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewStore]:
    """Milvus in a file of this worker's own, a collection for each store."""
    from milvus_lite.server_manager import server_manager_instance

    file, numbers, made = tmp_path_factory.mktemp("milvus") / "vectors.db", count(), []

    def new() -> MilvusStore:
        made.append(MilvusStore(str(file), collection=f"store_{next(numbers)}", dimensions=DIMENSIONS))
        return made[-1]

    yield new
    for each in made:
        each.close()
    server_manager_instance.release_server(str(file))


@pytest.fixture(params=["faiss", "milvus"])
def new_store(request: pytest.FixtureRequest) -> NewStore:
    return request.getfixturevalue("milvus") if request.param == "milvus" else lambda: FaissStore(DIMENSIONS)


@pytest.fixture
def store(new_store: NewStore) -> VectorStore:
    """Nine vectors, ids 10 to 18, three for each audience in turn."""
    store = new_store()
    store.add(list(range(10, 19)), directions(9), [STAFF, FINANCE, PARTNERS] * 3)
    return store


def found(store: VectorStore, vector: NDArray[np.float32], k: int = 3, audiences: frozenset[int] = EVERYBODY):
    return [each for each, _ in store.search(vector, k, audiences=audiences)]


def rounded(hits: list[tuple[int, float]]) -> list[tuple[int, float]]:
    return [(each, round(score, 4)) for each, score in hits]


def test_a_vector_is_nearest_to_itself_and_scores_are_cosines_best_first(store: VectorStore):
    hits = store.search(directions(9)[4], 9, audiences=EVERYBODY)
    assert rounded(hits)[0] == (14, 1.0)
    assert [score for _, score in hits] == sorted((score for _, score in hits), reverse=True)
    expected = directions(9) @ directions(9)[4]
    assert dict(hits) == pytest.approx({n: float(expected[n - 10]) for n in range(10, 19)}, abs=1e-5)


def test_the_audience_is_asked_before_the_nearest_are_chosen(store: VectorStore):
    assert sorted(found(store, directions(9)[4], audiences=frozenset({STAFF}))) == [10, 13, 16]
    assert found(store, directions(9)[4], audiences=frozenset()) == []
    assert found(store, directions(9)[4], audiences=frozenset({99})) == []


def test_no_more_is_found_than_there_is_or_than_is_asked_for(store: VectorStore):
    assert len(found(store, directions(9)[0], k=50)) == 9
    assert len(found(store, directions(9)[0], k=2)) == 2
    assert found(store, directions(9)[0], k=0) == []


def test_what_is_added_again_takes_the_place_of_what_was(store: VectorStore):
    (other,) = directions(1, seed=7)
    store.add([14], other.reshape(1, -1), [PARTNERS])
    assert len(store) == 9
    assert rounded(store.search(other, 1, audiences=frozenset({PARTNERS}))) == [(14, 1.0)]


def test_what_is_removed_is_found_no_more_and_an_unknown_id_is_no_error(store: VectorStore):
    store.remove([14, 15, 999])
    store.remove([])
    assert store.ids() == {10, 11, 12, 13, 16, 17, 18}
    assert len(store) == 7
    assert not {14, 15} & set(found(store, directions(9)[4], k=9))


def test_what_moves_to_another_audience_is_found_there_alone(store: VectorStore):
    store.move({13: FINANCE, 999: STAFF})
    assert 13 not in found(store, directions(9)[3], k=9, audiences=frozenset({STAFF}))
    assert found(store, directions(9)[3], k=1, audiences=frozenset({FINANCE})) == [13]
    assert len(store) == 9


@pytest.mark.parametrize(
    ("ids", "shape", "audiences"),
    [([1, 2], (1, DIMENSIONS), [STAFF, STAFF]), ([1], (1, DIMENSIONS), []), ([1], (1, 3), [STAFF])],
)
def test_shapes_that_disagree_are_refused(store: VectorStore, ids, shape, audiences):
    with pytest.raises(ValueError, match="shape"):
        store.add(ids, np.ones(shape, np.float32), audiences)
    with pytest.raises(ValueError, match="twice"):
        store.add([1, 1], directions(2), [STAFF, STAFF])


def test_an_empty_store_finds_nothing(new_store: NewStore):
    store = new_store()
    assert len(store) == 0
    assert found(store, directions(1)[0]) == []


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "move"]),
        st.lists(st.integers(0, 11), min_size=1, max_size=4, unique=True),
        st.sampled_from(sorted(EVERYBODY)),
    ),
    max_size=8,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS, audiences=st.sets(st.sampled_from(sorted(EVERYBODY))))
def test_whatever_was_done_the_nearest_are_those_of_a_plain_comparison(
    new_store: NewStore, operations, audiences: set[int]
):
    store = new_store()
    held: dict[int, tuple[NDArray[np.float32], int]] = {}
    for seed, (operation, ids, audience) in enumerate(operations):
        if operation == "add":
            made = directions(len(ids), seed)
            store.add(ids, made, [audience] * len(ids))
            held |= {each: (vector, audience) for each, vector in zip(ids, made, strict=True)}
        elif operation == "remove":
            store.remove(ids)
            held = {each: kept for each, kept in held.items() if each not in ids}
        else:
            store.move(dict.fromkeys(ids, audience))
            held |= {each: (held[each][0], audience) for each in ids if each in held}
    (asked,) = directions(1, seed=99)
    expected = {
        each: float(vector @ asked) for each, (vector, audience) in held.items() if audience in audiences
    }
    best = sorted(expected.values(), reverse=True)[:5]
    hits = store.search(asked, 5, audiences=frozenset(audiences))
    assert [score for _, score in hits] == pytest.approx(best, abs=1e-5)
    assert all(expected[each] == pytest.approx(score, abs=1e-5) for each, score in hits)
    assert store.ids() == held.keys()
    assert len(store) == len(held)
