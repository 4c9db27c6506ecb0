"""What a unit of an article is compared with a question by: its first words with title and heading. Pure."""

from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import NamedTuple

from kb.outline import plain_text
from search.units import Unit, units
from search.wording import overlap

EMBEDDED_WORDS = 32


class Gist(NamedTuple):
    """Of a step such as "Select Save", only title and heading say what it is for. `source` is Markdown."""

    title: str
    heading: str
    source: str

    @property
    def text(self) -> str:
        """What is embedded."""
        words = plain_text(self.source).split()[:EMBEDDED_WORDS]
        return f"{self.title}. {self.heading}: {' '.join(words)}"

    @property
    def digest(self) -> int:
        """64 bits that tell it from others, without parsing it."""
        text = "\0".join(self).encode("utf-8", "replace")
        return int.from_bytes(sha256(text).digest()[:8], "little")


def gist(unit: Unit, title: str, body: str, asked: AbstractSet[str] = frozenset()) -> Gist:
    """The gist of a unit for a question with the stems `asked`: of a table, the row that has some of them."""
    heading = unit.path[-1] if unit.path else ""
    return Gist(title, heading, _telling(unit, body, asked))


def gists(title: str, body: str) -> list[Gist]:
    """The gists of an article that can be told before anybody asks."""
    return [gist(unit, title, body) for unit in units(body, frozenset())]


def _telling(unit: Unit, body: str, asked: AbstractSet[str]) -> str:
    """All of a unit; of a table the row that shares words with the question: units.py cuts first after that."""
    if unit.kind == "table" and asked:
        row = body[unit.start : unit.cuts[0]].splitlines()[-1]
        if overlap(asked, row):
            return row.replace("|", " ")
    return body[unit.start : unit.cuts[-1]]
