"""The pack that was sent with a ticket: written once, and never changed."""

from typing import Any

from django.db import models

from escalation.handoff.pack import Pack, digest_of
from escalation.models.tickets import Ticket


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
