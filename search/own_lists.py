"""Editors' own questions as lines of JSON, to carry them to another site beside its articles. Pure."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from search.phrasings import LONGEST


@dataclass(frozen=True, order=True)
class Listed:
    """A question that an editor wrote of an article, which goes by its imported name."""

    article: str
    question: str
    for_readers: bool = False


class BadList(Exception):
    """The file holds something else; the message says what, and on which line."""


def line_of(listed: Listed) -> str:
    """One line of the file."""
    return json.dumps(asdict(listed), ensure_ascii=False) + "\n"


def read(lines: Iterable[bytes]) -> Iterator[Listed]:
    """What the lines of a file say, in its order. BadList at the first that is none."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield _listed(json.loads(line))
            except (ValueError, RecursionError) as problem:
                raise BadList(
                    f"Line {number} is no {{article, question, for_readers}}: {problem}."
                ) from problem


def _listed(values: Any) -> Listed:
    """ValueError says what is wrong."""
    if not isinstance(values, dict):
        raise ValueError("it is no object")
    for_readers = values.get("for_readers", False)
    if not isinstance(for_readers, bool):
        raise ValueError("its for_readers is neither true nor false")
    return Listed(_text(values, "article"), _text(values, "question"), for_readers)


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"its {name} is no text")
    if len(value) > LONGEST:
        raise ValueError(f"its {name} has more than {LONGEST:,} characters")
    # What no database stores: JSON can spell both.
    return value.replace("\0", "").encode("utf-8", "replace").decode()
