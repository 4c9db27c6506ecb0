"""The words of a question in a text that was found, and the part of it that has most of them. Pure."""

import re
from dataclasses import dataclass

from search.synonyms import words_of
from search.wording import same_word, stems

EXCERPT_WORDS = 36
# Words that stand before the first match, so that it is read in its sentence.
RUN_UP = 6
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Piece:
    """A stretch of plain text, which is marked or not. A template escapes it like any other text."""

    text: str
    is_match: bool = False


def telling_words(*texts: str) -> frozenset[str]:
    """The words to mark for what was asked, without those that only hold a sentence together."""
    spoken = (word for text in texts for word in _WORD.findall(text.casefold()))
    return frozenset(same for word in spoken if stems(word) for same in words_of(word))


def marked(text: str, wanted: frozenset[str]) -> list[Piece]:
    """The whole text in pieces, the wanted words marked. Joined, the pieces are the text."""
    pieces, end = [], 0
    for found in _WORD.finditer(text):
        if _is_wanted(found.group(), wanted):
            if found.start() > end:
                pieces.append(Piece(text[end : found.start()]))
            pieces.append(Piece(found.group(), is_match=True))
            end = found.end()
    return [*pieces, Piece(text[end:])] if end < len(text) else pieces


def excerpt(text: str, wanted: frozenset[str]) -> list[Piece]:
    """The stretch of a text that has most of the wanted words, on one line; none when it has none of them."""
    text = " ".join(text.split())
    words = list(_WORD.finditer(text))
    hits = [(at, key) for at, word in enumerate(words) if (key := _matched(word.group(), wanted))]
    if not hits:
        return []
    first = max(range(len(hits)), key=lambda begin: (_met_within(hits, begin), -begin))
    begin = max(hits[first][0] - RUN_UP, 0)
    last = min(begin + EXCERPT_WORDS, len(words)) - 1
    start = words[begin].start() if begin else 0
    end = words[last].end() if last < len(words) - 1 else len(text)
    return marked(f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}", wanted)


def _met_within(hits: list[tuple[int, str]], begin: int) -> int:
    """How many different words are met in an excerpt that begins with this one."""
    end = hits[begin][0] + EXCERPT_WORDS - RUN_UP
    return len({key for at, key in hits[begin:] if at < end})


def _is_wanted(word: str, wanted: frozenset[str]) -> bool:
    return bool(_matched(word, wanted))


def _matched(word: str, wanted: frozenset[str]) -> str:
    """The wanted word that this one is a form of, or nothing."""
    same = "".join(words_of(word))
    if same in wanted:
        return same
    begun = (each for each in wanted if same_word(same, each))
    return min(begun, default="")
