"""Markdown rendered, as hostile input, to safe HTML.

Three independent layers keep a reader safe: the parser never lets raw HTML through (kb/parsing.py), every link and
image is checked against a short list of targets, and nh3 cleans the finished HTML against a tight allow-list
(both in kb/sanitising.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from markdown_it.rules_core import inline as inline_rule
from markdown_it.rules_core import text_join
from markdown_it.rules_core.state_core import StateCore
from markdown_it.token import Token

from kb.parsing import CALLOUTS, Unparsable, heading_marks, inline_text, parse_blocks
from kb.sanitising import Resolver, clean, is_own_file, link_attributes

# Some lexers backtrack badly: longer code, and what comes after much of it, is shown without colours.
MAX_HIGHLIGHTED, MAX_HIGHLIGHTED_IN_ALL = 4_000, 12_000
MAX_TARGETS = 500_000  # one long target, defined once, can be referred to ten thousand times
LANGUAGES = {
    "bash", "sh", "shell", "powershell", "ps1", "bat", "batch", "cmd", "python", "py", "json", "xml",
    "html", "css", "yaml", "yml", "ini", "toml", "sql", "javascript", "js", "vb.net", "vbnet", "vba", "vb",
    "csharp", "cs", "java", "go", "rust", "diff",
}  # fmt: skip
LEXERS = {"vba": "vb.net", "vb": "vb.net", "cmd": "bat", "cs": "csharp"}  # names Pygments does not know


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


def render(body: str, *, resolve_link: Resolver | None = None) -> Rendered:
    """Turn an article's Markdown into safe HTML.

    `resolve_link` is given the id of `article:<id>` links and answers a URL, or None for "show only the text".
    Never raises for any text: what cannot be parsed comes back escaped in a <pre>.
    """
    try:
        state = parse_blocks(body)
        marks = heading_marks(state)
        shift = 1 if any(token.tag == "h1" for token in state.tokens) else 0
        html = _to_html(state, resolve_link, shift, {mark.line: mark.anchor for mark in marks})
    except (Unparsable, RecursionError):
        return Rendered(_as_plain(body), ())
    return Rendered(html, tuple(Heading(min(6, m.level + shift), m.text, m.anchor) for m in marks))


def render_quote(markdown: str, *, first_number: int = 1, resolve_link: Resolver | None = None) -> str:
    """Safe HTML of a fragment: no ids, headings as plain strong lines so that the page's outline stays intact.

    An ordered list keeps the number it starts with; `first_number` above 1 overrules it (sources often write
    every step as "1.").
    """
    try:
        state = parse_blocks(markdown)
        first_list = next((t for t in state.tokens if t.type == "ordered_list_open"), None)
        if first_list is not None and first_number > 1:
            first_list.attrs["start"] = first_number
        for token in state.tokens:
            if token.type in ("heading_open", "heading_close"):
                token.tag = "p"
                token.attrs = {"class": "quote-heading"} if token.nesting > 0 else {}
        return _to_html(state, resolve_link, 0, {})
    except (Unparsable, RecursionError):
        return _as_plain(markdown)


def _to_html(state: StateCore, resolve: Resolver | None, shift: int, anchors: dict[int, str]) -> str:
    inline_rule(state)
    text_join(state)
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close") and token.tag != "p":
            _dress_heading(token, shift, anchors)
        elif token.type in ("th_open", "td_open") and token.attrs:
            _dress_cell(token)
        elif token.type == "inline":
            _dress_inline(token, resolve)
    if sum(len(target) for target in _targets(state.tokens)) > MAX_TARGETS:
        raise Unparsable
    dressed = list(_with_own_html(state.tokens))
    html: str = state.md.renderer.render(dressed, state.md.options, state.env)
    return clean(html)


def _targets(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        for child in token.children or []:
            yield str(child.attrs.get("href") or child.attrs.get("src") or "")


def _with_own_html(tokens: list[Token]) -> Iterator[Token]:
    """The tokens with HTML of our own for code and callouts, and a frame around each table."""
    callouts: list[bool] = []
    room = MAX_HIGHLIGHTED_IN_ALL
    for token in tokens:
        if token.type in ("fence", "code_block"):
            language = _language(token.info) if len(token.content) <= min(MAX_HIGHLIGHTED, room) else ""
            room -= len(token.content) if language else 0
            yield _raw(_code_html(token.content, language))
        elif token.type == "blockquote_open":
            callouts.append("callout" in token.meta)
            yield _raw(_callout_html(token.meta["callout"])) if callouts[-1] else token
        elif token.type == "blockquote_close" and callouts.pop():
            yield _raw("</div>\n")
        elif token.type == "table_open":
            yield _raw('<div class="table-scroll" tabindex="0" role="region" aria-label="Table">')
            yield token
        elif token.type == "table_close":
            yield token
            yield _raw("</div>\n")
        else:
            yield token


def _raw(html: str) -> Token:
    # Safe as a carrier of our own HTML: with html=False the parser never makes such a token from the source.
    return Token("html_block", "", 0, content=html)


def _callout_html(kind: str) -> str:
    return f'<div class="callout callout-{kind}" role="note"><p class="callout-title">{CALLOUTS[kind]}</p>\n'


def _dress_cell(token: Token) -> None:
    alignment = str(token.attrs.get("style", "")).removeprefix("text-align:")
    token.attrs = {"class": "text-" + {"center": "center", "right": "end"}.get(alignment, "start")}


def _dress_heading(token: Token, shift: int, anchors: dict[int, str]) -> None:
    token.tag = f"h{min(6, int(token.tag[1]) + shift)}"
    if token.type == "heading_open" and token.level == 0 and token.map and token.map[0] in anchors:
        token.attrs["id"] = anchors[token.map[0]]


def _dress_inline(token: Token, resolve: Resolver | None) -> None:
    """Keep only safe links and images; refused ones leave their text behind."""
    kept: list[Token] = []
    links: list[bool] = []
    if "task" in token.meta:
        kept.append(_checkbox(done=token.meta["task"]))
    for child in token.children or []:
        if child.type == "link_open":
            child.attrs = link_attributes(str(child.attrs.get("href", "")), resolve)
            links.append(bool(child.attrs))
        if child.type == "image":
            child = _dress_image(child)
        if child.type not in ("link_open", "link_close") or (links[-1] if child.nesting > 0 else links.pop()):
            kept.append(child)
    token.children = kept


def _checkbox(*, done: bool) -> Token:
    state = 'checked="" aria-label="Done"' if done else 'aria-label="To do"'
    return Token("html_inline", "", 0, content=f'<input type="checkbox" disabled="" {state}> ')


def _dress_image(token: Token) -> Token:
    src = str(token.attrs.get("src", ""))
    if not is_own_file(src):  # an image elsewhere would tell its owner who reads what
        return Token("text", "", 0, content=inline_text(token.children or []))
    token.attrs = {"src": src, "alt": "", "loading": "lazy"}
    return token


def _language(info: str) -> str:
    """The language that a fence names, if we know it."""
    words = info.lower().split()
    return words[0] if words and words[0] in LANGUAGES else ""


def _code_html(code: str, language: str) -> str:
    if not language:
        return f'<div class="highlight"><pre tabindex="0"><code>{escape(code)}</code></pre></div>\n'
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name

    lexer = get_lexer_by_name(LEXERS.get(language, language), stripnl=False)
    marked = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return f'<div class="highlight"><pre tabindex="0"><code>{marked}</code></pre></div>\n'


def _as_plain(body: str) -> str:
    return f'<pre class="plain" tabindex="0">{escape(body)}</pre>'
