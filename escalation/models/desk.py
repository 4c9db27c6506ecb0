"""What agents keep for themselves and each other: replies they use again, views of the queue, who is typing."""

from django.conf import settings
from django.db import models

from escalation.models.tickets import Queue, Ticket


class CannedReply(models.Model):
    """Words that are sent again and again; {{ requester }} and the like are filled in before an agent edits them."""

    title = models.CharField(max_length=100)
    body = models.TextField()
    queue = models.ForeignKey(
        Queue, on_delete=models.CASCADE, null=True, blank=True, help_text="Empty: for all."
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        help_text="Empty: everybody's.",
    )

    class Meta:
        ordering = ["title", "pk"]
        verbose_name_plural = "canned replies"

    def __str__(self) -> str:
        return self.title


class SavedView(models.Model):
    """A choice of tickets that somebody looks at every day, as the query of the queue's address."""

    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        help_text="Empty: everybody's.",
    )

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_view_of_a_name")]

    def __str__(self) -> str:
        return self.name


class Presence(models.Model):
    """Who has a ticket open, and when they last typed: so that two people don't answer at once."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="presences")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    seen_at = models.DateTimeField()
    typed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "agent"], name="one_presence_of_an_agent")]

    def __str__(self) -> str:
        return f"{self.agent_id} on {self.ticket_id}"
