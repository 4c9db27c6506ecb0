"""Times of a promise in words, and words that leads write as times."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from escalation.promises.hours import Span
from escalation.workflow import Status

_SPAN = re.compile(r"(\d{1,2})(?::(\d{2}))?\s*(?:-|–|to)\s*(\d{1,2})(?::(\d{2}))?")
# In open hours a day would say nothing: it has as many hours as the desk is open.
_UNITS = {"h": timedelta(hours=1), "m": timedelta(minutes=1)}
_LENGTH = re.compile(r"(\d{1,5}(?:\.\d{1,5})?)\s*(h|m)[a-z]*")


def clock_time(at: datetime, now: datetime) -> str:
    """14:00, Tuesday 14:00, 3 December, 14:00: as much as it takes to be clear. Both by the same clock."""
    if at.date() == now.date():
        return f"{at:%H:%M}"
    if timedelta(0) < at.date() - now.date() < timedelta(days=7):
        return f"{at:%A %H:%M}"
    year = "" if at.year == now.year else f" {at.year}"
    return f"{at.day} {at:%B}{year}, {at:%H:%M}"


def due_in_words(what: str, due: datetime, now: datetime) -> str:
    """First reply due in 40 minutes, by Tuesday 09:30, or late since 14:00."""
    if due <= now:
        return f"{what} late since {clock_time(due, now)}"
    soon = due - now < timedelta(hours=3)
    return f"{what} due in {told(due - now)}" if soon else f"{what} due by {clock_time(due, now)}"


def expectation(status: Status, *, replied: bool, due: datetime | None, now: datetime) -> str:
    """What the person who asked may expect; nothing where nothing is promised."""
    if status is Status.WAITING:
        return "A person has asked you something. The clock stands still until you answer."
    if status is not Status.OPEN or due is None:
        return ""
    by = clock_time(due, now)
    if due <= now:
        what = "A solution" if replied else "A first answer"
        return f"{what} was promised by {by} and is late. We are sorry; the desk sees that it is."
    return f"It is promised to be solved by {by}." if replied else f"A first answer is promised by {by}."


def warning(what: str, due: datetime, now: datetime) -> str:
    """This is to be resolved by 14:00, in 20 minutes."""
    by = clock_time(due, now)
    if due <= now:
        return f"This should have been {what} by {by}."
    return f"This is to be {what} by {by}, in {told(due - now)}."


def told(length: timedelta) -> str:
    """40 minutes, 3 hours, 2 days: one unit, rounded down, because nobody plans by the rest."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 90:
        return _count(minutes, "minute")
    return _count(minutes // 60, "hour") if minutes < 36 * 60 else _count(minutes // 1440, "day")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def written_length(length: timedelta) -> str:
    """As a lead writes it: 1 h 30 m."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{minutes} m" if minutes else "") if part
    )


def length_in(text: str) -> timedelta:
    """What was written as 1 h 30 m; ValueError for what says no time."""
    text = text.strip().lower()
    parts = [float(number) * _UNITS[unit] for number, unit in _LENGTH.findall(text)]
    if _LENGTH.sub("", text).strip(" ,") or not parts:
        raise ValueError(f"“{text}” is no time. Write it like 30 m, 4 h or 1 h 30 m.")
    return sum(parts, timedelta())


def written_spans(spans: list[Span]) -> str:
    """As a lead writes them: 09:00–12:00, 13:00–17:00."""
    return ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in spans)


def spans_in(text: str) -> list[Span]:
    """What was written as 9–12, 13:00–17:30; ValueError for anything else."""
    return [_span(part.strip()) for part in text.split(",") if part.strip()]


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text)
    if not found:
        raise ValueError(f"“{text}” is no time. Write it like 9:00–17:30.")
    opens, closes = (_time(*found.group(at, at + 1)) for at in (1, 3))
    if opens >= closes:
        raise ValueError(f"“{text}”: the desk has to close after it opens.")
    return opens, closes


def _time(hour: str, minute: str | None) -> time:
    if (hour, minute or "00") == ("24", "00"):
        return time(23, 59)
    if int(hour) > 23 or int(minute or 0) > 59:
        raise ValueError(f"{hour}:{minute or '00'} is not on the clock.")
    return time(int(hour), int(minute or 0))


def holidays_in(text: str) -> dict[date, str]:
    """One a line, such as “2026-12-25 Christmas Day”; ValueError for a line that begins with no day."""
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        day, _, name = line.partition(" ")
        try:
            found[date.fromisoformat(day)] = name.strip() or "Holiday"
        except ValueError:
            raise ValueError(
                f"“{line}” does not begin with a day. Write it like 2026-12-25 Christmas Day."
            ) from None
    return found


def written_holidays(holidays: Mapping[date, str]) -> str:
    """One a line, the earliest first."""
    return "\n".join(f"{day} {holidays[day]}" for day in sorted(holidays))
