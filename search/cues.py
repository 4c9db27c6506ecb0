"""Cues in headings and questions: what a section is for, and what kind of answer is asked for."""

import re

# Roles of sections and their worth, read off their headings from the innermost out; what matches none is neutral.
_ROLES = [
    (
        "resolve",
        0.12,
        r"resol|solution|work ?around|fix\b|how (?:do|can|to)\b|what (?:you (?:can )?|to )do\b|method|steps?\b",
    ),
    ("symptom", -0.18, r"symptoms?$|problem(?: description)?$|issue$|what you see|error message$"),
    ("cause", -0.08, r"causes?$|why (?:it|this)\b|reasons?$"),
    ("setting", -0.2, r"environment$|applies to|prerequisites|requirements|before you (?:begin|start)"),
    ("contact", -0.12, r"when to call|call a human|get help|contact|still stuck|need more help"),
    (
        "aside",
        -0.25,
        r"(?:more|additional) information|references?$|see also|related |status$|next steps|introduction$",
    ),
    ("aside", -0.25, r"summary$|(?:notes? )?(?:to|for) (?:contributors|editors)|feedback|change history"),
]
_ROLE_PATTERNS = [
    (role, bonus, re.compile(rf"(?:{pattern})", re.IGNORECASE)) for role, bonus, pattern in _ROLES
]
_ASKS_FACT = re.compile(
    r"\W*(?:can(?! ?(?:no|')t)|may|could|should|must|is(?! there a way)|are|does|will|which|who|when"
    r"|what(?! (?:to|can|should|do) )|why|how (?:long|many|much|often|big|old|soon))\b",
    re.IGNORECASE,
)
_ASKS_HOW = re.compile(r"\W*how (?:do|does|can|to|should|would|could)\b", re.IGNORECASE)
_ASKS_WHO = re.compile(r"\bwho (?:do|can|should|must|to)\b|\bcontact\b|\bphone number of\b", re.IGNORECASE)
_ASKS_WHY = re.compile(r"\bwhy\b|\bwhat causes\b|\bwhat does\b.*\bmean\b|\breason for\b", re.IGNORECASE)
_SUPPORTS = re.compile(r"[*_\s]*(?:(?:if|still|when)\s|step (?:[2-9]|1\d)\b)", re.IGNORECASE)


def role_of(path: tuple[str, ...], title: str) -> tuple[str, float]:
    """A section's role and its worth; a heading that repeats the title says nothing."""
    for heading in reversed(path):
        if heading.casefold() == title.strip().casefold():
            continue
        for role, bonus, pattern in _ROLE_PATTERNS:
            if pattern.match(heading):
                return role, bonus
    return "", 0.0


def asks_fact(question: str) -> bool:
    """Whether it is answered with a sentence ("can I…", "how long…") and not with a procedure."""
    return bool(_ASKS_FACT.match(question))


def asks_how(question: str) -> bool:
    """Whether it asks for a procedure."""
    return bool(_ASKS_HOW.match(question))


def asks_who(question: str) -> bool:
    return bool(_ASKS_WHO.search(question))


def asks_why(question: str) -> bool:
    return bool(_ASKS_WHY.search(question))


def supports(text: str, at: int = 0) -> bool:
    """Whether what begins there ("If that fails…", "Step 3") only goes on from something else."""
    return bool(_SUPPORTS.match(text, at))
