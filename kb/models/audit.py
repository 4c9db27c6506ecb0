"""The audit trail: who did what, when and why. Rows are added, and never changed or taken away."""

from typing import Any, Never

from django.conf import settings
from django.db import models


class TrailIsImmutable(Exception):
    """Somebody tried to change what happened."""


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def update(self, **values: Any) -> Never:
        raise TrailIsImmutable("What happened can't be changed.")

    def delete(self) -> Never:
        raise TrailIsImmutable("What happened can't be deleted.")


class AuditEvent(models.Model):
    """One thing that somebody did. Stays when the article or the person it names is gone."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=60, db_index=True)
    article = models.ForeignKey(
        "kb.Article", on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="trail"
    )
    revision = models.ForeignKey(
        "kb.Revision", on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True, help_text="What changed: {name: [before, after]}.")

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; TrailIsImmutable for one that is there."""
        if not self._state.adding:
            raise TrailIsImmutable("What happened can't be changed.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TrailIsImmutable("What happened can't be deleted.")
