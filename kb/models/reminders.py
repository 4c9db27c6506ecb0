"""Mail that reminds people of their articles: at most one a day for each."""

from django.conf import settings
from django.db import models


class Reminder(models.Model):
    """The reminder that a person got on a day, and what it told: what is told already is no news tomorrow."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminders")
    day = models.DateField()
    told = models.JSONField(default=list)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["person", "day"], name="one_reminder_a_day")]

    def __str__(self) -> str:
        return f"{self.person} on {self.day}"
