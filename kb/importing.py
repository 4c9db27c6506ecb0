"""Reading articles from outside: Markdown with front matter, a .jsonl file, or what another system exported.

Reads, decides nothing. What other systems make of an article is the concern of kb/foreign/.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler

from kb.foreign.page import BadSource, SourceFile

if TYPE_CHECKING:
    from kb.foreign.export import Export
    from kb.foreign.page import Carried

__all__ = [
    "ArticleSource", "BadSource", "Entry", "SourceFile", "count_entries", "read_entries", "read_matter",
]  # fmt: skip

MAX_BODY = 1_000_000
MAX_TITLE = 200
MAX_SIZE = 5_000_000  # of a file or a line: a body of a million characters, and room for how JSON writes them
MAX_FRONT_MATTER = 20_000
MAX_DEPTH = 10
KINDS = ("how-to", "troubleshooting", "faq", "policy", "known-error")
GOVERNANCE = ("experience", "compliance")
STATES = ("published", "in_review", "draft")
EDGES = (
    timezone(timedelta(hours=-14)),
    timezone(timedelta(hours=14)),
)  # no clock on earth is further from UTC

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class ArticleSource:
    """An article as its file tells it. None or "" where the file says nothing.

    `attachments` are the pictures that the body shows as `attachment:<name>`; `not_carried_over` says in sentences
    what the file holds and an article can't.
    """

    external_id: str
    title: str
    body: str
    summary: str = ""
    kind: str = ""
    category: str = ""
    audience: str = ""
    governance: str = ""
    owner: str = ""
    author: str = ""
    state: str = "published"
    reviewed_at: datetime | None = None
    review_by: date | None = None
    expires_at: datetime | None = None
    attachments: tuple[SourceFile, ...] = ()
    not_carried_over: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One place to read an article from: its name for messages, and either its source or what is wrong with it."""

    name: str
    source: ArticleSource | None
    problem: str = ""


def count_entries(path: Path) -> int:
    """How many articles a path promises, for the progress bar. BadSource when nothing can be read from it."""
    from kb.foreign.export import is_foreign
    from kb.foreign.records import is_table, rows

    if path.is_dir():
        return len(_files(path))
    if path.is_file() and path.suffix == ".jsonl":
        with path.open("rb") as file:
            return sum(1 for line in _lines(file) if line.strip())
    if path.is_file() and is_foreign(path):
        return 1
    if path.is_file() and is_table(path):
        return len(rows(path))
    raise BadSource(
        f"{path} is neither a folder of Markdown files, HTML pages or Word documents"
        " nor a .jsonl, .html, .docx, .csv or .json file."
    )


def read_entries(path: Path) -> Iterator[Entry]:
    """Every article below a path, one at a time; a bad one comes as an entry with its problem."""
    first: dict[str, str] = {}
    for entry in _entries(path):
        if entry.source is None:
            yield entry
            continue
        known = first.setdefault(entry.source.external_id, entry.name)
        if known == entry.name:
            yield entry
        else:
            yield Entry(entry.name, None, f"Its id “{entry.source.external_id}” is that of {known} already.")


def _entries(path: Path) -> Iterator[Entry]:
    from kb.foreign.export import Export, is_foreign
    from kb.foreign.records import is_table

    if path.is_dir():
        files = _files(path)
        export = Export.of(path, files)
        for file in files:
            foreign = is_foreign(file) and not file.is_dir()
            read = partial(_from_export, export, file) if foreign else partial(_from_markdown, file, path)
            yield _entry(str(file.relative_to(path)), read)
    elif is_foreign(path):
        yield _entry(path.name, partial(_from_export, Export.of(path.parent, [path]), path))
    elif is_table(path):
        yield from _from_table(path)
    else:
        with path.open("rb") as lines:
            for number, line in enumerate(_lines(lines), 1):
                if line.strip():
                    yield _entry(f"{path.name}:{number}", partial(_from_json, line))


