"""What readers say of articles: votes on what they read, and flags, which are tasks for the owner."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from kb.models.articles import Article
from kb.models.revisions import Revision


class Reason(models.TextChoices):
    """Why a text does not help."""

    OUTDATED = "outdated", "It is out of date"
    WRONG = "wrong", "It is wrong"
    INCOMPLETE = "incomplete", "Something is missing"
    UNCLEAR = "unclear", "It is hard to follow"
    NOT_MINE = "not-mine", "It is about something else"
    OTHER = "other", "Something else"


class Vote(models.Model):
    """A reader's word on the revision that they read: one each."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="votes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="votes")
    helpful = models.BooleanField()
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "user"], name="one_vote_per_revision_and_reader")
        ]

    def __str__(self) -> str:
        return f"{'helpful' if self.helpful else 'not helpful'}: {self.revision}"


class FlagQuerySet(models.QuerySet["Flag"]):
    def open(self) -> Self:
        """Nobody has closed it yet."""
        return self.filter(closed_at__isnull=True)

    def doubts(self) -> Self:
        """Open, and says that the text itself can't be relied on."""
        return self.open().filter(reason__in=[Reason.OUTDATED, Reason.WRONG])


class Flag(models.Model):
    """Something to put right in an article, raised by whoever used it: its owner fixes it, and answers them."""

    class Outcome(models.TextChoices):
        FIXED = "fixed", "Fixed in a new revision"
        ANSWERED = "answered", "Answered: the text is right"
        DECLINED = "declined", "Not something for this article"

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="flags")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="flags")
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="flags")
    vote = models.OneToOneField(Vote, on_delete=models.SET_NULL, null=True, blank=True, related_name="flag")
    reason = models.CharField(max_length=20, choices=Reason, default=Reason.OTHER)
    note = models.TextField()
    raised_at = models.DateTimeField(auto_now_add=True)
    answer = models.TextField(blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = FlagQuerySet.as_manager()

    class Meta:
        ordering = ["raised_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | (Q(closed_by__isnull=False) & ~Q(outcome="")),
                name="closed_flag_says_how",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.article}"
