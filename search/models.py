"""What search keeps: vectors and their change log (the index files are only a copy), and what people asked."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from kb.models import Article, Revision
from search.sensitivity import Sensitivity


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


class UnitVectors(models.Model):
    """The vectors of what may be quoted of a revision, by the digests of their gists (search/gists.py), in one order.

    Made from the revision alone: they can be deleted at any time, and are made again.
    """

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64)
    digests = models.BinaryField(help_text="64 bits each, little-endian.")
    vectors = models.BinaryField(help_text="float16, little-endian, length 1 each.")

    class Meta:
        verbose_name_plural = "unit vectors"
        constraints = [models.UniqueConstraint(fields=["revision", "fingerprint"], name="unit_vectors_once")]

    def __str__(self) -> str:
        return f"{self.revision_id} by {self.fingerprint}"


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


class IndexBuild(models.Model):
    """An index of one model and splitter. The newest complete one answers, while a newer one is built beside it."""

    fingerprint = models.CharField(max_length=64, unique=True)
    model_path = models.CharField(max_length=500, blank=True, help_text="Empty: the packaged model.")
    weights = models.CharField(max_length=64, help_text="The SHA-256 of the model's weights.")
    started_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.fingerprint


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
    with_a_person = models.BooleanField(
        default=False,
        help_text="Whether somebody of the desk is answering it now: the machine keeps out of it.",
    )

    def __str__(self) -> str:
        return f"conversation {self.pk}"


class Question(models.Model):
    """One turn: what was asked, and how it was answered. What was shown stands in `shown`, as references only."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered", "Answered with quotes"
        MAYBE = "maybe", "Articles that may be it"
        UNSURE = "unsure", "Not sure"
        UNAVAILABLE = "unavailable", "Search was not available"
        SMALL_TALK = "small_talk", "Nothing was asked"
        SENSITIVE = "sensitive", "A matter for people"
        WITH_PERSON = "with_person", "A person was on it"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="questions")
    text = models.TextField()
    looked_up = models.TextField(
        blank=True, help_text="What was searched for, where the question leant on the one before it."
    )
    asked_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=20, choices=Outcome)
    sensitivity = models.CharField(
        max_length=20, choices=[(kind.value, kind.value) for kind in Sensitivity], blank=True
    )
    confidence = models.FloatField(
        null=True, blank=True, help_text="Probability that the first article answers."
    )
    fingerprint = models.CharField(max_length=64, blank=True)
    features = models.JSONField(
        default=dict, help_text="What the confidence was judged by, to calibrate from."
    )
    wording = models.JSONField(
        default=list,
        help_text="Sentences of a language model, each with the spans of revisions that it stands on.",
    )
    worded_by = models.CharField(
        max_length=200, blank=True, help_text="The language model, if one worded it."
    )
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
    helped = models.BooleanField(
        default=False, help_text="The person said that, of those offered, it was the one."
    )

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["question", "article"], name="article_shown_once_per_question")
        ]

    def __str__(self) -> str:
        return f"{self.question_id}: article {self.article_id}"


class Phrasing(models.Model):
    """A question that an article has resolved, in people's own words, without what tells of the person.

    Its vector is one of the article's own, so that the next who asks alike finds it. Editors of the article see the
    words and can prune them; readers see only those that are `for_readers`.
    """

    class Source(models.TextChoices):
        TICKET = "ticket", "A ticket that the article solved"
        ANSWER = "answer", "An answer that its asker confirmed"
        EDITOR = "editor", "Written by an editor"
        HISTORY = "history", "An imported history"

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="phrasings")
    text = models.TextField(help_text="Redacted.")
    digest = models.CharField(
        max_length=64, help_text="Of the words without case, spacing and punctuation: alike is kept once."
    )
    source = models.CharField(max_length=20, choices=Source)
    origin = models.CharField(
        max_length=200,
        blank=True,
        db_index=True,
        help_text="What it was learnt from, such as ticket:12: undone with it.",
    )
    in_use = models.BooleanField(
        default=False, help_text="Within the article's cap, and not pruned: it has a vector or gets one."
    )
    for_readers = models.BooleanField(default=False, help_text="May be suggested to readers while they type.")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    pruned_at = models.DateTimeField(
        null=True, blank=True, help_text="An editor said that it does not belong."
    )
    pruned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["article", "digest", "origin"], name="phrasing_once")]

    def __str__(self) -> str:
        return self.text[:80]


class PhrasingVector(models.Model):
    """The vector of a phrasing by one model. Only phrasings within the article's cap have one."""

    phrasing = models.ForeignKey(Phrasing, on_delete=models.CASCADE, related_name="vectors")
    fingerprint = models.CharField(max_length=64)
    vector = models.BinaryField(help_text="float32, little-endian, length 1.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["phrasing", "fingerprint"], name="phrasing_vector_once")
        ]

    def __str__(self) -> str:
        return f"{self.phrasing_id} by {self.fingerprint}"


class Synonym(models.Model):
    """Words that mean the same here, kept by editors: who writes one finds the others."""

    words = models.CharField(max_length=500, help_text="Separated by commas: VPN, tunnel, remote access.")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["words"]

    def __str__(self) -> str:
        return self.words


class Pin(models.Model):
    """An editor's word that for a question with these words one article comes first (a best bet)."""

    words = models.CharField(max_length=200)
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="pins")
    until = models.DateField(null=True, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["words", "pk"]
        constraints = [models.UniqueConstraint(fields=["words", "article"], name="pin_once")]

    def __str__(self) -> str:
        return f"{self.words}: {self.article_id}"


class Calibration(models.Model):
    """Confidence fitted to this site's own questions, for one fingerprint. The newest one counts."""

    fingerprint = models.CharField(max_length=64)
    weights = models.JSONField(help_text="Feature name to weight, as search.confidence reads them.")
    answer_from = models.FloatField(help_text="The least probability that is answered.")
    maybe_from = models.FloatField(help_text="The least probability at which articles are offered.")
    risk = models.FloatField(help_text="The share of wrong answers that was accepted when it was fitted.")
    counts = models.JSONField(default=dict, help_text="How many questions of which kind it was fitted to.")
    fitted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-fitted_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.fingerprint} at {self.fitted_at:%Y-%m-%d}"
