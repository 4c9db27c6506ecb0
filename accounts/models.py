"""People who use the site."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from accounts.roles import Role


class User(AbstractUser):
    """A person, or one of the site's own accounts (the importer, the operator), which can never sign in."""

    job_title = models.CharField(max_length=100, blank=True)
    is_system = models.BooleanField(
        default=False,
        help_text="The site's own account: it stands for a machine or the command line, not a person.",
    )

    # One person per role at most, so that "sign in as" means one account; nobody has it outside a demo.
    demo_role = models.CharField(
        max_length=20,
        choices=[(role.value, role.value) for role in Role],
        null=True,
        blank=True,
        unique=True,
        help_text="In a demo, the role that this person shows: anyone can sign in as them with one click.",
    )

    def check_password(self, raw_password: str | None) -> bool:
        """Never for the site's own accounts, even when somebody gave one a password."""
        return not self.is_system and super().check_password(raw_password)

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username
