"""What people send while they write."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from kb.forms import DayField, PersonField
from kb.models import Article, Audience, Category

MAX_TYPED = (
    250_000  # twice what a page shows; as much as a request can carry when every sign takes nine bytes
)


class KindForm(forms.Form):
    """What a new article is to be."""

    kind = forms.ChoiceField(
        choices=Article.Kind.choices, error_messages={"required": "Choose what it is to be."}
    )


class WritingForm(forms.Form):
    """The words of an article while they are typed: nothing has to be complete to be kept."""

    title = forms.CharField(max_length=200, required=False)
    summary = forms.CharField(max_length=500, required=False)
    body = forms.CharField(
        max_length=MAX_TYPED,
        required=False,
        strip=False,
        error_messages={"max_length": "This is too long for one article. Split it into several."},
    )
    change_note = forms.CharField(max_length=300, required=False)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def clean_body(self) -> str:
        """Line endings as they are stored: browsers send others, and every line would count as changed."""
        return str(self.cleaned_data["body"]).replace("\r\n", "\n").replace("\r", "\n")


class NewArticleForm(forms.Form):
    """What stands around a new article. What is not chosen yet may be empty until it is saved."""

    kind = forms.ChoiceField(choices=Article.Kind.choices)
    category = forms.ModelChoiceField(
        Category.objects.none(),
        empty_label="Choose a shelf",
        error_messages={"required": "Choose a category."},
    )
    audience = forms.ModelChoiceField(
        Audience.objects.none(),
        label="Who may read it",
        empty_label="Choose who may read it",
        error_messages={"required": "Choose who may read it."},
    )
    owner = PersonField(label="Who answers for it", error_messages={"required": "Choose an owner."})
    review_by = DayField(required=False, label="Look at it again by")
    expires_at = forms.DateTimeField(
        required=False,
        label="Show it until",
        help_text="From this moment on nobody is shown it.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "Give a day and a time, or leave it empty: for good."},
    )

    def __init__(
        self, *args: Any, categories: QuerySet[Category], audiences: QuerySet[Audience], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._offer("category", categories)
        self._offer("audience", audiences)

    def _offer(self, name: str, choices: QuerySet[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - tells the type checker
        field.queryset = choices

    def clean_expires_at(self) -> datetime | None:
        """A time that lies ahead."""
        at: datetime | None = self.cleaned_data["expires_at"]
        if at and at <= timezone.now():
            raise forms.ValidationError("Choose a time that lies ahead, or leave it empty.")
        return at


class PictureForm(forms.Form):
    """A picture for a text."""

    picture = forms.FileField(
        error_messages={"required": "Choose a picture first.", "empty": "This file is empty. Choose another."}
    )
    alt = forms.CharField(max_length=300, required=False)
