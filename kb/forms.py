"""What readers and reviewers may send to the knowledge base, and the fields that its forms share."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from kb.models import Reason
from kb.queries import people_who_write
from kb.workflow import Governance

LOOKS_AHEAD = timedelta(days=3 * 366)


class DayField(forms.DateField):
    """A day to come, within three years: further ahead nobody remembers what was meant."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_error_messages = {"invalid": "Give a day, such as 2027-05-31."}

    def validate(self, value: Any) -> None:
        super().validate(value)
        today = timezone.localdate()
        if value and value != self.initial and not today < value < today + LOOKS_AHEAD:
            raise forms.ValidationError("Choose a day to come, within the next three years.")


class PersonField(forms.ModelChoiceField):
    """Somebody who may answer for articles, by the name that everybody knows them by."""

    def __init__(self, **options: Any) -> None:
        super().__init__(people_who_write(), **options)

    def label_from_instance(self, obj: Any) -> str:
        person: User = obj
        return person.display_name


class VoteForm(forms.Form):
    """Did this help?"""

    TOO_LONG = {"max_length": "At most 2,000 characters: for more, talk to a human about this."}

    helpful = forms.ChoiceField(
        choices=[("yes", "Yes"), ("no", "No")], error_messages={"required": "Say yes or no."}
    )
    reason = forms.ChoiceField(
        choices=Reason.choices,
        required=False,
        error_messages={"invalid_choice": "Choose one of the reasons."},
    )
    note = forms.CharField(max_length=2_000, required=False, error_messages=TOO_LONG)


class FlagForm(forms.Form):
    """What somebody who used an article wants to have put right."""

    reason = forms.ChoiceField(
        label="What is the matter with it?",
        choices=Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one of these."},
    )
    note = forms.CharField(
        label="What is to be put right?",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what is to be put right, in a sentence.", **VoteForm.TOO_LONG},
    )


class DecisionForm(forms.Form):
    """A reviewer's decision. When it goes live and when it is looked at again belong to an approval.

    Whom the page said it is for, and how governed, comes along: an approval is of what was shown.
    """

    LIVE_WITHIN = timedelta(days=366)
    REVIEW_WITHIN = timedelta(days=3 * 366)

    decision = forms.ChoiceField(
        choices=[
            ("approve", "Approve and publish"),
            ("request_changes", "Ask for changes"),
            ("reject", "Reject"),
        ],
        error_messages={"required": "Choose what to do with this revision."},
    )
    reason = forms.CharField(
        max_length=2_000,
        required=False,
        error_messages={"max_length": "At most 2,000 characters: put the details into comments."},
    )
    publish_at = forms.DateTimeField(
        required=False, error_messages={"invalid": "Give a day and a time, or leave it empty: at once."}
    )
    review_by = forms.DateField(required=False, error_messages={"invalid": "Give a day, such as 2027-05-31."})
    audience = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    governance = forms.ChoiceField(choices=[(each.value, each.value) for each in Governance], required=False)

    def clean(self) -> dict[str, Any]:
        """Times that an approval can keep; whoever asks for changes has none to give."""
        given = super().clean() or {}
        if given.get("decision") != "approve":
            for name in ("publish_at", "review_by"):
                given[name] = None
                self.errors.pop(name, None)
            return given
        now, today = timezone.now(), timezone.localdate()
        at, again = given.get("publish_at"), given.get("review_by")
        if at and not now < at < now + self.LIVE_WITHIN:
            self.add_error("publish_at", "Choose a time within the next year, or leave it empty: at once.")
        if again and not today < again < today + self.REVIEW_WITHIN:
            self.add_error("review_by", "Choose a day within the next three years.")
        return given


class CommentForm(forms.Form):
    """What somebody says to a line of a revision, or to all of it."""

    text = forms.CharField(
        max_length=4_000,
        error_messages={
            "required": "Write what you want to say.",
            "max_length": "At most 4,000 characters.",
        },
    )
    line = forms.IntegerField(required=False, min_value=1, max_value=10**6)
