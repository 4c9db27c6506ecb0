"""Governed articles: what is written, who may read it, and which text is live."""

import hashlib
from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from kb.workflow import State

Reader = AbstractBaseUser | AnonymousUser


class AudienceQuerySet(models.QuerySet["Audience"]):
    def of(self, user: Reader) -> Self:
        """The audiences that a person belongs to: none for somebody who is not signed in."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if getattr(user, "is_superuser", False):
            return self.all()
        return self.filter(Q(everyone=True) | Q(groups__user=user)).distinct()


class Audience(models.Model):
    """Who may read an article: everybody who signs in, or the members of some groups."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.CharField(max_length=200, blank=True)
    everyone = models.BooleanField(
        default=False, help_text="Everybody who can sign in; groups are then ignored."
    )
    groups = models.ManyToManyField(Group, blank=True, related_name="audiences")

    objects = AudienceQuerySet.as_manager()

    class Meta:
        ordering = ["-everyone", "name"]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A shelf that readers browse."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("kb:category", args=[self.slug])


class ArticleQuerySet(models.QuerySet["Article"]):
    def live(self) -> Self:
        """Published, and neither archived nor expired at this very moment."""
        return self.filter(live_revision__isnull=False).filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now())
        )

    def in_audience_of(self, user: Reader) -> Self:
        """In any state, for people who work on articles: those that the person would be allowed to read."""
        return self.filter(audience__in=Audience.objects.of(user).values("pk"))

    def visible_to(self, user: Reader) -> Self:
        """The one rule of what a person may see; every surface that shows anything of an article starts here."""
        return self.live().in_audience_of(user)


class Article(models.Model):
    """A place in the knowledge base with an address, an owner and an audience; its words are its revisions."""

    class Kind(models.TextChoices):
        HOW_TO = "how-to", "How-to"
        TROUBLESHOOTING = "troubleshooting", "Troubleshooting"
        FAQ = "faq", "Questions and answers"
        POLICY = "policy", "Policy"
        KNOWN_ERROR = "known-error", "Known error"

    external_id = models.CharField(
        max_length=200, unique=True, null=True, blank=True, help_text="Its name where it was imported from."
    )
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.HOW_TO)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="articles")
    audience = models.ForeignKey(Audience, on_delete=models.PROTECT, related_name="articles")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_articles",
    )
    live_revision = models.OneToOneField(
        "Revision", on_delete=models.RESTRICT, null=True, blank=True, editable=False, related_name="live_on"
    )
    review_by = models.DateField(null=True, blank=True)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="From this moment on nobody is shown it."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ArticleQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The live title, or the newest one of an article that was never published."""
        if self.live_revision:
            return self.live_revision.title
        newest = self.revisions.order_by("-number").first()
        return newest.title if newest else "Untitled"

    @property
    def words(self) -> "Revision":
        """The live revision of an article that is known to have one; LookupError otherwise."""
        if self.live_revision is None:
            raise LookupError(f"Article {self.pk} is not published.")
        return self.live_revision

    @property
    def is_overdue(self) -> bool:
        """Whether its review is late, which readers are told."""
        return self.review_by is not None and self.review_by < timezone.localdate()

    def get_absolute_url(self) -> str:
        return reverse("kb:article", args=[self.pk, slugify(self.title) or "article"])


class RevisionIsImmutable(Exception):
    """Somebody tried to change the words of a revision instead of writing a new one."""


class RevisionQuerySet(models.QuerySet["Revision"]):
    """Lets nobody change words by the row: as strict as saving one of them."""

    def update(self, **values: Any) -> int:
        """Also what bulk_update ends in."""
        immutable = {"pk", "article", "author", *self.model.IMMUTABLE}
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

    IMMUTABLE = ("id", "article_id", "number", "title", "summary", "body", "author_id", "digest")
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
    published_at = models.DateTimeField(null=True, blank=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["article", "-number"]
        permissions = [("approve_revision", "Can approve, change or refuse a revision in review")]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="revision_number_once"),
            models.UniqueConstraint(
                fields=["article"], condition=Q(state="published"), name="one_published_revision_per_article"
            ),
            models.CheckConstraint(
                condition=~Q(reviewed_by=models.F("author")), name="author_never_reviews_own_revision"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.PUBLISHED, State.ARCHIVED])
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


class Vote(models.Model):
    """A reader's word on the revision that they read: one each."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="votes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="votes")
    helpful = models.BooleanField()
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "user"], name="one_vote_per_revision_and_reader")
        ]

    def __str__(self) -> str:
        return f"{'helpful' if self.helpful else 'not helpful'}: {self.revision}"
