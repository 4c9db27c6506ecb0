"""What may reach a reader's browser: a short list of link targets, and an allow-list of tags and attributes."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from kb.parsing import CALLOUTS

if TYPE_CHECKING:
    import nh3

Resolver = Callable[[str], str | None]

_EXTERNAL = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_CONTACT = re.compile(r"(?:mailto|tel):[^\s]+", re.IGNORECASE)
_ARTICLE = re.compile(r"article:([\w.-]{1,200})(#[\w%-]*)?", re.IGNORECASE)
_FRAGMENT = re.compile(r"#[\w%.-]*")
_OWN_FILE = re.compile(r"/articles/attachments/[0-9a-f]{32}")


def clean(html: str) -> str:
    """The HTML without anything that is not on the allow-list."""
    # nh3 is Rust and refuses lone surrogates, which JSON can smuggle into a Python string.
    return _cleaner().clean(html.encode("utf-8", "replace").decode())


def link_attributes(href: str, resolve: Resolver | None) -> dict[str, str | int | float]:
    """Attributes of a permitted link; {} when the target is refused."""
    article = _ARTICLE.fullmatch(href)
    if article:
        url = resolve(article[1]) if resolve else None
        return {"href": url + (article[2] or "")} if url else {}
    if _EXTERNAL.match(href):
        return {"href": href, "rel": "noopener noreferrer nofollow"}
    permitted = _CONTACT.fullmatch(href) or _FRAGMENT.fullmatch(href) or is_own_file(href)
    return {"href": href} if permitted else {}


def is_own_file(path: str) -> bool:
    """Whether a path is that of one of our pictures, to the letter."""
    return bool(_OWN_FILE.fullmatch(path))


@lru_cache(maxsize=1)
def _cleaner() -> nh3.Cleaner:
    import nh3
    from pygments.token import STANDARD_TYPES

    tags = {
        "p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "s", "a",
        "img", "br", "hr", "table", "thead", "tbody", "tr", "th", "td", "div", "span", "input",
    }  # fmt: skip
    headings: dict[str, set[str]] = {f"h{n}": {"id"} for n in range(2, 7)}
    aligned = {"text-start", "text-center", "text-end"}
    return nh3.Cleaner(
        tags=tags,
        clean_content_tags={"script", "style"},
        attributes=headings
        | {"a": {"href", "rel"}, "img": {"src", "alt"}, "ol": {"start"}, "input": {"disabled", "checked"}},
        tag_attribute_values={
            "div": {"role": {"note", "region"}, "tabindex": {"0"}, "aria-label": {"Table"}},
            "pre": {"tabindex": {"0"}},
            "img": {"loading": {"lazy"}},
            "input": {"type": {"checkbox"}, "aria-label": {"Done", "To do"}},
        },
        allowed_classes={
            "div": {"callout", "table-scroll", "highlight", *(f"callout-{kind}" for kind in CALLOUTS)},
            "p": {"callout-title", "quote-heading"},
            "pre": {"plain"},
            "li": {"task-item"},
            "span": set(STANDARD_TYPES.values()) - {""},
            "th": aligned,
            "td": aligned,
        },
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
