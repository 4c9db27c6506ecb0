"""Tickets, and the queues that they stand in."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import OutgoingMail
from escalation.handoff.urgency import Level
from escalation.workflow import DONE, IN_WORDS, UNDONE, Status
from kb.models import Article, Reader
from search.models import Conversation

if TYPE_CHECKING:
    from escalation.models.incoming import TicketFile

FIRST_NUMBER = 1000
MOST_COUNTED = 1000
WEIGHTS = {level: weight for weight, level in enumerate(Level)}


class TicketQuerySet(models.QuerySet["Ticket"]):
    def visible_to(self, user: Reader) -> Self:
        """The one rule of who sees a ticket: whoever asked, and whoever works on it."""
        if not isinstance(user, PermissionsMixin) or not user.is_active:
            return self.none()
        own = Q(requester=user.pk)
        return self.filter(own | _workable_rule(user)) if _works_here(user) else self.filter(own)

    def workable_by(self, user: Reader) -> Self:
        """Those that a person of the desk works on. Of a confidential queue that is its own people alone.

        Whoever asked sees their ticket as everybody else does: notes about it, and its moves, are not theirs.
        """
        if not isinstance(user, PermissionsMixin) or not user.is_active or not _works_here(user):
            return self.none()
        return self.filter(_workable_rule(user))

    def undone(self) -> Self:
        return self.exclude(status__in=DONE)

    def in_view(self, view: str, user: Reader) -> Self:
        """One of the desk's views; VIEWS names them."""
        return self.filter(_view_rule(view, user))

    def view_counts(self, user: Reader) -> dict[str, int]:
        """How many tickets each of the desk's views holds, as far as MOST_COUNTED: counting all takes too long."""
        return {view: self.in_view(view, user).order_by()[:MOST_COUNTED].count() for view in VIEWS}


VIEWS: dict[str, str] = {
    "unassigned": "Open, nobody has it",
    "mine": "Mine",
    "late": "Late",
    "waiting": "Waiting for an answer",
    "resolved": "Resolved",
    "all": "All",
}


def _works_here(user: PermissionsMixin) -> bool:
    return user.has_perm("escalation.work_ticket")


def _workable_rule(user: Reader) -> Q:
    closed_to_them = Queue.objects.filter(confidential=True).exclude(members=user.pk)
    return Q(queue__isnull=True) | ~Q(queue__in=closed_to_them)


def _view_rule(view: str, user: Reader) -> Q:
    rules = {
        "unassigned": Q(status=Status.OPEN, assignee=None),
        "mine": Q(assignee=user.pk, status__in=UNDONE),
        "late": Q(due_at__lte=timezone.now()),
        "waiting": Q(status=Status.WAITING),
        "resolved": Q(status__in=DONE),
    }
    return rules.get(view, Q(pk__isnull=False))


