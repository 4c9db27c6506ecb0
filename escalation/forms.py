"""What people may send to a human, and what agents may send back."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from accounts.models import User
from escalation.cleaning import storable
from escalation.queries import agents, article_named, find_articles
from escalation.services import LONGEST_SUBJECT, LONGEST_TEXT
from escalation.workflow import Action
from kb.models import Article


class TextField(forms.CharField):
    """Drops the characters that can't be kept: nobody is sent back for what they can't even see."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(storable(value) if isinstance(value, str) else value)


def text_field(longest: int = LONGEST_TEXT, rows: int = 4, **options: Any) -> TextField:
    """A text of limited length. Without a maxlength attribute: a browser would cut off silently what is pasted."""
    too_long = (
        "That is %(show_value)s characters long. At most %(limit_value)s can be sent; please shorten it."
    )
    return TextField(
        validators=[MaxLengthValidator(longest, message=too_long)],
        widget=forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput(),
        **options,
    )


@dataclass(frozen=True)
class Problem:
    """What is wrong with a form, and the id of what it is about."""

    anchor: str
    text: str


def problems_of(sent: Iterable[forms.Form]) -> list[Problem]:
    """For the top of a page, where somebody whose form came back begins to read."""
    return [
        Problem(form[name].id_for_label, _about(str(form[name].label), str(error)))
        for form in sent
        for name, errors in form.errors.items()
        if name in form.fields
        for error in errors
    ]


def _about(label: str, error: str) -> str:
    return f"{label} {error}" if label.endswith("?") else f"{label}: {error}"


class NamedForm(forms.Form):
    """A form whose ids begin with its own name, so that several stand on one page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{type(self).__name__.lower()}_%s", **kwargs})


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

    def __init__(self, *args: Any, struck: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.struck = {_comparable(question) for question in struck}

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


class ReplyForm(NamedForm):
    """A reply by the person who asked."""

    body = text_field(label="Your reply", error_messages={"required": "Write something first."})


class ReopenForm(NamedForm):
    """What is still wrong, if the person wants to say."""

    body = text_field(required=False, label="What is still wrong?")


class AgentReplyForm(NamedForm):
    """A reply by the desk, which the person gets by mail."""

    body = text_field(rows=6, label="Reply", error_messages={"required": "Write something first."})
    wait = forms.BooleanField(required=False, initial=True, label="Then wait for their answer")


class NoteForm(NamedForm):
    """A note that only the desk sees."""

    body = text_field(label="Internal note", error_messages={"required": "Write something first."})


class AssignForm(NamedForm):
    """Who takes care of it."""

    assignee = forms.ChoiceField(required=False, label="Assigned to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people: dict[str, User] = {str(person.pk): person for person in agents()}
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