def _files(folder: Path) -> list[Path]:
    from kb.foreign.export import pages

    return sorted({*_markdown_files(folder), *pages(folder)})


def _from_export(export: Export, file: Path) -> ArticleSource:
    return _from_carried(export.read(file))


def _from_table(path: Path) -> Iterator[Entry]:
    """The articles of a table that another system exported, each under the number of its row."""
    from kb.foreign.records import carried, numbers, rows

    table = rows(path)
    known = numbers(table)
    for number, row in enumerate(table, 1):
        yield _entry(f"{path.name}:{number}", lambda row=row: _from_carried(carried(row, known)))  # type: ignore[misc]


def _from_carried(carried: Carried) -> ArticleSource:
    source = _source(carried.values)
    return replace(source, attachments=carried.attachments, not_carried_over=carried.not_carried_over)


def _markdown_files(folder: Path) -> list[Path]:
    """Also folders that are links: the walk does not enter them, and whoever put one there should be told."""
    return sorted(
        file
        for file in folder.rglob("*")
        if (file.name.endswith(".md") and file.name.lower() != "readme.md")
        or (file.is_symlink() and file.is_dir())
    )


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; one that is too long comes cut, so that no line fills the memory."""
    while line := file.readline(MAX_SIZE + 1):
        yield line
        while len(line) > MAX_SIZE and not line.endswith(b"\n"):
            line = file.readline(MAX_SIZE + 1)


def _entry(name: str, read: Callable[[], ArticleSource]) -> Entry:
    try:
        return Entry(name, read())
    except BadSource as problem:
        return Entry(name, None, str(problem))
    except UnicodeDecodeError:
        return Entry(name, None, "It is not UTF-8 text.")
    except OSError as problem:
        return Entry(name, None, f"It can't be read: {problem.strerror}.")


def _from_markdown(file: Path, folder: Path) -> ArticleSource:
    # realpath, because Path.resolve raises where links go in a circle.
    if not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder)):
        raise BadSource("It is a link that leads out of the folder.")
    if file.exists() and not file.is_file():  # a pipe would keep the run waiting for ever
        raise BadSource("It is not a file.")
    with file.open(encoding="utf-8-sig") as characters:
        text = characters.read(MAX_SIZE + 1).strip()
    _check_size(text)
    matter = _FrontMatter()
    # Without this, two rules in a text without front matter would pass for its borders.
    post = frontmatter.loads(text, handler=matter) if matter.detect(text) else frontmatter.Post(text)
    return _source({"id": file.stem, **post.metadata, "text": post.content})


class _FrontMatter(YAMLHandler):
    """Front matter as hostile input. The library would use the parser in C, which deep nesting brings down."""

    def load(self, fm: str, **options: object) -> dict[str, Any]:
        return read_matter(fm, most=MAX_FRONT_MATTER)


def read_matter(matter: str, *, most: int) -> dict[str, Any]:
    """The keys of a YAML text from outside, of at most so many characters; BadSource says what is wrong with it."""
    if len(matter) > most:
        raise BadSource(f"Its front matter is longer than {most:,} characters.")
    try:
        _check_shape(matter)
        values = yaml.load(matter, Loader=yaml.SafeLoader)
    except yaml.YAMLError as problem:
        raise BadSource(f"Its front matter is not valid YAML: {str(problem).splitlines()[0]}.") from problem
    except (ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as problem:
        # The 31st of February, a number of 5,000 digits, a tag on what it does not fit: each raises its own.
        raise BadSource(
            f"Its front matter has a value that can't be read: {str(problem)[:200]}."
        ) from problem
    if not isinstance(values, dict | None):
        raise BadSource("Its front matter is not a list of keys.")
    return values or {}


def _check_shape(matter: str) -> None:
    """Before anything is built: nothing nested deeply, and no aliases, of which a few lines make millions."""
    depth = 0
    for event in yaml.parse(matter, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise BadSource("Its front matter repeats a value by an alias (*name); write the value again.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise BadSource("Its front matter is nested too deeply.")


def _from_json(line: bytes) -> ArticleSource:
    _check_size(line)
    try:
        values = json.loads(line.decode("utf-8-sig"))
    except json.JSONDecodeError as problem:
        raise BadSource(f"It is not valid JSON: {problem.msg}.") from problem
    except UnicodeDecodeError:
        raise
    except ValueError as problem:
        raise BadSource("It has a number that is too long.") from problem
    except RecursionError as problem:
        raise BadSource("It is nested too deeply.") from problem
    if not isinstance(values, dict):
        raise BadSource("It is not a JSON object.")
    return _source(values)


def _check_size(content: str | bytes) -> None:
    if len(content) > MAX_SIZE:
        raise BadSource(f"It is longer than {MAX_SIZE // 1_000_000} MB.")


def _source(values: dict[str, Any]) -> ArticleSource:
    external_id, title = (
        _text(values, "id", required=True, most=200),
        _text(values, "title", required=True, most=MAX_TITLE),
    )
    body = _without_title_heading(_text(values, "text", required=True, most=MAX_BODY), title)
    if not body.strip():
        raise BadSource("It has a title but no text.")
    return ArticleSource(
        external_id=external_id,
        title=title,
        body=body,
        summary=_text(values, "summary", most=500, cut=True),
        kind=_choice(values, "kind", KINDS),
        category=_text(values, "category", most=80),
        audience=_text(values, "audience", most=80),
        governance=_choice(values, "governance", GOVERNANCE),
        owner=_text(values, "owner", most=150),
        author=_text(values, "author", most=150),
        state=_choice(values, "state", STATES) or "published",
        reviewed_at=_moment(values, "reviewed"),
        review_by=_day(values, "review_by"),
        expires_at=_moment(values, "expires"),
    )


def _without_title_heading(body: str, title: str) -> str:
    """Many exports repeat the title as a first heading, which the page would show twice."""
    first, _, rest = body.lstrip("\ufeff\r\n ").partition("\n")
    return rest.lstrip("\r\n") if first.strip() == f"# {title}" else body


def _text(values: dict[str, Any], key: str, *, most: int, required: bool = False, cut: bool = False) -> str:
    value = values.get(key)
    if value is None or value == "":
        if required:
            raise BadSource(f"It has no {key}.")
        return ""
    if not isinstance(value, str | int | float):
        raise BadSource(f"Its {key} is not text.")
    text = _plain(value, key)
    text = text if key == "text" else " ".join(text.split())
    if required and not text.strip():
        raise BadSource(f"It has no {key}.")
    if len(text) > most and not cut:
        raise BadSource(f"Its {key} has {len(text):,} characters; at most {most:,} are possible.")
    return text[:most]


def _plain(value: str | float, key: str) -> str:
    """The value as text that a database can hold."""
    try:
        text = str(value).replace("\0", "")
    except ValueError as problem:
        raise BadSource(f"Its {key} is a number that is too long.") from problem
    if _SURROGATE.search(text):
        raise BadSource(f"Its {key} holds half a character (such as \\ud800), which can't be stored.")
    return text


def _choice(values: dict[str, Any], key: str, choices: tuple[str, ...]) -> str:
    value = _text(values, key, most=80)
    if value and value not in choices:
        raise BadSource(f"Its {key} is “{value}”; it can be {', '.join(choices)}.")
    return value


def _moment(values: dict[str, Any], key: str) -> datetime | None:
    value = values.get(key)
    if value in (None, ""):
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as problem:
            raise BadSource(f"Its {key} is not a date such as 2026-03-31.") from problem
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if not isinstance(value, datetime):
        raise BadSource(f"Its {key} is not a date such as 2026-03-31.")
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        for zone in EDGES:
            moment.astimezone(zone)
    except OverflowError as problem:
        raise BadSource(f"Its {key} is beyond what a calendar holds.") from problem
    return moment


def _day(values: dict[str, Any], key: str) -> date | None:
    moment = _moment(values, key)
    return moment.date() if moment else None
