"""Article to passages: sections cut at headings, of about 180 words, each a verbatim stretch of the article."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kb.outline import Block, blocks, plain_text, sections

# Part of every vector's fingerprint: change it whenever a passage or its embedded text would come out differently.
SPLITTER_VERSION = "1"
# The model reads 256 tokens: about 180 words with title and headings before them.
TARGET_WORDS = 180

_WORD = re.compile(r"\S+")
_LINE_END = re.compile(r"[\r\n]+")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+")
_ADDRESS = re.compile(r"<?\b(?:https?://|www\.)\S+")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True)
class PassageSpan:
    """body[start:end] is the passage; `path` its headings from the outermost in; `anchor` the id on the page."""

    ordinal: int
    start: int
    end: int
    path: tuple[str, ...]
    anchor: str


@dataclass(frozen=True)
class _Piece:
    start: int
    end: int
    words: int


def split(body: str) -> list[PassageSpan]:
    """Cut Markdown into passages: in order, without overlap, holding every visible word outside the headings.

    A cut falls between blocks (paragraphs, list items, tables, code fences); only a block longer than a whole
    passage is cut inside, at the ends of its lines or sentences.
    """
    every_block = [block for block in blocks(body) if block.kind not in ("heading", "rule")]
    spans: list[PassageSpan] = []
    for section in sections(body):
        within = [block for block in every_block if section.start <= block.start < section.end]
        for first, last in _packed([piece for block in within for piece in _pieces(body, block)]):
            spans.append(PassageSpan(len(spans), first.start, last.end, section.path, section.anchor))
    return spans


def embedding_text(title: str, path: tuple[str, ...], passage_text: str) -> str:
    """What is embedded and indexed for a passage: title, headings, then the words that a reader sees.

    A heading that repeats the title is left out; addresses and tags are noise to the model.
    """
    text = _TAG.sub(" ", _ADDRESS.sub(" ", plain_text(passage_text)))
    headings = [each for each in path if each.casefold() != title.strip().casefold()]
    return "\n".join(each for each in (title, " > ".join(headings), " ".join(text.split())) if each)


def _pieces(body: str, block: Block) -> Iterator[_Piece]:
    # The lines of a paragraph break anywhere; those of a table, a list or code are its rows, items, statements.
    borders = [_SENTENCE_END] if block.kind == "paragraph" else [_LINE_END, _SENTENCE_END]
    yield from _cut(body, block.start, block.end, borders)


def _cut(body: str, start: int, end: int, borders: list[re.Pattern[str]]) -> Iterator[_Piece]:
    """body[start:end] whole when it fits into a passage, else cut at the first kind of border, then at the next."""
    words = list(_WORD.finditer(body, start, end))
    if not words:
        return
    start, end = words[0].start(), words[-1].end()
    if len(words) <= TARGET_WORDS:
        yield _Piece(start, end, len(words))
    elif borders:
        cuts = [found.start() for found in borders[0].finditer(body, start, end)]
        for a, b in pairwise([start, *cuts, end]):
            yield from _cut(body, a, b, borders[1:])
    else:
        for first in range(0, len(words), TARGET_WORDS):
            part = words[first : first + TARGET_WORDS]
            yield _Piece(part[0].start(), part[-1].end(), len(part))


def _packed(pieces: list[_Piece]) -> Iterator[tuple[_Piece, _Piece]]:
    """First and last piece of each passage: as many passages as the section needs, of about equal length."""
    total = sum(piece.words for piece in pieces)
    fair_share = total / max(1, round(total / TARGET_WORDS))
    held: list[_Piece] = []
    words = 0
    for piece in pieces:
        # Stop where the passage comes nearest to its fair share, before or after this piece.
        if held and words + piece.words / 2 > fair_share:
            yield held[0], held[-1]
            held, words = [], 0
        held.append(piece)
        words += piece.words
    if held:
        yield held[0], held[-1]
