"""Articles: a place in the knowledge base with an address, an owner, an audience and a term."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from kb.models.audiences import Audience, Reader
from kb.workflow import Confidence, Governance, confidence_of

if TYPE_CHECKING:
    from kb.models.revisions import Revision

# No vowels, so that chance writes no words; nothing that is read as something else.
NAME_LETTERS = "23456789bcdfghjkmnpqrstvwxz"

PAGES_OF_AN_ARTICLE = {"archive", "compare", "confirm", "edit", "flag", "history", "settings", "vote"}


class Category(models.Model):
    """A shelf that readers browse."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    description = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=100)
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="led_categories",
        help_text="Hears of articles whose owner does not answer reminders; without one, the coaches do.",
    )

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

    def locked(self, pk: int) -> Article:
        """The article as it is now, and nobody else's to change until the transaction ends.

        Its relations are read afterwards, each by a query of its own: PostgreSQL would join the row it had to
        wait for with the relations as they were before, and find nothing when somebody changed one meanwhile.
        """
        return self.select_for_update().get(pk=pk)

    def with_confidence(self) -> Self:
        """Each with what its confidence rests on, so that a list asks the database once."""
        doubts = self.model._meta.get_field("flags").related_model.objects.doubts()  # type: ignore[union-attr]
        return self.annotate(is_doubted=Exists(doubts.filter(article=OuterRef("pk"))))


def random_name() -> str:
    """A name for links and files that no other article has."""
    return f"article-{get_random_string(8, NAME_LETTERS)}"


def name_from(title: str) -> str:
    """A name that tells what the article is about; its random end says nothing of which names are taken."""
    return f"{slugify(title)[:60].strip('-') or 'article'}-{get_random_string(4, NAME_LETTERS)}"


class Article(models.Model):
    """A place in the knowledge base with an address, an owner and an audience; its words are its revisions."""

    class Kind(models.TextChoices):
        HOW_TO = "how-to", "How-to"
        TROUBLESHOOTING = "troubleshooting", "Troubleshooting"
        FAQ = "faq", "Questions and answers"
        POLICY = "policy", "Policy"
        KNOWN_ERROR = "known-error", "Known error"

    external_id = models.CharField(
        max_length=200,
        unique=True,
        default=random_name,
        help_text="Its name in links (article:name), in exports, and where it was imported from. Never changes.",
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
    governance = models.CharField(
        max_length=20,
        choices=[(governance.value, governance.value) for governance in Governance],
        default=Governance.EXPERIENCE,
        help_text="Experience: those who use it keep it right. Compliance: a Publisher approves every change.",
    )
    review_by = models.DateField(null=True, blank=True)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="From this moment on nobody is shown it."
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    replaced_by = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replaces",
        help_text="Where its readers are sent once it is archived.",
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
    def words(self) -> Revision:
        """The live revision of an article that is known to have one; LookupError otherwise."""
        if self.live_revision is None:
            raise LookupError(f"Article {self.pk} is not published.")
        return self.live_revision

    @property
    def is_overdue(self) -> bool:
        """Whether its review is late, which readers are told."""
        return self.review_by is not None and self.review_by < timezone.localdate()

    @property
    def confidence(self) -> Confidence:
        """How far a reader may rely on it, in KCS's words: follows from its state, so it is never out of date."""
        doubted = getattr(self, "is_doubted", None)
        if doubted is None:
            doubted = self.flags.doubts().exists()
        return confidence_of(
            is_archived=self.archived_at is not None,
            is_live=self.live_revision_id is not None,
            is_doubted=doubted or self.is_overdue,
        )

    @property
    def slug(self) -> str:
        """The end of its address: its title, unless that is the name of one of its other pages."""
        slug = slugify(self.title) or "article"
        return f"{slug}-article" if slug in PAGES_OF_AN_ARTICLE else slug

    def get_absolute_url(self) -> str:
        return reverse("kb:article", args=[self.pk, self.slug])


class Redirect(models.Model):
    """An address that an article had before it came here."""

    path = models.CharField(
        max_length=300, unique=True, help_text="From the first slash on: /kb/12/old-title/"
    )
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="redirects")

    def __str__(self) -> str:
        return self.path
