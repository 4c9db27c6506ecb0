"""Which system wrote a page, and where in it stand its id, its title, its place and its text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

from kb.foreign.markup import plain, tree
from kb.foreign.page import Loss, Losses, printable

MAX_HEAD = 30_000  # where a page says which article it is, in bytes
# From the surest place to the last resort; the first that holds words is the article.
PLACES = (
    "#main-content", "#article", ".kb-article-content", ".kb_article_content", "[id=kb_article_text]",
    "[data-automation-id=CanvasZone]", "[data-automation-id=contentScrollRegion]", ".ms-rtestate-field",
    "article", "main", "[role=main]", "#content", "body",
)  # fmt: skip
BESIDE = (
    "header, footer, aside, nav, #main-header, #footer, [role=navigation], [role=banner], #breadcrumb-section"
)

_NUMBER = re.compile(r"^\s{0,9}(KB\d{4,12})\s{0,9}[-–:|]\s{0,9}")
_HEAD_NUMBER = re.compile(r"<title[^>]{0,100}>\s{0,50}(KB\d{4,12})\b", re.IGNORECASE)
_HEAD_ID = re.compile(
    r"""<meta\s[^>]{0,100}name=["'](?:ajs-page-id|page-id|article-id|ajs-content-id)["']\s{1,9}content=["']([\w.-]{1,100})["']""",
    re.IGNORECASE,
)
_DOCUMENT_ID = re.compile(r"<mso:_dlc_DocId\b[^>]{0,100}>([\w.-]{1,100})</mso:", re.IGNORECASE)
_STEM_NUMBER = re.compile(r"(?:.*_)?(\d{5,20})", re.DOTALL)  # of four digits it may be a year
_PROPERTY = re.compile(r"<mso:(\w{1,60})\b[^>]{0,200}>([^<]*+)</mso:", re.IGNORECASE)
_NOT_IN_AN_ID = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class Found:
    """A page as its system means it; its content is still as that system's editor made it."""

    title: str
    content: Tag
    category: str = ""
    summary: str = ""


def page_id(stem: str, head: str) -> str:
    """The id by which a page is known, from its first characters or its file's name."""
    for pattern in (_HEAD_NUMBER, _HEAD_ID, _DOCUMENT_ID):
        match = pattern.search(head)
        if match:
            return match[1]
    number = _STEM_NUMBER.fullmatch(stem)
    return number[1] if number else (_NOT_IN_AN_ID.sub("-", stem).strip("-.")[:200] or "page")


def found(html: str, stem: str, losses: Losses) -> Found:
    """What a page is about, whichever system wrote it."""
    page = tree(html)
    properties = {name: plain(value) for name, value in _PROPERTY.findall(html[: MAX_HEAD * 10])}
    trail = [" ".join(crumb.get_text().split()) for crumb in page.select("#breadcrumbs li")]
    content = _published(properties) or _place(page)
    if content.name == "body" or content is page:
        for part in content.select(BESIDE):
            if not part.decomposed:
                part.decompose()
    if page.select_one("#comments"):
        losses.add(Loss.COMMENTS)
    title = _title(page, properties, trail, content) or stem
    _without_title(content, title)
    return Found(title, content, _category(trail), _summary(page, properties))


def is_navigation(html: str) -> bool:
    """Whether a page says little besides where other pages are."""
    page = tree(html)
    place: Tag = page.body or page
    words, linked = (
        len(place.get_text().split()),
        sum(len(link.get_text().split()) for link in place.select("a")),
    )
    return linked > 0 and words - linked <= max(linked, 60) and len(place.select("ul a, table a")) > 0


def _published(properties: dict[str, str]) -> BeautifulSoup | None:
    """SharePoint keeps the text of a page, as HTML, among its properties."""
    for name in ("PublishingPageContent", "CanvasContent1", "WikiField"):
        if properties.get(name, "").strip():
            return tree(properties[name])
    return None


def _place(page: BeautifulSoup) -> Tag:
    for selector in PLACES:
        places = [each for each in page.select(selector) if each.get_text(strip=True) or each.find("img")]
        if selector == "[data-automation-id=CanvasZone]" and len(places) > 1:
            return _together(places)
        if places:
            return places[0]
    return page


def _together(places: list[Tag]) -> Tag:
    whole = BeautifulSoup("", "html.parser")
    for place in places:
        whole.append(place.extract())
    return whole


def _title(page: BeautifulSoup, properties: dict[str, str], trail: list[str], content: Tag) -> str:
    heading = page.select_one("#title-text, h1") or content.select_one("h1")
    named = page.title.get_text() if page.title else ""
    title = properties.get("Title") or named or (heading.get_text() if heading else "")
    title = _NUMBER.sub("", " ".join(title.split()))
    space = trail[0] if trail else ""
    if space and title.startswith(f"{space} : "):
        return title.removeprefix(f"{space} : ")
    if page.select_one("#title-text") or page.select_one("#main-content"):
        return title.partition(" : ")[2] or title
    return title


def _without_title(content: Tag, title: str) -> None:
    """A first heading that says the title again would show it twice."""
    heading = content.select_one("h1")
    if heading and " ".join(heading.get_text().split()) in (title, ""):
        heading.decompose()


def _category(trail: list[str]) -> str:
    """The shelf under the space's home page that a page stands on; of a page right under it, the space."""
    return printable(trail[2] if len(trail) > 2 else trail[0] if trail else "")


def _summary(page: BeautifulSoup, properties: dict[str, str]) -> str:
    described = page.select_one("meta[name=description], meta[name=Description]")
    return str(properties.get("Comments") or (described.get("content", "") if described else ""))
