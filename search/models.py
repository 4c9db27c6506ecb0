"""What search keeps: vectors and their change log (the index files are only a copy), and what people asked."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from kb.models import Article, Revision


class Passage(models.Model):
    """A span of a revision with its vector; equal `digest` means equal embedded text, which is embedded once."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="passages")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="passages")
    fingerprint = models.CharField(max_length=64, help_text="Of the model and the splitter that made it.")
    ordinal = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    path = models.JSONField(default=list, help_text="The headings above it.")
    anchor = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    vector = models.BinaryField(help_text="float32, little-endian, length 1.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "fingerprint", "ordinal"], name="passage_once_per_fingerprint"
            )
        ]
        indexes = [models.Index(fields=["article", "fingerprint"])]

    def __str__(self) -> str:
        return f"{self.revision} [{self.start}:{self.end}]"


class IndexEntry(models.Model):
    """The state of one article in the index of one fingerprint, and the claim of the worker that is on it.

    What is still to do is never stored: it is the difference between this row and the article itself.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="index_entries")
    fingerprint = models.CharField(max_length=64)
    revision = models.ForeignKey(Revision, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    audience_id = models.BigIntegerField(
        null=True, blank=True, help_text="The audience that the index filters by."
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "index entries"
        constraints = [models.UniqueConstraint(fields=["article", "fingerprint"], name="index_entry_once")]

    def __str__(self) -> str:
        return f"article {self.article_id}: revision {self.revision_id}"


class IndexState(models.Model):
    """One row: the last number of the change log, and which database this is (a snapshot of another is refused)."""

    sequence = models.BigIntegerField(default=0)
    database = models.UUIDField()

    def __str__(self) -> str:
        return f"change {self.sequence}"


class IndexChange(models.Model):
    """One line of the change log: something of this article changed, look again."""

    sequence = models.BigIntegerField(primary_key=True)
    article_id = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.sequence}: article {self.article_id}"


class Conversation(models.Model):
    """Questions of one person that belong together."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    started_at = models.DateTimeField(default=timezone.now)
    came_from = models.CharField(
        max_length=300, blank=True, help_text="The page of the product they started on."
    )

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Question(models.Model):
    """One turn: what was asked, and how it was answered. What was shown stands in `shown`, as references only."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "Answered with quotes"
        UNSURE = "unsure", "Not sure"
        UNAVAILABLE = "unavailable", "Search was not available"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="questions")
    text = models.TextField()
    asked_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=20, choices=Outcome)
    confidence = models.FloatField(
        null=True, blank=True, help_text="Probability that the first article answers."
    )
    fingerprint = models.CharField(max_length=64, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)
    helpful = models.BooleanField(null=True, blank=True)
    helpful_note = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:80]


class Shown(models.Model):
    """An article that a turn showed: quoted in the answer, or listed among the nearest. Holds no text of it."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="shown")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+")
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField()
    passage = models.JSONField(default=dict, help_text="The best passage, a span of the revision.")
    quotes = models.JSONField(
        default=list, help_text="Spans of the revision: start, end, anchor, path, kind."
    )
    opened_at = models.DateTimeField(null=True, blank=True)
    rejected = models.BooleanField(default=False, help_text="The person said that it did not help.")

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["question", "article"], name="article_shown_once_per_question")
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: article {self.article_id}"
