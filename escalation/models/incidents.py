"""An incident: something is down for many, and people are told so before they ask."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from kb.models import Audience, Reader


class IncidentQuerySet(models.QuerySet["Incident"]):
    def open(self) -> Self:
        return self.filter(ended_at__isnull=True)

    def told_to(self, user: Reader) -> Self:
        """Those that a person is told of: meant for everybody who is signed in, or for an audience of theirs."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(Q(audience__isnull=True) | Q(audience__in=Audience.objects.of(user)))


class Incident(models.Model):
    """Declared by a person, in words for employees, and told to those whom it hits until it ends."""

    title = models.CharField(max_length=150, help_text="In words that employees use.")
    words = models.TextField(help_text="What is wrong, what to do meanwhile, when there is more to say.")
    keywords = models.TextField(
        blank=True, help_text="One word or phrase a line: questions with one are about it."
    )
    audience = models.ForeignKey(
        Audience, on_delete=models.PROTECT, null=True, blank=True, help_text="Who is told; empty: everybody."
    )
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering = ["-declared_at", "-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.ended_at is None

    def get_absolute_url(self) -> str:
        return reverse("escalation:incident", args=[self.pk])


class IncidentUpdate(models.Model):
    """What those whom it hits are told next."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    words = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    ends = models.BooleanField(default=False)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.incident}: {self.words[:50]}"
