"""Open hours: by the clock of a place, with its holidays, also on the days when that clock jumps."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from escalation.promises.hours import ALWAYS, Hours

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OFFICE = ((time(9), time(17)),)
WEEK = (*[OFFICE] * 5, (), ())
DESK = Hours(AMSTERDAM, WEEK, {date(2026, 12, 25)})

ZONES = [UTC, *map(ZoneInfo, ("Europe/Amsterdam", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu"))]
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
lengths = st.integers(1, 200 * 60).map(lambda minutes: timedelta(minutes=minutes))
clock_times = st.times(time(0), time(23, 59)).map(lambda at: at.replace(second=0, microsecond=0))
spans = st.tuples(clock_times, clock_times).map(sorted).filter(lambda span: span[0] < span[1]).map(tuple)
weeks = st.lists(st.lists(spans, max_size=2), min_size=7, max_size=7)
days_off = st.sets(st.dates(date(2025, 1, 1), date(2028, 12, 31)), max_size=20)
desks = st.builds(Hours, st.sampled_from(ZONES), weeks, days_off)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def test_time_goes_on_the_next_morning_and_after_a_weekend() -> None:
    assert DESK.after(local("2026-11-19T16:00"), timedelta(hours=2)) == local("2026-11-20T10:00")
    assert DESK.after(local("2026-11-20T16:00"), timedelta(hours=2)) == local("2026-11-23T10:00")
    assert DESK.after(local("2026-11-21T03:00"), timedelta(hours=1)) == local("2026-11-23T10:00")


def test_a_holiday_does_not_count() -> None:
    assert DESK.after(local("2026-12-24T16:00"), timedelta(hours=2)) == local("2026-12-28T10:00")
    assert DESK.between(local("2026-12-25T00:00"), local("2026-12-26T00:00")) == timedelta(0)


def test_a_day_of_23_hours_and_one_of_25_are_counted_as_they_are() -> None:
    always = Hours(AMSTERDAM)
    spring, autumn = local("2026-03-29T00:00"), local("2026-10-25T00:00")
    assert always.between(spring, local("2026-03-30T00:00")) == timedelta(hours=23)
    assert always.between(autumn, local("2026-10-26T00:00")) == timedelta(hours=25)
    early = Hours(AMSTERDAM, [((time(1), time(4)),)] * 7)
    assert early.between(spring, local("2026-03-30T00:00")) == timedelta(hours=2)
    assert early.between(autumn, local("2026-10-26T00:00")) == timedelta(hours=4)


def test_what_opens_in_the_hour_that_the_clock_skips_opens_as_much_later() -> None:
    desk = Hours(AMSTERDAM, [((time(2, 30), time(5)),)] * 7)
    assert desk.after(local("2026-03-29T00:00"), timedelta(minutes=30)) == local("2026-03-29T04:00")


def test_a_desk_that_never_opens_promises_nothing() -> None:
    start = local("2026-11-20T12:00")
    assert Hours(UTC, [()] * 7).after(start, timedelta(minutes=1)) is None
    shut = frozenset(start.date() + timedelta(days=day) for day in range(3700))
    assert Hours(UTC, ALWAYS, shut).after(start, timedelta(minutes=1)) is None


def test_spans_that_overlap_count_once() -> None:
    desk = Hours(UTC, [((time(9), time(12)), (time(11), time(13)))] * 7)
    day = datetime(2026, 11, 20, tzinfo=UTC)
    assert desk.between(day, day + timedelta(days=1)) == timedelta(hours=4)


@given(st.sampled_from(ZONES), moments, lengths)
def test_without_hours_a_promise_is_a_length_of_time_whatever_the_clock_does(
    zone: ZoneInfo, start: datetime, length: timedelta
) -> None:
    assert Hours(zone).after(start, length) == start + length


@given(desks, moments, lengths)
def test_as_much_open_time_lies_before_a_promise_as_was_promised(
    desk: Hours, start: datetime, length: timedelta
) -> None:
    due = desk.after(start, length)
    if due is None:
        assert not any(desk.week)
    else:
        assert desk.between(start, due) == length


@given(desks, moments, lengths, lengths)
def test_two_lengths_one_after_the_other_are_one_length(
    desk: Hours, start: datetime, first: timedelta, second: timedelta
) -> None:
    due = desk.after(start, first)
    if due is not None:
        assert desk.after(due, second) == desk.after(start, first + second)


@given(desks, moments, lengths)
def test_a_promise_ends_while_the_desk_is_open(desk: Hours, start: datetime, length: timedelta) -> None:
    due = desk.after(start, length)
    if due is not None:
        assert desk.between(due - timedelta(seconds=1), due) == timedelta(seconds=1)
        assert (due - timedelta(seconds=1)).astimezone(desk.zone).date() not in desk.holidays


@given(desks, st.lists(moments, min_size=3, max_size=3).map(sorted))
def test_open_time_adds_up(desk: Hours, three: list[datetime]) -> None:
    first, second, third = three
    assert desk.between(first, second) + desk.between(second, third) == desk.between(first, third)
