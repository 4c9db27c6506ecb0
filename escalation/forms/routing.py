"""Where tickets go: what agents say of one, and what leads rule for all."""

from typing import Any

from django import forms
from django.contrib.auth.models import Group

from accounts.models import User
from escalation.forms.base import NamedForm, TextField, text_field
from escalation.models import Queue, RoutingRule, Ticket
from escalation.models.routing import LEVELS
from escalation.queries import agents
from escalation.routing.rules import words_of
from kb.models import Audience, Category
from kb.queries import shelves

MOST_WORDS = 50
# Of a shelf whose articles are all for others, not even the name is told.
NOT_THEIRS = "A shelf that is not for you"
LONGEST_WORD = 100


class MoveForm(NamedForm):
    """Another queue or priority; why is for the desk."""

    queue = forms.ModelChoiceField(
        Queue.objects.all(), required=False, label="Queue", empty_label="None: to be sorted"
    )
    priority = forms.ChoiceField(
        choices=[(value, value.capitalize()) for value, _ in LEVELS], label="Priority"
    )
    why = text_field(500, rows=2, required=False, label="Why", help_text="Only the desk reads it.")

    @classmethod
    def of(cls, ticket: Ticket) -> "MoveForm":
        """As the ticket stands."""
        return cls(initial={"queue": ticket.queue_id, "priority": ticket.priority})


class QueueForm(NamedForm):
    """A queue and its people."""

    name = TextField(max_length=100, label="Name")
    description = TextField(
        required=False, max_length=300, label="What belongs here", help_text="For whoever sorts."
    )
    members = forms.ModelMultipleChoiceField(
        User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Its people"
    )
    confidential = forms.BooleanField(
        required=False,
        label="Confidential: only its people see its tickets",
        help_text="For harassment, health and the like. A machine learns nothing from these tickets.",
    )

    def __init__(self, *args: Any, queue: Queue | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queue = queue
        self.fields["members"].queryset = User.objects.filter(pk__in=[agent.pk for agent in agents()])  # type: ignore[attr-defined]
        self.fields["members"].label_from_instance = lambda person: person.display_name  # type: ignore[attr-defined]

    @classmethod
    def of(cls, queue: Queue) -> "QueueForm":
        initial = {
            "name": queue.name,
            "description": queue.description,
            "members": [member.pk for member in queue.members.all()],
            "confidential": queue.confidential,
        }
        return cls(queue=queue, initial=initial)

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        others = Queue.objects.exclude(pk=self.queue.pk) if self.queue else Queue.objects.all()
        if others.filter(name__iexact=name).exists():
            raise forms.ValidationError("There is a queue of this name already.")
        return name

    def clean(self) -> dict[str, Any]:
        """Nobody would ever see the tickets of a confidential queue without people."""
        if self.cleaned_data.get("confidential") and not self.cleaned_data.get("members"):
            self.add_error("members", "A confidential queue needs people: nobody else sees its tickets.")
        return self.cleaned_data


class RuleForm(forms.ModelForm):
    """When a rule holds, and what it does then."""

    class Meta:
        model = RoutingRule
        fields = [
            "name", "words", "category", "audience", "group", "sentiment", "sensitivity", "queue", "priority",
            "assignee",
        ]  # fmt: skip
        labels = {
            "name": "Name",
            "words": "One of these words or phrases is in what they wrote",
            "category": "An article on this shelf was quoted to them or opened",
            "audience": "They belong to this audience",
            "group": "They are in this group",
            "sentiment": "How it sounds",
            "sensitivity": "It is a matter for people",
            "queue": "Put it into this queue",
            "priority": "With at least this priority",
            "assignee": "And into these hands",
        }
        help_texts = {"words": "One a line; any of them is enough.", "group": "", "priority": ""}
        widgets = {"words": forms.Textarea(attrs={"rows": 4}), "name": forms.TextInput()}

    conditions = ("words", "category", "audience", "group", "sentiment", "sensitivity")
    effects = ("queue", "priority", "assignee")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "ruleform_%s", **kwargs})
        own = set(shelves(by).values_list("pk", flat=True))
        choices: dict[str, Any] = {
            "category": Category.objects.filter(pk__in=own | {self.instance.category_id}),
            "audience": Audience.objects.filter(everyone=False),
            "group": Group.objects.order_by("name"),
            "assignee": User.objects.filter(pk__in=[agent.pk for agent in agents()]),
        }
        for name, found in choices.items():
            self.fields[name].queryset = found  # type: ignore[attr-defined]
        self.fields["assignee"].label_from_instance = lambda person: person.display_name  # type: ignore[attr-defined]
        self.fields["category"].label_from_instance = (  # type: ignore[attr-defined]
            lambda shelf: shelf.name if shelf.pk in own else NOT_THEIRS
        )
        for name in self.conditions[1:]:
            self._say_nothing_as(name, "Does not matter")
        for name in self.effects:
            self._say_nothing_as(name, "Leave it open")

    def _say_nothing_as(self, name: str, words: str) -> None:
        field = self.fields[name]
        field.required = False
        if isinstance(field, forms.ModelChoiceField):
            field.empty_label = words
        else:
            values = [choice for choice in field.choices if choice[0]]  # type: ignore[attr-defined]
            field.choices = [("", words), *values]  # type: ignore[attr-defined]

    def clean_words(self) -> str:
        words = words_of(self.cleaned_data["words"])
        if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
            raise forms.ValidationError(
                f"At most {MOST_WORDS} words or phrases, each of at most {LONGEST_WORD} characters."
            )
        return "\n".join(words)

    def clean(self) -> dict[str, Any]:
        """A rule asks for something and does something; whom it names may see what it hands them."""
        given = super().clean() or {}
        if not self.errors and not any(given.get(name) for name in self.conditions):
            self.add_error(
                "words", "Say when the rule holds: without any condition it would take every ticket."
            )
        if not self.errors and not any(given.get(name) for name in self.effects):
            self.add_error("queue", "Say what the rule does: a queue, a priority or a person.")
        queue, assignee = given.get("queue"), given.get("assignee")
        if queue and assignee and queue.confidential and not queue.members.filter(pk=assignee.pk).exists():
            self.add_error("assignee", f"Only the people of {queue.name} see its tickets.")
        return given

    def shown(self, names: tuple[str, ...]) -> list[forms.BoundField]:
        return [self[name] for name in names]

    @property
    def when(self) -> list[forms.BoundField]:
        return self.shown(self.conditions)

    @property
    def then(self) -> list[forms.BoundField]:
        return self.shown(self.effects)
