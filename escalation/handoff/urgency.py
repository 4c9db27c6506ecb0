"""How urgent a person's words read, and the very words that say so.

A table of signals, each with points. What people say outright (blocked, a deadline, security)
weighs three or more, and one of them makes a ticket high. Tone (capitals, exclamation marks) weighs one, and all
of it together never gets there: somebody calm with a deadline comes before somebody cross without one.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


@dataclass(frozen=True)
class Said:
    """Something that the person wrote; `source` names the line of the pack that holds it."""

    source: str
    text: str


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for (or, with points below zero, against) urgency. `words` are verbatim from `source`."""

    label: str
    words: str
    rule: str
    points: int
    source: str = ""
    spoken: bool = True

    @property
    def text(self) -> str:
        """The reason with its proof: the person's words in quotation marks, or what was counted."""
        return f"{self.label}: “{self.words}”" if self.spoken else f"{self.label}: {self.words}"


@dataclass(frozen=True)
class Urgency:
    level: Level
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Rule:
    key: str
    label: str
    points: int
    pattern: re.Pattern[str]


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(alternatives)})(?!\w)", re.IGNORECASE)


_NOT = r"(?:can(?:no|['’]?)t|could(?:n['’]?t| not)|am not able to|are not able to|unable to)"
_DAY = (
    r"(?:today|tonight|tomorrow|noon|midday|midnight|lunch|this (?:morning|afternoon|evening)"
    r"|end of (?:the )?day|eod)"
)
_WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_CLOCK = r"\d{1,2}(?:[:.]\d{2})?\s?(?:am|pm|o['’]clock|h)|\d{1,2}[:.]\d{2}"
_MANY = r"(?:[2-9]|[1-9]\d{1,4}|two|three|four|five|six|seven|eight|nine|ten|a dozen|dozens of|several|many|multiple)"
_FOLK = r"(?:people|persons|users|colleagues|employees|coworkers|co-workers|of us|staff|teams|students)"

