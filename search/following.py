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


def in_context(question: str, earlier: str) -> str:
    """What to look up for a question that follows `earlier`: itself, or both when it can't stand alone."""
    words = question.split()
    leans = len(words) <= 2 or (len(words) <= LONGEST_FOLLOW_UP and _LEANS.match(question.strip()))
    return f"{earlier}\n{question}" if earlier and leans else question
