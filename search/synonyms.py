"""Synonyms that editors keep: what else the words of a question are called here. Pure."""

import re
from collections.abc import Mapping
from functools import lru_cache

Words = tuple[str, ...]
Thesaurus = Mapping[Words, tuple[str, ...]]  # the words of a term → the other terms of its groups

# A question is drowned by more: the words that somebody typed must stay most of what is looked for.
MOST_ADDED = 12
# A term of more words is a sentence, which nobody repeats word for word.
LONGEST_TERM = 6
_WORD = re.compile(r"[^\W_]+")


def terms_of(line: str) -> list[str]:
    """The terms of a group as an editor wrote it, "VPN, tunnel, remote access": each once, whatever its case."""
    terms = (" ".join(term.split()) for term in line.split(","))
    return list({term.casefold(): term for term in reversed([term for term in terms if term])}.values())[::-1]


def words_of(text: str) -> Words:
    """The words of a text in lower case, a plural as its singular: "Wi-Fi codes" is wi, fi, code."""
    return tuple(_singular(word) for word in _WORD.findall(text.casefold()))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=4)
def thesaurus(lines: tuple[str, ...]) -> Thesaurus:
    """Groups of terms, to look terms up in. Lines that are the same as last time are not read again."""
    found: dict[Words, dict[str, None]] = {}
    for line in lines:
        said = {term: words_of(term) for term in terms_of(line)}
        for words in said.values():
            others = (other for other, same in said.items() if same != words)
            found.setdefault(words, {}).update(dict.fromkeys(others))
    return {words: tuple(others) for words, others in found.items() if words}


def added_terms(question: str, known: Thesaurus) -> list[str]:
    """The terms that mean the same as some whole words of the question, in the order of the question."""
    words = words_of(question) if known else ()
    runs = (
        words[begin : begin + length]
        for begin in range(len(words))
        for length in range(LONGEST_TERM, 0, -1)
        if begin + length <= len(words)
    )
    said = f" {' '.join(words)} "
    others = dict.fromkeys(other for run in runs for other in known.get(run, ()))
    return [other for other in others if f" {' '.join(words_of(other))} " not in said][:MOST_ADDED]
