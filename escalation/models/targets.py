"""What is promised: how soon a ticket is answered and resolved, counted in the hours when the desk is open."""

from django.core.exceptions import ValidationError
from django.db import models

from escalation.handoff.urgency import Level

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class ServiceTarget(models.Model):
    """For tickets of a priority; both are counted in open hours."""

    priority = models.CharField(
        max_length=20, choices=[(level.value, level.value) for level in Level], unique=True
    )
    first_reply = models.DurationField()
    resolution = models.DurationField()

    def __str__(self) -> str:
        return f"{self.priority}: first reply {self.first_reply}, resolution {self.resolution}"


class OpeningHours(models.Model):
    """When the desk is open on a weekday, by the clock of the site; without any row it never closes."""

    weekday = models.PositiveSmallIntegerField(choices=list(enumerate(WEEKDAYS)))
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        ordering = ["weekday", "opens"]
        verbose_name_plural = "opening hours"

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.opens:%H:%M} to {self.closes:%H:%M}"

    def clean(self) -> None:
        if self.opens and self.closes and self.opens >= self.closes:
            raise ValidationError({"closes": "The desk has to close after it opens."})


class Holiday(models.Model):
    """A day on which the desk is closed."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.name}, {self.day}"
