"""Text as it comes from outside, made fit to be kept: whatever somebody sends, a hand-off must not fail over it."""

import re
from urllib.parse import SplitResult, urlsplit

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """The text without NULs, which PostgreSQL refuses, and lone surrogates, which no encoding has."""
    return _UNSTORABLE.sub("", text)


def split_address(address: str) -> SplitResult:
    """The parts of an address that somebody sent; of one that is none, all of them are empty."""
    try:
        return urlsplit(storable(address))
    except ValueError:
        return urlsplit("")
