"""Telling other systems: where to, what is still to be delivered, what they called the ticket, what they said back."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from escalation.models.tickets import Ticket


class Endpoint(models.Model):
    """A system outside that is told of tickets by webhook (standardwebhooks.com)."""

    class Kind(models.TextChoices):
        PLAIN = "plain", "Standard Webhooks"
        SERVICENOW = "servicenow", "ServiceNow"
        JIRA = "jira", "Jira Service Management"
        ZENDESK = "zendesk", "Zendesk"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.PLAIN)
    url = models.URLField(max_length=500)
    secret_name = models.CharField(
        max_length=100,
        help_text="The environment variable that holds the secret which signs: never the secret itself.",
    )
    events = models.JSONField(default=list, help_text="Which events it is told of; none means all.")
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> Self:
        """Not delivered, and not given up."""
        return self.filter(delivered_at__isnull=True, gave_up_at__isnull=True)

    def due(self) -> Self:
        """Waiting, claimed by nobody who is still at it, and its pause after a failure is over."""
        now = timezone.now()
        unclaimed = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - Delivery.CLAIM_LASTS)
        return self.waiting().filter(unclaimed, due_at__lte=now)

    def dead(self) -> Self:
        """Given up: nobody tries any more, unless somebody sends it again."""
        return self.filter(delivered_at__isnull=True, gave_up_at__isnull=False)


class Delivery(models.Model):
    """One event for one endpoint. The row is the job; its event_id is the key by which a receiver knows a repeat."""

    CLAIM_LASTS = timedelta(minutes=2)
    GIVE_UP_AFTER = timedelta(days=2)

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=50)
    event_id = models.CharField(max_length=64, unique=True)
    payload = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    gave_up_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["delivered_at", "due_at"])]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint}"


class RemoteTicket(models.Model):
    """What a system outside calls the ticket, and where it stands there."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="remotes")
    remote_id = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True)
    status = models.CharField(max_length=100, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "remote_id"], name="one_ticket_per_remote_id"),
            models.UniqueConstraint(fields=["endpoint", "ticket"], name="one_remote_per_ticket"),
        ]

    def __str__(self) -> str:
        return f"{self.remote_id} at {self.endpoint}"


class InboundEvent(models.Model):
    """An event that came from outside and was acted on: sent again, it is known."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE)
    event_id = models.CharField(max_length=200)
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_id"], name="one_event_once")]

    def __str__(self) -> str:
        return self.event_id
