"""Revisions: the words of articles, which never change once written."""

import hashlib
from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from kb.models.articles import Article
from kb.workflow import State


class RevisionIsImmutable(Exception):
    """Somebody tried to change the words of a revision instead of writing a new one."""


class RevisionQuerySet(models.QuerySet["Revision"]):
    """Lets nobody change words by the row: as strict as saving one of them."""

    def update(self, **values: Any) -> int:
        """Also what bulk_update ends in."""
        immutable = {"pk", "article", "author", "requested_by", "based_on", *self.model.IMMUTABLE}
        if not immutable.isdisjoint(values):
            raise RevisionIsImmutable("A revision never changes. Write a new one.")
        return super().update(**values)

    def bulk_create(self, objs: Iterable["Revision"], **options: Any) -> list["Revision"]:  # type: ignore[override]
        """Only adds: what meets an older row is refused, as saving it would be."""
        if options.get("update_conflicts"):
            raise RevisionIsImmutable("A revision never changes. Write a new one.")
        written: list[Any] = list(objs)
        for revision in written:
            revision.digest = text_digest(revision.title, revision.summary, revision.body)
        return super().bulk_create(written, **options)  # type: ignore[return-value]


class Revision(models.Model):
    """One text of an article. Its words never change; only its state does."""

    IMMUTABLE = (
        "id", "article_id", "number", "title", "summary", "body", "author_id", "digest", "requested_by_id",
        "generated_by", "based_on_id",
    )  # fmt: skip
    _stored: dict[str, Any]

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=500, blank=True)
    body = models.TextField()
    digest = models.CharField(max_length=64, editable=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="revisions")
    state = models.CharField(max_length=20, choices=[(s.value, s.value) for s in State], default=State.DRAFT)
    change_note = models.CharField(max_length=300, blank=True)
    based_on = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        help_text="The revision that its author had before them.",
    )
    generated_by = models.CharField(max_length=80, blank=True, help_text="The writer of a generated text.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="requested_revisions",
        help_text="Who asked for a generated text, and so can't approve it.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reviewed_revisions",
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_reason = models.TextField(blank=True)
    publish_at = models.DateTimeField(
        null=True, blank=True, help_text="When an approved text goes live, if not at once."
    )
    published_at = models.DateTimeField(null=True, blank=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["article", "-number"]
        permissions = [
            ("approve_revision", "Can approve, change or refuse any revision in review"),
            ("validate_revision", "Can do so for experience-governed articles that stay inside the company"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="revision_number_once"),
            models.UniqueConstraint(
                fields=["article"], condition=Q(state="published"), name="one_published_revision_per_article"
            ),
            models.UniqueConstraint(
                fields=["article"], condition=Q(state="scheduled"), name="one_scheduled_revision_per_article"
            ),
            models.CheckConstraint(
                condition=~Q(reviewed_by=models.F("author")), name="author_never_reviews_own_revision"
            ),
            models.CheckConstraint(
                condition=~Q(reviewed_by=models.F("requested_by")),
                name="requester_never_reviews_generated_revision",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.SCHEDULED) | Q(publish_at__isnull=False),
                name="scheduled_revision_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.PUBLISHED, State.ARCHIVED, State.SCHEDULED])
                | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="published_revision_was_reviewed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} (revision {self.number})"

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        revision = super().from_db(*args, **kwargs)
        revision._remember()
        return revision

    def _remember(self) -> None:
        self._stored = {name: self.__dict__[name] for name in self.IMMUTABLE if name in self.__dict__}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row; RevisionIsImmutable when its words were changed."""
        if self._state.adding:
            self.digest = text_digest(self.title, self.summary, self.body)
            kwargs["force_insert"] = True  # or one that was given the key of another would overwrite it
        elif any(self.__dict__.get(name) != value for name, value in self._known().items()):
            raise RevisionIsImmutable("A revision never changes. Write a new one.")
        super().save(*args, **kwargs)
        self._remember()

    def _known(self) -> dict[str, Any]:
        """The words as stored, of all fields that are here now; those once deferred are asked for."""
        missing = [name for name in self.IMMUTABLE if name in self.__dict__ and name not in self._stored]
        if missing:
            self._stored |= Revision.objects.values(*missing).get(pk=self._stored["id"])
        return self._stored


def text_digest(title: str, summary: str, body: str) -> str:
    """Tells two texts apart: the same words give the same digest."""
    return hashlib.sha256("\0".join((title, summary, body)).encode()).hexdigest()


class ReviewComment(models.Model):
    """What somebody says to one line of a revision, or to all of it."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    line = models.PositiveIntegerField(
        null=True, blank=True, help_text="A line of the body, from 1; none: all of it."
    )
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.author} on {self.revision}"


class Link(models.Model):
    """A target that a revision links to, kept from the moment it is published."""

    class Kind(models.TextChoices):
        ARTICLE = "article", "Another article, by its name"
        ATTACHMENT = "attachment", "A picture of the knowledge base, by its key"
        WEB = "web", "An address elsewhere"

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=12, choices=Kind)
    target = models.CharField(max_length=2_000)
    checked_at = models.DateTimeField(null=True, blank=True)
    broken_since = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "revision"])]

    def __str__(self) -> str:
        return self.target
