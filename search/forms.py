"""What people may send to search."""

from django import forms


class AskForm(forms.Form):
    """One box."""

    text = forms.CharField(
        label="What do you need help with?",
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        error_messages={
            "required": "Type a question, or a few words about what is wrong.",
            "max_length": "That is very long. Tell us the main point in at most %(limit_value)d characters.",
        },
    )
    conversation = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)
    came_from = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)


REASONS = ["Wrong topic", "Out of date", "Unclear", "Incomplete"]


class FeedbackForm(forms.Form):
    """Whether an answer solved it, and in one tap what was wrong when it did not."""

    helpful = forms.ChoiceField(choices=[("yes", "This solved it"), ("no", "Not quite")])
    reason = forms.ChoiceField(choices=[(reason, reason) for reason in REASONS], required=False)
