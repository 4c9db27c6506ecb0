"""What agents do with a ticket."""

from typing import Any

from django import forms

from accounts.models import User
from escalation.cleaning import storable
from escalation.forms.base import NamedForm, TextField, text_field
from escalation.models import CannedReply, Ticket
from escalation.queries import agents_for, article_named, find_articles
from escalation.workflow import Action
from kb.models import Article


class AgentReplyForm(NamedForm):
    """A reply by the desk, which the person gets by mail.

    `seen` is the last message that was on the page, and `drafted` says that a machine began the text.
    """

    body = text_field(rows=8, label="Reply", error_messages={"required": "Write something first."})
    wait = forms.BooleanField(required=False, initial=True, label="Then wait for their answer")
    seen = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)
    drafted = forms.BooleanField(required=False, widget=forms.HiddenInput)
    canned = forms.ChoiceField(required=False, label="Begin with a reply of the desk")

    def __init__(self, *args: Any, canned: list[CannedReply], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = {str(reply.pk): reply for reply in canned}
        choices = [("", "Choose one"), *((pk, reply.title) for pk, reply in self.offered.items())]
        self.fields["canned"].choices = choices  # type: ignore[attr-defined]

    @property
    def typed(self) -> dict[str, Any]:
        """What stands in the box, be it fit to be sent or not, to be put there again."""
        self.full_clean()
        body = storable(self.data.get("body", ""))
        return {"seen": None, "drafted": False, "wait": True, **self.cleaned_data, "body": body}

    @property
    def chosen(self) -> CannedReply | None:
        return self.offered.get(self.data.get("canned", ""))

    @property
    def is_drafted(self) -> bool:
        """Whether a machine began what stands in the box."""
        return self["drafted"].value() in (True, "True", "on")


class NoteForm(NamedForm):
    """A note that only the desk sees."""

    body = text_field(
        label="Internal note",
        help_text="With @ before somebody's name, such as @robin.kane, they are told by mail.",
        error_messages={"required": "Write something first."},
    )


class AssignForm(NamedForm):
    """Who takes care of it."""

    assignee = forms.ChoiceField(required=False, label="Assigned to")

    def __init__(self, *args: Any, ticket: Ticket, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people: dict[str, User] = {str(person.pk): person for person in agents_for(ticket)}
        choices = [(pk, person.display_name) for pk, person in self.people.items()]
        self.fields["assignee"].choices = [("", "Nobody"), *choices]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> User | None:
        return self.people.get(self.cleaned_data["assignee"])


class StatusForm(NamedForm):
    """Where the ticket goes next; to resolve or to close it takes words."""

    action = forms.ChoiceField(
        choices=[
            (action.value, action.value) for action in Action if action not in (Action.RESOLVE, Action.CLOSE)
        ]
    )


class CloseForm(NamedForm):
    """Why nothing is left to do, which the person gets by mail."""

    body = text_field(
        rows=3,
        label="Why is it closed?",
        help_text="They get this by mail.",
        error_messages={"required": "Say why, so that they are not left wondering."},
    )


class ResolveForm(NamedForm):
    """How it was solved. The article comes from the radio choices, or is pasted."""

    article = forms.ChoiceField(required=False, label="Which article solved it?")
    other = TextField(required=False, label="Another article: its address or number")
    words = TextField(required=False, label="Or search titles")
    body = text_field(
        required=False,
        label="Tell them how it was solved",
        help_text="Needed when no article solved it. It goes to them by mail.",
    )

    def __init__(self, *args: Any, shown: list[Article], reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.searched = find_articles(self.data.get("words", ""), reader)
        self.offered = {str(article.pk): article for article in [*shown, *self.searched]}
        self.reader = reader
        choices = [("", "No article"), *((pk, article.title) for pk, article in self.offered.items())]
        self.fields["article"].choices = choices  # type: ignore[attr-defined]

    @property
    def ticked(self) -> str:
        """The choice as it stands in the form, which a search keeps."""
        return self.data.get("article", "")

    @property
    def found_nothing(self) -> bool:
        return bool(self.data.get("words", "").strip()) and not self.searched

    def clean_other(self) -> Article | None:
        """The pasted article; one that the agent may not read is as unknown as one that does not exist."""
        text = self.cleaned_data["other"]
        if not text:
            return None
        found = article_named(text, self.reader)
        if found is None:
            raise forms.ValidationError("No article that you may read has this address or number.")
        return found

    def clean(self) -> dict[str, Any]:
        """A mail that says nothing helps nobody; a search needs neither."""
        nothing = self.chosen is None and not self.cleaned_data.get("body")
        if nothing and not self.errors and "search" not in self.data:
            self.add_error(
                "article", "Name the article that solved it, or tell them in words how it was solved."
            )
        return self.cleaned_data

    @property
    def chosen(self) -> Article | None:
        """What was pasted goes before what was ticked: it was typed last."""
        other: Article | None = self.cleaned_data.get("other")
        return other or self.offered.get(self.cleaned_data.get("article", ""))
