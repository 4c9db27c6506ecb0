"""What is said of an incident, to those whom it hits."""

from typing import Any

from django import forms

from accounts.models import User
from escalation.forms.base import NamedForm, text_field
from kb.models import Audience


class DeclareForm(NamedForm):
    """Something is wrong, in words for employees."""

    title = text_field(
        150,
        rows=1,
        label="What does not work?",
        help_text="In words that employees use, such as: The VPN does not connect.",
        error_messages={"required": "Say in a few words what does not work."},
    )
    words = text_field(
        4_000,
        label="What should they know?",
        help_text="What to do meanwhile, and when there is more to say. They read this before they ask.",
        error_messages={"required": "Say what people should know."},
    )
    keywords = text_field(
        2_000,
        rows=3,
        required=False,
        label="Words by which it is known",
        help_text="One word or phrase a line: VPN, error FC-412. Questions and tickets with one of them are about it.",
    )
    audience = forms.ModelChoiceField(
        Audience.objects.none(), required=False, label="Who is told?", empty_label="Everybody"
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audience"].queryset = Audience.objects.of(by).filter(everyone=False)  # type: ignore[attr-defined]


class IncidentUpdateForm(NamedForm):
    """What those whom it hits are told next."""

    words = text_field(
        4_000, label="What is new?", error_messages={"required": "Write what they should know now."}
    )
    ends = forms.BooleanField(required=False, label="It works again: this ends it")
