"""What people may send to search."""

from django import forms

from search.phrasings import LONGEST, lines_of


class AskForm(forms.Form):
    """One box."""

    text = forms.CharField(
        label="What do you need help with?",
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        error_messages={
            "required": "Type a question, or a few words about what is wrong.",
            "max_length": "That is very long. Tell us the main point in at most %(limit_value)d characters.",
        },
    )
    conversation = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)
    came_from = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)
    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)


REASONS = ["Wrong topic", "Out of date", "Unclear", "Incomplete"]


class FeedbackForm(forms.Form):
    """Whether an answer solved it; in one tap which article did, or what was wrong."""

    helpful = forms.ChoiceField(choices=[("yes", "This solved it"), ("no", "Not quite")])
    reason = forms.ChoiceField(choices=[(reason, reason) for reason in REASONS], required=False)
    article = forms.IntegerField(required=False, min_value=1, max_value=2**62)


class SimilarForm(forms.Form):
    """A text that is being written, as far as it goes."""

    title = forms.CharField(required=False, max_length=200)
    summary = forms.CharField(required=False, max_length=500)
    body = forms.CharField(required=False, max_length=250_000, strip=False)
    copy = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    article = forms.IntegerField(required=False, min_value=1, max_value=2**62)


class SearchForm(forms.Form):
    """Words to look for; none shows everything. What narrows the list depends on who looks."""

    q = forms.CharField(
        label="Words to look for",
        required=False,
        max_length=500,
        error_messages={
            "max_length": "That is long for a search: keep the words that matter, at most %(limit_value)d characters."
        },
    )


class PhrasingsForm(forms.Form):
    """Questions that an article answers, in an editor's words: one a line."""

    MOST = 100

    lines = forms.CharField(
        label="Questions that it answers, one a line",
        help_text="As people would ask, not as the article is called.",
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Write at least one question.",
            "max_length": "That is more than fits: at most %(limit_value)d characters at once.",
        },
    )
    for_readers = forms.BooleanField(
        label="Offer them to readers",
        required=False,
        help_text="While they type in the search box. Without it only editors see them.",
    )

    def clean_lines(self) -> list[str]:
        """Each once, none too long."""
        typed: str = self.cleaned_data["lines"]
        if any(len(line) > LONGEST for line in typed.splitlines()):
            raise forms.ValidationError(f"A question has at most {LONGEST:,} characters.")
        lines = lines_of(typed)
        if len(lines) > self.MOST:
            raise forms.ValidationError(f"At most {self.MOST} questions at once; these are {len(lines)}.")
        return lines


class ChangePhrasingForm(forms.Form):
    """What an editor does with one phrasing."""

    what = forms.ChoiceField(choices=[(name, name) for name in ("prune", "bring_back", "open", "close")])
