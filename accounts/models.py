"""People who use the site, and the mail that is to reach them."""

from datetime import timedelta
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

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


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def due(self) -> Self:
        """Not sent, claimed by nobody who is still at it, not given up, and its pause after a failure is over."""
        now = timezone.now()
        unclaimed = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - OutgoingMail.CLAIM_LASTS)
        return self.filter(unclaimed, sent_at__isnull=True, gave_up_at__isnull=True, due_at__lte=now)

    def dead(self) -> Self:
        """Given up: nobody tries any more, unless somebody sends it again."""
        return self.filter(sent_at__isnull=True, gave_up_at__isnull=False)


class OutgoingMail(models.Model):
    """A mail to send. The row is the job: a worker claims it, and a lost message or a dead worker loses nothing."""

    CLAIM_LASTS = timedelta(minutes=10)
    GIVE_UP_AFTER = timedelta(days=7)

    # Nobody's where a mail goes to an address that is no account.
    recipient = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="mails")
    to = models.EmailField()
    subject = models.CharField(max_length=300)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    gave_up_at = models.DateTimeField(
        null=True, blank=True, help_text="No more tries, unless somebody sends it again."
    )

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = "outgoing mail"
        verbose_name_plural = "outgoing mail"
        indexes = [models.Index(fields=["sent_at", "due_at"])]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
