"""How the desk's list is narrowed down, kept as a view, and worked on as a whole."""

from typing import Any
from urllib.parse import urlencode

from django import forms

from accounts.models import User
from escalation.forms.base import NamedForm, TextField, text_field
from escalation.handoff.urgency import Level
from escalation.listing import ME, NOBODY, SORTS, TRIAGE, Narrowing, queues_of
from escalation.models import VIEWS, Incident, Queue
from escalation.queries import agents
from escalation.workflow import Status

LONGEST_WORDS = 200


class NarrowForm(NamedForm):
    """What to see. Whatever else an address says is as if it were not there."""

    view = forms.ChoiceField(required=False, choices=list(VIEWS.items()), widget=forms.HiddenInput)
    q = TextField(required=False, max_length=LONGEST_WORDS, label="Words of the subject, or a number")
    queue = forms.ChoiceField(required=False, label="Queue")
    priority = forms.ChoiceField(
        required=False,
        label="Priority",
        choices=[("", "Any"), *((level.value, level.value.capitalize()) for level in Level)],
    )
    status = forms.ChoiceField(
        required=False,
        label="Status",
        choices=[("", "Any"), *((status.value, status.value.capitalize()) for status in Status)],
    )
    assignee = forms.ChoiceField(required=False, label="Who has it")
    sort = forms.ChoiceField(required=False, label="Order", choices=[("", "As usual"), *SORTS.items()])
    late = forms.BooleanField(required=False, label="Only what is late")

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        people = [(str(person.pk), person.display_name) for person in agents() if person.pk != user.pk]
        queues = [(str(queue.pk), queue.name) for queue in queues_of(user)]
        self._offer("assignee", [("", "Anybody"), (ME, "I"), (NOBODY, "Nobody"), *people])
        self._offer("queue", [("", "Any"), *queues, (TRIAGE, "None: waits for triage")])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def narrowing(self) -> Narrowing:
        self.is_valid()
        return Narrowing(**{name: value for name, value in self.cleaned_data.items() if value})

    @property
    def query(self) -> str:
        """The choice as the query of an address."""
        self.is_valid()
        chosen = {name: 1 if value is True else value for name, value in self.cleaned_data.items() if value}
        return urlencode(chosen)

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in self.cleaned_data.items() if name not in ("view", "sort"))


class SavedViewForm(NamedForm):
    """The name of a view."""

    name = text_field(
        60, rows=1, label="Name", error_messages={"required": "Give the view a name, to find it again."}
    )
    shared = forms.BooleanField(required=False, label="For everybody at the desk")


class GiveToForm(NamedForm):
    """Who gets the ticked tickets."""

    assignee = forms.ChoiceField(label="Give them to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(person.pk): person for person in agents()}
        choices = [("", "Nobody"), *((pk, person.display_name) for pk, person in self.people.items())]
        self.fields["assignee"].choices = choices  # type: ignore[attr-defined]
        self.fields["assignee"].required = False

    def clean_assignee(self) -> User | None:
        return self.people.get(self.cleaned_data["assignee"])


class MoveToForm(NamedForm):
    """Which queue the ticked tickets go to."""

    queue = forms.ModelChoiceField(
        Queue.objects.all(), required=False, label="Queue", empty_label="None: to be sorted"
    )


class IncidentForm(NamedForm):
    """Which incident the ticked tickets are about."""

    incident = forms.ModelChoiceField(
        Incident.objects.open(),
        label="Incident",
        help_text="Their people are told where it stands, now and at each update.",
        error_messages={"required": "Choose an incident; an agent declares one under Incidents."},
    )
