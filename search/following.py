"""Follow-up questions: when a turn leans on those before it, and what to look up then. Pure."""

import re
from collections.abc import Sequence

from search.remarks import remark
from search.wording import as_typed, asked_identifiers, identifiers, overlap, stems

# "and on a Mac?", "what about the other one?", "no, I meant Android": openings that need the turn before them.
_GOES_ON = re.compile(
    r"(?:and|but|or|so|also|ok(?:ay)?|what about|how about|what if|no|not|sorry|actually|i meant?|rather|same|"
    r"still|again|then|instead|the other|on|for|in|with|without|it|that|this|those|these|they|which|where|"
    r"doesn't|didn't|i tried|tried)\b",
    re.IGNORECASE,
)
# "how long does that take?": what is meant was said before.
_POINTS_BACK = re.compile(r"\b(?:it|that|this|those|these|them|they|there|one|ones|then)\b", re.IGNORECASE)
# Longer turns nearly always tell their own story.
LONGEST_FOLLOW_UP = 8
LONGEST_POINTING_BACK = 10
MOST_TOPICS_POINTING_BACK = 2
LONGEST_TOPICLESS = 20
# A turn of these words alone tells how it went or how much of it there is, not what it is about.
_TOPICLESS = """
a about actually after again all already also am an and any anything are as ask at be been before but by call can
cannot changed come comes contact cost costs could did didn do does doesn don done either else error even every
everything exactly fail failed fails first followed for from get gets getting give gives go got had happen happened
happens has have having help helped helps her him how i if in instead is isn it its just keeps know ll long m many me
mean meant message much must my need needs no none not nothing now of off ok okay on once one ones only option or
other otherwise our person please pressed problem re really restart restarted restarting safe same say says second
see seems should show showing shows so sorry steps still stuck sure t take takes task than that the them then there
these they thing things third this those though to tried true try trying twice unfortunately us ve was wasn way we
well what when where which while who whom whose why will with without won work worked working works would wrong yes
yet you your
"""  # Of each group a person has one in mind: a new one takes the place of the earlier question's.
_PLATFORMS = (
    frozenset({"iphone", "ipad", "ios", "android"}),
    frozenset({"windows", "mac", "macbook", "macos", "linux"}),
    frozenset({"outlook", "teams"}),
)
_EVERY_PLATFORM: frozenset[str] = frozenset().union(*_PLATFORMS)
_WORD = re.compile(r"[^\W\d_]+")
# Share of the shorter question's words that both have when they are about the same.
SAME_SUBJECT = 0.34


def in_context(question: str, earlier: Sequence[str]) -> str:
    """What to look up for a question after the `earlier` turns, oldest first: itself, or with what it goes on about."""
    subject = _subject(earlier)
    if not subject:
        return question
    if is_verdict(question):
        return "\n".join(subject)
    return "\n".join([*_moved(subject, question), question]) if leans(question) else question


def leans(question: str) -> bool:
    """Whether a turn may go on from the turn before it."""
    return goes_on(question) or (len(question.split()) <= 2 and not remark(question))


def goes_on(question: str) -> bool:
    """Whether a turn shows by its opening, by pointing back or by naming no topic that it needs the turn before it.

    One or two words of a topic of their own ("headset") show nothing: they may as well begin something else.
    """
    if remark(question):
        return False
    words, topics = question.split(), topics_of(question) - _EVERY_PLATFORM
    if len(words) <= LONGEST_FOLLOW_UP and _GOES_ON.match(as_typed(question).strip()):
        return True
    if not topics:
        return len(words) <= LONGEST_TOPICLESS and not re.search(r"\d{3}", question)
    return (
        len(words) <= LONGEST_POINTING_BACK
        and len(topics) <= MOST_TOPICS_POINTING_BACK
        and bool(_POINTS_BACK.search(question))
    )


def topics_of(text: str) -> set[str]:
    """The words that tell what a turn is about."""
    return set(_WORD.findall(text.casefold())) - frozenset(_TOPICLESS.split())


def carried_by(question: str, text: str) -> bool:
    """Whether a text has to do with a turn's own words: it has one of its codes, or else one of its topics."""
    asked = asked_identifiers(question)
    return bool(asked & identifiers(text) if asked else stems(" ".join(topics_of(question))) & stems(text))


def is_verdict(text: str) -> bool:
    """Whether a turn only says that an answer did not help."""
    found = remark(text)
    return found is not None and found.is_verdict


def same_subject(one: str, other: str) -> bool:
    """Whether two questions are about the same, as far as their words tell."""
    fewer, more = sorted((one, other), key=lambda text: len(stems(text)))
    return overlap(stems(fewer), more) >= SAME_SUBJECT


def _subject(earlier: Sequence[str]) -> list[str]:
    """The last turn that stood by itself, and the last that went on from it with words of its own."""
    lines: list[str] = []
    for text in earlier:
        if remark(text):
            continue
        if not lines or not goes_on(text):
            lines = [text]
        else:
            lines = _moved(lines, text)
            lines = [lines[0], text] if topics_of(text) - _EVERY_PLATFORM else lines
    return lines


def _moved(lines: Sequence[str], question: str) -> list[str]:
    """The subject on the platform that a question names: "set up my iPhone", "and on Android?"."""
    asked = set(_WORD.findall(question.casefold()))
    moved = list(lines)
    for group in _PLATFORMS:
        named = sorted(asked & group)
        if len(named) == 1:
            gone = "|".join(sorted(group.difference(named)))
            moved = [re.sub(rf"\b(?:{gone})\b", named[0], line, flags=re.IGNORECASE) for line in moved]
    return moved
