"""What a good agent would ask first: by topic, two questions at the most, and none that the words already answer."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Ask:
    """A question, and how words look that answer it already."""

    key: str
    text: str
    told: str


_ERROR = Ask(
    "error",
    "What does it say, word for word?",
    r"[\"“”«].{4,}|\berror:? \w*\d|\b0x[0-9a-f]+|\bcode \w*\d|\b[A-Z]{2,}-\d+",
)
_SINCE = Ask(
    "since",
    "Since when, and what changed just before?",
    r"\bsince\b|\byesterday|\btoday|\bthis (?:morning|week)|\blast (?:week|night)|\bago\b|\bafter\b|\bfor \d+",
)
_TRIED = Ask("tried", "What have you tried so far?", r"\btried\b|\brestart|\breboot|\breinstall")
_WHERE = Ask(
    "where",
    "Where are you: in the office, at home, on the road?",
    r"\bhome\b|\boffice\b|\bhotel\b|\btrain\b|\bfloor\b|\broom\b|\bairport\b|\bon the road\b",
)
_WHICH = Ask(
    "which",
    "Which one is it: its name or number, and where does it stand?",
    r"\b[A-Z]{2,}-?\d+|\bfloor\b|\broom\b",
)
_SYSTEM = Ask("system", "Which system, folder or list is it, as exactly as you can?", r"[\"“/\\].{3,}")
_APPROVES = Ask("approves", "Who approves it, if you know?", r"\bapprov|\bmy (?:manager|boss|lead)\b")
_BY_WHEN = Ask(
    "by_when",
    "By when do you need it?",
    r"\bby (?:mon|tue|wed|thu|fri|sat|sun|tomorrow|the|\d)|\bbefore\b|\bdeadline",
)
_ACCOUNT = Ask(
    "account",
    "Which account or program do you sign in to?",
    r"\b(?:vpn|outlook|mail|teams|laptop|sap|portal)\b",
)

# The first topic whose words are there counts.
_TOPICS: tuple[tuple[str, tuple[Ask, ...]], ...] = (
    (r"\bprint|\bscanner|\btoner|\bpaper jam", (_WHICH, _ERROR, _SINCE)),
    (r"\bvpn\b|\bwi-?fi\b|\bnetwork|\binternet\b|\bconnect", (_WHERE, _SINCE, _ERROR)),
    (
        r"\bpassword|\b(?:log|sign)(?:ging|ing)?[ -]?in|\blocked\b|\bauthenticat|\bmfa\b",
        (_ACCOUNT, _ERROR, _SINCE),
    ),
    (
        r"\baccess\b|\bpermission|\bshared? (?:folder|drive)|\blicen[cs]e|\brights\b",
        (_SYSTEM, _APPROVES, _BY_WHEN),
    ),
    (r"\border|\brequest|\bnew (?:laptop|phone|monitor|screen|headset)|\bneed an?\b", (_BY_WHEN, _APPROVES)),
    (
        r"\berror|\bcrash|\bfreez|\bslow|\bstuck|\bbroken?\b|\bfail|\bhang|\bmissing|\bgone\b",
        (_ERROR, _SINCE, _TRIED),
    ),
    (r"n['’]t (?:work|start|open|load|send|save)|\bnot work|\bcan(?:no|['’])t\b", (_ERROR, _SINCE, _TRIED)),
)
MOST_ASKED = 2

ASKS: dict[str, Ask] = {ask.key: ask for _, asks in _TOPICS for ask in asks}


def first_questions(words: str) -> tuple[Ask, ...]:
    """What to ask first of somebody who wrote these words."""
    asks = next((asks for topic, asks in _TOPICS if re.search(topic, words, re.IGNORECASE)), ())
    open_ = (ask for ask in asks if not re.search(ask.told, words, re.IGNORECASE))
    return tuple(open_)[:MOST_ASKED]
