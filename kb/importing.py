"""Reading articles from outside: a folder of Markdown with front matter, or a .jsonl file. Reads, decides nothing."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import frontmatter
import yaml

MAX_BODY = 1_000_000
MAX_TITLE = 200
KINDS = ("how-to", "troubleshooting", "faq", "policy", "known-error")
STATES = ("published", "in_review", "draft")


class BadSource(Exception):
    """A file or line that can't become an article; the message says what to change."""


@dataclass(frozen=True)
class ArticleSource:
    """An article as its file tells it. None or "" where the file says nothing."""

    external_id: str
    title: str
    body: str
    summary: str = ""
    kind: str = ""
    category: str = ""
    audience: str = ""
    owner: str = ""
    author: str = ""
    state: str = "published"
    reviewed_at: datetime | None = None
    review_by: date | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """One place to read an article from: its name for messages, and either its source or what is wrong with it."""

    name: str
    source: ArticleSource | None
    problem: str = ""


def count_entries(path: Path) -> int:
    """How many articles a path promises, for the progress bar. BadSource when it is neither folder nor .jsonl."""
    if path.is_dir():
        return len(_markdown_files(path))
    if path.suffix == ".jsonl" and path.is_file():
        with path.open("rb") as lines:
            return sum(1 for line in lines if line.strip())
    raise BadSource(f"{path} is neither a folder of Markdown files nor a .jsonl file.")


def read_entries(path: Path) -> Iterator[Entry]:
    """Every article below a path, one at a time; a bad one comes as an entry with its problem."""
    if path.is_dir():
        for file in _markdown_files(path):
            yield _entry(str(file.relative_to(path)), lambda file=file: _from_markdown(file))
    else:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _entry(f"{path.name}:{number}", lambda line=line: _from_json(line))


def _markdown_files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*.md") if file.name.lower() != "readme.md")


def _entry(name: str, read: Any) -> Entry:
    try:
        return Entry(name, read())
    except BadSource as problem:
        return Entry(name, None, str(problem))
    except UnicodeDecodeError:
        return Entry(name, None, "It is not UTF-8 text.")
    except OSError as problem:
        return Entry(name, None, f"It can't be read: {problem.strerror}.")


def _from_markdown(file: Path) -> ArticleSource:
    try:
        post = frontmatter.loads(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as problem:
        raise BadSource(f"Its front matter is not valid YAML: {str(problem).splitlines()[0]}.") from problem
    if not isinstance(post.metadata, dict):
        raise BadSource("Its front matter is not a list of keys.")
    return _source({"id": file.stem, **post.metadata, "text": post.content})


def _from_json(line: bytes) -> ArticleSource:
    try:
        values = json.loads(line.decode("utf-8"))
    except json.JSONDecodeError as problem:
        raise BadSource(f"It is not valid JSON: {problem.msg}.") from problem
    except RecursionError as problem:
        raise BadSource("It is nested too deeply.") from problem
    if not isinstance(values, dict):
        raise BadSource("It is not a JSON object.")
    return _source(values)


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
    text = str(value).replace("\0", "") if key == "text" else " ".join(str(value).replace("\0", "").split())
    if required and not text.strip():
        raise BadSource(f"It has no {key}.")
    if len(text) > most and not cut:
        raise BadSource(f"Its {key} has {len(text):,} characters; at most {most:,} are possible.")
    return text[:most]


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
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _day(values: dict[str, Any], key: str) -> date | None:
    moment = _moment(values, key)
    return moment.date() if moment else None