RULES: tuple[Rule, ...] = (
    Rule(
        "security",
        "Security may be at stake",
        4,
        _words(
            r"phish(?:ing|ed)?", "hacked", "malware", "ransomware", "virus", "compromised", "data breach", "breached",
            "leaked", "stolen", "stole my", "lost (?:my|a|the) (?:laptop|phone|badge|token|key)",
            r"(?:some(?:one|body) else|a stranger) (?:is|was|has|logged|signed|can)",
            r"clicked (?:on )?(?:a|the|that) (?:bad |suspicious |strange )?(?:link|attachment)",
            r"suspicious (?:e-?mail|message|login|sign-in|call|link)", r"gave (?:them|him|her|someone) my password",
        ),
    ),
    Rule(
        "blocked",
        "Cannot work",
        3,
        _words(
            rf"{_NOT} (?:do (?:my|any|our) (?:job|work)|get (?:any )?work done|work(?! (?:out|around|with|this out)))",
            "blocked", r"locked out", "completely stuck", "nothing works", "at a standstill", "outage",
            rf"{_NOT} (?:log|sign) ?in(?: anywhere| at all)",
        ),
    ),
    Rule(
        "many",
        "More than one person is affected",
        3,
        _words(
            r"(?<!with )(?<!to )(?<!from )(?:everyone|everybody)", r"(?:nobody|no one|none of us)",
            r"(?:the |our |my )?(?:whole|entire) (?:team|office|department|floor|company|site|class|lab|building)",
            r"all of us", rf"{_MANY} {_FOLK}", r"company[- ]wide", "(?:all|every) (?:the |our )?offices?",
        ),
    ),
    Rule(
        "deadline",
        "There is a deadline",
        3,
        _words(
            "deadline",
            rf"(?:by|before|until|due|at the latest|needed?(?: it| this)?(?: for| by)?) (?:{_DAY}|{_WEEKDAY}|{_CLOCK})",
            r"(?:in|within) (?:the next |less than )?(?:an?|half an|one|two|\d{1,3}) (?:hours?|minutes?|mins?)",
            rf"(?:presentation|meeting|interview|exam|demo|flight|payroll|launch) (?:is |starts )?"
            rf"(?:at {_CLOCK}|in \d|{_DAY})",
        ),
    ),
    Rule(
        "says_urgent",
        "Says that it is urgent",
        3,
        _words(
            r"(?<!not )(?<!n't )(?<!n’t )(?<!not very )(?<!not that )urgent(?:ly)?", "asap", "as soon as possible",
            "immediately", "right away", "emergency", "critical",
        ),
    ),
    Rule(
        "repeat",
        "Not the first time",
        2,
        _words(
            r"(?:second|third|fourth|fifth|2nd|3rd|4th|5th|\d+th) time", "yet again", "once again", "happened again",
            r"still (?:not|doesn['’]?t|does not|isn['’]?t|is not|can['’]?t|cannot|won['’]?t|broken|failing|no)",
            r"(?:keeps?|kept) \w+ing", r"already (?:tried|did|done|asked|reported|restarted|opened)", "every time",
        ),
    ),
    Rule(
        "person",
        "Asks for a person",
        1,
        _words(
            r"(?:talk|speak|chat) (?:to|with) (?:an? )?(?:human|person|someone|somebody|agent|colleague)",
            "real (?:person|human)", "human being", "call me", "phone me", "ring me", "actual person",
        ),
    ),
    Rule(
        "frustration",
        "Sounds frustrated",
        1,
        re.compile(
            r"!{2,}|(?<!\w)(?:frustrat(?:ed|ing)|ridiculous|useless|fed up|unacceptable|desperate)(?!\w)",
            re.IGNORECASE,
        ),
    ),
    # Three words running, each of three letters or more: one or two may be product names or error codes.
    Rule("capitals", "Written in capitals", 1, re.compile(r"(?<!\w)[A-Z]{3,}(?:[ ,]+[A-Z]{2,}){2,}(?!\w)")),
    Rule(
        "calm",
        "Says that it can wait",
        -3,
        _words(
            "no (?:rush|hurry)", r"(?:not|isn['’]?t) (?:very |that )?urgent", "whenever you (?:can|have time)",
            "when you (?:have time|get a chance|get round to it)", "low priority", "just curious", "just wondering",
            "not in a hurry", "it can wait",
        ),
    ),
)  # fmt: skip

# Who else is hit says how much it matters, and not how soon: it makes the impact.
AFFECTED = "many"
# The rules whose reasons are counted, and not anybody's words.
COUNTED = ("questions", "rejected")
MANY_QUESTIONS = 3
MANY_REJECTED = 2


def read(said: Iterable[Said], *, questions: int = 0, rejected: int = 0) -> Urgency:
    """Read what a person wrote, with how often they asked and how many articles they turned down."""
    reasons = [*_spoken(list(said)), *_counted(questions, rejected)]
    return Urgency(level((reason.rule, reason.points) for reason in reasons), tuple(reasons))


def level(points: Iterable[tuple[str, int]]) -> Level:
    """The level that (rule, points) pairs add up to; each rule counts once, however often it was met."""
    total = sum(weight for rule, weight in dict(points).items() if rule != AFFECTED)
    if total >= 6:
        return Level.URGENT
    if total >= 3:
        return Level.HIGH
    return Level.LOW if total < 0 else Level.NORMAL


def _spoken(said: Sequence[Said]) -> list[Reason]:
    """For each rule the first words that meet it: one reason is enough, and a list of ten would not be read."""
    found = []
    for rule in RULES:
        hits = ((piece, rule.pattern.search(piece.text)) for piece in said)
        piece_and_match = next(((piece, match) for piece, match in hits if match), None)
        if piece_and_match:
            piece, match = piece_and_match
            found.append(Reason(rule.label, match.group(), rule.key, rule.points, piece.source))
    return found


def _counted(questions: int, rejected: int) -> list[Reason]:
    found = []
    if questions >= MANY_QUESTIONS:
        found.append(Reason("Asked several times", f"{questions} questions", "questions", 1, spoken=False))
    if rejected >= MANY_REJECTED:
        words = f"{rejected} marked as not helpful"
        found.append(Reason("Several articles did not help", words, "rejected", 1, spoken=False))
    return found
