"""Markdown read into tokens: the one parser that reading and rendering share.

It never lets raw HTML through, drops comments, and marks callouts and tasks. Whoever parses has to expect
Unparsable and RecursionError, and fall back to plain text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_core import block as block_rule
from markdown_it.rules_core import normalize
from markdown_it.rules_core.state_core import StateCore
from markdown_it.token import Token

if TYPE_CHECKING:
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

# Past these nobody reads it, and parsing would hold up a worker: shown as plain text. Real articles stay under
# 40,000 characters; a row of brackets costs the parser fifty times as much as other text.
MAX_CHARS, MAX_LINES, MAX_BRACKETS = 120_000, 10_000, 10_000
MAX_NESTING = 20  # ten lists within lists; what lies deeper is dropped by the parser
CALLOUTS = {
    "note": "Note",
    "tip": "Tip",
    "important": "Important",
    "warning": "Warning",
    "caution": "Caution",
}

# Ids of the site's own on pages that show an article: no heading may take one, and stand in for what it names.
RESERVED_ANCHORS = (
    "ask-form", "comment-template", "conversation", "decide-title", "did-this-help", "editor-title", "find",
    "help-title", "main", "reason-help", "related-title", "remarks-title", "vote-note",
)  # fmt: skip

_CALLOUT = re.compile(r"\[!(" + "|".join(CALLOUTS) + r")\][ \t]*\n?", re.IGNORECASE)
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S)")
_BR = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)


class Mark(NamedTuple):
    """A heading of the page itself, at that line; path is the headings down to its own."""

    level: int
    text: str
    anchor: str
    line: int
    path: tuple[str, ...]


class Unparsable(Exception):
    """Too long or too contorted to parse; callers fall back to plain text."""


def parse_blocks(body: str) -> StateCore:
    """Block tokens only (inline text unparsed), with callouts and tasks marked in `meta`."""
    lines = body.count("\n") + body.count("\r")
    if len(body) > MAX_CHARS or lines > MAX_LINES or body.count("[") > MAX_BRACKETS:
        raise Unparsable
    state = StateCore(body, _parser(), {})
    normalize(state)
    block_rule(state)
    _mark_callouts(state.tokens)
    _mark_inline_context(state.tokens)
    return state


def heading_marks(state: StateCore) -> list[Mark]:
    """The headings of the page itself; those inside quotes and lists get no anchor and start no section."""
    marks: list[Mark] = []
    taken = dict.fromkeys(RESERVED_ANCHORS, 1)
    trail: list[tuple[int, str]] = []
    for i, token in enumerate(state.tokens):
        if token.type != "heading_open" or token.level != 0:
            continue
        level, children = int(token.tag[1]), list[Token]()
        state.md.inline.parse(state.tokens[i + 1].content, state.md, state.env, children)
        text = " ".join(inline_text(children).split())
        trail = [(deep, name) for deep, name in trail if deep < level] + [(level, text)]
        anchor = _anchor(text, taken)
        marks.append(Mark(level, text, anchor, (token.map or [0])[0], tuple(name for _, name in trail)))
    return marks


def comment_spans(state: StateCore) -> list[tuple[int, int]]:
    """Where in state.src stand the comments that begin a line, with what is dropped along with them."""
    found: list[tuple[int, int]] = state.env.get("dropped", [])
    return found


def inline_text(children: Sequence[Token]) -> str:
    """The words of parsed inline text; of an image its description."""
    parts: list[str] = []
    for token in children:
        if token.type == "softbreak":
            parts.append(" ")
        elif token.type == "hardbreak":
            parts.append("\n")
        elif token.type == "image":
            parts.append(inline_text(token.children or []))
        else:
            parts.append(token.content)
    return "".join(parts)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    # Targets are judged by kb/sanitising.py, where a refused link keeps its text instead of showing its source.
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
        state.env.setdefault("dropped", []).append((pos, state.eMarks[line]))
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


def _anchor(text: str, taken: dict[str, int]) -> str:
    """A slug not yet taken; taken remembers the last suffix of each, so that many equal headings stay cheap."""
    slug = re.sub(r"[\s_]+", "-", re.sub(r"[^\w\s-]", "", text.lower())).strip("-")[:80] or "section"
    anchor = slug
    while anchor in taken:
        taken[slug] += 1
        anchor = f"{slug}-{taken[slug]}"
    taken[anchor] = 1
    return anchor
