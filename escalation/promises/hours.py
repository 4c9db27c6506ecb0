"""When the desk is open, and how much of that lies between two moments."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

Span = tuple[time, time]

# A clock has no 24:00, so whoever closes at midnight writes the last minute of the day.
LAST_MINUTE = time(23, 59)
ALWAYS: tuple[tuple[Span, ...], ...] = (((time.min, LAST_MINUTE),),) * 7
# What takes longer than this to come is not promised: somebody closed the desk for good.
HORIZON = timedelta(days=3660)


@dataclass(frozen=True)
class Hours:
    """The hours of a week from Monday on, by the clock of a place, less its holidays."""

    zone: tzinfo
    week: Sequence[Sequence[Span]] = ALWAYS
    holidays: Collection[date] = frozenset()

    def after(self, start: datetime, length: timedelta) -> datetime | None:
        """When so much open time has passed since then; None if that never comes."""
        left = length
        for opens, closes in self._open(start, start + HORIZON):
            if closes - opens >= left:
                return opens + left
            left -= closes - opens
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much open time lies between two moments."""
        return sum((closes - opens for opens, closes in self._open(start, end)), timedelta())

    def _open(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans in which it is open, cut to what lies between the two; in UTC, where time does not jump."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if not any(self.week):
            return
        day = start.astimezone(self.zone).date()
        while _moment(day, time.min, self.zone) < end:
            for opens, closes in self._spans_of(day):
                opens, closes = max(opens, start), min(closes, end)
                if opens < closes:
                    yield opens, closes
                    # Spans that overlap count once.
                    start = closes
            day += timedelta(days=1)

    def _spans_of(self, day: date) -> list[tuple[datetime, datetime]]:
        if day in self.holidays:
            return []
        return [
            (_moment(day, opens, self.zone), _closing(day, closes, self.zone))
            for opens, closes in sorted(self.week[day.weekday()])
        ]


def _moment(day: date, at: time, zone: tzinfo) -> datetime:
    """When a clock first shows this; what it skips in spring comes as much later."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def _closing(day: date, at: time, zone: tzinfo) -> datetime:
    """When a clock last shows this: in autumn it shows an hour twice."""
    if at >= LAST_MINUTE:
        day, at = day + timedelta(days=1), time.min
    return max(_moment(day, at.replace(fold=fold), zone) for fold in (0, 1))
