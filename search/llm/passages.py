"""What a model is shown of an article: the words that a reader sees, each sentence with its place. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kb.outline import Block, blocks, plain_text

# Dropped before anything else, at the same length, so that offsets stay: what a reader does not see.
_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|!\[[^\]]{0,500}\]\([^)]{0,2000}\)|^[ \t]*\[[^\]\n]+\]:\s*\S.*?$",
    re.DOTALL | re.MULTILINE,
)
_SENTENCE_END = re.compile(r"""[.!?…][)"'”’*_]*\s+(?=["'“‘(*_\[`]*[^\W\d_a-z])""")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|vs|approx|incl|mr|mrs|ms|dr|st|[a-z])\.\W*$", re.IGNORECASE)
_ITEM_START = re.compile(r"^[ \t]*(?:[-*+]|\d+[.)])[ \t]+", re.MULTILINE)
_LINE_START = re.compile(r"^", re.MULTILINE)
LONGEST_LINE = (
    2_000  # no sentence is as long; the patterns below take a time that grows with the square of it
)
# Words that speak to a program and not to a reader. A line with them is neither shown to the model nor believed.
_PROGRAM = r"(?:a\.?i\.?|llms?|gpt|chat-?gpt|claude|language\ models?|chat-?bots?|assistants?|bots?)"
_ROLE = r"(?:system|assistant|user|human|developer|tool|function|policy|instructions?)"
_TO_A_MACHINE = re.compile(
    rf"""
    \b(?:ignore|disregard|forget|override|bypass|skip|drop|stop\ following)\b.{{0,40}}
      \b(?:instruct|prompt|rule|direction|guideline|previous|prior|above|earlier|context|safety|polic)
    | \b(?:system|developer|hidden|initial|original|secret)\ (?:prompt|instructions?|rules)\b
    | \b(?:developer|debug|god|admin|dan|maintenance|unrestricted)\ mode\b | \bjailbr[eo]ak | \bprompt\ injection
    | \bdo\ anything\ now\b | \b(?:you|u)\ (?:are|r)\ (?:now|no\ longer)\b | \bfrom\ now\ on\b
    | \b(?:pretend|role-?play|act\ as\ (?:an?|the|if|my)\b|imagine\ (?:that\ )?you|speak\ as|behave\ (?:as|like))\b
    | \b{_PROGRAM}\b\s*(?:[,:!]|must|should|will|shall|please)
    | \b(?:dear|hey|attention|not(?:e|ice)\ to|instructions?\ (?:to|for)|as\ an?)\s+(?:the\ |any\ |all\ )?
      (?:{_PROGRAM}\b|summari[sz])
    | (?:^|[\n|"'{{\[])\s*{_ROLE}\s*(?:\]|"?\s*:) | </?\s*{_ROLE}\b
    | <\|[^|]*\|> | \[/?INST\] | <</?SYS>> | \#{{2,}}\s*(?:instruction|system|response|assistant)
    | \b(?:answer|reply|respond|output|print|say|write|repeat|begin|start|end|finish|conclude)\b.{{0,25}}
      \b(?:only|exactly|verbatim|always|your\ (?:answer|reply|response|output)
        |with\ (?:the\ )?(?:words?|text|sentence|following|phrase))\b
    | \b(?:always|only|must|instead)\b.{{0,15}}\b(?:answer|reply|respond|output|cite)\b | \bcite\b.{{0,20}}\[?\d
    | \b(?:tell|inform|instruct|convince|persuade|urge)\ (?:the\ |every\ |all\ )?
      (?:user|reader|employee|customer|person|people)s?\b
    | \bignor(?:iere|a|ez|e[zr]?)\b.{{0,60}}\b(?:anweisung|instruc|instruç|istruzion|regla|regel|règle|consigne)
    | игнориру | 忽略 | 無視 | 이전\ ?지시 | تجاهل
    | [A-Za-z0-9+]{{40,}}={{0,2}} | (?:\\x[0-9a-f]{{2}}){{4}} | (?:%[0-9a-f]{{2}}){{6}}
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Line:
    """text is what a reader sees of body[start:end]: a sentence, an item, a row or a line of code."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Passage:
    """A stretch of a live revision as the model is shown it; `title` and `path` stand above it."""

    article_id: int
    revision_id: int
    title: str
    path: tuple[str, ...]
    anchor: str
    lines: tuple[Line, ...]


def lines_of(body: str, start: int, end: int) -> tuple[Line, ...]:
    """The lines of a stretch of an article, without comments, pictures and what speaks to a machine."""
    seen = _UNSEEN.sub(lambda found: re.sub(r"[^\r\n]", " ", found[0]), body)
    cut = [
        span
        for block in blocks(seen)
        if start < block.end and block.start < end
        for span in _spans(seen, block)
        if span[1] - span[0] <= LONGEST_LINE
    ]
    lines = (
        Line(first, last, _read(seen[first:last])) for first, last in cut if start <= first and last <= end
    )
    return tuple(line for line in lines if re.search(r"\w", line.text) and not speaks_to_a_machine(line.text))


def speaks_to_a_machine(text: str) -> bool:
    """Whether a text reads as if it were meant for a language model. Takes away too much rather than too little.

    A text longer than a line may be is taken for one unread.
    """
    if len(text) > LONGEST_LINE:
        return True
    bare = "".join(letter for letter in text if unicodedata.category(letter) != "Mn")
    return bool(_TO_A_MACHINE.search(bare) or _TO_A_MACHINE.search(unicodedata.normalize("NFKD", bare)))


def cleaned(text: str) -> str:
    """One line of visible characters: nothing that hides, reverses or ends a line, nor a model's own control words."""
    text = unicodedata.normalize("NFKC", text)
    shown = (" " if unicodedata.category(each) in ("Cc", "Zl", "Zp", "Zs") else each for each in text)
    kept = (each for each in shown if unicodedata.category(each) not in ("Cf", "Co", "Cs", "Cn"))
    return re.sub(r"<\|+|\|+>", "|", " ".join("".join(kept).split()))


def defused(text: str) -> str:
    """Data for a prompt, in one line that looks like nothing of the prompt's own: no citations, no fences."""
    return re.sub(r"\[(\d+)\]", r"(\1)", cleaned(text)).replace("==", "= =")


def _read(markdown: str) -> str:
    return cleaned(_ITEM_START.sub("", plain_text(markdown), count=1))


def _spans(body: str, block: Block) -> Iterator[tuple[int, int]]:
    """A paragraph cut at the ends of sentences; a list, a table and code at their lines first."""
    if block.kind in ("heading", "rule"):
        return
    border = {"table": _LINE_START, "code": _LINE_START, "step": _ITEM_START, "bullet": _ITEM_START}.get(
        block.kind
    )
    starts = [found.start() for found in border.finditer(body, block.start, block.end)] if border else []
    for start, end in pairwise(sorted({block.start, *starts, block.end})):
        if block.kind == "code":
            yield from (
                () if body[start:end].lstrip().startswith(("```", "~~~")) else _trimmed(body, start, end)
            )
        else:
            yield from _sentences(body, start, end)


def _sentences(body: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Never cut inside emphasis, code, brackets or a link."""
    begin = start
    for found in _SENTENCE_END.finditer(body, start, end):
        piece = body[begin : found.end()]
        pairs = piece.count("`") % 2 == 0 and piece.count("**") % 2 == 0
        if pairs and _closed(piece, "[]") and _closed(piece, "()") and not _ABBREVIATION.search(piece):
            yield from _trimmed(body, begin, found.end())
            begin = found.end()
    yield from _trimmed(body, begin, end)


def _closed(text: str, pair: str) -> bool:
    return text.count(pair[0]) == text.count(pair[1])


def _trimmed(body: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    text = body[start:end]
    start += len(text) - len(text.lstrip())
    if text.strip():
        yield start, start + len(text.strip())
