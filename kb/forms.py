"""What people may send to the knowledge base."""

from django import forms


class VoteForm(forms.Form):
    """Did this help?"""

    helpful = forms.ChoiceField(choices=[("yes", "Yes"), ("no", "No")])
    note = forms.CharField(max_length=2_000, required=False)


class DecisionForm(forms.Form):
    """A reviewer's decision."""

    decision = forms.ChoiceField(
        choices=[
            ("approve", "Approve and publish"),
            ("request_changes", "Ask for changes"),
            ("reject", "Reject"),
        ],
        error_messages={"required": "Choose what to do with this revision."},
    )
    reason = forms.CharField(max_length=2_000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
