"""What belongs to writing: copies that are being worked on, and pictures."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from kb.models.articles import Article
from kb.models.audiences import Reader
from kb.models.revisions import Link, Revision


class WorkingCopy(models.Model):
    """What somebody is typing, kept while they type. Theirs alone: it becomes a revision when they say so."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="working_copies"
    )
    article = models.ForeignKey(
        Article, on_delete=models.CASCADE, null=True, blank=True, related_name="working_copies"
    )
    based_on = models.ForeignKey(Revision, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=200, blank=True)
    summary = models.CharField(max_length=500, blank=True)
    body = models.TextField(blank=True)
    change_note = models.CharField(max_length=300, blank=True)
    settings = models.JSONField(
        default=dict, blank=True, help_text="What a new article will be: kind, category, audience and so on."
    )
    version = models.PositiveIntegerField(
        default=0, help_text="Counts saves, so that two tabs notice each other."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-saved_at"]
        verbose_name_plural = "working copies"
        constraints = [
            models.UniqueConstraint(
                fields=["author", "article"], name="one_working_copy_per_author_and_article"
            )
        ]

    def __str__(self) -> str:
        return self.title or "Untitled"


def random_key() -> str:
    """A part of an address that nobody guesses."""
    return uuid.uuid4().hex


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def shown_to(self, user: Reader) -> Self:
        """Pictures in the live text of an article that the person may read."""
        in_live_text = Link.objects.filter(
            kind=Link.Kind.ATTACHMENT,
            revision=OuterRef("article__live_revision"),
            target=OuterRef("key"),
        )
        readable = Article.objects.visible_to(user).values("pk")
        return self.filter(Exists(in_live_text), article__in=readable)

    def workable_for(self, user: Reader) -> Self:
        """For people who write: those of any article in their audiences, and what they uploaded for a new one."""
        mine = Article.objects.in_audience_of(user).values("pk")
        return self.filter(Q(article__in=mine) | Q(article__isnull=True, uploaded_by=user.pk))


class Attachment(models.Model):
    """A picture of an article, re-encoded from what somebody uploaded, served only to readers of its article."""

    key = models.CharField(max_length=32, unique=True, default=random_key, editable=False)
    article = models.ForeignKey(
        Article, on_delete=models.CASCADE, null=True, blank=True, related_name="attachments"
    )
    file = models.FileField(upload_to="attachments/%Y/%m/")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(auto_now_add=True)

    objects = AttachmentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("kb:attachment", args=[self.key])
