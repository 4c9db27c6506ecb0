"""HTML from anywhere into a tree: decoded, tidied, and bounded, in time that grows with its length alone.

The parser of the standard library looks for the end of every unclosed comment or tag anew, so that 100 kB keep it
busy for a minute; and it closes nothing that an author left open. So the text is first brought into plain order.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from html import escape, unescape

from bs4 import BeautifulSoup

from kb.foreign.page import BadSource

MAX_HTML = 10_000_000
# The longest real articles have a quarter of it; each costs about half a millisecond.
MAX_TAGS = 20_000
MAX_SIGNS = 300_000  # "<" and "&": each costs the parser as much as a line of text
MAX_LINES = 100_000
MAX_DEPTH = 90  # deeper than any editor makes; each level costs the converter four calls
MAX_ATTRIBUTES = 40  # of one tag

VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    "ri:attachment", "ri:page", "ri:url",
})  # fmt: skip
# What these hold is no markup; of most of them, nothing is for readers either.
RAW = frozenset({
    "script", "style", "textarea", "title", "xmp", "noembed", "noframes", "iframe", "noscript",
})  # fmt: skip
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "center", "details", "dir", "div", "dl", "fieldset", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "menu", "nav", "ol", "p", "pre",
    "section", "table", "ul",
})  # fmt: skip
# A tag of the first kind ends an open one of the second, unless one of the third lies between.
_LISTS, _TABLE = frozenset({"ul", "ol", "menu", "dir"}), frozenset({"table"})
_CLOSES = {
    "li": (frozenset({"li"}), _LISTS | _TABLE),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl"}) | _TABLE),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl"}) | _TABLE),
    "td": (frozenset({"td", "th"}), _TABLE),
    "th": (frozenset({"td", "th"}), _TABLE),
    "tr": (frozenset({"tr"}), _TABLE),
    "tbody": (frozenset({"thead", "tbody", "tfoot"}), _TABLE),
    "tfoot": (frozenset({"thead", "tbody"}), _TABLE),
    "option": (frozenset({"option"}), frozenset({"select"})),
    "body": (frozenset({"head"}), frozenset()),
}
_P, _P_WALLS = frozenset({"p"}), frozenset({"td", "th", "li", "table", "blockquote", "div", "section", "dd"})

# What a name that a page gives itself is read as; browsers, too, take the older sets for their successors.
ENCODINGS = {
    "ascii": "cp1252", "utf-8": "utf-8", "utf-16": "utf-16", "utf-16-le": "utf-16", "utf-16-be": "utf-16",
    "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "cp1250": "cp1250", "cp1251": "cp1251",
    "cp1252": "cp1252", "cp1253": "cp1253", "cp1254": "cp1254", "cp1255": "cp1255", "cp1256": "cp1256",
    "cp1257": "cp1257", "cp1258": "cp1258", "cp874": "cp874", "iso8859-2": "iso8859-2", "iso8859-5": "iso8859-5",
    "iso8859-7": "iso8859-7", "iso8859-9": "iso8859-9", "iso8859-15": "iso8859-15", "koi8-r": "koi8-r",
    "koi8-u": "koi8-u", "mac-roman": "mac-roman", "shift_jis": "shift_jis", "euc_jp": "euc_jp",
    "euc_kr": "euc_kr", "big5": "big5", "gb18030": "gb18030",
}  # fmt: skip

_CHARSET = re.compile(rb"""(?:charset|encoding)\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""", re.IGNORECASE)
_TAG_NAME = re.compile(r"[a-zA-Z][^\s/>]{0,80}+")
_ATTRIBUTE = re.compile(r"[\s/]*+([^\s/>][^\s/>=]*+)(\s*+=\s*+)?+")
_END = re.compile(r"[\s/]*+>")
_BARE = re.compile(r"[^\s>]*+")
_LONG_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{8,}+;?")
_NAME_PARTS = re.compile(r"[\w:.-]+", re.ASCII)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def decoded(content: bytes) -> str:
    """The text of a page in the encoding that it says, or that fits; never fails."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    for encoding in (_unmarked_utf16(content), "utf-8", _declared(content)):
        try:
            return content.decode(encoding)
        except ValueError:
            continue
    return content.decode(_declared(content), "replace")


def _unmarked_utf16(content: bytes) -> str:
    """UTF-16 without a mark shows by the zeros of its ASCII letters; anything else can't be told from it."""
    first = content[:200]
    if first[1::2].count(0) > len(first) // 4:
        return "utf-16-le"
    return "utf-16-be" if first[::2].count(0) > len(first) // 4 else "ascii"


def _declared(content: bytes) -> str:
    """What a page says of itself; only names of real texts' encodings, since Python knows stranger ones."""
    match = _CHARSET.search(content[:4096])
    try:
        name = codecs.lookup(match[1].decode("ascii")).name if match else "cp1252"
    except (LookupError, ValueError):
        return "cp1252"
    encoding = ENCODINGS.get(name, "cp1252")
    return "cp1252" if encoding.startswith("utf-16") else encoding  # or it could not have been read so far


