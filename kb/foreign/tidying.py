"""What other systems' editors make of a page, brought to the few things that Markdown has words for.

Each step takes the tree of a page's content and changes it in place; what it has to take away it records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from kb.foreign.page import BadSource, Loss, Losses, printable
from kb.foreign.pictures import Pictures

Linker = Callable[[str], str | None]  # the id of the article that an address leads to

CALLOUTS = {
    "information": "note", "info": "note", "note": "important", "tip": "tip", "warning": "warning",
    "success": "tip", "error": "caution", "panel": "note",
}  # fmt: skip
LANGUAGES = {
    "none": "",
    "text": "",
    "plain": "",
    "js": "javascript",
    "shell": "bash",
    "c#": "csharp",
    "ps": "powershell",
}
# Said on every page of an export, by no author: nothing that a reader would miss.
FURNITURE = (
    ".page-metadata, #breadcrumb-section, #breadcrumbs, #likes-and-labels-container, .toc-macro, .page-actions,"
    " .aui-icon, .ms-rte-hide, .ms-webpart-titleText, nav, head, base, area, map, option, datalist, dialog, menu,"
    " param, source, track, ri\\:attachment, ri\\:page"
)
HARMLESS_ROLES = "[role=navigation], [role=banner], [role=search], [role=contentinfo]"
MEDIA = {
    "iframe": "frame (iframe)", "frame": "frame", "video": "video", "audio": "sound", "object": "object",
    "embed": "object", "applet": "applet", "svg": "drawing (svg)", "canvas": "drawing (canvas)",
    "math": "formula", "marquee": "moving text",
}  # fmt: skip
ALSO_BLOCKS = (
    "section",
    "article",
    "main",
    "header",
    "footer",
    "aside",
    "center",
    "address",
    "form",
    "fieldset",
    "figure",
)
BLOCKS = [
    "div", "p", "ul", "ol", "dl", "table", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
]  # fmt: skip
INLINE = ("strong", "b", "em", "i", "s", "del")
RENAMED = {
    "strike": "s",
    "tt": "code",
    "var": "em",
    "cite": "em",
    "figcaption": "em",
    "caption": "strong",
    "summary": "strong",
}
NESTING = ("ul", "ol", "blockquote")
MAX_NESTED = 15
CONTACTS = ("mailto", "tel")

_BRUSH = re.compile(r"\bbrush:\s{0,5}([\w#+.-]{1,30})|\blanguage-([\w#+.-]{1,30})")
_HIDDEN = re.compile(r"display\s{0,5}:\s{0,5}none|visibility\s{0,5}:\s{0,5}hidden", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,40}:", re.IGNORECASE)
_INVISIBLE = re.compile("[\x00-\x20\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_PAGE = re.compile(r"\.(?:html?|aspx|do|docx?|php)$", re.IGNORECASE)


def tidy(content: Tag, *, linker: Linker, pictures: Pictures, losses: Losses) -> None:
    """Make the content ready for kb.foreign.writing."""
    _drop(content, losses)
    _macros(content, losses)
    _callouts(content)
    _code(content)
    _web_parts(content, losses)
    _pictures(content, pictures)
    _links(content, linker, losses)
    _tables(content, losses)
    _lists(content)
    _rename(content)
    _nest_properly(content)


def remove_comments(page: Tag, losses: Losses) -> None:
    """The discussion under a page, and the list of its files: neither is part of the article."""
    for section in _each(page, ".pageSection"):
        heading = section.select_one("#comments, [name=comments]")
        if heading:
            losses.add(Loss.COMMENTS)
        if heading or section.select_one("#attachments, [name=attachments]"):
            _discard(section)
    for section in _each(
        page, "#comments-section, .comment-threads, .ms-comments, [data-automation-id=CommentsWrapper]"
    ):
        losses.add(Loss.COMMENTS)
        _discard(section)


def _each(content: Tag, selector: str) -> Iterator[Tag]:
    """What a selector finds and has not been taken away meanwhile, with what it stood in."""
    for tag in content.select(selector):
        if not tag.decomposed:
            yield tag


def _discard(tag: Tag) -> None:
    """Leave nothing of a tag but an empty place: to take it out, the tree would search through all its neighbours."""
    _say(tag, "")


def _say(tag: Tag, words: str) -> None:
    """Words instead of a tag."""
    tag.clear(decompose=True)
    tag.name, tag.attrs = "span", {}
    if words:
        tag.string = words


def _undress(tag: Tag) -> None:
    """The same without what the tag made of it."""
    tag.name, tag.attrs = "span", {}


def _drop(content: Tag, losses: Losses) -> None:
    remove_comments(content, losses)
    for tag in _each(
        content, f"script, style, noscript, template, title, meta, link, {FURNITURE}, {HARMLESS_ROLES}"
    ):
        _discard(tag)
    for tag in _each(content, ", ".join(MEDIA)):
        losses.add(Loss.MEDIA, MEDIA[tag.name])
        _discard(tag)
    for tag in _each(content, "[hidden], [style]"):
        hidden = tag.has_attr("hidden") or _HIDDEN.search(str(tag["style"]))
        if hidden and tag.get_text(strip=True) and not _is_expander(tag):
            losses.add(Loss.HIDDEN)
            _discard(tag)
    fields = list(_each(content, "input, button, select, textarea"))
    if any(
        tag.name in ("select", "textarea") or tag.get("type") in (None, "text", "password") for tag in fields
    ):
        losses.add(Loss.FORM)
    for tag in fields:
        _discard(tag)


def _is_expander(tag: Tag) -> bool:
    """Text that a reader unfolds is hidden at first and meant to be read."""
    return bool({"expand-content", "expand-hidden", "expand-container"} & set(_classes(tag)))


def _classes(tag: Tag) -> list[str]:
    value = tag.get("class") or ()
    return value.split() if isinstance(value, str) else list(value)


def _macros(content: Tag, losses: Losses) -> None:
    for tag in _each(content, "ac\\:structured-macro, ac\\:macro"):
        _stored_macro(tag, losses)
    for tag in _each(content, "ac\\:parameter, ac\\:placeholder"):
        _discard(tag)
    for tag in _each(content, "[data-macro-name], .wysiwyg-unknown-macro, .jira-issue, .jira-table, .error"):
        name = str(tag.get("data-macro-name") or ("jira" if "jira" in " ".join(_classes(tag)) else ""))
        if name in CALLOUTS or name in ("code", "expand", "toc", "noformat"):
            continue
        if "error" in _classes(tag) and "macro" not in tag.get_text().lower():
            continue
        losses.add(Loss.MACRO, name or _quoted(tag.get_text()) or "unknown")
        _discard(tag)
    for tag in _each(content, "img.emoticon, img[data-emoji-fallback], ac\\:emoticon"):
        _say(tag, str(tag.get("data-emoji-fallback") or tag.get("alt") or ""))
    for tag in _each(content, ".inline-task-list > li, ul > li[data-inline-task-id]"):
        tag["data-task"] = "[x]" if "checked" in _classes(tag) else "[ ]"
    for tag in _each(content, ".expand-control"):
        _embolden(tag)


def _stored_macro(tag: Tag, losses: Losses) -> None:
    """A macro as Confluence stores it: its text stays where we know what it is, its name is recorded where not."""
    name = str(tag.get("ac:name", "unknown"))
    body = tag.find("ac:rich-text-body") or tag.find("ac:plain-text-body")
    parameters = {str(each.get("ac:name")): each.get_text() for each in tag.find_all("ac:parameter")}
    if name in ("code", "noformat") and body:
        _say(tag, body.get_text())
        tag.name, tag["data-language"] = "pre", parameters.get("language", "")
    elif name in CALLOUTS and body:
        tag.name, tag["data-callout"] = "blockquote", CALLOUTS[name]
    elif name == "toc":
        _discard(tag)
    elif name != "expand":
        losses.add(Loss.MACRO, name)
    if not body:
        _discard(tag)


def _quoted(text: str) -> str:
    """The name in “Error rendering macro 'roadmap'”."""
    match = re.search(r"macro\s{0,3}:?\s{0,3}['\"‘“]([^'\"’”]{1,60})['\"’”]", text)
    return match[1] if match else ""


def _embolden(tag: Tag) -> None:
    """A line of its own, in bold."""
    words = " ".join(tag.get_text(" ").split())
    tag.clear(decompose=True)
    tag.name, tag.attrs = "p", {}
    if words:
        tag.append(_new("strong", words))


def _new(name: str, text: str = "") -> Tag:
    tag = BeautifulSoup("", "html.parser").new_tag(name)
    tag.string = text
    return tag


def _callouts(content: Tag) -> None:
    for tag in _each(content, ".confluence-information-macro, .aui-message"):
        kinds = [each.removeprefix("confluence-information-macro-") for each in _classes(tag)]
        tag.name = "blockquote"
        tag["data-callout"] = next((CALLOUTS[kind] for kind in kinds if kind in CALLOUTS), "note")
        for title in tag.select(":scope > p.title"):
            _embolden(title)
    for tag in _each(content, "div.panel, div.preformatted"):
        if tag.select_one("pre"):
            continue  # a frame around code
        tag.name, tag["data-callout"] = "blockquote", "note"
    for title in _each(content, ".panelHeader"):
        _embolden(title)


def _code(content: Tag) -> None:
    for pre in _each(content, "pre"):
        told = " ".join([str(pre.get("data-syntaxhighlighter-params", "")), *_classes(pre)])
        inner = pre.find("code")
        told += " " + " ".join(_classes(inner)) if inner else ""
        match = _BRUSH.search(told)
        language = str(pre.get("data-language") or (match and (match[1] or match[2])) or "").lower()
        language = LANGUAGES.get(language, language)
        for br in pre.find_all("br"):
            _say(br, "\n")
        for line in pre.find_all(["p", "div", "li", "tr"]):
            line.append("\n")
        pre.string = pre.get_text()
        pre["data-language"] = language if re.fullmatch(r"[\w#+.-]{1,30}", language) else ""


def _web_parts(content: Tag, losses: Losses) -> None:
    """Of a SharePoint page the texts stay; what a web part fetched from elsewhere is not there to be carried over."""
    for tag in _each(content, "[data-sp-webpart], [data-sp-webpartdata], .ms-rte-wpbox, .ms-webpart-chrome"):
        if tag.select_one("[data-sp-rte], .ms-rtestate-field, .ms-rtestate-write"):
            continue
        data = str(tag.get("data-sp-webpartdata", ""))
        title = re.search(r'"title"\s{0,3}:\s{0,3}"([^"]{1,80})"', data)
        name = title[1] if title else str(tag.get("title") or tag.get("aria-label") or "")
        losses.add(Loss.WEB_PART, name or tag.get_text(" ", strip=True)[:60])
        _discard(tag)
    for tag in content.find_all(lambda tag: tag.name.startswith(("webpartpages:", "publishingwebcontrols:"))):
        if not tag.decomposed and not tag.get_text(strip=True):
            losses.add(Loss.WEB_PART, tag.get("title") or tag.name.partition(":")[2])
            _discard(tag)


def _pictures(content: Tag, pictures: Pictures) -> None:
    for tag in _each(content, "ac\\:image"):
        file = tag.find("ri:attachment")
        tag.name, tag["src"] = "img", str(file.get("ri:filename", "")) if file else ""
        tag["alt"] = str(tag.get("ac:alt", ""))
        tag.clear()
    for tag in _each(content, "img, image"):
        src = str(tag.get("src") or tag.get("data-src") or tag.get("data-image-src") or "")
        alt = " ".join(str(tag.get("alt") or tag.get("title") or "").split())
        name = pictures.take(src, alt, named=str(tag.get("data-linked-resource-default-alias") or ""))
        if name:
            tag.name, tag.attrs = "img", {"src": f"attachment:{name}", "alt": alt}
        else:
            _say(tag, alt)


def _links(content: Tag, linker: Linker, losses: Losses) -> None:
    for tag in _each(content, "a"):
        href = (
            _INVISIBLE.sub("", str(tag.get("href", "")))
            if ":" in str(tag.get("href", ""))
            else str(tag.get("href", "")).strip()
        )
        target = _target(href, linker, losses) if href else ""
        shows_itself = target == "" and tag.find("img")
        if target and not shows_itself:
            tag.attrs = {"href": target}
        else:
            _undress(tag)


def _target(href: str, linker: Linker, losses: Losses) -> str:
    """Where a link leads in our pages; "" when its words stay alone."""
    if href.startswith("#"):
        losses.add(Loss.INNER_LINK)
        return ""
    article = linker(href)
    if article:
        return f"article:{article}"
    scheme = _SCHEME.match(href)
    if scheme is None:
        _lost_link(href, losses)
        return ""
    if scheme[0].lower().rstrip(":") in CONTACTS or re.match(r"https?://[^\s/]", href, re.IGNORECASE):
        return href
    losses.add(Loss.UNSAFE_LINK, scheme[0])
    return ""


def _lost_link(href: str, losses: Losses) -> None:
    try:
        path = unquote(urlsplit(href).path)
    except ValueError:
        path = href
    name = path.rstrip("/").rpartition("/")[2] or path or href
    losses.add(Loss.LINK if _PAGE.search(name) or "." not in name else Loss.FILE, printable(name))


def _tables(content: Tag, losses: Losses) -> None:
    for table in _each(content, "table"):
        nested = table.find("table")
        if nested:
            losses.add(Loss.NESTED_TABLE)
        if nested or table.get("role") == "presentation" or len(table.find_all(["td", "th"], limit=2)) < 2:
            for part in table.find_all(["td", "th", "tr", "tbody", "thead", "tfoot", "caption"]):
                if part.find_parent("table") is table:
                    part.name = "div"
            table.name = "div"
            continue
        caption = table.find("caption")
        if caption:
            table.insert_before(caption.extract())
            _embolden(caption)


def _lists(content: Tag) -> None:
    for inner in _each(content, "ul > ul, ul > ol, ol > ul, ol > ol"):
        before = inner.previous_sibling
        while isinstance(before, NavigableString):
            before = before.previous_sibling
        if isinstance(before, Tag) and before.name == "li":
            before.append(inner.extract())
    for ordered in content.find_all("ol"):
        start = str(ordered.get("start", "1"))
        number = int(start) if re.fullmatch("[0-9]{1,6}", start) else 1
        for item in ordered.find_all("li", recursive=False):
            item["data-number"] = str(number)
            number += 1


def _rename(content: Tag) -> None:
    for tag in content.find_all([*RENAMED, *ALSO_BLOCKS]):
        tag.name = RENAMED.get(tag.name, "div")
    for tag in content.find_all(INLINE):
        if tag.find_parent(tag.name) or tag.find(
            BLOCKS
        ):  # bold within bold; marks don't reach over paragraphs
            _undress(tag)
    for tag in content.find_all(INLINE):
        _join(tag)
    for tag in content.find_all(["h1", "h2", "h3", "h4", "h5", "h6"]):
        for inner in tag.find_all(["strong", "b"]):
            _undress(inner)


def _join(tag: Tag) -> None:
    """Take in what follows in the same dress, as editors write it: <b>one</b><b> two</b>."""
    if tag.parent is None:
        return
    while isinstance(tag.next_sibling, Tag) and tag.next_sibling.name == tag.name:
        following = tag.next_sibling.extract()
        for child in list(following.children):
            tag.append(child)


def _nest_properly(content: Tag) -> None:
    """No empty headings, a picture in one stands under it, and no lists deeper than a page can show."""
    for tag in content.find_all(["h1", "h2", "h3", "h4", "h5", "h6"]):
        for picture in tag.find_all("img"):
            place = _new("p")
            place.append(picture.extract())
            tag.insert_after(place)
        if not tag.get_text(strip=True):
            _discard(tag)
    for tag in content.find_all(NESTING):
        if sum(parent.name in NESTING for parent in tag.parents) > MAX_NESTED:
            raise BadSource("Its lists and quotes are nested too deeply.")
