"""What is said and done on a ticket."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from escalation.models.tickets import Ticket


class Message(models.Model):
    """One thing said or done on a ticket, in order. A note is for the desk only."""

    class Kind(models.TextChoices):
        REPLY = "reply", "Reply"
        NOTE = "note", "Internal note"
        EVENT = "event", "What happened"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ticket_messages"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    event = models.CharField(max_length=20, blank=True, help_text="Of an event: what was done, as one word.")
    body = models.TextField()
    channel = models.CharField(max_length=20, choices=Ticket.Channel, default=Ticket.Channel.PAGE)
    mentions = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="mentioned_in", blank=True, help_text="Who is meant by a note."
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.ticket.number}"
