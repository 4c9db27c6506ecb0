"""What systems outside report of their ticket: {"type": "ticket.status", "data": {"number", "id", "status", "url"}}.

Jira's own webhooks are read as they come, too: {"issue": {"key", "fields": {"status": {"name"}}}}.
"""

import json
from dataclasses import dataclass
from typing import Any

from escalation.outside.payloads import LONGEST_REMOTE_ID, printable, web_address

LONGEST_STATUS = 100

# What each calls the same; a word that stands nowhere here is shown as it came.
WORDS: dict[str, dict[str, str]] = {
    "servicenow": {
        "1": "New", "2": "In progress", "3": "On hold", "6": "Resolved", "7": "Closed", "8": "Cancelled",
    },
    "zendesk": {
        "new": "New", "open": "In progress", "pending": "Waiting", "hold": "On hold", "solved": "Resolved",
        "closed": "Closed",
    },
    "jira": {
        "to do": "New", "open": "New", "waiting for support": "New", "work in progress": "In progress",
        "waiting for customer": "Waiting", "pending": "On hold", "done": "Resolved", "canceled": "Cancelled",
    },
    "plain": {
        "open": "In progress", "waiting": "Waiting", "resolved": "Resolved", "closed": "Closed",
    },
}  # fmt: skip


class Unreadable(Exception):
    """It says nothing that could be acted on; the message says what is missing."""


@dataclass(frozen=True)
class Report:
    """Where a ticket stands elsewhere. `number` is ours, `remote_id` theirs; one of them is enough."""

    number: str
    remote_id: str
    status: str
    url: str = ""


def report_in(kind: str, body: bytes) -> Report:
    """What was reported; Unreadable when it is nothing of the kind."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("It is not JSON.") from None
    if not isinstance(content, dict):
        raise Unreadable("It is not an object.")
    if kind == "jira" and "issue" in content:
        return _of_issue(content["issue"])
    # What we send ourselves has other types, so that nobody can send it back to us as theirs.
    if content.get("type") != "ticket.status":
        raise Unreadable("Its type is not ticket.status.")
    data = content.get("data")
    data = data if isinstance(data, dict) else {}
    return _report(kind, data.get("number"), data.get("id"), data.get("status"), web_address(data.get("url")))


def _of_issue(issue: Any) -> Report:
    try:
        return _report("jira", "", issue["key"], issue["fields"]["status"]["name"], "")
    except (TypeError, KeyError):
        raise Unreadable("It has no issue with a status.") from None


def _report(kind: str, number: object, remote_id: object, status: object, url: str) -> Report:
    report = Report(_words(number), _words(remote_id), in_words(kind, _words(status)), url)
    if not report.status or not (report.number or report.remote_id):
        raise Unreadable("It names no ticket, or no status.")
    return report


def _words(value: object) -> str:
    is_name = isinstance(value, str | int) and not isinstance(value, bool)
    return printable(str(value), LONGEST_REMOTE_ID) if is_name else ""


def in_words(kind: str, status: str) -> str:
    """What we call it."""
    return WORDS.get(kind, {}).get(status.casefold(), status)[:LONGEST_STATUS]
