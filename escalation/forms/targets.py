"""What leads promise: how soon, in which hours, and on which days not at all."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms

from escalation.forms.base import NamedForm, TextField
from escalation.handoff.urgency import Level
from escalation.models.targets import WEEKDAYS
from escalation.promises.clock import Target
from escalation.promises.hours import Span
from escalation.promises.wording import (
    holidays_in,
    length_in,
    spans_in,
    written_holidays,
    written_length,
    written_spans,
)

LONGEST = timedelta(hours=2000)


class ReadField(TextField):
    """A text that is read by a pure function, whose ValueError tells what is wrong with it."""

    def __init__(self, read: Callable[[str], Any], **options: Any) -> None:
        super().__init__(required=False, **options)
        self.read = read

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return self.read(text)
        except ValueError as problem:
            raise forms.ValidationError(str(problem)) from None


def _length(text: str) -> timedelta | None:
    if not text:
        return None
    length = length_in(text)
    if not timedelta() < length <= LONGEST:
        raise ValueError("More than no time, and at most 2000 h.")
    return length


class TargetsForm(NamedForm):
    """All of it on one page: what is promised changes together, or not at all."""

    holidays = ReadField(
        holidays_in,
        label="Holidays",
        help_text="One a line, beginning with the day: 2026-12-25 Christmas Day.",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=20_000,
    )

    def __init__(
        self,
        data: Any = None,
        *,
        targets: dict[str, Target],
        week: list[list[Span]],
        holidays: dict[date, str],
    ) -> None:
        super().__init__(data)
        for level in reversed(Level):
            target = targets.get(level.value)
            self._add(f"{level.value}_first", "First reply", _length, target.first_reply if target else None)
            self._add(f"{level.value}_whole", "Resolved", _length, target.resolution if target else None)
        for weekday, name in enumerate(WEEKDAYS):
            self.fields[f"day_{weekday}"] = ReadField(
                spans_in, label=name, initial=written_spans(week[weekday]), max_length=100
            )
        self.fields["holidays"].initial = written_holidays(holidays)

    def _add(self, name: str, label: str, read: Callable[[str], Any], initial: timedelta | None) -> None:
        text = written_length(initial) if initial else ""
        self.fields[name] = ReadField(read, label=label, initial=text, max_length=30)

    @property
    def levels(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """The fields of each priority, the most urgent first."""
        return [
            (level.value.capitalize(), self[f"{level.value}_first"], self[f"{level.value}_whole"])
            for level in reversed(Level)
        ]

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[f"day_{weekday}"] for weekday in range(7)]

    def clean(self) -> dict[str, Any]:
        """A priority has both times or none, and nothing is resolved before it is answered."""
        for level in Level:
            first, whole = (self.cleaned_data.get(f"{level.value}_{part}") for part in ("first", "whole"))
            if self.errors.keys() & {f"{level.value}_first", f"{level.value}_whole"}:
                continue
            if (first is None) != (whole is None):
                missing = "first" if first is None else "whole"
                self.add_error(f"{level.value}_{missing}", f"For {level.value}, say both or none.")
            elif first and whole and first > whole:
                self.add_error(f"{level.value}_whole", "This comes before the first reply.")
        return self.cleaned_data

    @property
    def targets(self) -> dict[str, Target]:
        given = self.cleaned_data
        return {
            level.value: Target(given[f"{level.value}_first"], given[f"{level.value}_whole"])
            for level in Level
            if given[f"{level.value}_first"]
        }

    @property
    def week(self) -> list[list[Span]]:
        return [self.cleaned_data[f"day_{weekday}"] for weekday in range(7)]
