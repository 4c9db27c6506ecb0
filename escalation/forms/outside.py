"""Setting up a system outside."""

from functools import partial
from typing import Any

from django import forms

from escalation.events import Event
from escalation.models import Endpoint
from escalation.services.outside import SECRETS_BEGIN


class EndpointForm(forms.ModelForm):
    """Its address, the variable that holds its secret, and what it wants to hear."""

    events = forms.MultipleChoiceField(
        choices=[(event.value, event.value) for event in Event],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Which events it is told of; none means all.",
    )

    class Meta:
        model = Endpoint
        fields: list[str] = ["name", "kind", "url", "secret_name", "events", "active"]
        field_classes = {"url": partial(forms.URLField, assume_scheme="https")}

    def clean_secret_name(self) -> Any:
        """The name of a variable that was made for this, and no other of the site's."""
        name = self.cleaned_data["secret_name"]
        if not name.startswith(SECRETS_BEGIN):
            raise forms.ValidationError(f"The variable’s name has to begin with {SECRETS_BEGIN}.")
        return name
