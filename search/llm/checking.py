"""Whether a sentence says what an article says. Pure.

A sentence is believed when it has the words of one line of a passage that it cites, in the same order and with nothing
between them left out. Only a last part of the line after a comma may be missing, and only the words of `_FILLERS` may
come and go. What is dropped wrongly costs little, as the quotes stay; what is believed wrongly costs trust. Figures:
docs/decisions/007-language-model.md.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import Any

from search.llm.passages import Line, Passage, cleaned, speaks_to_a_machine

MOST_LINES = 3  # a sentence may join so many whole lines in a row
LEAST_WORDS = 2  # that tell something; fewer say nothing that could be held against an article
LEAST_TOLD = 0.6  # share of the words of a line; chosen on true and false sentences, see the decision
LONGEST_SENTENCE = 400

# They may come and go without a change of what is said. Whatever says who, where to, when or whether is not among them.
_FILLERS = frozenset(("a", "an", "the", "this", "these", "your", "please", "simply", "then", "also", "now"))
# What they stand in limits or reverses the rest: it is never left out, and reaches no line but its own.
_LIMITING = frozenset(
    re.findall(
        r"\w+",
        """
not no nor neither cannot never none nothing nobody without only unless except until before after instead than if
or but though although however when whenever while where provided otherwise depending least most
""",
    )
)
# What is left of a text without them is what it is about.
_SAYING_LITTLE = _FILLERS | frozenset(
    re.findall(
        r"\w+",
        """
