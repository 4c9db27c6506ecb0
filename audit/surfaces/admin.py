"""The administration, as somebody meets it who is no administrator."""

from collections.abc import Iterator
from functools import partial

from django.contrib import admin
from django.urls import URLPattern, reverse

from audit.ground import Ground
from audit.visiting import Errand, Probe, Visitor


def administration(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Every page of it, with a hidden article's number where one is to be named: each turns them away."""
    hidden = next(iter(ground.a_few_hidden(probe.reader, 1)), None)
    for address in admin_addresses(hidden.pk if hidden else 1):
        yield partial(_turned_away, address)


def admin_addresses(pk: int) -> Iterator[str]:
    """The index, and list, history and form of everything that is registered."""
    yield reverse("admin:index")
    for model, model_admin in admin.site._registry.items():
        named = (pattern for pattern in model_admin.urls if isinstance(pattern, URLPattern) and pattern.name)
        own = f"{model._meta.app_label}_{model._meta.model_name}_"
        for pattern in named:
            if str(pattern.name).startswith(own):
                yield reverse(f"admin:{pattern.name}", args=[pk] if "<" in str(pattern.pattern) else [])


def _turned_away(address: str, visitor: Visitor) -> None:
    seen = visitor.get(address)
    if seen.status == 200 and seen.surface.startswith("admin:") and seen.surface != "admin:login":
        visitor.unlike(seen, "is open to somebody who is no administrator")
