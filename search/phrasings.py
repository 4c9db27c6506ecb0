"""What of somebody's words becomes a phrasing of an article, and which of an article's phrasings count. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from search.deidentification import NOBODY, Names, deidentified, redacted
from search.following import topics_of

# The model reads about 256 word pieces; what comes later says nothing to it.
LONGEST = 1_500
# How many phrasings of one article count at most; docs/decisions has what other caps gave.
CAP = 40
FEWEST_WORDS = 2
_APOSTROPHE = re.compile("['’`]")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Candidate:
    """A phrasing as the choice sees it."""

    pk: int
    digest: str
    is_editors: bool
    is_pruned: bool
    created_at: datetime
    in_use: bool = False


def digest(text: str) -> str:
    """The same for words that differ in case, spacing and punctuation alone."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = " ".join(_WORD.findall(_APOSTROPHE.sub("", folded))) or _one_line(text)
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def question_in(subject: str, story: str = "", *, names: Names = NOBODY) -> str:
    """What somebody asked, without what tells of them: the subject, then the story unless it says the same.

    Empty when nothing is left that could be found again.
    """
    headline, told = deidentified(subject, names=names), deidentified(story, names=names)
    if _one_line(told).startswith(_one_line(headline)):
        headline = ""
    text = _shortened("\n".join(part for part in (headline, told) if part))
    return text if len(text.split()) >= FEWEST_WORDS else ""


def asked_in(text: str, looked_up: str) -> str:
    """The words of a turn that stand for what was answered; empty when they are about two things.

    A turn that stood by itself is its own words. One that needed its topic is what was looked up for it, if the turn
    brings no topic of its own: of "FC-412" and then "ransomware" nobody knows which of them the answer was about.
    """
    if not looked_up:
        return text
    is_one_topic = "\n" not in looked_up or not topics_of(text)
    return " ".join(looked_up.split()) if is_one_topic else ""


def of_editor(line: str) -> str:
    """An editor's own line in one piece, with marks for what tells of a person."""
    return " ".join(redacted(line).split())


def _one_line(text: str) -> str:
    return " ".join(text.casefold().split())


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(None, 1)[0]


def counting(candidates: Iterable[Candidate], cap: int = CAP) -> set[int]:
    """Which phrasings of one article get a vector: editors' own first, then the newest, each wording once.

    What an editor pruned counts no more, whoever else says the same.
    """
    known = list(candidates)
    taken = {each.digest for each in known if each.is_pruned}
    chosen: list[int] = []
    for each in sorted(known, key=_standing):
        if each.digest not in taken:
            taken.add(each.digest)
            chosen.append(each.pk)
    return set(chosen[:cap])


def _standing(candidate: Candidate) -> tuple[bool, float, int]:
    return not candidate.is_editors, -candidate.created_at.timestamp(), -candidate.pk


def lines_of(text: str) -> list[str]:
    """What an editor typed, one question a line, each once."""
    lines = (" ".join(line.split())[:LONGEST] for line in text.splitlines())
    return list({digest(line): line for line in lines if line}.values())
