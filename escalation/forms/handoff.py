"""What people may send to a human."""

from collections.abc import Collection
from typing import Any

from django import forms

from escalation.forms.base import NamedForm, text_field
from escalation.handoff.intake import Ask
from escalation.services import LONGEST_ANSWER, LONGEST_SUBJECT

ASKED = "asked_"


class HandoffForm(NamedForm):
    """The two things that a person may add to the story; the rest is prefilled."""

    subject = text_field(
        LONGEST_SUBJECT,
        rows=1,
        label="What do you need?",
        help_text="In a few words. It is sent as it stands here.",
        error_messages={"required": "Say in a few words what you need, so that a person can help."},
    )
    description = text_field(
        required=False,
        label="Anything to add?",
        help_text="We also read how urgent it is from what you add.",
    )

    def __init__(
        self, *args: Any, struck: Collection[str] = (), asks: Collection[Ask] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.struck = {_comparable(question) for question in struck}
        for ask in asks:
            self.fields[f"{ASKED}{ask.key}"] = text_field(
                LONGEST_ANSWER, rows=1, required=False, label=ask.text
            )

    @property
    def asked(self) -> list[forms.BoundField]:
        """What a good agent would ask first; each may be skipped."""
        return [self[name] for name in self.fields if name.startswith(ASKED)]

    @property
    def answers(self) -> dict[str, str]:
        """What was answered, by the keys of the questions."""
        return {
            name.removeprefix(ASKED): answer
            for name, answer in self.cleaned_data.items()
            if name.startswith(ASKED) and answer
        }

    def clean_subject(self) -> str:
        """What stands in the field is sent as it stands, so a question that was left out must not stand there."""
        subject: str = self.cleaned_data["subject"]
        if subject and _comparable(subject) in self.struck:
            raise forms.ValidationError(
                "This still repeats a question that you left out below. Say what you need in other words."
            )
        return subject

    def clean(self) -> dict[str, Any]:
        """One of the two is enough: nobody is sent back for a form's sake."""
        if self.has_error("subject", "required") and self.cleaned_data.get("description"):
            del self.errors["subject"]
            self.cleaned_data["subject"] = ""
        return self.cleaned_data


def _comparable(words: str) -> str:
    return " ".join(words.split()).casefold()
