"""The fusion: what each kind of evidence does to the order, and what must not matter."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.features import LONGEST_LEAD, NOTHING_FOUND, features
from search.lexical import IdentifierMatch
from search.ranking import Signals, comes_close, rank

COSINES = st.lists(st.floats(-0.2, 1.0), min_size=12, max_size=12)
FREQUENCIES = st.lists(st.floats(0.0, 20.0), min_size=12, max_size=12)


def build(cosines, frequencies=(), **more) -> Signals:
    """Passages 0, 1, 2 … of which each article (0, 1, 2 …) has three."""
    count = max(len(cosines), len(frequencies), 12)
    return Signals(
        dense=sorted(enumerate(cosines), key=lambda hit: -hit[1]),
        lexical=sorted(((i, s) for i, s in enumerate(frequencies) if s > 0), key=lambda hit: -hit[1]),
        article_of={passage: passage // 3 for passage in range(count)},
        lexical_ceiling=30.0,
        **more,
    )


def order(signals: Signals) -> list[int]:
    return [each.article_id for each in rank(signals)]


def named(identifier: str, *passages: int, exact: bool = True, share: float = 1.0) -> IdentifierMatch:
    return IdentifierMatch(identifier, frozenset(passages), exact, share)


def test_nothing_found_ranks_nothing():
    empty = Signals(dense=[], lexical=[], article_of={})
    assert rank(empty) == []
    assert features("anything", empty, []) == NOTHING_FOUND


def test_by_meaning_alone_the_nearest_article_comes_first():
    assert order(build([0.3, 0.2, 0.2, 0.8, 0.2, 0.2]))[0] == 1


def test_an_article_near_in_several_passages_beats_one_with_a_single_lucky_passage():
    assert order(build([0.62, 0.10, 0.10, 0.60, 0.58, 0.55]))[0] == 1


def test_a_short_article_is_not_punished_for_having_one_passage():
    signals = build([0.60, 0.30, 0.30])
    signals = replace(signals, dense=[*signals.dense, (3, 0.62)])
    assert order(replace(signals, passages_in={0: 3, 1: 1}))[0] == 1


def test_words_decide_between_articles_that_are_equally_near():
    assert order(build([0.5, 0.4, 0.4, 0.5, 0.4, 0.4], [0, 0, 0, 9.0]))[0] == 1


def test_words_alone_rank_when_there_is_no_model():
    assert order(build([], [2.0, 0, 0, 9.0, 0, 0, 5.0])) == [1, 2, 0]


def test_a_rare_identifier_outweighs_meaning():
    signals = build([0.8, 0.7, 0.7, 0.3, 0.2, 0.2], identified=[named("0x80070005", 4)])
    assert order(signals)[0] == 1
    assert rank(signals)[0].identifiers == ("0x80070005",)


def test_an_article_that_only_an_identifier_found_is_ranked():
    assert order(build([0.5], identified=[named("kb123456", 9)]))[0] == 3


def test_an_identifier_that_many_articles_hold_names_no_article():
    cosines = [0.8, *[0.3] * 29]
    common = named("onedrive", *range(3, 30))
    assert order(build(cosines, identified=[common]))[0] == 0


def test_an_identifier_in_passing_counts_for_less_than_one_that_is_the_question():
    near = [0.8, 0.7, 0.7, 0.5, 0.4, 0.4]
    assert order(build(near, identified=[named("winmail.dat", 3, share=0.02)]))[0] == 0
    assert order(build(near, identified=[named("winmail.dat", 3, share=0.5)]))[0] == 1


def test_a_question_that_an_article_resolved_before_lifts_it():
    signals = build([0.6, 0.5, 0.5, 0.5, 0.4, 0.4], phrasings=[(1, 0.9), (0, 0.3)])
    assert order(signals)[0] == 1


def test_several_resolved_questions_that_agree_outweigh_a_single_one():
    near = [0.6, 0.5, 0.5, 0.6, 0.5, 0.5]
    assert order(build(near, phrasings=[(0, 0.72), (1, 0.7), (1, 0.68), (1, 0.66)]))[0] == 1


def test_the_only_phrasing_of_a_site_says_nothing_of_questions_that_it_is_far_from():
    near = [0.6, 0.5, 0.5, 0.5, 0.4, 0.4]
    assert order(build(near, phrasings=[(1, 0.4)])) == order(build(near))
    assert order(build(near, phrasings=[(1, 0.9)]))[0] == 1


def test_where_many_were_asked_before_the_weakest_that_is_found_says_nothing():
    near = [0.6, 0.5, 0.5, 0.5, 0.4, 0.4]
    crowd = [(0, 0.6)] * 99
    assert rank(build(near, phrasings=[*crowd, (1, 0.6)]))[0].score == rank(build(near))[0].score


def test_an_article_that_only_a_phrasing_found_is_as_near_as_the_last_of_the_list():
    signals = replace(build([0.6, 0.5, 0.2]), passages_in={0: 3, 7: 5}, phrasings=[(7, 0.5)])
    found = {each.article_id: each for each in rank(signals)}
    assert found[7].score == pytest.approx(0.2 + 0.6 * 0.1)
    assert found[7].passages == ()


def test_words_weigh_more_where_nothing_is_near_by_meaning():
    frequencies = [0, 0, 0, 15.0, 0, 0]
    far, near = [0.35, 0.2, 0.2, 0.31, 0.2, 0.2], [0.85, 0.7, 0.7, 0.81, 0.7, 0.7]
    assert order(build(far, frequencies))[0] == 1
    assert order(build(near, frequencies))[0] == 0


def test_words_of_a_long_story_weigh_little():
    told = build([0.5, 0.4, 0.4, 0.46, 0.4, 0.4], [0, 0, 0, 6.0])
    assert order(replace(told, lexical_ceiling=6.0))[0] == 1
    assert order(replace(told, lexical_ceiling=200.0))[0] == 0


def test_passages_of_an_article_come_nearest_first_with_both_scores():
    first = rank(build([0.2, 0.9, 0.4], [5.0, 0, 1.0]))[0]
    assert [(hit.passage_id, hit.cosine, hit.lexical) for hit in first.passages] == [
        (1, 0.9, 0.0),
        (2, 0.4, 1.0),
        (0, 0.2, 5.0),
    ]


def test_features_describe_the_first_article():
    signals = build([0.9, 0.8, 0.7, 0.3, 0.2, 0.1], [8.0, 0, 0, 9.0], identified=[named("kb123456", 1)])
    ranked = rank(signals)
    found = features("KB123456 or 0x80070005", signals, ranked)
    assert found.cosine == 0.9
    assert found.lead == LONGEST_LEAD
    assert found.agreement == 0.5
    assert found.unmatched == 0.5


@given(COSINES, FREQUENCIES, st.randoms(use_true_random=False))
def test_the_order_in_which_signals_arrive_does_not_matter(cosines, frequencies, chance: random.Random):
    signals = build(cosines, frequencies, phrasings=[(0, 0.4), (2, 0.7), (2, 0.1)])
    shuffled = replace(
        signals,
        dense=chance.sample(signals.dense, len(signals.dense)),
        lexical=chance.sample(signals.lexical, len(signals.lexical)),
        phrasings=chance.sample(signals.phrasings, len(signals.phrasings)),
    )
    assert order(shuffled) == order(signals)
    assert features("why", shuffled, rank(shuffled)) == features("why", signals, rank(signals))


@given(COSINES, FREQUENCIES, st.integers(1, 6))
def test_articles_come_once_each_best_first_and_never_more_than_asked(cosines, frequencies, limit):
    ranked = rank(build(cosines, frequencies), limit=limit)
    scores = [each.score for each in ranked]
    assert scores == sorted(scores, reverse=True)
    assert len({each.article_id for each in ranked}) == len(ranked) <= limit


@given(COSINES, FREQUENCIES)
def test_a_nearer_passage_never_lowers_its_article(cosines, frequencies):
    before = order(build(cosines, frequencies))
    cosines = [cosine + 0.3 if passage == 4 else cosine for passage, cosine in enumerate(cosines)]
    after = order(build(cosines, frequencies))
    assert after.index(1) <= before.index(1)


def test_a_code_in_a_title_beats_articles_that_mention_it():
    match = IdentifierMatch("fc412", frozenset({0, 3}), titled=frozenset({3}))
    ranked = rank(build([0.7, 0.6, 0.6, 0.5, 0.4, 0.4], identified=[match]))
    assert (ranked[0].article_id, ranked[0].titled) == (1, 1.0)


def test_an_article_whose_title_is_the_question_gains():
    alike = IdentifierMatch("set up iphone", frozenset({3}), likeness=1.0)
    ranked = rank(build([0.6, 0.5, 0.5, 0.55, 0.4, 0.4], identified=[alike]))
    assert (ranked[0].article_id, ranked[0].titled, ranked[0].identifiers) == (1, 1.0, ())


def test_what_is_far_and_names_nothing_does_not_come_close():
    far, near = rank(build([0.2])), rank(build([0.5]))
    assert not comes_close(far[0])
    assert comes_close(near[0])
    assert comes_close(rank(build([], [2.0]))[0])
    assert comes_close(rank(build([0.2], identified=[named("kb123456", 0)]))[0])


def test_of_two_that_are_equally_near_the_one_whose_review_is_late_comes_second():
    equal = build([0.6, 0.5, 0.5, 0.6, 0.5, 0.5])
    assert order(equal)[:2] == [0, 1]
    assert order(replace(equal, overdue={0}))[:2] == [1, 0]
    assert order(replace(equal, overdue={0, 1}))[:2] == [0, 1]


def test_a_late_review_does_not_hide_what_is_plainly_nearer():
    nearer = build([0.7, 0.6, 0.6, 0.6, 0.5, 0.5])
    assert order(replace(nearer, overdue={0}))[0] == 0


@given(COSINES, FREQUENCIES, st.integers(0, 3))
def test_a_late_review_never_raises_an_article(cosines, frequencies, late):
    signals = build(cosines, frequencies)
    assert order(replace(signals, overdue={late})).index(late) >= order(signals).index(late)
