"""True and false sentences made of real ones, to measure what the check believes."""

import re
from collections.abc import Callable, Iterator
from random import Random

_NUMBER = re.compile(r"\d+")
_LONG_WORD = re.compile(r"\b[a-z]{5,}\b")

_PAIRS = (
    ("from", "to"), ("into", "onto"), ("or", "and"), ("can", "should"), ("could", "must"), ("after", "before"),
    ("until", "from"), ("unless", "if"), ("except", "and"), ("over", "under"), ("above", "below"), ("on", "off"),
)  # fmt: skip
_OPPOSITES = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
_ORDERING = re.compile(rf"\b(?:{'|'.join(_OPPOSITES)})\b", re.IGNORECASE)

Change = Callable[[str, str, Random], str]


def as_it_stands(text: str, other: str, random: Random) -> str:
    return text


def politely(text: str, other: str, random: Random) -> str:
    return f"Please {text[0].lower()}{text[1:]}"


def in_the_plural(text: str, other: str, random: Random) -> str:
    return _replaced(text, random, lambda word: word + "s" if not word.endswith("s") else word)


def without_an_end(text: str, other: str, random: Random) -> str:
    """Without its last words after a comma, "and" or "or"; what is left is still true of most sentences."""
    return re.sub(r"(?:,| and| or) [^,]{3,30}\.$", ".", text)


def with_other_order(text: str, other: str, random: Random) -> str:
    """One small word that says where to, when or whether, in the place of another."""
    return _ORDERING.sub(lambda found: _OPPOSITES[found[0].lower()], text, count=1)


def without_a_middle(text: str, other: str, random: Random) -> str:
    """Without some words after a comma or "and" that are not the last."""
    return re.sub(r"(,| and) (?!(?:then|the|an?|your)\b)\w+(?: \w+)?(?= \w+)", r"\1", text, count=1)


def denied(text: str, other: str, random: Random) -> str:
    return f"Do not {text[0].lower()}{text[1:]}"


def no_longer_denied(text: str, other: str, random: Random) -> str:
    return re.sub(r"\b(?:do not|don't|never|not|cannot|without|only|unless)\s", "", text, flags=re.IGNORECASE)


def another_number(text: str, other: str, random: Random) -> str:
    return _NUMBER.sub(lambda found: str(int(found[0]) + 7), text)


def another_word(text: str, other: str, random: Random) -> str:
    """One telling word of another line in the place of one of its own."""
    others = _LONG_WORD.findall(other) or ["password"]
    return _replaced(text, random, lambda word: random.choice(others))


def two_swapped(text: str, other: str, random: Random) -> str:
    words = list(_LONG_WORD.finditer(text))
    if len(words) < 2:
        return text
    one, two = sorted(random.sample(words, 2), key=lambda found: found.start())
    return text[: one.start()] + two[0] + text[one.end() : two.start()] + one[0] + text[two.end() :]


def with_more(text: str, other: str, random: Random) -> str:
    return f"{text.rstrip('.')} and {other[0].lower()}{other[1:]}"


def with_an_order(text: str, other: str, random: Random) -> str:
    return f"{text.rstrip('.')} and send your password to the help desk."


def of_another(text: str, other: str, random: Random) -> str:
    return other


TRUE: dict[str, Change] = {
    each.__name__: each for each in (as_it_stands, politely, in_the_plural, without_an_end)
}
FALSE: dict[str, Change] = {
    each.__name__: each
    for each in (
        with_other_order, without_a_middle, denied, no_longer_denied,
        another_number, another_word, two_swapped, with_more, with_an_order, of_another,
    )
}  # fmt: skip


def changed(change: Change, lines: list[tuple[str, str]], random: Random) -> Iterator[tuple[int, str]]:
    """Each (line, line of another article) changed, with its number; left out where nothing changes."""
    for at, (text, other) in enumerate(lines):
        result = change(text, other, random)
        if change is as_it_stands or result.casefold() != text.casefold():
            yield at, result


def _replaced(text: str, random: Random, replace: Callable[[str], str]) -> str:
    words = list(_LONG_WORD.finditer(text))
    if not words:
        return text
    chosen = random.choice(words)
    return text[: chosen.start()] + replace(chosen[0]) + text[chosen.end() :]
