"""What a text links to: exactly the links and pictures that a page shows of it."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from markdown_it.rules_core import inline as inline_rule

from kb.parsing import Unparsable, parse_blocks
from kb.sanitising import link_attributes

Kind = Literal["article", "attachment", "web"]

MOST_LINKS = 500
LONGEST_TARGET = 2_000
_PICTURE = re.compile(r"/articles/attachments/([0-9a-f]{32})")


class Target(NamedTuple):
    """Another article by its name, a picture by its key, or an address elsewhere."""

    kind: Kind
    name: str


def links_of(body: str) -> list[Target]:
    """Each target once, in the order of the text; at most MOST_LINKS. None of a text that is shown as it is."""
    try:
        state = parse_blocks(body)
        inline_rule(state)
    except (Unparsable, RecursionError):
        return []
    found: dict[Target, None] = {}
    for token in state.tokens:
        for child in token.children or []:
            address = child.attrs.get("src" if child.type == "image" else "href")
            found.update(dict.fromkeys(_targets(str(address or ""))))
    return list(found)[:MOST_LINKS]


def _targets(address: str) -> Iterator[Target]:
    picture = _PICTURE.fullmatch(address)
    if picture:
        yield Target("attachment", picture[1])
        return
    names: list[str] = []
    # The judge of what a page shows as a link tells the names of articles that it is asked about.
    shown = link_attributes(address, names.append)
    for name in names:
        yield Target("article", name)
    elsewhere = str(shown.get("href", "")).partition("#")[0]
    if elsewhere[:4].lower() == "http" and len(elsewhere) <= LONGEST_TARGET:
        yield Target("web", elsewhere)
