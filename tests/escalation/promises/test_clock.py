"""The clock of a ticket: it runs in open hours, and stands still while it waits for who asked or is done."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from escalation.promises.clock import Promise, Stop, Target, promised, stops_of
from escalation.promises.hours import Hours

OFFICE = Hours(UTC, (*[((time(9), time(17)),)] * 5, (), ()))
TARGET = Target(first_reply=timedelta(hours=4), resolution=timedelta(hours=16))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_without_a_target_nothing_is_promised() -> None:
    assert promised(at("2026-11-20T10:00"), None, [], OFFICE) == Promise(None, None)


def test_both_are_counted_in_open_hours_from_when_it_was_opened() -> None:
    promise = promised(at("2026-11-20T15:00"), TARGET, [], OFFICE)
    assert promise == Promise(at("2026-11-23T11:00"), at("2026-11-24T15:00"))


def test_waiting_for_who_asked_moves_what_is_promised_by_the_open_hours_of_it() -> None:
    stops = [Stop(at("2026-11-20T16:00"), at("2026-11-23T12:00"))]
    promise = promised(at("2026-11-20T15:00"), TARGET, stops, OFFICE)
    assert promise == Promise(at("2026-11-23T15:00"), at("2026-11-25T11:00"))


def test_what_was_late_already_stays_as_late_as_it_was() -> None:
    stops = [Stop(at("2026-11-23T14:00"), at("2026-11-24T14:00"))]
    promise = promised(at("2026-11-20T15:00"), TARGET, stops, OFFICE)
    assert promise.first_reply == at("2026-11-23T11:00")


def test_the_story_tells_when_it_stood_still() -> None:
    story = [
        ("assign", at("2026-11-20T09:00")),
        ("wait", at("2026-11-20T10:00")),
        ("resolve", at("2026-11-20T11:00")),
        ("reopen", at("2026-11-20T12:00")),
        ("close", at("2026-11-20T13:00")),
    ]
    assert stops_of(story) == [
        Stop(at("2026-11-20T10:00"), at("2026-11-20T12:00")),
        Stop(at("2026-11-20T13:00"), None),
    ]


def test_next_comes_the_first_reply_then_the_resolution_and_nothing_while_it_stands_still() -> None:
    promise = Promise(at("2026-11-20T12:00"), at("2026-11-23T12:00"))
    assert promise.next(replied=False, stopped=False) == promise.first_reply
    assert promise.next(replied=True, stopped=False) == promise.resolution
    assert promise.next(replied=True, stopped=True) is None


minutes = st.integers(0, 5000).map(lambda count: timedelta(minutes=count))


@given(st.lists(minutes, max_size=8).map(sorted), minutes, minutes)
def test_standing_still_never_makes_a_promise_earlier_nor_later_than_it_stood_still(
    turns: list[timedelta], length: timedelta, more: timedelta
) -> None:
    opened = at("2026-03-27T10:00")
    always = Hours(UTC)
    ends = turns[: len(turns) // 2 * 2]
    stops = [Stop(opened + a, opened + b) for a, b in zip(ends[::2], ends[1::2], strict=True)]
    promise = promised(opened, Target(length, length + more), stops, always)
    stood = sum((until - since for since, until in stops if until), timedelta())
    assert promise.first_reply is not None
    assert promise.resolution is not None
    assert opened + length <= promise.first_reply <= opened + length + stood
    assert promise.first_reply <= promise.resolution
