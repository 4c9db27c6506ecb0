"""Markdown read: its sections and blocks as verbatim spans of the source, and its plain words.

Offsets are character offsets in the body exactly as given, whatever its line endings.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from markdown_it.rules_core import inline as inline_rule
from markdown_it.token import Token

from kb.parsing import Mark, Unparsable, heading_marks, inline_text, parse_blocks

BlockKind = Literal["heading", "paragraph", "step", "bullet", "table", "code", "callout", "quote", "rule"]

_NEWLINE = re.compile(r"\r\n?|\n")
# A line of words in which nothing can be markup, as most sentences are: it need not be parsed.
_BARE = re.compile(r"[^\W\d_](?:[^\W_]|[ ,.;:!?'\"’“”…()/%+=–—-])*")
# Bodies whose outline is remembered: people ask about the same articles again and again, and one ask reads an article
# to choose what to quote and once more to tell whether its section goes on.
REMEMBERED = 64


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


def sections(body: str) -> list[Section]:
    """Cut a body at its headings, in order and without overlap; anchors are the ids that `render` gives."""
    return list(_outline(body)[0])


def blocks(body: str) -> list[Block]:
    """The body's blocks in order, none overlapping, each a verbatim span without trailing blank space.

    A list item with all that is nested in it is one block; a callout, a quote or a table is one block.
    A body that cannot be parsed is one paragraph.
    """
    return list(_outline(body)[1])


@lru_cache(maxsize=REMEMBERED)
def _outline(body: str) -> tuple[tuple[Section, ...], tuple[Block, ...]]:
    try:
        state = parse_blocks(body)
        marks = heading_marks(state)
    except (Unparsable, RecursionError):
        whole = (Block("paragraph", 0, len(body.rstrip())),) if body.strip() else ()
        return tuple(_sections(body, [])), whole
    return tuple(_sections(body, marks)), tuple(_blocks(body, state.tokens, marks))


def _sections(body: str, marks: Sequence[Mark]) -> Iterator[Section]:
    starts = _line_starts(body)
    cuts = [starts[mark.line] for mark in marks] + [len(body)]
    if body[: cuts[0]].strip():
        yield Section((), "", 0, cuts[0])
    for mark, (start, end) in zip(marks, pairwise(cuts), strict=True):
        yield Section(mark.path, mark.anchor, start, end)


def _blocks(body: str, tokens: Sequence[Token], marks: Sequence[Mark]) -> Iterator[Block]:
    mark_at = {mark.line: mark for mark in marks}
    starts, here = _line_starts(body), Mark(0, "", "", 0, ())
    for kind, token, number in _leaves(tokens):
        first, last = token.map or (0, 0)
        here = mark_at.get(first, here) if kind == "heading" else here
        start, end = starts[first], starts[min(last, len(starts) - 1)]
        end = start + len(body[start:end].rstrip())
        if end > start:
            yield Block(kind, start, end, here.anchor, here.path, number)


def plain_text(markdown: str) -> str:
    """What a reader would read aloud: no markup, link texts without their targets, no HTML comments."""
    if _BARE.fullmatch(markdown):
        return markdown.strip()
    try:
        state = parse_blocks(markdown)
        inline_rule(state)
    except (Unparsable, RecursionError):
        return markdown.strip()
    parts: list[str] = []
    for token in state.tokens:
        if token.type == "inline":
            parts.append(inline_text(token.children or []))
        elif token.type in ("fence", "code_block"):
            parts.append(token.content)
        elif token.type in ("td_close", "th_close"):
            parts.append(" · ")
        if token.type in ("inline", "fence", "code_block", "tr_close") and token.meta.get("cell") is None:
            parts.append("\n")
    lines = (line.strip(" \t·") for line in "".join(parts).splitlines())
    return "\n".join(line for line in lines if line)


def readable_text(markdown: str) -> str:
    """Plain words that keep the numbers of steps and the points of lists, a block a line: for text-only places."""
    return "\n".join(_readable(block, markdown[block.start : block.end]) for block in blocks(markdown))


def _readable(block: Block, source: str) -> str:
    marker = {"step": f"{block.number}. ", "bullet": "• "}.get(block.kind, "")
    return marker + plain_text(source)


def _line_starts(body: str) -> list[int]:
    """Offset of every line, in the parser's count of lines, and of the end."""
    return [0, *(match.end() for match in _NEWLINE.finditer(body)), len(body)]


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
