"""Markdown as hostile input: safe HTML, and verbatim spans of the source.

Three independent layers keep a reader safe: the parser never lets raw HTML through, every link and image is
checked against a short list of targets, and nh3 cleans the finished HTML against a tight allow-list.
Offsets are character offsets in the body exactly as given, whatever its line endings.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.rules_core import block as block_rule
from markdown_it.rules_core import inline as inline_rule
from markdown_it.rules_core import normalize, text_join
from markdown_it.rules_core.state_core import StateCore
from markdown_it.token import Token

if TYPE_CHECKING:
    import nh3
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

Resolver = Callable[[str], str | None]
BlockKind = Literal["heading", "paragraph", "step", "bullet", "table", "code", "callout", "quote", "rule"]

# Past these nobody reads it, and parsing would hold up a worker: shown as plain text. Real articles stay under
# 40,000 characters; a row of brackets costs the parser fifty times as much as other text.
MAX_CHARS, MAX_LINES, MAX_BRACKETS = 120_000, 10_000, 10_000
MAX_NESTING = 20  # ten lists within lists; what lies deeper is dropped by the parser
MAX_HIGHLIGHTED = 8_000  # some lexers backtrack badly; longer code is shown without colours
CALLOUTS = {
    "note": "Note",
    "tip": "Tip",
    "important": "Important",
    "warning": "Warning",
    "caution": "Caution",
}
LANGUAGES = {
    "bash", "sh", "shell", "powershell", "ps1", "bat", "batch", "cmd", "python", "py", "json", "xml",
    "html", "css", "yaml", "yml", "ini", "toml", "sql", "javascript", "js", "vb.net", "vbnet", "vba", "vb",
    "csharp", "cs", "java", "go", "rust", "diff",
}  # fmt: skip
LEXERS = {"vba": "vb.net", "vb": "vb.net", "cmd": "bat", "cs": "csharp"}  # names Pygments does not know

_NEWLINE = re.compile(r"\r\n?|\n")
_CALLOUT = re.compile(r"\[!(" + "|".join(CALLOUTS) + r")\][ \t]*\n?", re.IGNORECASE)
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
_BR = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
_EXTERNAL = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_CONTACT = re.compile(r"(?:mailto|tel):[^\s]+", re.IGNORECASE)
_ARTICLE = re.compile(r"article:([\w.-]{1,200})(#[\w%-]*)?", re.IGNORECASE)
_FRAGMENT = re.compile(r"#[\w%.-]*")
_OWN_FILE = re.compile(r"/(?:media|attachments)/[\w./%~+@ -]+")


@dataclass(frozen=True)
class Heading:
    """A heading as rendered: level is that of the HTML tag (2 for <h2>)."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True)
class Rendered:
    """Sanitised HTML and its headings in order, for the table of contents."""

    html: str
    headings: tuple[Heading, ...]


@dataclass(frozen=True)
class Section:
    """body[start:end] is a heading line and all up to the next one; path is the headings down to its own."""

    path: tuple[str, ...]
    anchor: str
    start: int
    end: int


@dataclass(frozen=True)
class Block:
    """body[start:end] is one block verbatim. number counts ordered steps; a list item holds all nested in it."""

    kind: BlockKind
    start: int
    end: int
    anchor: str = ""
    path: tuple[str, ...] = ()
    number: int | None = None
    depth: int = 0


class _Mark(NamedTuple):
    level: int
    text: str
    anchor: str
    line: int
    path: tuple[str, ...]


class _Unparsable(Exception):
    """Too long or too contorted to parse; callers fall back to plain text."""


def render(body: str, *, resolve_link: Resolver | None = None) -> Rendered:
    """Turn an article's Markdown into safe HTML.

    `resolve_link` is given the id of `article:<id>` links and answers a URL, or None for "show only the text".
    Never raises for any text: what cannot be parsed comes back escaped in a <pre>.
    """
    try:
        state = _parse_blocks(body)
        marks = _marks(state)
        shift = 1 if any(token.tag == "h1" for token in state.tokens) else 0
        html = _to_html(state, resolve_link, shift, {mark.line: mark.anchor for mark in marks})
    except (_Unparsable, RecursionError):
        return Rendered(_as_plain(body), ())
    return Rendered(html, tuple(Heading(min(6, m.level + shift), m.text, m.anchor) for m in marks))


