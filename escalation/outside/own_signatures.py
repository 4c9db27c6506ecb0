"""How Zendesk and Jira sign what they send by themselves, for whoever can't have them sign by the standard.

- Zendesk: base64 of HMAC-SHA256 over time and body (developer.zendesk.com, "Verifying webhooks").
- Jira: sha256= and the hex of HMAC-SHA256 over the body, which holds the time (`X-Hub-Signature`).

Neither signs an id, so the signature itself is the id: the same body at the same time is the same event.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from escalation.outside.signing import TOLERANCE, Unverified

Verify = Callable[[bytes, Mapping[str, str], bytes, datetime], str]

ZENDESK_SIGNATURE = "x-zendesk-webhook-signature"
ZENDESK_TIME = "x-zendesk-webhook-signature-timestamp"
JIRA_SIGNATURE = "x-hub-signature"


@dataclass(frozen=True)
class OwnWay:
    """The header by which it is known, and how it is verified."""

    header: str
    verify: Verify


def _zendesk(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    stamp = headers.get(ZENDESK_TIME, "")
    digest = hmac.new(key, stamp.encode("utf-8", "replace") + body, hashlib.sha256).digest()
    event_id = _compared(base64.b64encode(digest).decode(), headers.get(ZENDESK_SIGNATURE, ""))
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        raise Unverified("It has no time.") from None
    return _in_time(event_id, at if at.tzinfo else at.replace(tzinfo=UTC), now)


def _jira(key: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    digest = hmac.new(key, body, hashlib.sha256).hexdigest()
    event_id = _compared(f"sha256={digest}", headers.get(JIRA_SIGNATURE, ""))
    try:
        at = datetime.fromtimestamp(json.loads(body)["timestamp"] / 1000, UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        raise Unverified("It has no time.") from None
    return _in_time(event_id, at, now)


OWN_WAYS: dict[str, OwnWay] = {
    "zendesk": OwnWay(ZENDESK_SIGNATURE, _zendesk),
    "jira": OwnWay(JIRA_SIGNATURE, _jira),
}


def _compared(right: str, given: str) -> str:
    if not hmac.compare_digest(right.encode(), given.encode("utf-8", "replace")):
        raise Unverified("Its signature is wrong.")
    return right


def _in_time(event_id: str, at: datetime, now: datetime) -> str:
    if abs(at - now) > TOLERANCE:
        raise Unverified("Its time is not now.")
    return event_id
