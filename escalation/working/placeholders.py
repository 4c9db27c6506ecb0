"""Replies with gaps such as {{ first_name }}, which are filled in for one ticket. Pure.

Not a template language: a gap is a name, filling goes over the text once, and what is filled in is not looked at again.
"""

import re
from collections.abc import Mapping

# What may stand in a gap, as whoever writes a reply reads it.
GAPS: dict[str, str] = {
    "requester": "the full name of the person who asked",
    "first_name": "their first name",
    "agent": "your name",
    "number": "the ticket's number",
    "subject": "the ticket's subject",
    "link": "the address of the ticket's page",
}

_GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its gaps filled; one that nothing is known for stays as it is."""
    return _GAP.sub(lambda gap: values.get(gap[1], gap[0]), text)


def unknown_gaps(text: str) -> list[str]:
    """The gaps that nothing will ever be filled into, in order."""
    return list(dict.fromkeys(name for name in _GAP.findall(text) if name not in GAPS))
