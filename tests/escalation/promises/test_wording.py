"""Times in words, and words as times."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.promises import wording

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW.replace(hour=14), "14:00"),
        (NOW + timedelta(days=3), "Monday 12:00"),
        (NOW + timedelta(days=9), "29 November, 12:00"),
        (NOW - timedelta(days=1), "19 November, 12:00"),
        (NOW.replace(year=2027), "20 November 2027, 12:00"),
    ],
)
def test_a_time_says_as_much_as_it_takes(at: datetime, words: str) -> None:
    assert wording.clock_time(at, NOW) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=40, seconds=50), "40 minutes"),
        (timedelta(hours=3, minutes=50), "3 hours"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_a_length_of_time_is_told_in_one_unit(length: timedelta, words: str) -> None:
    assert wording.told(length) == words


@given(st.integers(1, 100_000))
def test_a_length_that_was_written_is_read_as_it_was(minutes: int) -> None:
    length = timedelta(minutes=minutes)
    assert wording.length_in(wording.written_length(length)) == length


def test_people_write_times_in_many_ways() -> None:
    assert wording.length_in("90 min") == wording.length_in("1.5 hours") == timedelta(minutes=90)
    assert wording.spans_in("9-12, 13:00–17:30") == [(time(9), time(12)), (time(13), time(17, 30))]
    assert wording.spans_in("0 to 24") == [(time(0), time(23, 59))]
    assert wording.spans_in(" ") == []
    assert wording.holidays_in("2026-12-25 Christmas Day\n\n2027-01-01") == {
        date(2026, 12, 25): "Christmas Day",
        date(2027, 1, 1): "Holiday",
    }


@pytest.mark.parametrize("text", ["", "soon", "4 x", "4 h maybe", "2 d", "9" * 30 + " h"])
def test_what_says_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        wording.length_in(text)


@pytest.mark.parametrize("text", ["9", "17-9", "9-9", "25-26", "9:75-10", "9-12;13-14"])
def test_what_says_no_opening_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no time|has to close|not on the clock"):
        wording.spans_in(text)


def test_a_holiday_without_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="does not begin with a day"):
        wording.holidays_in("Christmas")
