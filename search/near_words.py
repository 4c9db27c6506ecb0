"""Words that are nearly another word: typos, as somebody types and after. Pure."""

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

# A slip in a shorter word makes another word.
LEAST_LETTERS = 4
TWO_SLIPS_FROM = 8
# Of a vocabulary, so many words at most are near enough to be meant.
MOST = 12
# In a sentence a word of four letters is too often another word: "wont", "form".
SENTENCE_LETTERS = 5
# Of two words that are as near, one that so many times as many passages hold is the one that is meant.
CLEARLY = 4
# Neither a name in capitals nor anything with a digit, a dot or an underscore in it.
_PLAIN_WORD = re.compile(r"(?<![\w.@/\\-])(?:[a-z]+|[A-Z][a-z]+)(?![\w@/\\-]|\.\w)")


def near(typed: str, vocabulary: AbstractSet[str]) -> frozenset[str]:
    """The words that begin with what was typed or nearly do; a slip is a letter too many, too few, other or swapped."""
    begun = frozenset(word for word in vocabulary if word.startswith(typed))
    if begun or len(typed) < LEAST_LETTERS:
        return begun
    # With a letter left out, what was typed is the beginning of one letter more.
    lengths = (len(typed), len(typed) + 1)
    return frozenset(
        word for length in lengths for word in _within(typed, {each: each[:length] for each in vocabulary})
    )


def nearest(word: str, vocabulary: AbstractSet[str]) -> str:
    """The one word that this is nearly, empty when none comes near."""
    if len(word) < LEAST_LETTERS:
        return ""
    return next(iter(_within(word, {each: each for each in sorted(vocabulary)})), "")


def may_be_slips(sentence: str) -> list[str]:
    """The plain words of a sentence that are long enough to be a slip of one other, in lower case, each once."""
    words = (found.group().lower() for found in _PLAIN_WORD.finditer(sentence))
    return list(dict.fromkeys(word for word in words if len(word) >= SENTENCE_LETTERS))


def slips_of(word: str, vocabulary: Iterable[str]) -> list[str]:
    """The words that this may be a slip of, the nearest first: people get the first letter right."""
    alike = (each for each in vocabulary if abs(len(each) - len(word)) <= 2 and each[0] == word[0])
    return _within(word, {each: each for each in alike if each.isalpha()})


def clearly_meant(word: str, holding: Mapping[str, int]) -> str:
    """The word that a slip is of, given how many passages hold each near one; empty when it may be another as well."""
    there = {each: passages for each, passages in holding.items() if passages}
    if not there:
        return ""
    least = min(OSA.distance(word, each) for each in there)
    nearest_ones = [each for each in there if OSA.distance(word, each) == least]
    first, *others = sorted(nearest_ones, key=lambda each: (-there[each], each))
    return first if all(there[first] >= CLEARLY * there[other] for other in others) else ""


def respelt(sentence: str, mended: Mapping[str, str]) -> str:
    """The sentence with its slips mended."""
    return _PLAIN_WORD.sub(lambda word: mended.get(word.group().lower(), word.group()), sentence)


def _within(typed: str, forms: dict[str, str]) -> list[str]:
    """The words whose form is so few slips away, the nearest first."""
    slips = 2 if len(typed) >= TWO_SLIPS_FROM else 1
    found = extract(typed, forms, scorer=OSA.distance, score_cutoff=slips, limit=MOST)
    return [word for _, _, word in found]
