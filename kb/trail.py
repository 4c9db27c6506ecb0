"""The audit trail as a person may read it: of articles in their audiences alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from kb.models import Article, Audience, AuditEvent, Revision
from kb.workflow import Governance

ANOTHER_AUDIENCE = "another audience"


@dataclass(frozen=True)
class Change:
    """A setting that was changed, its name in words, before and after."""

    field: str
    name: str
    before: str
    after: str


def events_for(user: User) -> QuerySet[Any]:
    """What was done to articles in the person's audiences, the newest first, each with `shown_title`.

    What belongs to no article (changes of audiences) is for those who administer the site.
    """
    mine = Q(article__in=Article.objects.in_audience_of(user).values("pk"))
    visible = mine | Q(article__isnull=True) if user.is_superuser else mine
    newest = Revision.objects.filter(article=OuterRef("article")).order_by("-number").values("title")[:1]
    return (
        AuditEvent.objects.filter(visible)
        .select_related("revision")
        .defer("revision__body", "revision__summary")
        .annotate(shown_title=Coalesce(F("article__live_revision__title"), Subquery(newest)))
        .order_by("-pk")
    )


def narrowed(events: QuerySet[Any], *, article: Article | None, person: str, action: str) -> QuerySet[Any]:
    """Only those of one article, by people with this in their name, or of one kind."""
    if article:
        events = events.filter(article=article.pk)
    if person:
        events = events.filter(actor_name__icontains=person)
    return events.filter(action=action) if action else events


def actions() -> list[str]:
    """All that is ever recorded, for a filter; which articles it was done to, nobody learns from it."""
    return sorted(AuditEvent.objects.order_by().values_list("action", flat=True).distinct())


@dataclass(frozen=True)
class Known:
    """What the trail may call by its name to a reader: audiences they are in, and people by what they are called."""

    audiences: frozenset[str]
    people: Mapping[str, str]


def known_to(user: User, events: Iterable[AuditEvent]) -> Known:
    """What these events may name to a person, in two queries."""
    owners = {value for event in events for value in event.details.get("owner", ()) if value}
    people = {person.username: person.display_name for person in User.objects.filter(username__in=owners)}
    return Known(frozenset(Audience.objects.of(user).values_list("name", flat=True)), people)


def changes_of(event: AuditEvent, known: Known) -> Iterator[Change]:
    """What an event changed, in words. Audiences that the reader is not in go unnamed."""
    for name, values in event.details.items():
        before, after = (_told(name, value, known) for value in values)
        yield Change(name, _NAMES.get(name, name.replace("_", " ")), before, after)


def last_change_of(article: Article, name: str) -> AuditEvent | None:
    """Who last changed a setting of an article."""
    return AuditEvent.objects.filter(article=article.pk, details__has_key=name).order_by("-pk").first()


_DAYS = {"review_by"}
_MOMENTS = {"expires_at", "publish_at"}
_NAMES = {"review_by": "review by", "expires_at": "shown until", "publish_at": "goes live"}
_VALUES: Mapping[str, Mapping[str, str]] = {
    "kind": dict(Article.Kind.choices),
    "governance": {
        Governance.EXPERIENCE.value: "Those who work with it (experience)",
        Governance.COMPLIANCE.value: "An office (compliance)",
    },
}


def _told(name: str, value: str | None, known: Known) -> str:
    if value in (None, ""):
        return "nothing"
    if name == "audience" and value not in known.audiences:
        return ANOTHER_AUDIENCE
    if name == "owner":
        return known.people.get(value, value)
    if name in _MOMENTS:
        return date_format(timezone.localtime(datetime.fromisoformat(value)), "j F Y, H:i")
    if name in _DAYS:
        return date_format(date.fromisoformat(value), "j F Y")
    return _VALUES.get(name, {}).get(value, value)
