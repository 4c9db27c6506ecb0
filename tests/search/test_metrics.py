"""Measures against hand-worked figures and against what must hold for any ranking."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.metrics import auroc, hit_at, ndcg_at, percentile, recall_at, reciprocal_rank_at

IDS = st.lists(st.sampled_from("abcdefgh"), unique=True)
GRADES = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([1.0, 2.0, 3.0]), min_size=1)
SCORES = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=20)


def test_ndcg_of_a_known_ranking_matches_the_figure_worked_by_hand():
    relevant = {"a": 3.0, "b": 2.0, "c": 1.0}
    gained = 2 + 3 / math.log2(3) + 1 / math.log2(5)
    ideal = 3 + 2 / math.log2(3) + 1 / math.log2(4)
    assert ndcg_at(10, ["b", "a", "x", "c"], relevant) == pytest.approx(gained / ideal)


def test_the_ideal_is_cut_at_k_too():
    assert ndcg_at(1, ["a"], {"a": 1.0, "b": 1.0}) == 1.0


def test_a_repeated_document_is_not_paid_twice():
    assert ndcg_at(3, ["a", "a", "b"], {"a": 1.0, "b": 1.0}) == 1.0


def test_nothing_relevant_scores_nothing():
    assert ndcg_at(5, ["a"], {}) == 0.0
    assert recall_at(5, ["a"], []) == 0.0


def test_hit_recall_and_reciprocal_rank_stop_at_k():
    ranked = ["x", "y", "a", "b"]
    assert (hit_at(2, ranked, {"a"}), hit_at(3, ranked, {"a"})) == (0.0, 1.0)
    assert (reciprocal_rank_at(2, ranked, {"a"}), reciprocal_rank_at(3, ranked, {"a"})) == (0.0, 1 / 3)
    assert recall_at(3, ranked, {"a", "b"}) == 0.5


def test_a_k_below_one_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        hit_at(0, ["a"], {"a"})


def test_auroc_counts_a_tie_as_half():
    assert auroc([1.0, 2.0], [1.0]) == 0.75


def test_auroc_of_one_side_is_refused():
    with pytest.raises(ValueError, match="positive and one negative"):
        auroc([], [1.0])


def test_percentile_interpolates_between_neighbours():
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.5
    assert percentile([7.0], 95) == 7.0


def test_percentile_of_nothing_or_beyond_a_hundred_is_refused():
    for values, percent in ([], 50), ([1.0], 101):
        with pytest.raises(ValueError, match="percentile needs"):
            percentile(values, percent)


@given(IDS, GRADES, st.integers(1, 10))
def test_every_measure_stays_between_nothing_and_all(ranked, relevant, k):
    for value in (
        ndcg_at(k, ranked, relevant),
        hit_at(k, ranked, relevant),
        recall_at(k, ranked, relevant),
        reciprocal_rank_at(k, ranked, relevant),
    ):
        assert 0.0 <= value <= 1.0 + 1e-12


@given(GRADES, st.integers(1, 10))
def test_the_ideal_order_scores_one(relevant, k):
    ideal = sorted(relevant, key=lambda each: -relevant[each])
    assert ndcg_at(k, ideal, relevant) == pytest.approx(1.0)


@given(IDS, GRADES, st.integers(1, 10))
def test_moving_a_relevant_document_to_the_front_never_lowers_ndcg(ranked, relevant, k):
    for each in relevant:
        # The highest grade is the one that belongs first.
        if each in ranked and relevant[each] == max(relevant.values()):
            promoted = [each, *(other for other in ranked if other != each)]
            assert ndcg_at(k, promoted, relevant) >= ndcg_at(k, ranked, relevant) - 1e-12


@given(SCORES, SCORES)
def test_auroc_agrees_with_counting_every_pair_and_mirrors_when_the_sides_swap(positives, negatives):
    pairs = [(p > n) + (p == n) / 2 for p in positives for n in negatives]
    assert auroc(positives, negatives) == pytest.approx(sum(pairs) / len(pairs))
    assert auroc(negatives, positives) == pytest.approx(1 - auroc(positives, negatives))


@given(SCORES, st.floats(0, 100))
def test_percentile_agrees_with_numpy(values, percent):
    numpy = pytest.importorskip("numpy")
    assert percentile(values, percent) == pytest.approx(float(numpy.percentile(values, percent)))
