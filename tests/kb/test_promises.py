from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.promises import Why, is_unhelpful, minutes_for, promised, told, working_days_after

days = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 1, 1))


def test_a_review_is_promised_in_working_days() -> None:
    friday = date(2026, 11, 20)
    assert promised(Why.REVIEW, friday) == date(2026, 11, 25)


def test_a_flag_is_promised_within_a_week() -> None:
    assert promised(Why.FLAGGED, date(2026, 11, 20)) == date(2026, 11, 27)


@pytest.mark.parametrize("why", [Why.OVERDUE, Why.DUE, Why.EXPIRING])
def test_of_reviews_and_ends_their_own_day_is_the_promise(why: Why) -> None:
    assert promised(why, date(2026, 3, 1)) == date(2026, 3, 1)


@pytest.mark.parametrize("why", list(Why))
def test_nothing_is_promised_of_what_began_on_no_day(why: Why) -> None:
    assert promised(why, None) is None


@given(days, st.integers(min_value=1, max_value=30))
def test_so_many_working_days_lie_between(start: date, count: int) -> None:
    end = working_days_after(start, count)
    between = [date.fromordinal(day) for day in range(start.toordinal() + 1, end.toordinal() + 1)]
    assert sum(day.weekday() < 5 for day in between) == count
    assert end.weekday() < 5


@given(st.sampled_from(Why), st.integers(min_value=0, max_value=10**7))
def test_a_longer_text_never_takes_less_time(why: Why, signs: int) -> None:
    assert 1 <= minutes_for(why, signs) <= minutes_for(why, signs + 1_000)


def test_whoever_sets_a_person_or_a_day_need_not_read_the_text() -> None:
    assert minutes_for(Why.UNOWNED, 10**6) == minutes_for(Why.UNDATED, 10**6) == 1


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (40, "40 min"), (60, "1 h"), (80, "1 h 20 min"), (1_000, "16 h")]
)
def test_time_is_told_as_one_says_it(minutes: int, words: str) -> None:
    assert told(minutes) == words


@pytest.mark.parametrize(
    ("votes", "helpful", "unhelpful"), [(4, 0, False), (5, 2, True), (6, 3, False), (100, 49, True)]
)
def test_enough_readers_have_to_say_that_a_text_does_not_help(
    votes: int, helpful: int, unhelpful: bool
) -> None:
    assert is_unhelpful(votes, helpful) is unhelpful
