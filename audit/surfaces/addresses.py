"""What is named by its number: articles that somebody may open, and hidden things asked for outright."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from accounts.roles import Role
from audit.addresses import Thing
from audit.ground import WRITERS, Ground
from audit.standing import Place, may_know_of
from audit.visiting import Errand, Probe, Visitor
from kb.models import (
    Article,
    Audience,
    AuditEvent,
    Category,
    Flag,
    ReviewComment,
    Revision,
    WorkingCopy,
)
from search.models import Phrasing, Pin

UNKNOWN = 10**15
REVISIONS = 3
UNKNOWN_KEY = "0" * 32

PAGES_OF_ARTICLES = (
    "kb:vote", "kb:flag", "kb:edit", "kb:history", "kb:compare", "kb:settings", "kb:confirm", "kb:archive",
    "api-kb:article-detail", "api-kb:article-archive", "api-kb:article-confirm", "api-kb:article-flags",
    "api-kb:article-settings", "api-kb:article-vote", "search:phrasings", "api-search:phrasings",
    "search:add_pin",
)  # fmt: skip
PAGES_OF_REVISIONS = (
    "kb:revision", "kb:submit", "kb:comment", "kb:restore",
    "api-kb:revision-detail", "api-kb:revision-approve", "api-kb:revision-comments", "api-kb:revision-reject",
    "api-kb:revision-request-changes", "api-kb:revision-restore", "api-kb:revision-submit",
)  # fmt: skip
PAGES_OF_FLAGS = ("kb:close_flag", "api-kb:flag-detail", "api-kb:flag-close")
PAGES_OF_PINS = ("search:pin",)
PAGES_OF_COMMENTS = ("kb:resolve_comment",)
PAGES_OF_WORKING_COPIES = (
    "kb:write", "kb:autosave", "kb:preview", "kb:checklist", "kb:merge", "kb:discard", "kb:upload", "kb:find_links",
)  # fmt: skip
PAGES_OF_THE_TRAIL = ("api-kb:trail-detail",)
PAGES_OF_PHRASINGS = ("search:change_phrasing", "api-search:phrasing")
METHODS = ("get", "post")
NARROWED_TO_AN_ARTICLE = ("kb:trail", "api-kb:revision-list", "api-kb:flag-list", "api-kb:trail-list")
# What each calls a category or an audience by.
NARROWED_BY_NAME = {
    "kb:workbench": "name",
    "api-kb:article-list": "slug",
    "search:search": "slug",
    "api-search:search": "slug",
}


def articles_shown(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Each article that somebody may read, with its neighbours and what links to it; for writers all that is its."""
    shown = ground.knowledge.shown_to(probe.reader)
    for place in shown if probe.role in (None, Role.EMPLOYEE) or ground.thorough else shown[: ground.some]:
        yield partial(_read, place)
    if probe.reader.writes:
        for place in ground.some_shown(probe.reader):
            yield partial(_work_on, place)


def _read(place: Place, visitor: Visitor) -> None:
    visitor.get(reverse("kb:article", args=[place.pk, "article"]))
    visitor.get(reverse("api-kb:article-detail", args=[place.pk]))
    visitor.get(reverse("escalation:handoff"), article=place.pk)


def _work_on(place: Place, visitor: Visitor) -> None:
    for name in PAGES_OF_ARTICLES:
        visitor.get(reverse(name, args=[place.pk]))
    numbers = Revision.objects.filter(article=place.pk).order_by("number").values_list("pk", flat=True)
    for pk in list(numbers)[:REVISIONS]:
        for name in ("kb:revision", "api-kb:revision-detail", "api-kb:revision-comments"):
            visitor.get(reverse(name, args=[pk]))


