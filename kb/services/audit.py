"""Writing the audit trail, inside the transaction of what it tells."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from kb.models import Article, AuditEvent, Revision

Changes = Mapping[str, tuple[Any, Any]]


def record(
    action: str,
    *,
    by: User | None,
    article: Article | None = None,
    revision: Revision | None = None,
    reason: str = "",
    changes: Changes | None = None,
) -> None:
    """Add what was just done. `by` None stands for the clock: a text that went live at the time it was given."""
    AuditEvent.objects.create(
        actor=by,
        actor_name=by.display_name if by else "The clock",
        action=action,
        article=article or (revision.article if revision else None),
        revision=revision,
        reason=reason,
        details={name: [_told(before), _told(after)] for name, (before, after) in (changes or {}).items()},
    )


def _told(value: Any) -> str | None:
    return None if value is None else str(value)
