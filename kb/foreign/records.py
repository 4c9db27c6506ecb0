"""Tables of articles as ServiceNow exports them: .csv or .json, a row an article, its text in HTML."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from kb.foreign.export import as_markdown
from kb.foreign.markup import decoded, tree
from kb.foreign.page import BadSource, Carried, Loss, Losses, printable
from kb.foreign.pictures import Pictures
from kb.foreign.systems import Found

Row = dict[str, str]

TABLES = (".csv", ".json")
MAX_TABLE = 100_000_000
MAX_ROWS = 50_000
MAX_FIELD = 5_000_000
STATES = {"published": "published", "draft": "draft", "review": "in_review", "in review": "in_review"}
NEVER = 2100  # the year of "valid to" where nobody set one

_NUMBER = re.compile(r"\b(KB\d{4,12})\b", re.IGNORECASE)
_TAG = re.compile(r"<[a-z!/]", re.IGNORECASE)


def is_table(path: Path) -> bool:
    return path.suffix.lower() in TABLES


def rows(path: Path) -> list[Row]:
    """The rows of a table; BadSource when it is none."""
    with path.open("rb") as file:
        content = file.read(MAX_TABLE + 1)
    if len(content) > MAX_TABLE:
        raise BadSource(f"{path.name} is longer than {MAX_TABLE // 1_000_000} MB; export it in parts.")
    text = decoded(content)
    found = _from_json(text, path) if path.suffix.lower() == ".json" else _from_csv(text, path)
    if len(found) > MAX_ROWS:
        raise BadSource(f"{path.name} has more than {MAX_ROWS:,} rows; export it in parts.")
    if found and not any("short_description" in row for row in found[:10]):
        raise BadSource(
            f"{path.name} has no column short_description, so it is no export of knowledge articles."
        )
    return found


def numbers(table: Collection[Row]) -> frozenset[str]:
    """The numbers of all articles in a table, to which the others may have links."""
    return frozenset(row["number"] for row in table if row.get("number"))


def carried(row: Row, known: Collection[str]) -> Carried:
    """One row as an article."""
    losses = Losses()
    pictures = Pictures(losses)

    def linker(href: str) -> str | None:
        match = _NUMBER.search(href)
        return match[1].upper() if match and match[1].upper() in known else None

    text = row.get("text") or row.get("wiki") or ""
    if _TAG.search(text):
        text = as_markdown(Found("", tree(text)), linker, pictures, losses)
    values = {
        "id": row.get("number") or row.get("sys_id") or "",
        "title": row.get("short_description", ""),
        "text": text,
        "category": printable(re.split(r"\s[/>]\s", row.get("kb_category", ""))[-1]),
        "state": _state(row, losses),
        "expires": _expiry(row, losses),
    }
    if row.get("author"):
        losses.add(Loss.AUTHOR, row["author"])
    return Carried(values, tuple(pictures.files), losses.sentences())


def _from_csv(text: str, path: Path) -> list[Row]:
    csv.field_size_limit(MAX_FIELD)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=False)
        return [{_key(name): str(value or "") for name, value in row.items() if name} for row in reader]
    except csv.Error as problem:
        raise BadSource(f"{path.name} is not a table that can be read: {problem}.") from problem


def _from_json(text: str, path: Path) -> list[Row]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise BadSource(f"{path.name} is not valid JSON.") from problem
    if isinstance(values, dict):
        values = values.get("records", values.get("result"))
    if not isinstance(values, list):
        raise BadSource(f"{path.name} holds no list of articles.")
    return [
        {_key(name): _said(value) for name, value in row.items()} for row in values if isinstance(row, dict)
    ]


def _key(name: str) -> str:
    """Exports name columns by label or by field: “Short description” is short_description."""
    return "_".join(str(name).strip().lower().split())


def _said(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("display_value") or value.get("value")
    try:
        return "" if value is None else str(value)
    except (ValueError, RecursionError):  # a number too long to write out, lists without end
        return ""


def _state(row: Row, losses: Losses) -> str:
    state = row.get("workflow_state", "").strip().lower()
    if state and state not in STATES:
        losses.add(Loss.RETIRED, state)
        return "draft"
    return STATES.get(state, "published")


def _expiry(row: Row, losses: Losses) -> datetime | None:
    """The moment after the last day that an article is valid."""
    told = row.get("valid_to", "").strip()
    if not told:
        return None
    try:
        day = date.fromisoformat(told[:10])
    except ValueError:
        losses.add(Loss.DATE, told)
        return None
    if day.year >= NEVER:
        return None
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC)
