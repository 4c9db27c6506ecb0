"""Replies that are used again and again."""

from typing import Any

from django import forms

from accounts.models import User
from escalation.forms.base import NamedForm, text_field
from escalation.models import Queue
from escalation.working.placeholders import GAPS, unknown_gaps

LONGEST_TITLE = 100


class CannedReplyForm(NamedForm):
    """A reply with gaps. For everybody only leads may write one."""

    title = text_field(
        LONGEST_TITLE, rows=1, label="Title", help_text="What agents choose it by. It is not sent."
    )
    body = text_field(rows=8, label="Reply")
    queue = forms.ModelChoiceField(
        Queue.objects.none(), required=False, label="For tickets of", empty_label="Any queue"
    )
    shared = forms.BooleanField(required=False, label="Everybody on the desk may use it")

    def __init__(self, *args: Any, writer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = Queue.objects.exclude(
            pk__in=Queue.objects.filter(confidential=True).exclude(members=writer.pk)
        )
        self.fields["queue"].queryset = mine  # type: ignore[attr-defined]
        if not writer.has_perm("escalation.lead_ticket"):
            del self.fields["shared"]

    def clean_body(self) -> str:
        """A gap that nothing fills would be sent as it stands."""
        body: str = self.cleaned_data["body"]
        unknown = unknown_gaps(body)
        if unknown:
            known = ", ".join(GAPS)
            raise forms.ValidationError(f"Nothing fills {', '.join(unknown)}. What there is: {known}.")
        return body
