"""The same thing done to many tickets: each by itself, and one that is refused stops no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied

from accounts.models import User
from escalation.models import Ticket
from escalation.workflow import Refused


@dataclass(frozen=True)
class Outcome:
    """What became of one ticket: done, or why not."""

    ticket_id: int
    refusal: str = ""


def one_by_one(numbers: Sequence[int], by: User, act: Callable[[Ticket], object]) -> list[Outcome]:
    """Do it to those that the person may see, in their order; the others are not named."""
    visible = Ticket.objects.workable_by(by).select_related("requester").in_bulk(list(numbers))
    return [Outcome(pk, _refusal(visible[pk], act)) for pk in numbers if pk in visible]


def _refusal(ticket: Ticket, act: Callable[[Ticket], object]) -> str:
    try:
        act(ticket)
    except (Refused, PermissionDenied) as refused:
        return str(refused)
    except Ticket.DoesNotExist:
        return "It is not there any more."
    return ""
