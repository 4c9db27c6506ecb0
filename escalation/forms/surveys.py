"""Two questions after a ticket is solved."""

from django import forms

from escalation.forms.base import NamedForm, text_field
from escalation.models import Survey

YES, NO = "yes", "no"


class SurveyForm(NamedForm):
    """How it was, and whether they had to say things twice."""

    satisfaction = forms.TypedChoiceField(
        label="How satisfied are you with how it went?",
        choices=list(reversed(Survey.Satisfaction.choices)),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose one, please.",
            "invalid_choice": "Choose one of the five, please.",
        },
    )
    repeated = forms.TypedChoiceField(
        label="Did you have to repeat yourself?",
        choices=[(NO, "No"), (YES, "Yes, I had to say something that I had said before")],
        coerce=lambda said: said == YES,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    comment = text_field(2000, rows=3, required=False, label="Anything to add?")
