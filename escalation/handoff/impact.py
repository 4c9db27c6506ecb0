"""How many are hit, and what priority that makes with how urgent it is (ITIL's matrix of impact and urgency)."""

import re
from enum import StrEnum

from escalation.handoff.urgency import Level


class Impact(StrEnum):
    PERSON = "person"
    TEAM = "team"
    COMPANY = "company"


IN_WORDS: dict[Impact, str] = {
    Impact.PERSON: "one person",
    Impact.TEAM: "a team",
    Impact.COMPANY: "many teams",
}

PRIORITY: dict[Impact, dict[Level, Level]] = {
    Impact.PERSON: {level: level for level in Level},
    Impact.TEAM: {
        Level.LOW: Level.NORMAL, Level.NORMAL: Level.HIGH, Level.HIGH: Level.URGENT, Level.URGENT: Level.URGENT,
    },
    Impact.COMPANY: {
        Level.LOW: Level.HIGH, Level.NORMAL: Level.URGENT, Level.HIGH: Level.URGENT, Level.URGENT: Level.URGENT,
    },
}  # fmt: skip

_COMPANY = re.compile(
    r"\b(?:company|firm|site|building|all offices|every office|departments|teams|[3-9]\d|\d{3,5})\b",
    re.IGNORECASE,
)


def impact(affected: str) -> Impact:
    """How many the words speak of that say who else is hit; empty where nobody else is."""
    if not affected:
        return Impact.PERSON
    return Impact.COMPANY if _COMPANY.search(affected) else Impact.TEAM


def priority(hit: Impact, urgency: Level) -> Level:
    """What comes first: how many are hit, and how soon it must be done."""
    return PRIORITY[hit][urgency]


def at_least(level: Level, floor: Level) -> Level:
    """The higher of the two."""
    order = list(Level)
    return max(level, floor, key=order.index)
