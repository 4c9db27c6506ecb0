"""An article cut into units: a procedure with its lead, a few sentences, a table, a code block.

A unit is quoted as a whole or cut short where an item ends; throat-clearing and bare lists of links are in none.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import groupby, pairwise, takewhile
from typing import Literal

from kb.outline import Block, blocks, plain_text
from search.cues import supports
from search.wording import count_words, identifiers, is_link_list, overlap

UnitKind = Literal["steps", "text", "table", "code"]

CHUNK_WORDS = 45  # a longer paragraph is cut into chunks of whole sentences about this long
LEAD_WORDS = 40  # of a longer paragraph before steps only the last sentence introduces them

_THROAT_CLEARING = re.compile(
    r"""[*_>\s]*(?:
    (?:this|the\ following)\ (?:article|page|tutorial|guide|document|topic|section|faq)\ (?!does)
    | in\ this\ (?:article|page|tutorial|guide|document|topic|section)
    | (?:note|attention|notice)?\s*(?:to|for)\ (?:contributors|editors|reviewers|authors|translators)
    | this\ policy\ applies\ to | original\ kb | applies\ to
    | last\ (?:updated|reviewed) | welcome\b | table\ of\ contents
    | (?:see\ also|for\ (?:more|further)\ (?:information|details|help)|to\ learn\ more|learn\ more|related)\b
    | (?:use|try|follow)\ (?:(?:one|any)\ of\ )?(?:the\ following|these)\ (?:methods|steps|options|solutions)
      \b[^:\n]*(?=[.\n]|\Z)
    | (?:please\ )?(?:see|read)\ (?:the\ )?\[[^\]]*\]\([^)\s]*\)\W*(?=\n|\Z)
    | (?:for\ example,?\ )?see\ the\ (?:following\ )?(?:screenshot|image|figure)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LEANS = re.compile(
    r"(?:this|that|these|those|it|they|however|also|then|otherwise|additionally|instead|so)\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"""[.!?…][)"'”’*_]*\s+(?=["'“‘(*_\[`]*[^\W\d_]|\d(?!\d*[.)]\s))""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|no|incl|mr|mrs|ms|dr|st|[a-z])\.)\W*$", re.IGNORECASE
)
# "… follow [the other article](article:other) instead": the answer to another question.
_ELSEWHERE = re.compile(r"\]\(article:[^()\s]*\)\s+instead\b", re.IGNORECASE)
_URGENT = re.compile(
    r"\b(?:straight away|immediately|right away|at once|do not|don['’]t|never)\b|\[!(?:WARNING|CAUTION)\]"
    r"|\b(?:call|ring|phone|dial)\b[^.!?\n]{0,60}\d{3}",  # "Call the security line on 4111 now"
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Unit:
    """What is quoted or left out as one: from start to one of cuts (ends of whole items; the last is the whole).

    opening: what the article begins with, when the question is its title.
    """

    kind: UnitKind
    start: int
    cuts: tuple[int, ...]
    path: tuple[str, ...]
    anchor: str
    first_number: int = 1
    side: bool = False
    urgent: bool = False
    opening: bool = False
    score: float = 0.0


def units(body: str, asked: AbstractSet[str]) -> Iterator[Unit]:
    """In the article's order. `asked` are the stems of the question: they say where a table may be cut."""
    for _, section in groupby(blocks(body), key=lambda block: block.anchor):
        lead: Block | None = None
        within = [block for block in section if block.kind not in ("heading", "rule")]
        at = 0
        while at < len(within):
            run = _run(body, within, at)
            at += len(run)
            following = within[at].kind if at < len(within) else ""
            if run[0].kind == "paragraph" and following in ("step", "bullet", "table", "code"):
                lead = run[0]
                continue
            yield from _of_run(body, lead, run, asked)
            lead = None


def _run(body: str, within: list[Block], at: int) -> list[Block]:
    """The blocks that belong together from `at` on: list items, with what stands between two steps in sequence."""
    if within[at].kind == "bullet":
        return list(takewhile(lambda block: block.kind == "bullet", within[at:]))
    if within[at].kind != "step":
        return [within[at]]
    end = _steps_end(body, within, at)
    announced = body[within[end - 1].start : within[end - 1].end].endswith(":")
    if announced and end < len(within) and within[end].kind == "code":
        end += 1  # "5. Run this:" says nothing without the command
    return within[at:end] + list(takewhile(lambda block: block.kind == "callout", within[end:]))


def _steps_end(body: str, within: list[Block], at: int) -> int:
    """Where in `within` the procedure ends whose first step is at `at`."""
    last, end, fresh = within[at].number or 0, at + 1, False
    for ahead in range(end, len(within)):
        block = within[ahead]
        if block.kind != "step":
            # "On a Mac:" begins another procedure; anything else is badly indented and belongs to the step.
            fresh = fresh or (
                block.kind == "paragraph" and body[block.start : block.end].endswith((":", "**"))
            )
        elif block.number == last + 1 or (block.number == 1 and not fresh):
            last, end = block.number, ahead + 1
        else:
            break
    return end


def _of_run(body: str, lead: Block | None, run: list[Block], asked: AbstractSet[str]) -> Iterator[Unit]:
    """The unit of a run with the sentences that introduce it, after the units of what else its lead says."""
    first = run[0]
    if first.kind in ("paragraph", "quote", "callout"):
        yield from _prose(body, first)
        return
    start = first.start
    if lead is not None:
        own, start = _cut_lead(body, lead, start)
        if own is not None:
            yield from _prose(body, own)
    side = start < first.start and supports(body, start)
    unit = Unit("text", start, (run[-1].end,), first.path, first.anchor, side=side)
    if first.kind == "step":
        yield replace(unit, kind="steps", cuts=_item_ends(run), first_number=first.number or 1)
    elif first.kind == "table":
        yield replace(unit, kind="table", cuts=_row_ends(body, first, asked))
    elif first.kind == "code":
        yield replace(unit, kind="code")
    elif _tells(body[first.start : run[-1].end]):
        yield replace(unit, cuts=_item_ends(run))


def _cut_lead(body: str, lead: Block, start: int) -> tuple[Block | None, int]:
    """The part of a lead that stands by itself, and where the rest begins, which introduces what is at start."""
    sentences = _sentences(body, lead.start, lead.end)
    keep = 0 if count_words(body[lead.start : lead.end]) <= LEAD_WORDS else len(sentences) - 1
    while keep < len(sentences) and _THROAT_CLEARING.match(body, sentences[keep][0]):
        keep += 1
    own = replace(lead, end=sentences[keep - 1][1]) if keep else None
    return own, sentences[keep][0] if keep < len(sentences) else start


def _item_ends(run: list[Block]) -> tuple[int, ...]:
    """Ends of whole items: what stands between two steps belongs to the first."""
    following = [block.kind for block in run[1:]] + ["step"]
    return tuple(
        block.end
        for block, ahead in zip(run, following, strict=True)
        if ahead in ("step", "bullet", "callout")
    )


def _prose(body: str, block: Block) -> Iterator[Unit]:
    """A paragraph, or chunks of whole sentences of a long one, without the throat-clearing."""
    if block.kind != "paragraph":
        urgent = bool(_URGENT.search(body, block.start, block.end))
        yield Unit("text", block.start, (block.end,), block.path, block.anchor, side=True, urgent=urgent)
        return
    for start, end in _chunks(body, block):
        if _tells(body[start:end]):
            side = body.startswith("(", start) or bool(_ELSEWHERE.search(body, start, end))
            urgent = not block.path and bool(_URGENT.search(body, start, end))
            yield Unit("text", start, (end,), block.path, block.anchor, side=side, urgent=urgent)


def _chunks(body: str, block: Block) -> Iterator[tuple[int, int]]:
    """Spans of whole sentences; one that leans on the sentence before it stays with it."""
    held: list[tuple[int, int]] = []
    for start, end in [*_sentences(body, block.start, block.end), (block.end, block.end)]:
        over = held and count_words(body[held[0][0] : end]) > CHUNK_WORDS and not _LEANS.match(body, start)
        cleared = bool(_THROAT_CLEARING.match(body, start))
        if cleared and held and body.endswith("?", *held[-1]):
            held.pop()  # "Not sure whether you need it?" leads to what is not quoted
        empty = start == end or cleared
        if held and (over or empty):
            yield held[0][0], held[-1][1]
            held = []
        if not empty:
            held.append((start, end))


def _tells(text: str) -> bool:
    """Whether a piece of text says something: not a label, not an introduction to what is not quoted, not links."""
    plain = plain_text(text)
    return count_words(plain) > 2 and not plain.endswith(":") and not is_link_list(text)


def _sentences(body: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of sentences, never cut inside emphasis, code or a link."""
    spans: list[tuple[int, int]] = []
    begin = start
    for match in _SENTENCE_END.finditer(body, start, end):
        piece = body[begin : match.end()]
        whole = (
            piece.count("`") % 2 == 0 and piece.count("**") % 2 == 0 and piece.count("[") == piece.count("]")
        )
        if whole and piece.count("(") == piece.count(")") and not _ABBREVIATION.search(piece):
            spans.append((begin, begin + len(piece.rstrip())))
            begin = match.end()
    return [*spans, (begin, end)] if begin < end else spans


def _row_ends(body: str, table: Block, asked: AbstractSet[str]) -> tuple[int, ...]:
    """Where a table may be cut: after the row that shares most words with the question, or after any later one.

    One with a code of the question ends there: the rows behind it are about other codes.
    """
    ends = [match.start() for match in re.finditer(r"\r\n?|\n", body[table.start : table.end])]
    ends = [table.start + end for end in ends] + [table.end]
    rows = [overlap(asked, body[start:end]) for start, end in pairwise(ends[1:])]
    coded = [end for start, end in pairwise(ends[1:]) if asked & identifiers(body[start:end])]
    if coded:
        return (coded[-1],)
    if not any(rows):
        return (table.end,)
    return tuple(ends[2 + rows.index(max(rows)) :])