that those there here it its they them their he she his her him you yours we our us i my me is are was were be been
being am do does did done have has had having will would can could should shall might and or but so just to of in on
at by for from with as into onto about which who whom whose what when where while how need needs want wants able
order follow following step steps first next finally lastly once such some
""",
    )
)
_PART_END = re.compile(r"[,;]\s")
_NEGATED = re.compile(r"n't\b")
_TOKEN = re.compile(r"[<>≤≥]|[^\s\"“”«»()\[\]{}<>≤≥|*`;,!?…]+")
_SIGN = re.compile(r"[-−–](?=[.,]?\d)")  # of a number: "-20"; a plus is kept anyway
_EXACT = re.compile(r"\d|[@/\\:_#=+%&$€£.<>≤≥]")
_MARKED = re.compile(r"[<>{}\[\]|\\`=^~$@#*_]|https?:|www\.|\bmailto:")
_EMPHASIS = re.compile(r"(\*\*|__|`)(.+?)\1")
_NUMBERING = re.compile(
    r"^(?:\s*(?:[-*+•>#]+(?!\d)|\(?\d{1,2}[.)](?!\d)|(?:step|sentence|answer)\s*\d*\s*:))+\s*", re.IGNORECASE
)
_CITED = re.compile(r"[\[【](\d{1,3}(?:\s*[,;]\s*\d{1,3})*)[\]】]")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"'“‘(]?[^\W\d_a-z])")


class Dropped(StrEnum):
    """Why a sentence is not shown."""

    NO_CITATION = "cites nothing that there is"
    TOO_SHORT = "says too little"
    TOO_LONG = "is too long"
    TO_A_MACHINE = "speaks to a machine"
    NEW_WORDS = "has words that the article has not"
    TURNED = "turns the article's words around"
    TORN = "leaves out too much"
    SAID_BEFORE = "was said before"


@dataclass(frozen=True)
class Sentence:
    """What a model wrote, as plain text, and the lines that it stands on: body[start:end] of that revision."""

    text: str
    article_id: int
    revision_id: int
    start: int
    end: int
    path: tuple[str, ...]
    anchor: str


def check(written: str, passages: Sequence[Passage]) -> Iterator[Sentence | Dropped]:
    """Each sentence of a line that a model wrote: with what it stands on, or why it is dropped."""
    line = _EMPHASIS.sub(r"\2", cleaned(written))
    cited = [int(number) for found in _CITED.findall(line) for number in re.findall(r"\d+", found)]
    named = [passages[number - 1] for number in dict.fromkeys(cited) if 1 <= number <= len(passages)]
    text = _NUMBERING.sub("", _CITED.sub("", line))
    whole = _checked(_tidied(text), named)
    # A full stop may stand within a sentence, as in the name of a button.
    parts = [] if isinstance(whole, Sentence) else [_tidied(part) for part in _SENTENCE_END.split(text)]
    if len(parts) < 2:
        yield whole
    else:
        yield from (_checked(part, named) for part in parts if part)


def telling_words(text: str) -> tuple[str, ...]:
    """What a text is about, for comparing what two texts speak of rather than what they say."""
    return _words(text, _SAYING_LITTLE)


@lru_cache(maxsize=1_000)
def words(text: str) -> tuple[str, ...]:
    """The words by which texts are compared here, in order: stems, and codes, numbers and signs as they are."""
    return _words(text, _FILLERS)


def _words(text: str, without: AbstractSet[str]) -> tuple[str, ...]:
    return tuple(
        token if _EXACT.search(token) else _stem(token) for token in _tokens(text) if token not in without
    )


def _checked(text: str, named: Sequence[Passage]) -> Sentence | Dropped:
    if not named:
        return Dropped.NO_CITATION
    if len(text) > LONGEST_SENTENCE:
        return Dropped.TOO_LONG
    if speaks_to_a_machine(text):
        return Dropped.TO_A_MACHINE
    if len(telling_words(text)) < LEAST_WORDS:
        return Dropped.TOO_SHORT
    said = words(text)
    for passage in named:
        for lines in _windows(passage.lines):
            if said in _tellings(lines) and _marks(text) <= set(
                chain(*(_marks(line.text) for line in lines))
            ):
                return Sentence(
                    text=text,
                    article_id=passage.article_id,
                    revision_id=passage.revision_id,
                    start=lines[0].start,
                    end=lines[-1].end,
                    path=passage.path,
                    anchor=passage.anchor,
                )
    return _reason(text, said, [line for passage in named for line in passage.lines])


def _windows(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """One line, then two in a row, then three: a sentence stands on as few as will do."""
    for size in range(1, MOST_LINES + 1):
        for first in range(len(lines) - size + 1):
            yield lines[first : first + size]


def _tellings(lines: Sequence[Line]) -> Iterator[tuple[str, ...]]:
    """All that may be said of these lines: all their words, or of a single line all but a last part."""
    whole = [words(line.text) for line in lines]
    if len(lines) == 1 or not any(map(_limits, lines)):
        yield tuple(chain(*whole))
    if len(lines) == 1:
        yield from _shortened(lines[0].text, len(whole[0]))


def _shortened(line: str, size: int) -> Iterator[tuple[str, ...]]:
    for found in _PART_END.finditer(line):
        told, left_out = words(line[: found.start()]), line[found.end() :]
        if len(told) >= LEAST_TOLD * size and _LIMITING.isdisjoint(_tokens(left_out)):
            yield told


def _limits(line: Line) -> bool:
    return not _LIMITING.isdisjoint(_tokens(line.text))


def _marks(text: str) -> set[str]:
    return set(_MARKED.findall(text))


def _reason(text: str, said: Sequence[str], lines: Sequence[Line]) -> Dropped:
    """The nearest reason why a text stands on none of these lines."""
    told = list(chain(*(words(line.text) for line in lines)))
    if not set(said) <= set(told) or not _marks(text) <= set(chain(*(_marks(line.text) for line in lines))):
        return Dropped.NEW_WORDS
    return Dropped.TORN if _in_order(said, told) else Dropped.TURNED


def _tokens(text: str) -> Iterator[str]:
    """Words in lower case; what has a digit or a sign inside (a code, a number, an address) stays whole."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")
    plain = _NEGATED.sub(" not", plain.replace("can't", "can not").replace("won't", "will not"))
    for token in _TOKEN.findall(plain):
        sign = "-" if _SIGN.match(token) else ""
        token = sign + token.strip(".:'_&-−–—").removesuffix("'s")
        if _EXACT.search(token):
            yield token
        else:
            yield from (part for part in re.split(r"[^\w]+", token) if part)


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    return str((_stemmer().analyze(word) or [word])[0])


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    return builder.filter(tantivy.Filter.stemmer("english")).build()


def _in_order(words: Sequence[str], others: Sequence[str]) -> bool:
    """Whether all words are found among the others, one after the other."""
    rest = iter(others)
    return all(word in rest for word in words)


def _tidied(text: str) -> str:
    """Without what Markdown would make of it, and with an end."""
    text = re.sub(r"^[\s•*-]+(?!\d)", "", text)
    text = re.sub(r"\s+([.,;:!?])", r"\1", text).rstrip(" \t-•*")
    text = re.sub(r"([.!?])[.]+$", r"\1", text)
    return text if not re.search(r"\w", text) or text.endswith((".", "!", "?")) else f"{text.rstrip(':;,')}."
