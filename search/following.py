"""Follow-up questions: when a turn leans on the one before it, and what to look up then. Pure."""

import re

# "and on a Mac?", "what about the other one?", "still not working": openings that need the turn before them.
_LEANS = re.compile(
    r"^(and|but|or|so|also|what about|how about|what if|on|for|in|with|without|same|still|again|then|it|that|this|"
    r"those|these|they|the other|not|no|doesn't|didn't|i tried|tried|which|where)\b",
    re.IGNORECASE,
)
# Longer turns nearly always tell their own story.
LONGEST_FOLLOW_UP = 7
# A turn of these words alone tells how it went, not what it is about.
_TOPICLESS = """
a after again all already also am an and any as at be been but by can cannot changed comes did didn do does doesn
don done either error even every everything exactly fail failed fails first followed for from get gets getting
give gives go got happened happens has have having help helped helps i if in is isn it its just keeps ll m me
message my no none not nothing now of on once one only or problem re restart restarted restarting same says
second seems showing shows so steps still stuck t task that the then there these thing things third this those
though tried try trying twice unfortunately ve was wasn what when while with won work worked working works yes yet
you your
"""
LONGEST_TOPICLESS = 20
# Of each group a person has one in mind: a new one takes the place of the earlier question's.
_PLATFORMS = (
    frozenset({"iphone", "ipad", "ios", "android"}),
    frozenset({"windows", "mac", "macbook", "macos", "linux"}),
)
_WORD = re.compile(r"[^\W\d_]+")
_PLEASANTRY = re.compile(
    r"\W*(?:(?:ok(?:ay)?|great|perfect|super|cool|nice|good|thanks?|thank you|thx|cheers|many thanks|ty|hi|hello|hey"
    r"|bye|goodbye|good (?:morning|afternoon|evening)|(?:so|very) much|a lot|that (?:worked|helped)|it works(?: now)?"
    r"|have a (?:nice|good) day|got it|all good|for (?:your|the) help)\b\W*)+",
    re.IGNORECASE,
)


def in_context(question: str, earlier: str) -> str:
    """What to look up for a question that follows `earlier`: itself, or both when it can't stand alone."""
    return f"{_without_replaced(earlier, question)}\n{question}" if earlier and _leans(question) else question


def is_pleasantry(text: str) -> bool:
    """Whether a turn ("thanks!", "hello", "great, that worked") asks nothing."""
    return bool(_PLEASANTRY.fullmatch(text[:200]))


def _leans(question: str) -> bool:
    if is_pleasantry(question):
        return False
    words = question.split()
    if len(words) <= 2 or (len(words) <= LONGEST_FOLLOW_UP and _LEANS.match(question.strip())):
        return True
    topics = set(_WORD.findall(question.casefold())) - set(_TOPICLESS.split())
    return len(words) <= LONGEST_TOPICLESS and not topics and not re.search(r"\d{3}", question)


def _without_replaced(earlier: str, question: str) -> str:
    """The earlier question without the platform that the new one replaces: "set up my iPhone", "and on Android?"."""
    asked = set(_WORD.findall(question.casefold()))
    for group in _PLATFORMS:
        if asked & group:
            gone = "|".join(sorted(group - asked))
            earlier = re.sub(rf"\b(?:{gone})\b", "", earlier, flags=re.IGNORECASE)
    return " ".join(earlier.split()) if asked & frozenset().union(*_PLATFORMS) else earlier
