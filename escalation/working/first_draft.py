"""The first draft of an article from a ticket: issue, environment, cause, resolution (KCS). Pure.

It is filled with what was said, and where nothing was, the skeleton's own placeholder waits for words: an article with
a placeholder in it does not pass the checklist.
"""

import re
from collections.abc import Sequence

from kb.skeletons import SKELETONS

KIND = "troubleshooting"
_SECTION = re.compile(r"^## (\w+)\n\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
# What would make a heading, a link, a picture or a table, or hide words in a comment. Numbered steps stay steps.
_MARKUP = re.compile(r"([\\`*_\[\]<>|~]|^#|^=|^-(?=-))", re.MULTILINE)


def first_draft(*, issue: Sequence[str], environment: Sequence[str], resolution: Sequence[str]) -> str:
    """The body of an article, in Markdown. What people wrote stands there as plain paragraphs."""
    words = {
        "Issue": "\n\n".join(_plain(text) for text in issue),
        "Environment": "\n".join(f"- {_plain(text)}" for text in environment),
        "Resolution": "\n\n".join(_plain(text) for text in resolution),
    }

    def section(found: re.Match[str]) -> str:
        told = words.get(found[1], "").strip()
        return f"## {found[1]}\n\n{told}\n\n" if told else found[0]

    return f"{_SECTION.sub(section, SKELETONS[KIND]).rstrip()}\n"


def _plain(text: str) -> str:
    """Words as they are read, with nothing in them that Markdown would take for its own."""
    lines = (line.strip() for line in text.strip().splitlines())
    return _MARKUP.sub(r"\\\1", "\n".join(lines))