def tree(html: str) -> BeautifulSoup:
    """The page as a tree. BadSource when it is longer, fuller or deeper than a page that a person wrote."""
    if len(html) > MAX_HTML:
        raise BadSource(f"Its HTML is longer than {MAX_HTML // 1_000_000} MB.")
    if html.count("<") + html.count("&") > MAX_SIGNS:
        raise BadSource(f"Its HTML has more than {MAX_SIGNS:,} signs such as < and &; split the page.")
    if html.count("\n") > MAX_LINES:
        raise BadSource(f"Its HTML has more than {MAX_LINES:,} lines; split the page.")
    return BeautifulSoup(_Orderly(_FORBIDDEN.sub("", html)).written(), "html.parser")


def plain(markup: str) -> str:
    """Text of HTML with its references (&amp;) resolved. The library trips over numbers of 5,000 digits."""
    return unescape(_LONG_REFERENCE.sub("\ufffd", markup))


@dataclass
class _Orderly:
    """HTML written anew: every tag closed, nothing unfinished, no comments. What never ends is left out."""

    html: str
    kept: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    tags: int = 0

    def written(self) -> str:
        here = 0
        while here >= 0:
            start = self.html.find("<", here)
            self._text(self.html[here:] if start < 0 else self.html[here:start])
            here = self._markup(start) if start >= 0 else -1
        while self.open:
            self._close()
        return "".join(self.kept)

    def _text(self, text: str) -> None:
        """One blank for many, except in code; non-breaking ones look the same and break searches."""
        text = plain(text)
        if text and "pre" not in self.open:
            text = " " * text[0].isspace() + " ".join(text.split()) + " " * text[-1].isspace()
            text = " " if text == "  " else text
        self.kept.append(escape(text, quote=False))

    def _markup(self, start: int) -> int:
        """Take in what begins at a "<"; where to go on, or -1 when it never ends."""
        if self.html.startswith("<!--", start):
            return _after(self.html, "-->", start + 2)
        if self.html.startswith("<![CDATA[", start):
            stop = self.html.find("]]>", start)
            if stop >= 0:
                self.kept.append(escape(self.html[start + 9 : stop], quote=False))
            return _after(self.html, "]]>", start)
        closing = self.html.startswith("/", start + 1)
        name = _TAG_NAME.match(self.html, start + 1 + closing)
        if name:
            return self._tag(name[0].lower(), name.end(), closing=closing)
        if closing or self.html[start + 1 : start + 2] in ("!", "?"):
            return _after(self.html, ">", start)
        self.kept.append("&lt;")
        return start + 1

    def _tag(self, name: str, here: int, *, closing: bool) -> int:
        attributes, here = self._attributes(here)
        if here < 0 or not _NAME_PARTS.fullmatch(name):
            return here
        self.tags += 1
        if self.tags > MAX_TAGS:
            raise BadSource(f"Its HTML has more than {MAX_TAGS:,} tags; split the page.")
        if closing:
            self._end(name)
            return here
        self._start(name, attributes)
        if name in RAW:
            return self._raw(name, here)
        if name in VOID or (":" in name and self.html.startswith("/>", here - 2)):
            self._close()
        return here

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        closed, walls = _CLOSES.get(name, (frozenset(), frozenset()))
        if name in BLOCKS:
            closed, walls = _P, _P_WALLS
        for depth in range(len(self.open) - 1, -1, -1):
            if self.open[depth] in walls:
                break
            if self.open[depth] in closed:
                self._end(self.open[depth])
                break
        if len(self.open) >= MAX_DEPTH:
            raise BadSource("Its HTML is nested too deeply.")
        self.open.append(name)
        written = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
        self.kept.append(f"<{name}{written}>")

    def _end(self, name: str) -> None:
        if name in self.open:
            while self.open[-1] != name:
                self._close()
            self._close()

    def _close(self) -> None:
        self.kept.append(f"</{self.open.pop()}>")

    def _raw(self, name: str, here: int) -> int:
        """Up to the end tag; only of the title the words are kept."""
        stop = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(self.html, here)
        if name == "title":
            self._text(self.html[here : stop.start() if stop else here])
        self._close()
        return _after(self.html, ">", stop.start()) if stop else -1

    def _attributes(self, here: int) -> tuple[dict[str, str], int]:
        """The attributes of a tag and where it ends; -1 when it does not."""
        found: dict[str, str] = {}
        while not (end := _END.match(self.html, here)):
            match = _ATTRIBUTE.match(self.html, here)
            if not match:
                return found, -1
            value, here = self._value(match.end()) if match[2] else ("", match.end())
            if here < 0:
                return found, -1
            name = match[1].lower()
            if len(found) < MAX_ATTRIBUTES and len(name) <= 80 and _NAME_PARTS.fullmatch(name):
                found.setdefault(name, plain(value))
        return found, end.end()

    def _value(self, here: int) -> tuple[str, int]:
        quote = self.html[here : here + 1]
        if quote not in ('"', "'"):
            bare = _BARE.match(self.html, here)
            return (bare[0], bare.end()) if bare else ("", here)
        stop = self.html.find(quote, here + 1)
        return (self.html[here + 1 : stop], stop + 1) if stop >= 0 else ("", -1)


def _after(text: str, end: str, here: int) -> int:
    stop = text.find(end, here)
    return stop + len(end) if stop >= 0 else -1
