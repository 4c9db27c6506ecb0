"""What was suggested for a ticket, as somebody of the desk may read it."""

import re
from dataclasses import dataclass

from accounts.models import User
from escalation.models import FIRST_NUMBER, RoutingSuggestion, Ticket

_EXAMPLE = re.compile(r", such as TZ-(\d{1,15})(?=\.)")


@dataclass(frozen=True)
class Suggested:
    """A suggestion, its reason without what the reader may not know, and what of it is left to do."""

    suggestion: RoutingSuggestion
    reason: str
    left: tuple[str, ...]

    @property
    def by_rule(self) -> bool:
        return self.suggestion.rule_id is not None

    @property
    def percent(self) -> int | None:
        """The chance that the queue is right, of a machine's guess."""
        chance = self.suggestion.confidence
        return None if chance is None or self.suggestion.queue is None else round(chance * 100)


def suggestion_for(ticket: Ticket, reader: User) -> Suggested | None:
    """What was suggested; None while nothing was, or for whoever does not work on tickets."""
    if not reader.has_perm("escalation.work_ticket"):
        return None
    kept = RoutingSuggestion.objects.select_related("queue", "assignee").filter(ticket=ticket).first()
    return Suggested(kept, reason_for(kept, reader), tuple(_left(kept, ticket))) if kept else None


def reason_for(suggestion: RoutingSuggestion, reader: User) -> str:
    """Why, in one line, naming no ticket that this person may not see now."""
    named = _EXAMPLE.search(suggestion.reason)
    if named is None:
        return suggestion.reason
    pk = int(named.group(1)) - FIRST_NUMBER
    is_visible = Ticket.objects.workable_by(reader).filter(pk=pk).exists()
    return suggestion.reason if is_visible else _EXAMPLE.sub("", suggestion.reason)


def _left(suggestion: RoutingSuggestion, ticket: Ticket) -> list[str]:
    """What an agent can still accept, in words; nothing once the ticket was moved elsewhere or is done."""
    if ticket.is_done or suggestion.rule_id or (ticket.queue_id and ticket.queue_id != suggestion.queue_id):
        return []
    left = []
    if suggestion.queue and ticket.queue_id is None:
        left.append(f"Move it to {suggestion.queue.name}")
    if suggestion.priority and suggestion.priority != ticket.priority:
        left.append(f"priority {suggestion.priority}")
    if suggestion.assignee and ticket.assignee_id is None:
        left.append(f"to {suggestion.assignee.display_name}")
    return left
