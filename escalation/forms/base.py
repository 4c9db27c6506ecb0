"""What all forms of tickets have in common."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from escalation.cleaning import storable
from escalation.services import LONGEST_TEXT


class TextField(forms.CharField):
    """Drops the characters that can't be kept: nobody is sent back for what they can't even see."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(storable(value) if isinstance(value, str) else value)


def text_field(longest: int = LONGEST_TEXT, rows: int = 4, **options: Any) -> TextField:
    """A text of limited length. Without a maxlength attribute: a browser would cut off silently what is pasted."""
    too_long = (
        "That is %(show_value)s characters long. At most %(limit_value)s can be sent; please shorten it."
    )
    return TextField(
        validators=[MaxLengthValidator(longest, message=too_long)],
        widget=forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput(),
        **options,
    )


@dataclass(frozen=True)
class Problem:
    """What is wrong with a form, and the id of what it is about."""

    anchor: str
    text: str


def problems_of(sent: Iterable[forms.BaseForm]) -> list[Problem]:
    """For the top of a page, where somebody whose form came back begins to read."""
    return [
        Problem(form[name].id_for_label, _about(str(form[name].label), str(error)))
        for form in sent
        for name, errors in form.errors.items()
        if name in form.fields
        for error in errors
    ]


def _about(label: str, error: str) -> str:
    return f"{label} {error}" if label.endswith("?") else f"{label}: {error}"


class NamedForm(forms.Form):
    """A form whose ids begin with its own name, so that several stand on one page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{type(self).__name__.lower()}_%s", **kwargs})
