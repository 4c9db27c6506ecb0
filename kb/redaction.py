"""Markdown as one reader may have it: without editors' comments, and without the names of articles hidden from them.

Pages never show either; this is for places that hand out the source. Where it can't tell, it takes away too much.
"""

import re
from collections.abc import Collection, Iterator
from html import unescape

from markdown_it.rules_core.state_core import StateCore

from kb.parsing import Unparsable, comment_spans, parse_blocks

Span = tuple[int, int]

_TARGET = r"(?:<[^<>\n]*>|(?:\\.|[^\s()<>\\])*)"
_TITLE = r"""(?:\s+(?:"(?:\\.|[^"\\])*+"|'(?:\\.|[^'\\])*+'|\((?:\\.|[^()\\])*+\)))?"""
# What matters of inline Markdown: escapes, brackets, and targets, be they of a link, a definition or in angles.
_PIECE = re.compile(
    rf"\\.|(?P<open>!?\[)|\]\(\s*(?P<link>{_TARGET}){_TITLE}\s*\)|\](?:\(|:)\s*(?P<loose>{_TARGET})"
    r"|(?P<close>\])|<(?P<angle>article:[^<>\s]*)>",
    re.DOTALL | re.IGNORECASE,
)
_ARTICLE = re.compile(r"article:([^#]*)", re.IGNORECASE)


def article_ids(body: str) -> set[str]:
    """The ids of all articles that a text has links to, wherever it has them."""
    targets = (match["link"] or match["loose"] or match["angle"] for match in _PIECE.finditer(body))
    return {found for target in targets if target and (found := _article_id(target))}


def redacted(body: str, readable: Collection[str]) -> str:
    """The text without comments, and of links to articles that are not among the readable ones only the words.

    Code blocks stay as they are: a page shows what looks like a comment in them.
    """
    try:
        state = parse_blocks(body)
    except (Unparsable, RecursionError):
        return _prose(body, readable)
    source, kept, here = state.src, list[str](), 0
    comments = [(span, "") for span in comment_spans(state)]
    code = [((start, stop), source[start:stop]) for start, stop in _code_spans(state)]
    for (start, stop), instead in sorted(comments + code):
        kept += [_prose(source[here:start], readable), instead]
        here = max(here, stop)
    return "".join(kept) + _prose(source[here:], readable)


def _code_spans(state: StateCore) -> Iterator[Span]:
    """Where code stands; the line that opens a fence is no part of it."""
    starts = [0, *(match.end() for match in re.finditer("\n", state.src)), len(state.src)]
    for token in state.tokens:
        if token.type in ("fence", "code_block") and token.map:
            first, last = token.map[0] + (token.type == "fence"), token.map[1]
            yield starts[min(first, len(starts) - 1)], starts[min(last, len(starts) - 1)]


def _prose(text: str, readable: Collection[str]) -> str:
    """Text outside code, with each hidden link undone: its bracket is looked up when its target turns up."""
    text = _without_comments(text)
    kept: list[str] = []
    brackets: list[int] = []
    here = 0
    for match in _PIECE.finditer(text):
        kept += [text[here : match.start()], _piece(match, kept, brackets, readable)]
        here = match.end()
    return "".join(kept) + text[here:]


def _without_comments(text: str) -> str:
    # Not by an expression, which would look for the end anew at each of a thousand openings.
    kept, here = list[str](), 0
    while (start := text.find("<!--", here)) >= 0 and (stop := text.find("-->", start + 2)) >= 0:
        kept.append(text[here:start])
        here = stop + 3
    return "".join(kept) + text[here:]


def _piece(match: re.Match[str], kept: list[str], brackets: list[int], readable: Collection[str]) -> str:
    """What stays of a piece; kept and brackets are what came before it."""
    piece = match[0]
    if match["open"]:
        brackets.append(len(kept) + 1)
        return piece
    if match["angle"]:
        return piece if _article_id(match["angle"]) in readable else ""
    opened = brackets.pop() if brackets and piece.startswith("]") else None
    target = match["link"] or match["loose"] or ""
    if _article_id(target) in (None, *readable):
        return piece
    if match["link"] and opened is not None:
        kept[opened] = ""
        return ""
    return piece.replace(target, "#")


def _article_id(target: str) -> str | None:
    """The id that a target names, read as a Markdown parser reads it; None when it is no article's."""
    plain = unescape(re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", target.strip("<>")))
    found = _ARTICLE.match(plain.strip())
    return found[1] if found else None
