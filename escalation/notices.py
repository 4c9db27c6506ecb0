"""What people are told of incidents, and which tickets are about one: reads."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Prefetch, Q

from accounts.models import User
from escalation.incidents.matching import Signs, is_about
from escalation.models import Incident, IncidentUpdate, Ticket
from kb.models import Reader

# Somebody may have seen it before it was declared.
BEFORE = timedelta(days=1)
MOST_LOOKED_AT = 500
MOST_OFFERED = 100


@dataclass(frozen=True)
class Notice:
    """An incident as those whom it hits read it: the words it was declared with, and the latest ones since."""

    incident: Incident
    latest: IncidentUpdate | None

    @property
    def words(self) -> str:
        return self.latest.words if self.latest else self.incident.words

    @property
    def first_words(self) -> str:
        """What it was declared with, such as what to do meanwhile: while it goes on, and something was said since."""
        return self.incident.words if self.latest and self.incident.is_open else ""

    @property
    def at(self) -> datetime:
        return self.latest.at if self.latest else self.incident.declared_at

    def is_about(self, text: str) -> bool:
        return is_about(text, signs_of(self.incident))


def signs_of(incident: Incident) -> Signs:
    """By what a text about it is known."""
    return Signs.of(incident.title, incident.keywords)


def notices_for(user: Reader) -> list[Notice]:
    """What is wrong just now, as far as this person is told."""
    updates = Prefetch("updates", IncidentUpdate.objects.order_by("-at", "-pk"))
    return [
        notice_of(incident) for incident in Incident.objects.open().told_to(user).prefetch_related(updates)
    ]


def notice_of(incident: Incident) -> Notice:
    """Of one whose updates are there, the latest first, or are still to be asked for."""
    if "updates" in getattr(incident, "_prefetched_objects_cache", {}):
        return Notice(incident, next(iter(incident.updates.all()), None))
    return Notice(incident, incident.updates.order_by("-at", "-pk").first())


def about(notices: Iterable[Notice], texts: Iterable[str]) -> list[Notice]:
    """Those that any of the texts is about."""
    together = "\n".join(texts)
    return [notice for notice in notices if notice.is_about(together)]


def tickets_like(incident: Incident, user: User) -> list[Ticket]:
    """Open tickets of about that time that read as if they were about it and are linked to none, the newest first."""
    since = incident.declared_at - BEFORE
    tickets = Ticket.objects.workable_by(user).undone().filter(incident__isnull=True, opened_at__gte=since)
    if incident.ended_at:
        tickets = tickets.filter(opened_at__lte=incident.ended_at)
    newest = tickets.select_related("requester").order_by("-opened_at", "-pk")[:MOST_LOOKED_AT]
    signs = signs_of(incident)
    found = [ticket for ticket in newest if is_about(f"{ticket.subject}\n{ticket.description}", signs)]
    return found[:MOST_OFFERED]


def linked_tickets(incident: Incident, user: User) -> list[Ticket]:
    """What is linked to it and this person may see, what is still open first."""
    tickets = Ticket.objects.workable_by(user).filter(incident=incident).select_related("requester")
    return sorted(tickets.order_by("-opened_at", "-pk")[:MOST_LOOKED_AT], key=lambda ticket: ticket.is_done)


def told_people(incident: Incident, people: Collection[int]) -> list[User]:
    """Those of them whom its words are meant for."""
    found = User.objects.filter(pk__in=people, is_active=True)
    audience = incident.audience
    if audience and not audience.everyone:
        found = found.filter(Q(is_superuser=True) | Q(groups__audiences=audience)).distinct()
    return list(found.order_by("pk"))
