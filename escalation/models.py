"""What a hand-off leaves: the ticket, the pack that was sent with it, and what was said since."""

from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Case, Count, IntegerField, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from accounts.models import OutgoingMail
from escalation.handoff.pack import Pack, digest_of
from escalation.handoff.urgency import Level
from escalation.workflow import DONE, IN_WORDS, Status
from kb.models import Article, Reader
from search.models import Conversation

FIRST_NUMBER = 1000


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, user: Reader) -> Self:
        """The one rule of who sees a ticket: whoever asked, and whoever works on tickets."""
        if not isinstance(user, PermissionsMixin) or not user.is_active:
            return self.none()
        return self.all() if user.has_perm("escalation.work_ticket") else self.filter(requester=user.pk)

    def undone(self) -> Self:
        return self.exclude(status__in=DONE)

    def in_view(self, view: str, user: Reader) -> Self:
        """One of the desk's views; VIEWS names them."""
        return self.filter(_view_rule(view, user))

    def view_counts(self, user: Reader) -> dict[str, int]:
        """How many tickets each of the desk's views holds, in one query."""
        return self.aggregate(**{view: Count("pk", filter=_view_rule(view, user)) for view in VIEWS})

    def most_urgent_first(self) -> Self:
        """The most urgent first, among equals the one that waits longest."""
        weights = [When(priority=level.value, then=Value(weight)) for weight, level in enumerate(Level)]
        weighted = self.annotate(weight=Case(*weights, output_field=IntegerField()))
        return weighted.order_by("-weight", "opened_at", "pk")


VIEWS: dict[str, str] = {
    "unassigned": "Open, nobody has it",
    "mine": "Mine",
    "waiting": "Waiting for an answer",
    "resolved": "Resolved",
    "all": "All",
}


def _view_rule(view: str, user: Reader) -> Q:
    rules = {
        "unassigned": Q(status=Status.OPEN, assignee=None),
        "mine": Q(assignee=user.pk) & ~Q(status__in=DONE),
        "waiting": Q(status=Status.WAITING),
        "resolved": Q(status__in=DONE),
    }
    return rules.get(view, Q(pk__isnull=False))


class Ticket(models.Model):
    """Somebody's request to a human."""

    class Reason(models.TextChoices):
        ASKED = "asked", "Asked for a person"
        NOT_HELPFUL = "not_helpful", "What was found did not help"
        UNSURE = "unsure", "We were not sure of an answer"
        UNAVAILABLE = "unavailable", "Search was not available"

    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tickets")
    subject = models.CharField(max_length=200)
    description = models.TextField(blank=True, help_text="What the person added in their own words.")
    status = models.CharField(
        max_length=20, choices=[(s.value, s.value) for s in Status], default=Status.OPEN.value
    )
    priority = models.CharField(
        max_length=20, choices=[(p.value, p.value) for p in Level], default=Level.NORMAL.value
    )
    reason = models.CharField(max_length=20, choices=Reason, default=Reason.ASKED)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_tickets",
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    resolved_by_article = models.ForeignKey(
        Article, on_delete=models.SET_NULL, null=True, blank=True, related_name="resolved_tickets"
    )
    mails = models.ManyToManyField(OutgoingMail, related_name="tickets", editable=False)
    key = models.CharField(max_length=64, help_text="Of its form: the same form opens one ticket.")
    opened_at = models.DateTimeField(default=timezone.now)
    first_replied_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        permissions = [("work_ticket", "Can work ticket")]
        constraints = [models.UniqueConstraint(fields=["requester", "key"], name="one_ticket_per_form")]
        indexes = [models.Index(fields=["status", "assignee"])]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    @property
    def number(self) -> str:
        """What people call it when they talk about it."""
        return f"TZ-{FIRST_NUMBER + self.pk}"

    @property
    def is_done(self) -> bool:
        return self.status in DONE

    @property
    def status_in_words(self) -> str:
        return IN_WORDS[Status(self.status)]

    def get_absolute_url(self) -> str:
        return reverse("escalation:ticket", args=[self.pk])


class PackIsImmutable(Exception):
    """Somebody tried to change or delete what a person sent."""


NEVER_CHANGES = "A pack is what the person sent. It never changes."
NEVER_DELETED = "A pack is what the person sent. It is never deleted."


class HandoffPackQuerySet(models.QuerySet["HandoffPack"]):
    def update(self, **kwargs: Any) -> int:
        raise PackIsImmutable(NEVER_CHANGES)

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        raise PackIsImmutable(NEVER_CHANGES)

    def bulk_create(self, *args: Any, **kwargs: Any) -> list["HandoffPack"]:  # type: ignore[override]
        """It could write over what is there, and it takes no digest."""
        raise PackIsImmutable("Packs are written one by one.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise PackIsImmutable(NEVER_DELETED)

    def _raw_delete(self, using: str | None) -> int:
        raise PackIsImmutable(NEVER_DELETED)


class HandoffPack(models.Model):
    """What was sent with a ticket, for good. Only escalation.queries.pack_for reads it for a page: it masks it."""

    # PROTECT, so that no cascade takes a pack along with its ticket.
    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="pack")
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = HandoffPackQuerySet.as_manager()

    class Meta:
        # Otherwise the manager that Django works with inside would still change and delete.
        base_manager_name = "objects"

    def __str__(self) -> str:
        return f"What was sent with {self.ticket.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write it once; PackIsImmutable after that."""
        updates = kwargs.get("force_update") or kwargs.get("update_fields") is not None
        if updates or not self._state.adding:
            raise PackIsImmutable(NEVER_CHANGES)
        self.digest = digest_of(self.content)
        # Of a new object with the key of one that is there, Django would make an update.
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise PackIsImmutable(NEVER_DELETED)

    def as_pack(self) -> Pack:
        return Pack.from_json(self.content)

    @property
    def is_intact(self) -> bool:
        """Whether it is still what was sent, whoever had their hands on the database."""
        told = self.content.get("description", self.ticket.description)
        return digest_of(self.content) == self.digest and told == self.ticket.description


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
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.ticket.number}"
