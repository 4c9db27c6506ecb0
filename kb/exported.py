"""The whole of an article as files: Markdown with front matter, which git can compare and another site can rebuild.

Writing and reading stand side by side here, because they have to agree to the letter: what is read is what was
written, and the same article always gives the same files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from kb.foreign.page import BadSource
from kb.foreign.pictures import MAX_PICTURE, within
from kb.importing import GOVERNANCE, KINDS, MAX_BODY, MAX_SIZE, read_matter
from kb.workflow import State

AUDIENCES, CATEGORIES = "audiences.yaml", "categories.yaml"
MAX_MATTER = 500_000  # comments of reviewers stand in it
MAX_REVISIONS = 5_000
MAX_LISTED = 2_000
# What an article's own file says of its state is for readers of Markdown: each revision's own file has the exact one.
PLAIN_STATES = {State.PUBLISHED: "published", State.SCHEDULED: "published", State.IN_REVIEW: "in_review"}

_KEY = re.compile(r"[0-9a-f]{32}")
_FILE = re.compile(r"[0-9a-f]{32}\.[a-z]{3,4}")
_NUMBERED = re.compile(r"(\d{4,9})\.md")
_RARE_LINE_END = re.compile("[\x85\u2028\u2029]")
_BORDER = "---\n"


@dataclass(frozen=True)
class Comment:
    """What a reviewer said to a revision."""

    author: str
    text: str
    line: int | None = None
    at: datetime | None = None
    resolved_by: str = ""
    resolved_at: datetime | None = None


@dataclass(frozen=True)
class MovedRevision:
    """A revision with all that is known of it; people go by their usernames."""

    number: int
    title: str
    body: str
    author: str
    state: str
    summary: str = ""
    change_note: str = ""
    based_on: int | None = None
    generated_by: str = ""
    requested_by: str = ""
    created_at: datetime | None = None
    submitted_at: datetime | None = None
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    review_reason: str = ""
    publish_at: datetime | None = None
    published_at: datetime | None = None
    comments: tuple[Comment, ...] = ()


@dataclass(frozen=True)
class MovedPicture:
    """A picture of an article: `file` is its name among the article's attachments, the key and an extension."""

    file: str
    name: str
    uploaded_by: str = ""
    uploaded_at: datetime | None = None

    @property
    def key(self) -> str:
        return self.file.partition(".")[0]


@dataclass(frozen=True)
class MovedArticle:
    """An article with everything that moves along with it, its revisions in order."""

    external_id: str
    kind: str
    category: str
    audience: str
    governance: str
    revisions: tuple[MovedRevision, ...]
    owner: str = ""
    review_by: date | None = None
    expires_at: datetime | None = None
    created_at: datetime | None = None
    archived_at: datetime | None = None
    replaced_by: str = ""
    address: str = ""
    redirects: tuple[str, ...] = ()
    pictures: tuple[MovedPicture, ...] = ()

    @property
    def shown(self) -> MovedRevision:
        """The live revision, or the newest."""
        return next((each for each in self.revisions if each.state == State.PUBLISHED), self.revisions[-1])


def folder_of(external_id: str) -> str:
    """The folder that an article has in an export: its id, as far as every file system takes it."""
    name = quote(external_id, safe="")
    name = f"%2E{name[1:]}" if name.startswith(".") else name
    if len(name) <= 100:
        return name
    return f"{name[:80].rstrip('%')}-{hashlib.sha256(external_id.encode()).hexdigest()[:12]}"


def texts_of(article: MovedArticle) -> Iterator[tuple[str, bytes]]:
    """The files of an article but its pictures, by their paths in its folder."""
    yield "article.md", _page(_article_facts(article), article.shown.body)
    for revision in article.revisions:
        yield f"revisions/{revision.number:04}.md", _page(_revision_facts(revision), revision.body)


def listed(rows: list[dict[str, Any]]) -> bytes:
    """A list, such as that of all categories, as a file."""
    return _yaml([_without_blanks(row) for row in rows]).encode()


