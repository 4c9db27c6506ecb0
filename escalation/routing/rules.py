"""Rules of leads: all conditions of a rule that are set have to hold, and the first rule that holds decides. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

UPSET, CALM = "upset", "calm"


@dataclass(frozen=True)
class Facts:
    """What is known of a ticket that a rule may ask for; the sets hold keys of the database."""

    text: str = ""
    categories: frozenset[int] = frozenset()  # of the articles that the person was shown
    audiences: frozenset[int] = frozenset()
    groups: frozenset[int] = frozenset()
    sentiment: str = CALM
    sensitivity: str = ""


@dataclass(frozen=True)
class Rule:
    """A rule; a condition that is not set asks for nothing."""

    id: int
    name: str
    words: tuple[str, ...] = ()
    category: int | None = None
    audience: int | None = None
    group: int | None = None
    sentiment: str = ""
    sensitivity: str = ""


@dataclass(frozen=True)
class Match:
    """A rule that holds; `word` is the one that was met, when it asks for words."""

    rule: Rule
    word: str = ""

    @property
    def reason(self) -> str:
        """In one line, for whoever works on the ticket."""
        met = f": they wrote “{self.word}”" if self.word else ""
        return f"The rule “{self.rule.name}” says so{met}."


def first_match(rules: Iterable[Rule], facts: Facts) -> Match | None:
    """The first rule that holds, in the order of the leads."""
    return next((match for rule in rules if (match := match_of(rule, facts))), None)


def match_of(rule: Rule, facts: Facts) -> Match | None:
    """Whether a rule holds. One without any condition holds never: it would take every ticket by mistake."""
    asked = (
        (rule.category, facts.categories),
        (rule.audience, facts.audiences),
        (rule.group, facts.groups),
        (rule.sentiment, {facts.sentiment}),
        (rule.sensitivity, {facts.sensitivity}),
    )
    conditions = [wanted in known for wanted, known in asked if wanted]
    word = word_in(rule.words, facts.text)
    if rule.words:
        conditions.append(bool(word))
    return Match(rule, word) if conditions and all(conditions) else None


def word_in(words: Iterable[str], text: str) -> str:
    """The first of these words and phrases that stands in the text as a whole, in any case and spacing."""
    told = " ".join(text.split())
    return next((word for word in words if _pattern(word).search(told)), "")


def words_of(lines: str) -> tuple[str, ...]:
    """What a lead wrote, a word or phrase a line."""
    return tuple(dict.fromkeys(" ".join(line.split()) for line in lines.splitlines() if line.strip()))


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
