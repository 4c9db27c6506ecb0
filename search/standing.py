"""What speaks for a unit besides its likeness to the question: the role of its section, its kind, its place."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import NamedTuple

from search.cues import asks_fact, asks_how, asks_who, asks_why, role_of, supports
from search.gists import Gist, gist
from search.units import Unit, units
from search.wording import asked_identifiers, identifiers, overlap, stems

# Weights beside a cosine. Chosen by reading the answers to some hundred questions over three knowledge bases.
IN_PASSAGE = 0.12  # the unit stands in a passage that retrieval found
STEPS_BONUS = 0.15  # unless the question asks for a fact
HOW_BONUS = 0.15  # steps once more, if the question begins with "how do I"
OPENING = 0.3  # the lead and the first section of an article whose title the question is
SAME_AS_TITLE = 0.9  # the share of words that question and title have in common, each of the other's
HEADING = 0.15  # the words of a short heading are in the question
OVERTURE_PENALTY = 0.08  # text before the first heading introduces; unless a fact is asked for
LATER_PENALTY = 0.02  # for each procedure before this one: the usual way comes first in an article
ASKED_FOR = 0.2  # the cause when "why" is asked, the contact when "who" is
# An error code of the question stands in the unit, or in the title and the unit is what to do about it. The same
# speaks against a unit that holds other codes instead.
IDENTIFIER = 0.3
PROMISE = 0.2  # all the words of the question, in choosing which units to compare with it
SIDE_PENALTY = 0.1  # callouts and "If that fails…" sections support an answer, they seldom are it


@dataclass(frozen=True)
class Source:
    """A passage that retrieval found: body[start:end] of a live revision, with its relevance (best first)."""

    passage_id: int
    article_id: int
    revision_id: int
    title: str
    body: str
    start: int
    end: int
    path: tuple[str, ...]
    anchor: str
    score: float


class _Asked(NamedTuple):
    """A question as every unit is held against it."""

    text: str
    stems: AbstractSet[str]
    codes: AbstractSet[str]
    fact: bool
    how: bool
    who: bool
    why: bool


def _asked(question: str) -> _Asked:
    return _Asked(
        question,
        stems(question),
        asked_identifiers(question),
        asks_fact(question),
        asks_how(question),
        asks_who(question),
        asks_why(question),
    )


def candidates(question: str, found: Sequence[Source], limit: int) -> list[tuple[Unit, Gist | None]]:
    """The units of an article that may be quoted, with their standing; found are its passages.

    At most `limit` are worth comparing and have a gist for it; a warning is quoted beside them whatever it is like.
    """
    title, body = found[0].title, found[0].body
    asked = _asked(question)
    ranked: list[Unit] = []
    procedures = 0
    every = list(units(body, asked.stems | asked.codes))
    first = _first_section(every, title) if _is_title(asked, title) else None
    for unit in every:
        opening = first is not None and not unit.side and unit.anchor in ("", first)
        score = _standing(asked, unit, found) - LATER_PENALTY * min(3, procedures) + OPENING * opening
        procedures += unit.kind == "steps"
        ranked.append(replace(unit, score=score, opening=opening))
    promising = sorted(
        ranked, key=lambda unit: (-unit.score - _words_in_common(asked, unit, body), unit.start)
    )
    compared = [(unit, gist(unit, title, body, asked.stems)) for unit in promising[:limit]]
    return compared + [(unit, None) for unit in promising[limit:] if unit.urgent]


def _is_title(asked: _Asked, title: str) -> bool:
    return min(overlap(asked.stems, title), overlap(stems(title), asked.text)) >= SAME_AS_TITLE


def _first_section(every: Sequence[Unit], title: str) -> str:
    """The anchor of the first section that tells what the title promises: not symptoms, causes or requirements.

    One that says how the title begins ("Connect") tells it before another one ("Install it").
    """
    telling = [
        unit
        for unit in every
        if unit.path and role_of(unit.path, title)[0] in ("", "resolve") and not supports(unit.path[-1])
    ]
    begun = [
        unit for unit in telling if unit.path[-1] and title.casefold().startswith(unit.path[-1].casefold())
    ]
    return next((unit.anchor for unit in begun + telling), "")


def _words_in_common(asked: _Asked, unit: Unit, body: str) -> float:
    """What the words of a unit and of its heading promise, before anything is embedded."""
    heading = unit.path[-1] if unit.path else ""
    return PROMISE * overlap(asked.stems, f"{heading} {body[unit.start : unit.cuts[-1]]}")


def _standing(asked: _Asked, unit: Unit, found: Sequence[Source]) -> float:
    role, score = role_of(unit.path, found[0].title)
    if (role == "cause" and asked.why) or (role == "contact" and asked.who):
        score = ASKED_FOR
    score += IN_PASSAGE * _nearness(asked, role, unit, found)
    if not asked.fact:
        overture = not unit.path and unit.kind == "text"
        worth = STEPS_BONUS + HOW_BONUS * asked.how
        score += worth * (unit.kind == "steps") - OVERTURE_PENALTY * overture
    score += IDENTIFIER * _about_code(asked, role, unit, found[0])
    heading = unit.path[-1] if unit.path else ""
    headed = stems(heading)
    if 0 < len(headed) <= 3:
        score += HEADING * len(headed & asked.stems) / len(headed)
    return score - SIDE_PENALTY * (unit.side or supports(heading))


def _about_code(asked: _Asked, role: str, unit: Unit, article: Source) -> int:
    """1 for a unit that is about a code of the question, -1 for one about others, 0 else."""
    codes = asked.codes
    held = identifiers(article.body[unit.start : unit.cuts[-1]]) if codes else set()
    if unit.kind == "table" and held and not codes & held:
        return -1
    if codes & identifiers(article.title):
        # All of the article is about it: to hold it says nothing, and the steps are what to do.
        return int(unit.kind == "steps" or role == "resolve")
    if role in ("", "resolve") and codes & held:
        return 1
    # All of an article about another code is about that one, but for where it names this one.
    return -1 if codes and identifiers(article.title) else 0


def _nearness(asked: _Asked, role: str, unit: Unit, found: Sequence[Source]) -> float:
    """1 for a unit in the article's best passage, less in a weaker one, 0 outside all."""
    found_role, _ = role_of(found[0].path, found[0].title)
    if role == "resolve" and found_role not in ("", "resolve") and not asked.why:
        return 1.0  # the passage that was found tells of the trouble; this one ends it
    return max(
        (
            1 - min(1.0, (found[0].score - source.score) / 0.25)
            for source in found
            if source.start < unit.cuts[-1] and unit.start < source.end
        ),
        default=0.0,
    )