def render_quote(markdown: str, *, first_number: int = 1, resolve_link: Resolver | None = None) -> str:
    """Safe HTML of a fragment: no ids, headings as plain strong lines so that the page's outline stays intact.

    An ordered list keeps the number it starts with; `first_number` above 1 overrules it (sources often write
    every step as "1.").
    """
    try:
        state = _parse_blocks(markdown)
        first_list = next((t for t in state.tokens if t.type == "ordered_list_open"), None)
        if first_list is not None and first_number > 1:
            first_list.attrs["start"] = first_number
        for token in state.tokens:
            if token.type in ("heading_open", "heading_close"):
                token.tag = "p"
                token.attrs = {"class": "quote-heading"} if token.nesting > 0 else {}
        return _to_html(state, resolve_link, 0, {})
    except (_Unparsable, RecursionError):
        return _as_plain(markdown)


def sections(body: str) -> list[Section]:
    """Cut a body at its headings, in order and without overlap; anchors are the ids that `render` gives."""
    try:
        marks = _marks(_parse_blocks(body))
    except (_Unparsable, RecursionError):
        marks = []
    starts = _line_starts(body)
    cuts = [starts[mark.line] for mark in marks] + [len(body)]
    found = [Section(m.path, m.anchor, cuts[i], cuts[i + 1]) for i, m in enumerate(marks)]
    if body[: cuts[0]].strip():
        found.insert(0, Section((), "", 0, cuts[0]))
    return found


def blocks(body: str) -> list[Block]:
    """The body's blocks in order, none overlapping, each a verbatim span without trailing blank space.

    A list item with all that is nested in it is one block; a callout, a quote or a table is one block.
    A body that cannot be parsed is one paragraph.
    """
    try:
        state = _parse_blocks(body)
        marks = {mark.line: mark for mark in _marks(state)}
    except (_Unparsable, RecursionError):
        return [Block("paragraph", 0, len(body.rstrip()))] if body.strip() else []
    starts, here, found = _line_starts(body), _Mark(0, "", "", 0, ()), []
    for kind, token, number in _leaves(state.tokens):
        first, last = token.map or (0, 0)
        here = marks.get(first, here) if kind == "heading" else here
        start, end = starts[first], starts[min(last, len(starts) - 1)]
        end = start + len(body[start:end].rstrip())
        if end > start:
            found.append(Block(kind, start, end, here.anchor, here.path, number))
    return found


def plain_text(markdown: str) -> str:
    """What a reader would read aloud: no markup, link texts without their targets, no HTML comments."""
    try:
        state = _parse_blocks(markdown)
        inline_rule(state)
    except (_Unparsable, RecursionError):
        return markdown.strip()
    parts: list[str] = []
    for token in state.tokens:
        if token.type == "inline":
            parts.append(_text(token.children or []))
        elif token.type in ("fence", "code_block"):
            parts.append(token.content)
        elif token.type in ("td_close", "th_close"):
            parts.append(" · ")
        if token.type in ("inline", "fence", "code_block", "tr_close") and token.meta.get("cell") is None:
            parts.append("\n")
    lines = (line.strip(" \t·") for line in "".join(parts).splitlines())
    return "\n".join(line for line in lines if line)


# Parsing


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    # Targets are judged by _link_target, where a refused link keeps its text instead of showing its source.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.block.ruler.before(
        "html_block", "comment", _comment_block, {"alt": ["paragraph", "reference", "blockquote"]}
    )
    parser.inline.ruler.before("html_inline", "comment", _comment_inline)
    return parser


def _comment_end(src: str, pos: int, env: Any) -> int:
    """Offset after the first "-->" from pos, or -1; remembered, so that a thousand openers cost one search."""
    seen = env.get("comment")
    if seen is None or seen[0] is not src or not seen[1] <= pos <= seen[2]:
        at = src.find("-->", pos)
        env["comment"] = seen = (src, pos, at if at >= 0 else len(src))
    return -1 if seen[2] >= len(src) else seen[2] + 3


