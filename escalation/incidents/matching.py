"""Is a text about an incident? By the words that whoever declared it named, or by how its title reads."""

import re
from dataclasses import dataclass

from search.wording import overlap, stems

# Of the telling words of a title, how many a text must have, and what share of them: "VPN is slow today" and "VPN".
FEWEST_WORDS = 2
SHARE = 0.6


@dataclass(frozen=True)
class Signs:
    """What a text that is about an incident says."""

    title: str
    keywords: tuple[str, ...] = ()

    @classmethod
    def of(cls, title: str, keywords: str) -> "Signs":
        """Of an incident as it was declared: one word or phrase a line."""
        lines = (" ".join(line.split()) for line in keywords.splitlines())
        return cls(title, tuple(dict.fromkeys(line for line in lines if line)))


def is_about(text: str, signs: Signs) -> bool:
    """Whether a text has one of the keywords, or most of the telling words of the title."""
    return any(_says(text, keyword) for keyword in signs.keywords) or _reads_like(text, signs.title)


def _says(text: str, phrase: str) -> bool:
    """The phrase as a person would type it: whole words, whatever their case and whatever stands between them."""
    words = r"\W+".join(re.escape(word) for word in phrase.split())
    return re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE) is not None


def _reads_like(text: str, title: str) -> bool:
    telling = stems(title)
    shared = len(telling & stems(text))
    return shared >= FEWEST_WORDS and overlap(telling, text) >= SHARE
