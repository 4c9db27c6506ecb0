"""People who use the site."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person, or one of the site's own accounts (the importer, the operator), which can never sign in."""

    job_title = models.CharField(max_length=100, blank=True)
    is_system = models.BooleanField(
        default=False, help_text="The site's own account: it stands for a machine or the command line, not a person."
    )

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username
