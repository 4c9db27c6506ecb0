"""Reading the history that another system exported: one ticket a line, with the articles that solved it. Pure."""

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedIOBase
from pathlib import Path
from typing import Any

# A line that is longer is no ticket; it also bounds what a hostile .gz unpacks to at a time.
LONGEST_LINE = 4_000_000


class BadHistory(Exception):
    """The file can't be read; the message says why."""


@dataclass(frozen=True)
class Solved:
    """A ticket of the history: what was asked, and by their imported names the articles that solved it."""

    id: str
    created: datetime
    subject: str
    story: str
    articles: tuple[str, ...]


@dataclass(frozen=True)
class BadLine:
    """A line that is no ticket, and why."""

    number: int
    problem: str


def read_history(path: Path) -> Iterator[Solved | BadLine]:
    """The tickets of a .jsonl or .jsonl.gz of {id, created, title, body, kb_links}, in its order. BadHistory."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(_lines(file), 1):
                if line.strip():
                    yield _read(number, line)
    except (OSError, EOFError, zlib.error) as problem:
        raise BadHistory(f"{path} can't be read: {problem}.") from problem


def _lines(file: BufferedIOBase) -> Iterator[bytes]:
    """The lines, of those that are too long only the beginning."""
    while line := file.readline(LONGEST_LINE):
        yield line
        while len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE)


def _read(number: int, line: bytes) -> Solved | BadLine:
    try:
        values = json.loads(line)
    except RecursionError:
        return BadLine(number, "it is nested too deeply")
    except ValueError:
        return BadLine(number, "it is no JSON")
    try:
        return _solved(values)
    except (ValueError, OverflowError) as problem:
        return BadLine(number, str(problem))


def _solved(values: Any) -> Solved:
    """ValueError with a message that says what is wrong."""
    if not isinstance(values, dict):
        raise ValueError("it is no object with id, created, title, body and kb_links")
    links = values.get("kb_links") or []
    if not isinstance(links, list):
        raise ValueError("its kb_links are no list")
    return Solved(
        id=_text(values, "id"),
        created=_time(_text(values, "created")),
        subject=_text(values, "title", otherwise=""),
        story=_text(values, "body", otherwise=""),
        articles=tuple(dict.fromkeys(_text({"kb_links": link}, "kb_links") for link in links)),
    )


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("its created is no time such as 2024-07-01T09:30:00Z") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _text(values: dict[str, Any], name: str, otherwise: str | None = None) -> str:
    value = values.get(name)
    value = otherwise if value is None else value
    if value is None:
        raise ValueError(f"it has no {name}")
    if not isinstance(value, str | int):
        raise ValueError(f"its {name} is no text")
    # What no database stores: JSON can spell both.
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()
