"""Who wants to hear of a ticket, and who has it open right now."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from escalation.models import Presence, Ticket
from escalation.services.working import require_agent

# A page says every 15 seconds that it is open; one that has been silent for longer was closed.
HERE_FOR = timedelta(seconds=60)
TYPING_FOR = timedelta(seconds=30)
KEPT_FOR = timedelta(days=1)


@transaction.atomic
def watch(*, ticket: Ticket, user: User) -> None:
    """Tell somebody of the desk by mail what is said on a ticket and how it stands, from now on."""
    require_agent(user, ticket)
    ticket.watchers.add(user)


def unwatch(*, ticket: Ticket, user: User) -> None:
    """No more of that."""
    ticket.watchers.remove(user)


@dataclass(frozen=True)
class Other:
    """Somebody else who has the ticket open."""

    name: str
    is_typing: bool


def be_here(*, ticket: Ticket, agent: User, typing: bool = False) -> list[Other]:
    """Say that somebody has a ticket open, and perhaps types; who else has."""
    now = timezone.now()
    seen = {"seen_at": now, **({"typed_at": now} if typing else {})}
    Presence.objects.update_or_create(ticket=ticket, agent=agent, defaults=seen)
    Presence.objects.filter(agent=agent, seen_at__lt=now - KEPT_FOR).delete()
    others = ticket.presences.exclude(agent=agent).filter(seen_at__gt=now - HERE_FOR)
    return [
        Other(each.agent.display_name, bool(each.typed_at and each.typed_at > now - TYPING_FOR))
        for each in others.select_related("agent").order_by("agent__first_name", "agent")
    ]
