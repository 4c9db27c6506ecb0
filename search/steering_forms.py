"""What editors may send about words: groups of synonyms, and pins."""

from typing import Any

from django import forms

from kb.forms import DayField
from kb.models import Article
from search.models import Pin, Synonym
from search.synonyms import LONGEST_TERM, terms_of, words_of
from search.wording import stems

MOST_TERMS = 12


class SynonymsForm(forms.Form):
    """Words that mean the same."""

    words = forms.CharField(
        label="Words that mean the same",
        max_length=500,
        help_text=(
            "With commas between them: VPN, tunnel, remote access. Who writes one finds the others. Everybody who "
            "searches is shown them, whatever they may read: write nothing confidential."
        ),
        error_messages={
            "required": "Write two words or more, with commas between them.",
            "max_length": "At most %(limit_value)d characters: a group is a few words, not a list of everything.",
        },
    )

    def __init__(self, *args: Any, group: Synonym | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group

    def clean_words(self) -> str:
        terms = terms_of(self.cleaned_data["words"])
        if len({words_of(term) for term in terms}) < 2:
            raise forms.ValidationError("Write two words or more, with commas between them.")
        if len(terms) > MOST_TERMS:
            raise forms.ValidationError(f"At most {MOST_TERMS} in a group: make two groups of them.")
        for term in terms:
            if not stems(term):
                raise forms.ValidationError(f"“{term}” says too little: half of all questions have it.")
            if len(words_of(term)) > LONGEST_TERM:
                raise forms.ValidationError(
                    f"“{term}” is a sentence. At most {LONGEST_TERM} words between two commas."
                )
        words = ", ".join(terms)
        others = Synonym.objects.exclude(pk=self.group.pk) if self.group else Synonym.objects.all()
        if others.filter(words__iexact=words).exists():
            raise forms.ValidationError("There is this group already.")
        return words


class PinForm(forms.Form):
    """The words that an article is pinned to, and until when."""

    words = forms.CharField(
        label="Words of the question",
        max_length=200,
        help_text=(
            "It comes first for a question that has all of these and little else: “wifi password” counts for "
            "“What is the wifi password?”, and not for a long story with both words in it."
        ),
        error_messages={
            "required": "Write the words that people ask with.",
            "max_length": "At most %(limit_value)d characters: a few words are enough.",
        },
    )
    until = DayField(
        label="Until the end of",
        required=False,
        help_text="For something that passes. Without a day it stays until somebody takes it away.",
    )

    def __init__(self, *args: Any, article: Article, pin: Pin | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.article, self.pin = article, pin
        if pin:
            self.fields["until"].initial = pin.until  # a day that has passed may stay as it is

    def clean_words(self) -> str:
        words = " ".join(self.cleaned_data["words"].split())
        if not stems(words):
            raise forms.ValidationError(
                "These say too little: half of all questions have them. Add a telling word."
            )
        others = Pin.objects.filter(article=self.article, words__iexact=words)
        if (others.exclude(pk=self.pin.pk) if self.pin else others).exists():
            raise forms.ValidationError("It is pinned to these words already.")
        return words