class Queue(models.Model):
    """A pile of tickets that the same people work on. A ticket in none waits for triage."""

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(
        max_length=300, blank=True, help_text="What belongs here, for whoever sorts."
    )
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="queues", blank=True)
    confidential = models.BooleanField(
        default=False, help_text="Only its members see its tickets: for harassment, health and the like."
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Impact(models.TextChoices):
    """How many are hit: with urgency it makes the priority (ITIL's impact and urgency)."""

    PERSON = "person", "One person"
    TEAM = "team", "A team"
    COMPANY = "company", "Many teams"


class Sensitivity(models.TextChoices):
    """What people handle, never a machine."""

    HARASSMENT = "harassment", "Harassment or threats"
    HEALTH = "health", "Health"
    LOST_DEVICE = "lost_device", "A lost or stolen device"
    PHISHING = "phishing", "Somebody fell for a fraud"
    DISTRESS = "distress", "Somebody is in distress"


class Ticket(models.Model):
    """Somebody's request to a human."""

    class Reason(models.TextChoices):
        ASKED = "asked", "Asked for a person"
        NOT_HELPFUL = "not_helpful", "What was found did not help"
        UNSURE = "unsure", "We were not sure of an answer"
        MISSING = "missing", "No article covers it"
        SENSITIVE = "sensitive", "A matter for people"
        OUTAGE = "outage", "Something is down"
        UNAVAILABLE = "unavailable", "Search was not available"

    class Channel(models.TextChoices):
        PAGE = "page", "Page"
        MAIL = "mail", "E-mail"
        API = "api", "API"

    requester = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tickets")
    subject = models.CharField(max_length=200)
    description = models.TextField(blank=True, help_text="What the person added in their own words.")
    status = models.CharField(
        max_length=20, choices=[(s.value, s.value) for s in Status], default=Status.OPEN.value
    )
    priority = models.CharField(
        max_length=20, choices=[(p.value, p.value) for p in Level], default=Level.NORMAL.value
    )
    # Of the priority, for sorting: kept in step by save().
    weight = models.PositiveSmallIntegerField(default=WEIGHTS[Level.NORMAL], editable=False)
    urgency = models.CharField(
        max_length=20, choices=[(p.value, p.value) for p in Level], default=Level.NORMAL.value
    )
    impact = models.CharField(max_length=20, choices=Impact, default=Impact.PERSON)
    sensitivity = models.CharField(max_length=20, choices=Sensitivity, blank=True)
    reason = models.CharField(max_length=20, choices=Reason, default=Reason.ASKED)
    channel = models.CharField(max_length=20, choices=Channel, default=Channel.PAGE)
    queue = models.ForeignKey(Queue, on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets")
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
    references = models.ManyToManyField(
        Article,
        related_name="referring_tickets",
        blank=True,
        help_text="Named along the way, without solving it.",
    )
    written_article = models.ForeignKey(
        Article, on_delete=models.SET_NULL, null=True, blank=True, related_name="written_from_tickets"
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="merged"
    )
    incident = models.ForeignKey(
        "escalation.Incident", on_delete=models.SET_NULL, null=True, blank=True, related_name="tickets"
    )
    watchers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="watched_tickets", blank=True)
    mails = models.ManyToManyField(OutgoingMail, related_name="tickets", editable=False)
    key = models.CharField(max_length=64, help_text="Of its form: the same form opens one ticket.")
    opened_at = models.DateTimeField(default=timezone.now)
    first_replied_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    # When it was promised, by the targets of its priority; moved on by the time that it waited for the requester.
    first_reply_due_at = models.DateTimeField(null=True, blank=True)
    resolution_due_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="What is promised next, of the two above; nothing while its clock stands still.",
    )
    waiting_since = models.DateTimeField(
        null=True, blank=True, help_text="Its clock stands still since then."
    )
    warned_at = models.DateTimeField(
        null=True, blank=True, help_text="When its people were told that time runs out."
    )

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        permissions = [
            ("work_ticket", "Can work ticket"),
            ("lead_ticket", "Can lead ticket"),  # queues, rules, targets, what could not be delivered
        ]
        constraints = [models.UniqueConstraint(fields=["requester", "key"], name="one_ticket_per_form")]
        indexes = [
            models.Index(fields=["status", "assignee"]),
            models.Index(fields=["status", "-weight", "opened_at", "id"], name="ticket_most_urgent"),
            models.Index(fields=["requester", "-opened_at"], name="ticket_of_requester"),
            models.Index(fields=["queue", "status"], name="ticket_of_queue"),
            models.Index(fields=["due_at", "id"], name="ticket_due"),
            models.Index(fields=["-opened_at", "-id"], name="ticket_newest"),
            models.Index(fields=["-weight", "opened_at", "id"], name="ticket_by_weight"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The weight follows the priority, also where only some fields are saved."""
        self.weight = WEIGHTS[Level(self.priority)]
        fields = kwargs.get("update_fields")
        if fields is not None and "priority" in fields:
            kwargs["update_fields"] = {*fields, "weight"}
        super().save(*args, **kwargs)

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

    @property
    def files_sent(self) -> "models.QuerySet[TicketFile]":
        """Those that came with its first words."""
        return self.files.filter(message__isnull=True)

    def get_absolute_url(self) -> str:
        return reverse("escalation:ticket", args=[self.pk])
