"""What people may send who keep articles true: settings, an end, an answer, and the same for many at once."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from accounts.models import User
from kb.forms import LOOKS_AHEAD, DayField, PersonField
from kb.models import Article, Audience, Category, Flag
from kb.queries import people_who_write, shelves
from kb.services.governing import SETTINGS
from kb.workflow import Governance

LONGEST_REASON = 2_000


def reason_field(**options: Any) -> forms.CharField:
    """Why something is done, in a sentence or two: it is kept in the trail."""
    too_long = {"max_length": f"At most {LONGEST_REASON:,} characters, please."}
    return forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={**too_long, **options.pop("error_messages", {})},
        **options,
    )


def may_read(person: User, audience: Audience) -> bool:
    """Whether somebody is in an audience."""
    return Audience.objects.of(person).filter(pk=audience.pk).exists()


def not_a_reader(person: User, audience: Audience) -> str:
    """Why somebody can't answer for an article of this audience."""
    return f"{person.display_name} is not in the audience {audience.name}, so they could not read it."


class ConfirmForm(forms.Form):
    """The text is still right."""

    review_by = DayField(label="Look at it again by")
    reason = reason_field(
        label="What did you check?",
        required=False,
        help_text="For whoever wonders later. It is kept in the trail.",
    )


class SettingsForm(forms.Form):
    """Who reads an article, who answers for it, until when it holds."""

    audience = forms.ModelChoiceField(
        Audience.objects.none(),
        label="Who may read it",
        help_text="A change holds at once: on pages, in lists and counts, in search, and in answers already given.",
    )
    owner = PersonField(
        label="Who answers for it",
        required=False,
        empty_label="Nobody yet",
        help_text="Hears what readers say, and is reminded when a review is due.",
    )
    review_by = DayField(
        label="Review by", required=False, help_text="From then on readers are told that it is late."
    )
    expires_at = forms.DateTimeField(
        label="Shown until",
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text="From that minute on nobody is shown it. Most articles need no end.",
        error_messages={"invalid": "Give a day and a time, or leave it empty: it has no end."},
    )
    category = forms.ModelChoiceField(Category.objects.none(), label="Category")
    kind = forms.ChoiceField(choices=Article.Kind.choices, label="Kind")
    governance = forms.ChoiceField(
        label="Who keeps it right",
        choices=[
            (Governance.EXPERIENCE.value, "Those who work with it (experience)"),
            (Governance.COMPLIANCE.value, "An office: a Publisher approves every change (compliance)"),
        ],
    )
    reason = reason_field(label="Why?", required=False, help_text="It is kept in the trail.")

    def __init__(self, data: QueryDict | None = None, *, article: Article, by: User) -> None:
        super().__init__(data, initial={name: getattr(article, name) for name in SETTINGS})
        self.article = article
        self._offer("audience", Audience.objects.of(by))
        self._offer("category", shelves(by))
        if article.owner_id:  # whoever it is now may stay, whatever they may do by now
            people = people_who_write() | User.objects.filter(pk=article.owner_id)
            self._offer("owner", people.distinct())
        self.fields["review_by"].initial = article.review_by
        self.now = {name: _as_sent(self.fields[name], getattr(article, name)) for name in SETTINGS}
        self.changed: list[str] = []
        self.collided: list[str] = []
        if data is not None:
            self._set_on_what_is_there(data)

    def _offer(self, name: str, choices: QuerySet[Any]) -> None:
        self.fields[name].queryset = choices  # type: ignore[attr-defined]

    def _set_on_what_is_there(self, sent: QueryDict) -> None:
        """What the person left alone is taken as it is by now, whatever the page showed when it was opened."""
        data = sent.copy()
        for name, now in self.now.items():
            shown, wanted = sent.get(f"shown-{name}", now), sent.get(name, "")
            if wanted == shown:
                data[name] = now
            elif wanted != now:
                self.changed.append(name)
                if shown != now:
                    self.collided.append(name)
        self.data = data

    def wanted(self) -> dict[str, Any]:
        """The settings that the person changed: no others are saved, as they may be somebody else's by now."""
        return {name: self.cleaned_data[name] for name in self.changed}

    def shown(self) -> list[tuple[str, str]]:
        """What the page shows, for it to send along."""
        return [(f"shown-{name}", value) for name, value in self.now.items()]

    def clean_expires_at(self) -> Any:
        """An end that is over already would only hide what archiving tells of."""
        at = self.cleaned_data["expires_at"]
        was = self.article.expires_at
        unchanged = at and was and at == was.replace(second=0, microsecond=0)
        if unchanged:
            return was
        if at and not timezone.now() < at < timezone.now() + LOOKS_AHEAD:
            raise forms.ValidationError(
                "Choose a time within the next three years. To take it away now, archive it."
            )
        return at

    def clean(self) -> dict[str, Any]:
        """Whoever answers for an article has to be able to read it."""
        given = super().clean() or {}
        owner, audience = given.get("owner"), given.get("audience")
        changed = owner != self.article.owner or audience != self.article.audience
        if owner and audience and changed and not may_read(owner, audience):
            self.add_error("owner", not_a_reader(owner, audience))
        return given


