"""Articles that were offered to somebody while they wrote to a person, and what became of that."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from escalation.models.tickets import Ticket
from kb.models import Article


class Offer(models.Model):
    """One article, once for each form. Opened is opened, helped is what they said, and a ticket was sent anyway."""

    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="offers")
    key = models.CharField(max_length=64, help_text="Of the form.")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    offered_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True, blank=True)
    helped_at = models.DateTimeField(null=True, blank=True)
    ticket = models.ForeignKey(
        Ticket,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="offers",
        help_text="That was sent anyway.",
    )

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["requester", "key", "article"], name="offered_once")]

    def __str__(self) -> str:
        return f"Article {self.article_id} offered to {self.requester_id}"
