"""Names of forms, so that one that is sent twice opens one ticket."""

import re
import uuid


def new_key() -> str:
    """Names one form."""
    return uuid.uuid4().hex


def is_key(given: str) -> bool:
    """Whether this names a form, and is nothing else that somebody sent."""
    return re.fullmatch(r"[0-9a-f]{32}", given) is not None
