"""Which ticket another one is a duplicate of."""

from typing import Any

from django import forms

from escalation.forms.base import NamedForm, TextField
from escalation.models import Ticket
from escalation.queries import ticket_named
from kb.models import Reader


class MergeForm(NamedForm):
    """One of the same person's open tickets, or any by its number."""

    own = forms.ChoiceField(required=False, label="Open tickets of the same person", widget=forms.RadioSelect)
    other = TextField(required=False, label="Number of the ticket that it is merged into")

    def __init__(self, *args: Any, ticket: Ticket, reader: Reader, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reader = reader
        theirs = Ticket.objects.workable_by(reader).undone().filter(requester=ticket.requester_id)
        self.offered = {
            str(each.pk): each for each in theirs.exclude(pk=ticket.pk).order_by("-opened_at")[:10]
        }
        choices = [(pk, f"{each.number} {each.subject}") for pk, each in self.offered.items()]
        self.fields["own"].choices = choices  # type: ignore[attr-defined]

    def clean_other(self) -> Ticket | None:
        """A ticket that the agent may not see is as unknown as one that does not exist."""
        text = self.cleaned_data["other"]
        found = ticket_named(text, self.reader) if text else None
        if text and found is None:
            raise forms.ValidationError("No ticket that you may see has this number.")
        return found

    def clean(self) -> dict[str, Any]:
        if not self.errors and not (self.cleaned_data.get("other") or self.cleaned_data.get("own")):
            self.add_error("other", "Say which ticket it is merged into.")
        return self.cleaned_data

    @property
    def chosen(self) -> Ticket:
        """What was typed goes before what was ticked."""
        other: Ticket | None = self.cleaned_data.get("other")
        return other or self.offered[self.cleaned_data["own"]]