def hidden_addresses(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Whoever asks for something hidden outright must learn no more than of something that does not exist."""
    for place in ground.knowledge.hidden_from(probe.reader):
        for slug in ("article", place.name):
            yield partial(_article, place.pk, _as_slug(slug))
    places = ground.a_few_hidden(probe.reader)
    yield from _each(PAGES_OF_ARTICLES, [place.pk for place in places])
    hidden = [place.pk for place in places]
    yield from _each(PAGES_OF_REVISIONS, _first_of(Revision.objects.filter(article__in=hidden), ground.some))
    yield from _each(PAGES_OF_FLAGS, _first_of(Flag.objects.filter(article__in=hidden), ground.some))
    yield from _each(PAGES_OF_PINS, _first_of(Pin.objects.filter(article__in=hidden), ground.some))
    comments = ReviewComment.objects.filter(revision__article__in=hidden)
    yield from _each(PAGES_OF_COMMENTS, _first_of(comments, ground.some))
    phrasings = Phrasing.objects.filter(article__in=hidden)
    yield from _each(PAGES_OF_PHRASINGS, _first_of(phrasings, ground.some))
    yield from _each(PAGES_OF_WORKING_COPIES, _first_of(WorkingCopy.objects.all(), ground.some))
    yield from _each(
        PAGES_OF_THE_TRAIL, _first_of(AuditEvent.objects.filter(article__in=hidden), ground.some)
    )
    for key in _hidden_pictures(ground, probe):
        yield partial(_compare, "get", "kb:attachment", [key], [UNKNOWN_KEY])


def _each(names: Sequence[str], numbers: Sequence[int]) -> Iterator[Errand]:
    for pk in numbers:
        for name in names:
            for method in METHODS:
                yield partial(_compare, method, name, [pk], [UNKNOWN])


def _first_of(rows: QuerySet[Any], most: int) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True)[:most])


def _compare(method: str, name: str, hidden: list[Any], unknown: list[Any], visitor: Visitor) -> None:
    visitor.compare(method, name, hidden, unknown)


def _article(pk: int, slug: str, visitor: Visitor) -> None:
    visitor.compare("get", "kb:article", [pk, slug], [UNKNOWN, slug])


def _as_slug(name: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name) or "article"


def _hidden_pictures(ground: Ground, probe: Probe) -> list[str]:
    """Pictures of hidden articles and of drafts, and those that others uploaded for articles to come."""
    return [
        number
        for (thing, number), documents in ground.knowledge.addresses.items()
        if thing is Thing.ATTACHMENT
        and not any(ground.knowledge.may_know(probe.reader, document) for document in documents)
    ]


def narrowed_lists(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Lists narrowed to something hidden are met as those that are narrowed to what does not exist."""
    for place in ground.a_few_hidden(probe.reader):
        for name in NARROWED_TO_AN_ARTICLE:
            yield partial(_narrowed, name, {"article": place.pk}, {"article": UNKNOWN})
    known = {place.category for place in ground.knowledge.places.values() if may_know_of(probe.reader, place)}
    shelves = Category.objects.filter(articles__isnull=False).exclude(pk__in=known).distinct()
    audiences = Audience.objects.exclude(pk__in=probe.reader.audiences)
    for what, rows in (("category", shelves), ("audience", audiences)):
        for called in rows.order_by("pk").values("name", "slug")[: ground.few]:
            names: dict[str, str] = {"name": called["name"], "slug": called["slug"]}
            for address, by in NARROWED_BY_NAME.items():
                hidden, unknown = {what: names[by], "mine": "all"}, {what: "nothing-such", "mine": "all"}
                yield partial(_narrowed, address, hidden, unknown)


def _narrowed(name: str, hidden: dict[str, Any], unknown: dict[str, Any], visitor: Visitor) -> None:
    address = reverse(name)
    visitor.compare_addresses("get", f"{address}?{urlencode(hidden)}", f"{address}?{urlencode(unknown)}")


def ways_in(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Hidden articles named in forms and queries of pages that somebody may use."""
    for place in ground.a_few_hidden(probe.reader):
        yield partial(_hand_off_from, place)
    if probe.role in WRITERS and not probe.viewing_as:
        own = next(iter(ground.some_shown(probe.reader, 1)), None)
        for place in ground.a_few_hidden(probe.reader, 1):
            yield partial(_named_in_forms, place, own)


def _hand_off_from(place: Place, visitor: Visitor) -> None:
    origin = reverse("kb:article", args=[place.pk, "article"])
    handoff, preview = reverse("escalation:handoff"), reverse("api-escalation:ticket-preview")
    visitor.get(handoff, article=place.pk)
    visitor.get(handoff, **{"from": origin})
    visitor.compare_addresses("get", f"{preview}?article={place.pk}", f"{preview}?article={UNKNOWN}")


def _named_in_forms(place: Place, own: Place | None, visitor: Visitor) -> None:
    """A writer names a hidden article where one of their own is meant."""
    if own is None:
        return
    visitor.post(
        reverse("kb:archive", args=[own.pk]), {"reason": "It is told elsewhere.", "replaced_by": place.pk}
    )
    hidden = Article.objects.get(pk=place.pk).revisions.values_list("pk", flat=True).first() or UNKNOWN
    visitor.get(reverse("kb:compare", args=[own.pk]), **{"from": hidden, "to": hidden})
    data = {"article": place.pk, "based_on": hidden, "title": "New", "body": "New words."}
    visitor.post(reverse("api-kb:revision-list"), data, json=True)
    visitor.post(
        reverse("api-kb:article-archive", args=[own.pk]), {"reason": "x", "replaced_by": place.pk}, json=True
    )
    bulk = {"article": place.pk, "articles": place.pk, "chosen": place.pk, "action": "archive", "reason": "x"}
    visitor.post(reverse("kb:bulk"), bulk)