def is_export(folder: Path) -> bool:
    """Whether a folder was written by export_articles."""
    return (folder / AUDIENCES).is_file() and (folder / CATEGORIES).is_file()


def article_folders(folder: Path) -> list[Path]:
    """The folders of an export's articles."""
    return sorted(file.parent for file in folder.glob("*/article.md"))


def read_list(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of audiences.yaml or categories.yaml."""
    rows = read_matter("rows:\n" + _text(folder, folder, name), most=MAX_MATTER).get("rows") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadSource(f"{name} is not a list.")
    return [{key: _plain(value) for key, value in row.items()} for row in rows[:MAX_LISTED]]


def read_article(root: Path, folder: Path) -> MovedArticle:
    """An article from its folder. BadSource when it could not have stood on a site in this way."""
    facts, _ = _parts(_text(root, folder, "article.md"))
    files = (_NUMBERED.fullmatch(file.name) for file in (folder / "revisions").glob("*.md"))
    numbers = sorted({int(match[1]) for match in files if match})
    if not 0 < len(numbers) <= MAX_REVISIONS:
        raise BadSource(f"It has no revisions, or more than {MAX_REVISIONS:,}.")
    revisions = tuple(
        _read_revision(_text(root, folder, f"revisions/{number:04}.md"), number) for number in numbers
    )
    article = _read_article(_Facts(facts), revisions)
    _check(article)
    return article


def picture_content(root: Path, folder: Path, picture: MovedPicture) -> bytes:
    """The bytes of a picture, to be judged before they are kept."""
    file = within(root, folder / "attachments", picture.file)
    if file is None:
        raise BadSource(f"Its picture {picture.file} is missing.")
    with file.open("rb") as opened:
        return opened.read(MAX_PICTURE + 1)


def _article_facts(article: MovedArticle) -> dict[str, Any]:
    shown = article.shown
    return {
        "id": article.external_id,
        "title": shown.title,
        "summary": shown.summary,
        "kind": article.kind,
        "category": article.category,
        "audience": article.audience,
        "governance": article.governance,
        "owner": article.owner,
        "author": shown.author,
        "state": PLAIN_STATES.get(State(shown.state), "draft"),
        "reviewed_by": shown.reviewed_by,
        "reviewed": shown.reviewed_at,
        "review_by": article.review_by,
        "expires": article.expires_at,
        "publish_at": next(
            (each.publish_at for each in article.revisions if each.state == State.SCHEDULED), None
        ),
        "created": article.created_at,
        "archived": article.archived_at,
        "replaced_by": article.replaced_by,
        "address": article.address,
        "redirects": list(article.redirects),
        "attachments": [
            _without_blanks(
                {
                    "file": each.file,
                    "name": each.name,
                    "uploaded_by": each.uploaded_by,
                    "uploaded": each.uploaded_at,
                }
            )
            for each in article.pictures
        ],
    }


def _revision_facts(revision: MovedRevision) -> dict[str, Any]:
    return {
        "number": revision.number,
        "title": revision.title,
        "summary": revision.summary,
        "author": revision.author,
        "state": str(revision.state),
        "change_note": revision.change_note,
        "based_on": revision.based_on,
        "generated_by": revision.generated_by,
        "requested_by": revision.requested_by,
        "created": revision.created_at,
        "submitted": revision.submitted_at,
        "reviewed_by": revision.reviewed_by,
        "reviewed": revision.reviewed_at,
        "reason": revision.review_reason,
        "publish_at": revision.publish_at,
        "published": revision.published_at,
        "comments": [
            _without_blanks(
                {
                    "author": each.author, "at": each.at, "line": each.line, "text": each.text,
                    "resolved_by": each.resolved_by, "resolved": each.resolved_at,
                }
            )
            for each in revision.comments
        ],
    }  # fmt: skip


def _read_article(facts: _Facts, revisions: tuple[MovedRevision, ...]) -> MovedArticle:
    return MovedArticle(
        external_id=facts.text("id", most=200, required=True),
        kind=facts.choice("kind", KINDS),
        category=facts.text("category", most=80, required=True),
        audience=facts.text("audience", most=80, required=True),
        governance=facts.choice("governance", GOVERNANCE),
        revisions=revisions,
        owner=facts.text("owner", most=150),
        review_by=facts.day("review_by"),
        expires_at=facts.moment("expires"),
        created_at=facts.moment("created"),
        archived_at=facts.moment("archived"),
        replaced_by=facts.text("replaced_by", most=200),
        address=facts.text("address", most=300),
        redirects=facts.texts("redirects", most=300),
        pictures=tuple(
            MovedPicture(
                each.text("file", most=40, required=True),
                each.text("name", most=200),
                each.text("uploaded_by", most=150),
                each.moment("uploaded"),
            )
            for each in facts.rows("attachments")
        ),
    )


def _read_revision(text: str, number: int) -> MovedRevision:
    values, body = _parts(text)
    facts = _Facts(values)
    if facts.number("number") != number:
        raise BadSource(f"Its revision {number} gives itself another number.")
    if not body.strip() or len(body) > MAX_BODY:
        raise BadSource(f"Its revision {number} has no text, or more than {MAX_BODY:,} characters.")
    return MovedRevision(
        number=number,
        title=facts.text("title", most=200, required=True),
        body=body,
        author=facts.text("author", most=150, required=True),
        state=facts.choice("state", tuple(State)),
        summary=facts.text("summary", most=500),
        change_note=facts.text("change_note", most=300),
        based_on=facts.number("based_on"),
        generated_by=facts.text("generated_by", most=80),
        requested_by=facts.text("requested_by", most=150),
        created_at=facts.moment("created"),
        submitted_at=facts.moment("submitted"),
        reviewed_by=facts.text("reviewed_by", most=150),
        reviewed_at=facts.moment("reviewed"),
        review_reason=facts.text("reason", most=MAX_MATTER),
        publish_at=facts.moment("publish_at"),
        published_at=facts.moment("published"),
        comments=tuple(
            Comment(
                each.text("author", most=150, required=True),
                each.text("text", most=MAX_MATTER, required=True),
                each.number("line"),
                each.moment("at"),
                each.text("resolved_by", most=150),
                each.moment("resolved"),
            )
            for each in facts.rows("comments")
        ),
    )


def _check(article: MovedArticle) -> None:
    """The rules that hold on every site, told before the database refuses without a word."""
    states = [revision.state for revision in article.revisions]
    if states.count(State.PUBLISHED) > 1 or states.count(State.SCHEDULED) > 1:
        raise BadSource("Two of its revisions are published, or two are scheduled.")
    if article.archived_at and State.PUBLISHED in states:
        raise BadSource("It is archived and yet one of its revisions is published.")
    if any(not _FILE.fullmatch(each.file) for each in article.pictures):
        raise BadSource("A picture is not named by its key.")
    if len({each.key for each in article.pictures}) < len(article.pictures):
        raise BadSource("Two of its pictures have the same key.")
    numbers: set[int] = set()
    for revision in article.revisions:
        _check_revision(revision, numbers)
        numbers.add(revision.number)


def _check_revision(revision: MovedRevision, earlier: set[int]) -> None:
    name = f"Its revision {revision.number}"
    if revision.based_on is not None and revision.based_on not in earlier:
        raise BadSource(f"{name} is based on one that is not there before it.")
    if revision.reviewed_by and revision.reviewed_by in (revision.author, revision.requested_by):
        raise BadSource(f"{name} was reviewed by who wrote it or asked for it.")
    reviewed = revision.state in (State.PUBLISHED, State.SCHEDULED, State.ARCHIVED)
    if reviewed and not (revision.reviewed_by and revision.reviewed_at):
        raise BadSource(f"{name} is {revision.state}, but nobody reviewed it.")
    if revision.state == State.SCHEDULED and not revision.publish_at:
        raise BadSource(f"{name} is scheduled, but not for when.")


class _Writer(yaml.SafeDumper):
    """Never by aliases, which our own reading refuses."""

    def ignore_aliases(self, data: object) -> bool:
        return True

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """In double quotes where the other styles would lose a line end that is none to most programs."""
        style = '"' if _RARE_LINE_END.search(text) else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style)


_Writer.add_representer(str, _Writer.represent_text)


def _yaml(values: Any) -> str:
    text: str = yaml.dump(
        values,
        Dumper=_Writer,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=float("inf"),
    )
    return text


def _page(facts: dict[str, Any], body: str) -> bytes:
    # One line end more than the text has: git likes files that end in one, and reading takes it off again.
    return f"{_BORDER}{_yaml(_without_blanks(facts))}{_BORDER}{body}\n".encode()


def _without_blanks(facts: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in facts.items() if value not in (None, "", [], ())}
    return {
        name: value.astimezone(UTC) if isinstance(value, datetime) else value for name, value in kept.items()
    }


def _parts(text: str) -> tuple[dict[str, Any], str]:
    head, border, body = text.removeprefix(_BORDER).partition(f"\n{_BORDER}")
    if not text.startswith(_BORDER) or not border:
        raise BadSource("It has no front matter.")
    return read_matter(head, most=MAX_MATTER), body.removesuffix("\n")


def _text(root: Path, folder: Path, name: str) -> str:
    file = within(root, folder, name)
    if file is None:
        raise BadSource(f"{name} is missing, or a link that leads out of the folder.")
    with file.open("rb") as opened:
        content = opened.read(MAX_SIZE + 1)
    if len(content) > MAX_SIZE:
        raise BadSource(f"{name} is longer than {MAX_SIZE // 1_000_000} MB.")
    try:
        text = content.decode()
    except UnicodeDecodeError as problem:
        raise BadSource(f"{name} is not UTF-8 text.") from problem
    if "\0" in text:
        raise BadSource(f"{name} has characters that can't be stored.")
    return text


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int) else _stored(value)


def _stored(value: Any) -> str:
    """The value as text that a database can hold."""
    text = "" if value is None else str(value)
    if re.search("[\0\ud800-\udfff]", text):
        raise BadSource("It has characters that can't be stored.")
    return text


class _Facts:
    """Values of front matter, each read as what it has to be."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def text(self, key: str, *, most: int, required: bool = False) -> str:
        value = self.values.get(key)
        if value is not None and not isinstance(value, str):
            raise BadSource(f"Its {key} is not text.")
        text = _stored(value)
        if required and not text:
            raise BadSource(f"It has no {key}.")
        if len(text) > most:
            raise BadSource(f"Its {key} has {len(text):,} characters; at most {most:,} are possible.")
        return text

    def texts(self, key: str, *, most: int) -> tuple[str, ...]:
        return tuple(_Facts({key: each}).text(key, most=most, required=True) for each in self._list(key))

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.text(key, most=80, required=True)
        if value not in choices:
            raise BadSource(f"Its {key} is “{value}”; it can be {', '.join(choices)}.")
        return value

    def number(self, key: str) -> int | None:
        value = self.values.get(key)
        if value is not None and (type(value) is not int or not 0 < value < 2**31):
            raise BadSource(f"Its {key} is not a number from 1.")
        return value

    def moment(self, key: str) -> datetime | None:
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, datetime) or not 1900 < value.year < 9999:
            raise BadSource(f"Its {key} is not a time such as 2026-03-31 10:00:00+00:00.")
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)

    def day(self, key: str) -> date | None:
        value = self.values.get(key)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise BadSource(f"Its {key} is not a date such as 2026-03-31.")
        return value

    def rows(self, key: str) -> list[_Facts]:
        rows = self._list(key)
        if not all(isinstance(row, dict) for row in rows):
            raise BadSource(f"Its {key} are not a list of keys and values.")
        return [_Facts(row) for row in rows]

    def _list(self, key: str) -> list[Any]:
        value = self.values.get(key) or []
        if not isinstance(value, list) or len(value) > MAX_LISTED:
            raise BadSource(f"Its {key} are not a list, or a list that is too long.")
        return value
