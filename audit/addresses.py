"""Numbers, names and keys in what was served: a hidden thing is given away by its address. Pure."""

import re
from collections.abc import Iterator
from enum import StrEnum
from html import unescape
from urllib.parse import unquote


class Thing(StrEnum):
    ARTICLE = "article"
    REVISION = "revision"
    FLAG = "flag"
    COMMENT = "comment"
    WORKING_COPY = "working copy"
    ATTACHMENT = "attachment"
    NAME = "name"


Address = tuple[Thing, str]

_PATTERNS: tuple[tuple[Thing, re.Pattern[str]], ...] = (
    (Thing.ARTICLE, re.compile(r"/articles/(\d{1,18})\b")),
    (Thing.ARTICLE, re.compile(r"\b(?:article|replaced_by|beside)=(\d{1,18})\b")),
    (
        Thing.ARTICLE,
        re.compile(r'"(?:article|article_id|resolved_by_article|replaced_by)":\s*"?(\d{1,18})\b'),
    ),
    (Thing.REVISION, re.compile(r"/(?:reviews|revisions)/(\d{1,18})\b")),
    (Thing.REVISION, re.compile(r'"(?:revision_id|live_revision|based_on)":\s*(\d{1,18})\b')),
    (Thing.FLAG, re.compile(r"/flags/(\d{1,18})\b")),
    (Thing.COMMENT, re.compile(r"/comments/(\d{1,18})\b")),
    (Thing.WORKING_COPY, re.compile(r"/write/(\d{1,18})\b")),
    (Thing.ATTACHMENT, re.compile(r"\b([0-9a-f]{32})\b")),
    (Thing.NAME, re.compile(r"\barticle:([^\s\"'<>()\[\]#&]{1,200})")),
    (Thing.NAME, re.compile(r'"external_id":\s*"([^"]{1,200})"')),
)


def addresses_in(text: str) -> Iterator[Address]:
    """Every address of something governed that a text holds, each once."""
    plain = unquote(unescape(text))
    found = ((thing, match[1]) for thing, pattern in _PATTERNS for match in pattern.finditer(plain))
    yield from dict.fromkeys(found)
