"""What agents write for the knowledge base."""

from typing import Any

from django import forms

from accounts.models import User
from escalation.forms.base import NamedForm, text_field
from kb.models import Audience, Category
from kb.queries import shelves

LONGEST_TITLE = 200
LONGEST_ARTICLE = 50_000


class ArticleForm(NamedForm):
    """The article that was missing. Who may read it is chosen by a person, always."""

    title = text_field(
        LONGEST_TITLE, rows=1, label="Title", help_text="As somebody who has the problem would say it."
    )
    category = forms.ModelChoiceField(Category.objects.none(), label="Category", empty_label="Choose one")
    audience = forms.ModelChoiceField(
        Audience.objects.none(), label="Who may read it?", empty_label="Choose one"
    )
    body = text_field(
        LONGEST_ARTICLE,
        rows=22,
        label="Text",
        help_text="In Markdown. Replace what stands in square brackets.",
    )

    def __init__(self, *args: Any, writer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = shelves(writer)  # type: ignore[attr-defined]
        self.fields["audience"].queryset = Audience.objects.of(writer)  # type: ignore[attr-defined]
