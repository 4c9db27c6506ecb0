"""Pages that need nothing to be named: lists, counts, shelves, and the pages of errors."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.urls import reverse

from audit.ground import Ground
from audit.visiting import Errand, Probe, Visitor
from kb.models import Category, Redirect

# Each with the ways of asking for it that show something else.
PLAIN: dict[str, tuple[dict[str, Any], ...]] = {
    "search:ask": ({}, {"q": "help"}),
    "search:history": ({},),
    "search:search": ({}, {"q": "a new phone"}, {"q": "AAA"}, {"within": "30"}, {"kind": "policy"}),
    "search:suggest": ({"q": "re"}, {"q": "AAA"}, {"q": "how do I use"}),
    "search:words_and_pins": ({}, {"q": "a new phone"}),
    "search:add_synonyms": ({},),
    "kb:index": ({},),
    "kb:my_notes": ({},),
    "kb:view_as": ({},),
    "kb:new": ({}, *({"kind": kind} for kind in ("how-to", "policy"))),
    "kb:review_queue": ({},),
    "kb:workbench": ({}, {"mine": "all"}, {"mine": "1"}, {"q": "a"}),
    "kb:trail": ({},),
    "kb:export": ({},),
    "escalation:handoff": ({},),
    "escalation:my_tickets": ({},),
    "escalation:queue": tuple(
        {"view": view} for view in ("unassigned", "mine", "late", "waiting", "resolved", "all")
    ),
    "escalation:incidents": ({},),
    "escalation:declare_incident": ({},),
    "escalation:not_delivered": ({},),
    "accounts:profile": ({},),
    "account_login": ({},),
    "account_logout": ({},),
    "account_inactive": ({},),
    "account_reauthenticate": ({},),
    "account_change_password": ({},),
    "account_set_password": ({},),
    "account_reset_password": ({},),
    "account_reset_password_done": ({},),
    "account_reset_password_from_key_done": ({},),
    "api-search:search": ({}, {"q": "a new phone"}),
    "api-search:suggestions": ({"q": "re"}, {"q": "AAA"}),
    "api-kb:article-list": ({},),
    "api-kb:revision-list": ({},),
    "api-kb:flag-list": ({},),
    "api-kb:trail-list": ({},),
    "api-escalation:ticket-list": ({},),
    "api-escalation:ticket-preview": ({},),
    "api-accounts:token-list": ({},),
    "schema": ({},),
    "api-docs": ({},),
}
MOST_PAGES = 20


def plain_pages(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Every page that is opened without naming anything, and the pages that follow it."""
    for name, queries in PLAIN.items():
        for query in queries:
            yield partial(_open_pages, reverse(name), query)


def _open_pages(address: str, query: dict[str, Any], visitor: Visitor) -> None:
    seen = visitor.get(address, **query)
    for number in range(2, MOST_PAGES):
        if f"page={number}" not in seen.text:
            break
        seen = visitor.get(address, **query, page=number)


def shelves(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Each shelf; one with nothing for this person must be as unknown as one that does not exist."""
    full = {place.category for place in ground.knowledge.shown_to(probe.reader)}
    for category in Category.objects.order_by("pk"):
        address = reverse("kb:category", args=[category.slug])
        if category.pk in full:
            yield partial(_open_pages, address, {})
        else:
            unknown = reverse("kb:category", args=["no-such-shelf"])
            yield partial(_alike, address, unknown)
        yield partial(_open_pages, reverse("api-kb:article-list"), {"category": category.slug})


def former_addresses(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Addresses that articles had: those of hidden ones lead nowhere, and say so as unknown ones do."""
    hidden = {place.pk for place in ground.knowledge.hidden_from(probe.reader)}
    unknown = f"{reverse('kb:index')}no/such/place/"
    for path, article in Redirect.objects.order_by("pk").values_list("path", "article"):
        address = _on_this_site(path)
        if article in hidden:
            yield partial(_alike, address, unknown)
        else:
            yield partial(_just_open, address)
    yield partial(_just_open, unknown)


def _on_this_site(path: str) -> str:
    """Where somebody ends who follows an old address: below the articles, whatever the path began with."""
    index = reverse("kb:index")
    return path if path.startswith(index) else index + path.lstrip("/")


def _just_open(address: str, visitor: Visitor) -> None:
    visitor.get(address)


def error_pages(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """What is said when something is wrong, beside the pages that turn somebody away anyway."""
    yield partial(_just_open, "/no/such/page/")
    yield partial(_just_open, "/articles/%00/")
    yield partial(_just_open, reverse("kb:article", args=[10**15, "unknown"]))
    yield partial(_post_nothing, reverse("kb:index"))


def _post_nothing(address: str, visitor: Visitor) -> None:
    visitor.post(address)


def _alike(hidden: str, unknown: str, visitor: Visitor) -> None:
    visitor.compare_addresses("get", hidden, unknown)
