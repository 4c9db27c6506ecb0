"""What systems outside are told of a ticket, in the form that each of them takes.

- Standard Webhooks: type, timestamp, data (standardwebhooks.com).
- ServiceNow: a row for the Import Set API (`/api/now/import/STAGING_TABLE`), whose transform map coalesces on
  `u_correlation_id`, so that every event of a ticket updates one record.
- Jira Service Management: for a rule with the trigger "Incoming webhook", which reads it as `{{webhookData}}`.
- Zendesk: the Tickets API (`/api/v2/tickets`): the first makes a ticket, later ones update it.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

LONGEST_REMOTE_ID = 200
LONGEST_URL = 500


@dataclass(frozen=True)
class Telling:
    """An event of a ticket, with all of it that may leave the house: nothing of its pack, and no message."""

    event: str
    at: str
    number: str
    status: str
    subject: str = ""
    priority: str = ""
    queue: str = ""
    url: str = ""

    def withheld(self) -> Self:
        """Of what is confidential: that there is such a ticket, and where it stands."""
        return replace(self, subject="", priority="", queue="", url="")

    def to_json(self) -> dict[str, str]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, str]) -> Self:
        return cls(**content)


@dataclass(frozen=True)
class Request:
    """What is sent where."""

    method: str
    url: str
    body: bytes


@dataclass(frozen=True)
class Remote:
    """What a system outside calls the ticket."""

    id: str
    url: str = ""


def request_for(kind: str, url: str, telling: Telling, *, remote_id: str = "") -> Request:
    """The request that tells it. `remote_id` is what the other side calls the ticket, once it has said so."""
    body = json.dumps(_PAYLOADS[kind](telling), sort_keys=True, separators=(",", ":")).encode()
    if kind == "zendesk" and remote_id.isdecimal():
        return Request("PUT", f"{url.rstrip('/').removesuffix('.json')}/{remote_id}", body)
    return Request("POST", url, body)


def remote_in(kind: str, body: bytes) -> Remote | None:
    """What an answer calls the ticket, if it says so."""
    found = _looked_into(body)
    if kind == "servicenow":
        row = _first(found.get("result"))
        return _remote(row.get("display_value"), row.get("record_link"))
    if kind == "zendesk":
        return _remote(_mapping(found.get("ticket")).get("id"))
    if kind == "jira":
        return _remote(found.get("issueKey") or found.get("key"))
    return _remote(found.get("id"), found.get("url"))


def refusal_in(kind: str, body: bytes) -> str:
    """Why it was not taken although the answer looks well: ServiceNow says 201 of a row that it could not use."""
    if kind != "servicenow":
        return ""
    row = _first(_looked_into(body).get("result"))
    return str(row.get("status_message") or "The row was not taken.") if row.get("status") == "error" else ""


def _plain(telling: Telling) -> dict[str, Any]:
    data = {name: value for name, value in telling.to_json().items() if value and name not in ("event", "at")}
    return {"type": f"ticket.{telling.event}", "timestamp": telling.at, "data": data}


def _servicenow(telling: Telling) -> dict[str, Any]:
    states = {"open": "1", "waiting": "3", "resolved": "6", "closed": "7"}
    priorities = {"urgent": "1", "high": "2", "normal": "3", "low": "4"}
    return _told(
        u_correlation_id=telling.number,
        u_state=states.get(telling.status),
        u_short_description=telling.subject,
        u_priority=priorities.get(telling.priority),
        u_assignment_group=telling.queue,
        u_url=telling.url,
        u_event=telling.event,
    )


def _jira(telling: Telling) -> dict[str, Any]:
    priorities = {"urgent": "Highest", "high": "High", "normal": "Medium", "low": "Low"}
    fields = _told(summary=telling.subject, priority=_told(name=priorities.get(telling.priority)))
    return _told(
        event=telling.event,
        timestamp=telling.at,
        externalId=telling.number,
        status=telling.status,
        fields=fields,
        queue=telling.queue,
        url=telling.url,
    )


def _zendesk(telling: Telling) -> dict[str, Any]:
    statuses = {"open": "open", "waiting": "pending", "resolved": "solved", "closed": "solved"}
    words = f"{telling.number}: {telling.event}. {telling.url}".strip()
    return {
        "ticket": _told(
            external_id=telling.number,
            subject=telling.subject or telling.number,
            priority=telling.priority,
            status=statuses.get(telling.status),
            comment={"body": words, "public": False},
        )
    }


_PAYLOADS: dict[str, Callable[[Telling], dict[str, Any]]] = {
    "plain": _plain,
    "servicenow": _servicenow,
    "jira": _jira,
    "zendesk": _zendesk,
}


def _told(**fields: Any) -> dict[str, Any]:
    """What there is to say: an empty field would wipe out what stands there."""
    return {name: value for name, value in fields.items() if value}


def _looked_into(body: bytes) -> dict[str, Any]:
    try:
        return _mapping(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(value: object) -> dict[str, Any]:
    return _mapping(value[0]) if isinstance(value, list) and value else {}


def _remote(name: object, url: object = "") -> Remote | None:
    if not isinstance(name, str | int) or isinstance(name, bool):
        return None
    words = printable(str(name), LONGEST_REMOTE_ID)
    return Remote(words, web_address(url)) if words else None


def printable(text: str, longest: int) -> str:
    """One line of what can be read; empty when it is too long to be a name."""
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return words if len(words) <= longest else ""


def web_address(value: object) -> str:
    """The address that a page may link to, or none."""
    if not isinstance(value, str) or len(value) > LONGEST_URL:
        return ""
    return value if value.startswith(("https://", "http://")) and value.isprintable() else ""
