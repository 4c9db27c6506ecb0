"""Audiences: who may read what."""

from typing import Self

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group
from django.db import models
from django.db.models import Q

Reader = AbstractBaseUser | AnonymousUser


class AudienceQuerySet(models.QuerySet["Audience"]):
    def of(self, user: Reader) -> Self:
        """The audiences that a person belongs to: none for somebody who is not signed in.

        Somebody who looks at the site as one of their audiences has that one and what everybody has, no more.
        """
        mine = self._of(getattr(user, "behind", user))
        viewing_as: Audience | None = getattr(user, "viewing_as", None)
        return mine.filter(Q(everyone=True) | Q(pk=viewing_as.pk)) if viewing_as else mine

    def _of(self, user: Reader) -> Self:
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
    external = models.BooleanField(
        default=False,
        help_text="People from outside are among them: what they read, a Publisher approves.",
    )
    groups = models.ManyToManyField(Group, blank=True, related_name="audiences")

    objects = AudienceQuerySet.as_manager()

    class Meta:
        ordering = ["-everyone", "name"]

    def __str__(self) -> str:
        return self.name
