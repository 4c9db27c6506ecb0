"""Finding traces of texts in a haystack: runs of words that stand in some texts and in no others. Pure.

Of a long text every fourth run of eight words is kept, so whatever repeats eleven of its words is found. A short one
is looked for as a whole. Which texts a run stands in is known beforehand, so that one index serves every reader.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

from audit.standing import Circle, Document

RUN = 8
EVERY = 4
AROUND = 4
# One word is found by chance anywhere, unless it is a long one.
LONG_WORD = 9
LONG_PHRASE = 9
# What a reader said is known again by so many of its first words.
CUT_OFF = 3
SILENCE = "\0"

_WORD = re.compile(r"[^\W_]+")
_TAG = re.compile(r"<[^<>]*>")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_BREAK = re.compile(r"\\[nrt\"/]")
_TARGET = re.compile(r"\]\([^()]*\)")


@dataclass(frozen=True)
class Find:
    """A run of words that was found, and the numbers of the documents that it stands in."""

    documents: tuple[int, ...]
    excerpt: str


def words(text: str) -> list[str]:
    """The words of a text, without case and punctuation, and without the targets of its Markdown links."""
    return [match[0].casefold() for match in _WORD.finditer(_TARGET.sub("] ", text))]


def streams(text: str) -> list[list[str]]:
    """The words of something that was served: as one reads it, and with what its markup holds."""
    plain = _BREAK.sub(" ", _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text))
    plain = unquote(unescape(plain))
    read = unescape(_TAG.sub(" ", text)) if "<" in text else ""
    return [words(each) for each in (read, plain) if each]


class Needles:
    """Which runs of words give which documents away."""

    def __init__(self, documents: Sequence[Document], on_read: Callable[[], object] = lambda: None) -> None:
        self._standing: dict[int, tuple[int, ...]] = {}
        self._first: dict[int, set[str]] = {}
        told = [words(document.text) for document in documents]
        for document, each in zip(documents, told, strict=True):
            if document.circle is not Circle.ALL:
                self._take(each)
        for number, each in enumerate(told):
            on_read()
            for _, key in self._runs(each):
                known = self._standing[key]
                if not known or known[-1] != number:
                    self._standing[key] = (*known, number)

    def __len__(self) -> int:
        return len(self._standing)

    def found_in(self, text: str, *, said: Iterable[str] = ()) -> Iterator[Find]:
        """All traces in what was served. `said` are the words that its reader sent, which may come back to them."""
        echoes = [words(each) for each in said]
        for stream in streams(text):
            for echo in echoes:
                _silence(stream, echo)
            for at, key in self._runs(stream):
                yield Find(self._standing[key], _excerpt(stream, at))

    def _take(self, told: list[str]) -> None:
        if len(told) < RUN:
            if _is_telling(told):
                self._keep(told)
            return
        for at in {*range(0, len(told) - RUN + 1, EVERY), len(told) - RUN}:
            self._keep(told[at : at + RUN])

    def _keep(self, run: list[str]) -> None:
        self._standing[hash(tuple(run))] = ()
        self._first.setdefault(len(run), set()).add(run[0])

    def _runs(self, stream: list[str]) -> Iterator[tuple[int, int]]:
        """Where in a stream a run stands that is looked for."""
        for length, first in self._first.items():
            for at in range(len(stream) - length + 1):
                if stream[at] in first:
                    key = hash(tuple(stream[at : at + length]))
                    if key in self._standing:
                        yield at, key


def _is_telling(phrase: list[str]) -> bool:
    if len(phrase) == 1:
        return len(phrase[0]) >= LONG_WORD
    return len(phrase) > 1 and sum(map(len, phrase)) >= LONG_PHRASE


def _silence(stream: list[str], echo: list[str]) -> None:
    """Take out what the reader said themselves, also where a page cuts it off; runs do not reach across the gap."""
    at, least = 0, min(CUT_OFF, len(echo))
    while echo and at < len(stream):
        same = _in_common(stream, at, echo)
        if same >= least:
            stream[at : at + same] = [SILENCE] * same
        at += max(same, 1) if same >= least else 1


def _in_common(stream: list[str], at: int, echo: list[str]) -> int:
    """How many words of the echo stand there, from its first one on."""
    there = stream[at : at + len(echo)]
    pairs = enumerate(zip(there, echo, strict=False))
    return next((number for number, (one, other) in pairs if one != other), len(there))


def _excerpt(stream: list[str], at: int) -> str:
    return " ".join(word for word in stream[max(0, at - AROUND) : at + RUN + AROUND] if word != SILENCE)
