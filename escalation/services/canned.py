"""Replies that are used again and again: one's own, and everybody's, which leads look after."""

from django.conf import settings
from django.core.exceptions import PermissionDenied

from accounts.models import User
from escalation.models import CannedReply, Queue, Ticket
from escalation.working.placeholders import filled


def keep_canned_reply(
    *,
    by: User,
    title: str,
    body: str,
    shared: bool,
    queue: Queue | None = None,
    reply: CannedReply | None = None,
) -> CannedReply:
    """Write a reply to use again, or change one."""
    if reply is not None:
        require_may_change(by, reply)
    _require(by, shared=shared)
    kept = reply or CannedReply()
    kept.title, kept.body, kept.queue, kept.owner = title, body, queue, None if shared else by
    kept.save()
    return kept


def drop_canned_reply(*, reply: CannedReply, by: User) -> None:
    """Throw one away. What was sent with it stays sent."""
    require_may_change(by, reply)
    reply.delete()


def words_for(reply: CannedReply, *, ticket: Ticket, by: User) -> str:
    """The reply with its gaps filled for this ticket, for an agent to edit."""
    person = ticket.requester
    values = {
        "requester": person.display_name,
        "first_name": person.first_name or person.display_name,
        "agent": by.display_name,
        "number": ticket.number,
        "subject": ticket.subject,
        "link": f"{settings.SITE_URL}{ticket.get_absolute_url()}",
    }
    return filled(reply.body, values)


def require_may_change(user: User, reply: CannedReply) -> None:
    """PermissionDenied for somebody else's, and for everybody's unless one leads."""
    if reply.owner_id is not None and reply.owner_id != user.pk:
        raise PermissionDenied("This reply is somebody else's.")
    _require(user, shared=reply.owner_id is None)


def _require(user: User, *, shared: bool) -> None:
    if not user.has_perm("escalation.lead_ticket" if shared else "escalation.work_ticket"):
        raise PermissionDenied("Replies for everybody are looked after by leads.")