def _comment_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A comment that begins a line, dropped with the rest of its last line (as CommonMark reads it)."""
    pos = state.bMarks[start] + state.tShift[start]
    if state.is_code_block(start) or not state.src.startswith("<!--", pos):
        return False
    stop = _comment_end(state.src, pos + 2, state.env)
    if stop < 0:
        return False
    line = bisect_left(state.eMarks, stop, start)
    tail = line == start and state.src[stop : state.eMarks[line]].strip()
    if line >= end or tail:  # text after a one-line comment is a paragraph of its own
        return False
    if not silent:
        state.line = line + 1
    return True


def _comment_inline(state: StateInline, silent: bool) -> bool:
    """Drop a comment inside a line; read <br> as the line break that tables cannot write otherwise."""
    if state.src.startswith("<!--", state.pos):
        stop = _comment_end(state.src, state.pos + 2, state.env)
        if not 0 <= stop <= state.posMax:
            return False
        state.pos = stop
        return True
    match = _BR.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = match.end()
    return True


def _parse_blocks(body: str) -> StateCore:
    """Block tokens only (inline text unparsed), with callouts and tasks marked in `meta`."""
    lines = body.count("\n") + body.count("\r")
    if len(body) > MAX_CHARS or lines > MAX_LINES or body.count("[") > MAX_BRACKETS:
        raise _Unparsable
    state = StateCore(body, _parser(), {})
    normalize(state)
    block_rule(state)
    _mark_callouts(state.tokens)
    _mark_inline_context(state.tokens)
    return state


def _mark_callouts(tokens: list[Token]) -> None:
    for i, token in enumerate(tokens[:-2]):
        if token.type != "blockquote_open" or tokens[i + 1].type != "paragraph_open":
            continue
        match = _CALLOUT.match(tokens[i + 2].content)
        if match:
            token.meta["callout"] = match[1].lower()
            tokens[i + 2].content = tokens[i + 2].content[match.end() :]
            tokens[i + 1].hidden = tokens[i + 3].hidden = not tokens[i + 2].content


def _mark_inline_context(tokens: list[Token]) -> None:
    for i, token in enumerate(tokens):
        if token.type != "inline":
            continue
        if tokens[i - 1].type in ("th_open", "td_open"):
            token.meta["cell"] = True
        elif i > 1 and tokens[i - 2].type == "list_item_open":
            match = _TASK.match(token.content)
            if match:
                token.meta["task"] = match[1] != " "
                tokens[i - 2].attrs["class"] = "task-item"
                token.content = token.content[match.end() :]


def _line_starts(body: str) -> list[int]:
    """Offset of every line, in the parser's count of lines, and of the end."""
    return [0, *(match.end() for match in _NEWLINE.finditer(body)), len(body)]


def _marks(state: StateCore) -> list[_Mark]:
    """The headings of the page itself; those inside quotes and lists get no anchor and start no section."""
    marks: list[_Mark] = []
    taken: dict[str, int] = {}
    trail: list[tuple[int, str]] = []
    for i, token in enumerate(state.tokens):
        if token.type != "heading_open" or token.level != 0:
            continue
        level, children = int(token.tag[1]), list[Token]()
        state.md.inline.parse(state.tokens[i + 1].content, state.md, state.env, children)
        text = " ".join(_text(children).split())
        trail = [(deep, name) for deep, name in trail if deep < level] + [(level, text)]
        anchor = _anchor(text, taken)
        marks.append(_Mark(level, text, anchor, (token.map or [0])[0], tuple(name for _, name in trail)))
    return marks


def _anchor(text: str, taken: dict[str, int]) -> str:
    """A slug not yet taken; taken remembers the last suffix of each, so that many equal headings stay cheap."""
    slug = re.sub(r"[\s_]+", "-", re.sub(r"[^\w\s-]", "", text.lower())).strip("-")[:80] or "section"
    anchor = slug
    while anchor in taken:
        taken[slug] += 1
        anchor = f"{slug}-{taken[slug]}"
    taken[anchor] = 1
    return anchor


def _text(children: Sequence[Token]) -> str:
    parts: list[str] = []
    for token in children:
        if token.type == "softbreak":
            parts.append(" ")
        elif token.type == "hardbreak":
            parts.append("\n")
        elif token.type == "image":
            parts.append(_text(token.children or []))
        else:
            parts.append(token.content)
    return "".join(parts)


def _leaves(tokens: Sequence[Token]) -> Iterator[tuple[BlockKind, Token, int | None]]:
    """Top-level blocks, list items one by one."""
    kinds: dict[str, BlockKind] = {
        "heading_open": "heading", "paragraph_open": "paragraph", "table_open": "table", "fence": "code",
        "code_block": "code", "hr": "rule",
    }  # fmt: skip
    number: int | None = None
    for token in tokens:
        if token.level == 0 and token.type == "ordered_list_open":
            number = int(token.attrs.get("start", 1))
        elif token.level == 0 and token.type == "bullet_list_open":
            number = None
        elif token.level == 0 and token.type == "blockquote_open":
            yield ("callout" if "callout" in token.meta else "quote"), token, None
        elif token.level == 0 and token.type in kinds:
            yield kinds[token.type], token, None
        elif token.level == 1 and token.type == "list_item_open":
            yield ("bullet" if number is None else "step"), token, number
            number = None if number is None else number + 1


# HTML


