"""What a new article of each kind begins with: the headings its readers look for, and what to write under them."""

import re
from dataclasses import dataclass

# Comments are hints for the author that no reader sees; words in square brackets that end in … are to be replaced.
SKELETONS: dict[str, str] = {
    "how-to": """\
<!-- One task, from where the reader is to where they want to be. Name buttons as the screen names them. -->

[What the reader can do afterwards, in one sentence…]

## Before you start

- [What they need: an account, a device, a permission…]

## Steps

1. [The first thing to do, and where…]
2. [The next thing to do…]
3. [How they see that it worked…]

## If it does not work

[What goes wrong most often, and what to do then…]
""",
    "troubleshooting": """\
<!-- In the words of the person who has the problem: they search for what they see. -->

## Issue

[What the reader sees or can't do, with the exact words of the message…]

## Environment

- [Devices, systems and versions this happens on…]

## Cause

[Why it happens, as far as known, in a sentence…]

## Resolution

1. [The first thing to do…]
2. [The next thing to do…]
3. [How they see that it is solved…]
""",
    "faq": """\
<!-- Each heading is a question as people ask it; the first sentence under it is the answer. -->

## [A question, as people ask it…?]

[The answer in one sentence, then what else they need to know…]

## [The next question…?]

[Its answer…]
""",
    "policy": """\
<!-- What holds, for whom, and from when. Reasons help people to follow it. -->

## In short

[What people must or must not do, in one or two sentences…]

## Who it applies to

[Everybody, or which teams, places and devices…]

## What to do

- [A rule, and how to follow it…]

## Exceptions

[Who may allow one, and how to ask…]

## Why

[What this protects, in a sentence…]
""",
    "known-error": """\
<!-- So that people stop trying, and know what to do meanwhile. Keep the state up to date. -->

## Issue

[What the reader sees, with the exact words of the message…]

## Environment

- [Devices, systems and versions this happens on…]

## Workaround

1. [What to do until it is solved…]

## State

[What is being done, by whom, and when it is expected to be solved…]
""",
}

_PLACEHOLDER = re.compile(r"\[[^\[\]\n]{3,120}…\??\]")
_KNOWN = frozenset(match[0] for body in SKELETONS.values() for match in _PLACEHOLDER.finditer(body))
_HEADINGS = frozenset(
    line for body in SKELETONS.values() for line in body.splitlines() if line.startswith("#")
)


@dataclass(frozen=True)
class Unfilled:
    line: int
    text: str


def unfilled(body: str) -> list[Unfilled]:
    """The placeholders of any skeleton that nobody has replaced yet: an article may have changed its kind."""
    lines = re.split(r"\r\n?|\n", body)
    return [
        Unfilled(number, match[0])
        for number, line in enumerate(lines, 1)
        for match in _PLACEHOLDER.finditer(line)
        if match[0] in _KNOWN
    ]


def written(body: str) -> str:
    """What an author has written, line for line: without placeholders, and without headings that wait for words."""
    kept: list[str] = []
    has_words = False
    for line in reversed(re.split(r"\r\n?|\n", body)):
        rest = _PLACEHOLDER.sub(lambda match: "" if match[0] in _KNOWN else match[0], line)
        if rest != line and not any(char.isalpha() for char in rest):
            rest = ""
        if rest.startswith("#"):
            rest = "" if rest.rstrip() in _HEADINGS and not has_words else rest
            has_words = False
        else:
            has_words = has_words or bool(rest.strip())
        kept.append(rest)
    return "\n".join(reversed(kept))
