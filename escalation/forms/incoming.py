"""What a lead does with a mail that waits."""

from django import forms

from accounts.models import User
from escalation.forms.base import NamedForm, TextField


class HeldMailForm(NamedForm):
    """Whose mail it is."""

    username = TextField(
        label="Whose mail is it?",
        help_text="The name that they sign in with, or the address of their account.",
        error_messages={"required": "Say whose it is, or put it away."},
    )

    def clean_username(self) -> User:
        """The one active person who is called so."""
        told = self.cleaned_data["username"].strip()
        people = User.objects.filter(is_active=True, is_system=False)
        found = [*people.filter(username=told)] or [*people.filter(email__iexact=told)[:2]]
        if len(found) != 1:
            raise forms.ValidationError(
                "Nobody here is called that, or several are. Type the name they sign in with."
            )
        return found[0]
