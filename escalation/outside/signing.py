"""Signatures of Standard Webhooks (standardwebhooks.com): who sent it, when, and that nobody changed it since.

By hand, in the standard library: the package of that name answers headers that somebody made up with any exception,
and takes the time from the clock itself.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
PREFIX = "whsec_"
SHORTEST_KEY = 24  # bytes, by the standard
LONGEST_ID = 200
MOST_SIGNATURES = 10


class Unverified(Exception):
    """Nothing of it may be believed; the message is for the log, not for whoever sent it."""


def key_of(secret: str) -> bytes:
    """The key that a secret such as whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw stands for; ValueError when it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:  # of which binascii.Error is one
        raise ValueError("A secret is whsec_ and base64 behind it.") from None
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"A secret has at least {SHORTEST_KEY} bytes.")
    return key


def sign(key: bytes, *, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers that go with a body."""
    stamp = str(int(at.timestamp()))
    return {
        "webhook-id": event_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{_digest(key, event_id, stamp, body)}",
    }


def verify(key: bytes, *, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of an event whose signature is right and whose time is now, give or take; Unverified otherwise."""
    event_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not 0 < len(event_id) <= LONGEST_ID or not event_id.isascii():
        raise Unverified("It has no id.")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 13):
        raise Unverified("It has no time.")
    if abs(int(stamp) - now.timestamp()) > TOLERANCE.total_seconds():
        raise Unverified("Its time is not now.")
    right = f"v1,{_digest(key, event_id, stamp, body)}".encode()
    given = headers.get("webhook-signature", "").encode("utf-8", "replace").split(b" ")[:MOST_SIGNATURES]
    if not any(hmac.compare_digest(right, signature) for signature in given):
        raise Unverified("Its signature is wrong.")
    return event_id


def _digest(key: bytes, event_id: str, stamp: str, body: bytes) -> str:
    signed = f"{event_id}.{stamp}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