def _as_sent(field: forms.Field, value: Any) -> str:
    """A value as the field's own control would send it back untouched."""
    shown = field.widget.format_value(field.prepare_value(value))
    return str(shown[0] if isinstance(shown, list) else shown or "")


class ArchiveForm(forms.Form):
    """Why an article goes, and where its readers are sent. The replacement comes from a search of titles."""

    reason = reason_field(
        label="Why is it no longer needed?",
        help_text="Kept with the article, for its author and for whoever looks for it later.",
        error_messages={"required": "Say why, in a sentence: the author will read it."},
    )
    words = forms.CharField(
        max_length=200,
        required=False,
        label="Which article takes its place?",
        help_text="Words of its title. Who opens the old address is sent there, if they may read it.",
    )
    replaced_by = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, others: QuerySet[Article], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ticked = self.data.get("replaced_by", "")
        chosen = list(others.filter(pk=ticked)) if ticked.isascii() and ticked.isdigit() else []
        self.found = titled(others, self.data.get("words", ""))
        self.offered = {str(each.pk): each for each in [*chosen, *self.found]}
        choices = [("", "None: who opens it is told that there is nothing")]
        choices += [(pk, each.title) for pk, each in self.offered.items()]
        self.fields["replaced_by"].choices = choices  # type: ignore[attr-defined]

    @property
    def ticked(self) -> str:
        """The choice as it stands in the form, which a search keeps."""
        return self.data.get("replaced_by", "")

    @property
    def found_nothing(self) -> bool:
        return bool(self.data.get("words", "").strip()) and not self.found

    @property
    def chosen(self) -> Article | None:
        return self.offered.get(self.cleaned_data.get("replaced_by", ""))


FOUND_AT_MOST = 8


def titled(articles: QuerySet[Article], words: str) -> list[Article]:
    """The first articles whose live titles have all of these words."""
    wanted = words.replace("\0", " ").split()[:8]
    for word in wanted:
        articles = articles.filter(live_revision__title__icontains=word)
    return list(articles.order_by("live_revision__title")[:FOUND_AT_MOST]) if wanted else []


class CloseFlagForm(forms.Form):
    """What became of it, and what its reader is told."""

    outcome = forms.ChoiceField(
        label="What became of it?",
        choices=Flag.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what became of it."},
    )
    answer = reason_field(
        label="Your answer to the reader",
        error_messages={"required": "Answer the person who raised this, in a sentence."},
    )


class OwnerForm(forms.Form):
    """Somebody answers for many articles."""

    owner = PersonField(
        label="Who answers for them", empty_label="Choose…", error_messages={"required": "Choose somebody."}
    )
    reason = reason_field(label="Why?", required=False, help_text="It is kept in the trail.")


class ReviewDayForm(forms.Form):
    """A day by which many articles are looked at again."""

    review_by = DayField(label="Review by", error_messages={"required": "Choose a day."})
    reason = reason_field(label="Why?", required=False, help_text="It is kept in the trail.")


class AudienceForm(forms.Form):
    """Who may read many articles."""

    audience = forms.ModelChoiceField(
        Audience.objects.none(),
        label="Who may read them",
        empty_label="Choose…",
        help_text="It holds at once: on pages, in lists and counts, in search, and in answers already given.",
        error_messages={"required": "Choose who may read them."},
    )
    reason = reason_field(label="Why?", required=False, help_text="It is kept in the trail.")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audience"].queryset = Audience.objects.of(by)  # type: ignore[attr-defined]


class CategoryForm(forms.Form):
    """A shelf for many articles."""

    category = forms.ModelChoiceField(
        Category.objects.none(),
        label="Category",
        empty_label="Choose…",
        error_messages={"required": "Choose a category."},
    )
    reason = reason_field(label="Why?", required=False, help_text="It is kept in the trail.")

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = shelves(by)  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why many articles go."""

    reason = reason_field(
        label="Why are they no longer needed?",
        help_text="Kept with each of them.",
        error_messages={"required": "Say why, in a sentence: the authors will read it."},
    )