def _to_html(state: StateCore, resolve: Resolver | None, shift: int, anchors: dict[int, str]) -> str:
    inline_rule(state)
    text_join(state)
    dressed: list[Token] = []
    open_quotes: list[bool] = []
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close") and token.tag != "p":
            _dress_heading(token, shift, anchors)
        elif token.type == "inline":
            _dress_inline(token, resolve)
        elif token.type in ("fence", "code_block"):
            token = _raw(_code_html(token.content, token.info))
        elif token.type in ("th_open", "td_open") and token.attrs:
            token.attrs = {
                "class": "text-" + {"center": "center", "right": "end"}.get(_alignment(token), "start")
            }
        elif token.type == "blockquote_open":
            open_quotes.append("callout" in token.meta)
            token = _raw(_callout_html(token.meta["callout"])) if open_quotes[-1] else token
        elif token.type == "blockquote_close" and open_quotes.pop():
            token = _raw("</div>\n")
        dressed.extend(_wrapped(token))
    html: str = state.md.renderer.render(dressed, state.md.options, state.env)
    # nh3 is Rust and refuses lone surrogates, which JSON can smuggle into a Python string.
    return _cleaner().clean(html.encode("utf-8", "replace").decode())


def _raw(html: str) -> Token:
    # Safe as a carrier of our own HTML: with html=False the parser never makes such a token from the source.
    return Token("html_block", "", 0, content=html)


def _wrapped(token: Token) -> list[Token]:
    if token.type == "table_open":
        return [_raw('<div class="table-scroll" tabindex="0" role="region" aria-label="Table">'), token]
    return [token, _raw("</div>\n")] if token.type == "table_close" else [token]


def _alignment(cell: Token) -> str:
    return str(cell.attrs.get("style", "")).removeprefix("text-align:")


def _callout_html(kind: str) -> str:
    return f'<div class="callout callout-{kind}" role="note"><p class="callout-title">{CALLOUTS[kind]}</p>\n'


def _dress_heading(token: Token, shift: int, anchors: dict[int, str]) -> None:
    token.tag = f"h{min(6, int(token.tag[1]) + shift)}"
    if token.type == "heading_open" and token.level == 0 and token.map and token.map[0] in anchors:
        token.attrs["id"] = anchors[token.map[0]]


def _dress_inline(token: Token, resolve: Resolver | None) -> None:
    """Keep only safe links and images; refused ones leave their text behind."""
    kept: list[Token] = []
    links: list[bool] = []
    if "task" in token.meta:
        done = token.meta["task"]
        state = 'checked="" aria-label="Done"' if done else 'aria-label="To do"'
        kept.append(Token("html_inline", "", 0, content=f'<input type="checkbox" disabled="" {state}> '))
    for child in token.children or []:
        if child.type == "link_open":
            child.attrs = _link_attributes(str(child.attrs.get("href", "")), resolve)
            links.append(bool(child.attrs))
        if child.type == "image":
            child = _dress_image(child)
        if child.type not in ("link_open", "link_close") or (links[-1] if child.nesting > 0 else links.pop()):
            kept.append(child)
    token.children = kept


def _link_attributes(href: str, resolve: Resolver | None) -> dict[str, str | int | float]:
    """Attributes of a permitted link; {} when the target is refused."""
    article = _ARTICLE.fullmatch(href)
    if article:
        url = resolve(article[1]) if resolve else None
        return {"href": url + (article[2] or "")} if url else {}
    if _EXTERNAL.match(href):
        return {"href": href, "rel": "noopener noreferrer nofollow"}
    permitted = _CONTACT.fullmatch(href) or _FRAGMENT.fullmatch(href) or _is_own_file(href)
    return {"href": href} if permitted else {}


def _is_own_file(path: str) -> bool:
    """Whether a path is one of our uploads; browsers undo %2e and \\ before they resolve dots."""
    plain = unquote(path)
    return bool(_OWN_FILE.fullmatch(path)) and not re.search(r"\.\.|//|[\\\x00-\x1f%]", plain)


def _dress_image(token: Token) -> Token:
    src = str(token.attrs.get("src", ""))
    if not _is_own_file(src):  # an image elsewhere would tell its owner who reads what
        return Token("text", "", 0, content=_text(token.children or []))
    token.attrs = {"src": src, "alt": "", "loading": "lazy"}
    return token


def _code_html(code: str, info: str) -> str:
    words = info.lower().split()
    language = words[0] if words and words[0] in LANGUAGES else ""
    if not language or len(code) > MAX_HIGHLIGHTED:
        return f'<div class="highlight"><pre tabindex="0"><code>{escape(code)}</code></pre></div>\n'
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(LEXERS.get(language, language), stripnl=False)
    marked = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return f'<div class="highlight"><pre tabindex="0"><code>{marked}</code></pre></div>\n'


def _as_plain(body: str) -> str:
    return f'<pre class="plain" tabindex="0">{escape(body)}</pre>'


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
