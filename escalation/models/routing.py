"""Where tickets go: what a model suggests, what leads have ruled, and what was made of it."""

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models

from escalation.handoff.urgency import Level
from escalation.models.tickets import Queue, Sensitivity, Ticket
from kb.models import Audience, Category

LEVELS = [(level.value, level.value) for level in Level]


class RoutingRule(models.Model):
    """What a lead has ruled: all the conditions that are set have to hold, and the first rule that holds decides."""

    class Sentiment(models.TextChoices):
        UPSET = "upset", "Sounds upset"
        CALM = "calm", "Sounds calm"

    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)

    words = models.TextField(blank=True, help_text="One word or phrase a line; any of them is enough.")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, blank=True)
    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, null=True, blank=True)
    group = models.ForeignKey(
        Group, on_delete=models.CASCADE, null=True, blank=True, help_text="Such as VIP."
    )
    sentiment = models.CharField(max_length=20, choices=Sentiment, blank=True)
    sensitivity = models.CharField(max_length=20, choices=Sensitivity, blank=True)

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, null=True, blank=True)
    priority = models.CharField(max_length=20, choices=LEVELS, blank=True, help_text="At least this one.")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class RoutingSuggestion(models.Model):
    """What was suggested for a ticket when it came, and why; what became of the ticket tells whether it was right."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="suggestion")
    queue = models.ForeignKey(Queue, on_delete=models.SET_NULL, null=True, blank=True)
    priority = models.CharField(max_length=20, choices=LEVELS, blank=True)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    rule = models.ForeignKey(RoutingRule, on_delete=models.SET_NULL, null=True, blank=True)
    confidence = models.FloatField(null=True, blank=True, help_text="The chance that the queue is right.")
    reason = models.CharField(max_length=300, help_text="In one line.")
    applied = models.BooleanField(default=False, help_text="Whether it was sure enough to be done at once.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.ticket.number}: {self.reason}"


class TicketVector(models.Model):
    """A ticket's words as a vector, redone when the model changes: the database can do without it."""

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="vector")
    fingerprint = models.CharField(max_length=64)
    vector = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["fingerprint"])]

    def __str__(self) -> str:
        return f"Vector of {self.ticket_id}"
