"""Mail that came in, kept before anything is done with it, and the files that came with tickets."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from escalation.models.messages import Message
from escalation.models.tickets import Ticket
from kb.models import Reader
from kb.models.writing import random_key


class IncomingMailQuerySet(models.QuerySet["IncomingMail"]):
    def due(self) -> Self:
        """New, and claimed by nobody who is still at it."""
        unclaimed = Q(claimed_at__isnull=True) | Q(claimed_at__lt=timezone.now() - IncomingMail.CLAIM_LASTS)
        return self.filter(unclaimed, state=IncomingMail.State.NEW)


class IncomingMail(models.Model):
    """A mail as it came. The row is the job: it is there before the mailbox is told, and the same mail is one row."""

    CLAIM_LASTS = timedelta(minutes=10)

    class State(models.TextChoices):
        NEW = "new", "Not looked at yet"
        TAKEN = "taken", "On a ticket"
        IGNORED = "ignored", "Sent by a machine"
        HELD = "held", "Waits for a person"
        PUT_AWAY = "put_away", "Put away by a person"

    digest = models.CharField(
        max_length=64, unique=True, help_text="Of its id and sender, so that it comes once."
    )
    raw = models.BinaryField()
    sender = models.CharField(max_length=320, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=20, choices=State, default=State.NEW)
    why = models.CharField(max_length=300, blank=True)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    ticket = models.ForeignKey(
        Ticket, on_delete=models.SET_NULL, null=True, blank=True, related_name="incoming_mails"
    )

    objects = IncomingMailQuerySet.as_manager()

    class Meta:
        ordering = ["received_at", "pk"]
        verbose_name_plural = "incoming mail"
        indexes = [
            models.Index(fields=["state", "received_at"], name="incoming_by_state"),
            models.Index(fields=["sender", "received_at"], name="incoming_of_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} from {self.sender}"


class TicketFileQuerySet(models.QuerySet["TicketFile"]):
    def visible_to(self, user: Reader) -> Self:
        """Those of tickets that the person may see; what came with a note is for the desk only."""
        of_a_note = Q(message__kind=Message.Kind.NOTE)
        seen = Q(ticket__in=Ticket.objects.visible_to(user)) & (Q(message=None) | ~of_a_note)
        return self.filter(seen | Q(ticket__in=Ticket.objects.workable_by(user)))


class TicketFile(models.Model):
    """A file on a ticket, checked when it came, for whoever may see the ticket."""

    key = models.CharField(max_length=32, unique=True, default=random_key, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="files")
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="files"
    )
    file = models.FileField(upload_to="tickets/%Y/%m/")
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(help_text="In bytes.")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = TicketFileQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("escalation:file", args=[self.key])
