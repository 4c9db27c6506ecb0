"""An answer without a language model: the blocks of the best article that answer, quoted verbatim.

An article is cut into units (search/units.py), each unit is scored by likeness to the question and by what else
speaks for it (search/standing.py), and the best are quoted in the article's own order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from search.cues import asks_fact
from search.gists import Gist
from search.standing import Source, candidates
from search.units import Unit, UnitKind
from search.wording import asked_identifiers, count_words, identifiers, in_plain_letters, overlap, stems

__all__ = ["Quote", "Source", "compose"]

Likeness = Callable[[Sequence[Gist]], Sequence[float]]

MAX_QUOTES = 3
MAX_ARTICLES = 2
# Units of the first and of the second article: one whose vector is not kept is embedded, which takes longer than the
# rest of composing. Figures: docs/decisions/011-one-ask.md.
MAX_COMPARED = (8, 2)

# Beside a cosine. Chosen by reading the answers to some hundred questions over three knowledge bases.
WORDS_AS_COSINE = 0.4  # the units of one article differ by about so much in cosine
SAME_SECTION = 0.05
# How little less than the best another unit may score to be quoted too, by the kind of the best.
ALSO_WITHIN = {"steps": 0.04, "text": 0.08, "table": 0.05, "code": 0.08}
WANTED_WITHIN = 0.15  # the same for a warning, and for a procedure unless the question asks for a fact
SECOND_ARTICLE = 0.03  # how little less relevant than the first a second article may be


@dataclass(frozen=True)
class Quote:
    """text is body[start:end] of that revision, verbatim; first_number is that of its first ordered step."""

    passage_id: int
    article_id: int
    revision_id: int
    start: int
    end: int
    path: tuple[str, ...]
    anchor: str
    text: str
    kind: UnitKind = "text"
    first_number: int = 1


class _Part(NamedTuple):
    """A chosen unit and the cut that fits."""

    unit: Unit
    end: int


class _Rated(NamedTuple):
    """An article's passages and its units with their scores; likest and best are the highest cosine and score."""

    found: list[Source]
    units: list[Unit]
    likest: float
    best: float


def compose(
    question: str, sources: Sequence[Source], *, likeness: Likeness | None, max_words: int = 120
) -> list[Quote]:
    """Quote what answers: at most 3 quotes of at most 2 articles, together at most max_words words, [] for nothing.

    `likeness(gists)` gives the cosine of each of a few gists with the question; None falls back to shared words. The
    quotes of an article keep its order, a procedure starts at its first step and is cut only between steps. The same
    input always gives the same answer.
    """
    question = in_plain_letters(question)
    rated = _rated(
        question, _by_article(_entitled(question, sources)), likeness or partial(_shared_words, question)
    )
    quotes: list[Quote] = []
    for article in rated:
        if quotes and (article.likest < rated[0].likest or article.best < rated[0].best):
            break  # the second article has to answer at least as well as the first
        left = max_words - sum(count_words(quote.text) for quote in quotes)
        slots = MAX_QUOTES - len(quotes)
        body, fact = article.found[0].body, asks_fact(question)
        parts = _choose(article.units, body, left, slots, fact=fact, cuttable=not quotes)
        quotes += [_quote(article.found, group) for group in _joined(parts, body)]
    return quotes


def _entitled(question: str, sources: Sequence[Source]) -> Sequence[Source]:
    """Only the articles with a code of the question in their title, if there are any: others merely mention it."""
    asked = asked_identifiers(question)
    return [each for each in sources if asked & identifiers(each.title)] or sources


def _by_article(sources: Sequence[Source]) -> list[list[Source]]:
    """The sources of the best article, best first, and of a second one that is about as relevant."""
    found: dict[int, list[Source]] = {}
    ranked = sorted(sources, key=lambda each: -each.score)
    for source in ranked:
        found.setdefault(source.article_id, []).append(source)
    near = [each for each in found.values() if each[0].score >= ranked[0].score - SECOND_ARTICLE]
    return near[:MAX_ARTICLES]


def _rated(question: str, articles: list[list[Source]], likeness: Likeness) -> list[_Rated]:
    """Each article with its units scored; [] if there is none. The gists of all go to `likeness` at once."""
    every = [candidates(question, found, limit) for found, limit in zip(articles, MAX_COMPARED, strict=False)]
    gists = [gist for each in every for _, gist in each if gist]
    values = iter(likeness(gists) if gists else ())
    rated: list[_Rated] = []
    for found, each in zip(articles, every, strict=True):
        cosines = [float(next(values)) if gist else 0.0 for _, gist in each]
        scored = [
            replace(unit, score=unit.score + value) for (unit, _), value in zip(each, cosines, strict=True)
        ]
        best = max([-1.0, *(unit.score for unit in scored)])
        rated.append(_Rated(found, scored, max([-1.0, *cosines]), best))
    return rated


def _shared_words(question: str, gists: Sequence[Gist]) -> list[float]:
    asked = stems(question)
    return [WORDS_AS_COSINE * overlap(asked, gist.text) for gist in gists]


def _choose(
    units: list[Unit], body: str, budget: int, slots: int, *, fact: bool, cuttable: bool
) -> list[_Part]:
    """The best unit that fits (cut short only if cuttable), and others nearly as good that fit whole, in order."""
    chosen: list[_Part] = []
    for unit in _in_turn(units):
        left = budget - sum(count_words(body[part.unit.start : part.end]) for part in chosen)
        if not chosen:
            left = _beside_warnings(unit, units, body, left)
        ends = [end for end in unit.cuts if count_words(body[unit.start : end]) <= left]
        whole = ends[-1:] == [unit.cuts[-1]]
        if not ends or (not whole and (chosen or not cuttable)):
            continue
        if chosen and not _also(unit, chosen[0].unit, fact=fact):
            continue
        if len(_joined([*chosen, _Part(unit, ends[-1])], body)) <= slots:
            chosen.append(_Part(unit, ends[-1]))
    return sorted(chosen, key=lambda part: part.unit.start)


def _in_turn(units: list[Unit]) -> list[Unit]:
    """The best first, then what must stand beside it, then the others; each by score and place."""
    ranked = sorted(units, key=lambda unit: (-unit.score, unit.start))
    return ranked[:1] + sorted(ranked[1:], key=lambda unit: (not _warns(unit), not unit.opening))


def _warns(unit: Unit) -> bool:
    """Whether it is an introduction that nobody may miss: whom to call, or what not to do."""
    return unit.urgent and not unit.path


def _beside_warnings(unit: Unit, units: list[Unit], body: str, budget: int) -> int:
    """The words that are left for the best unit: it is cut short for such an introduction, if it can be."""
    warnings = [each for each in units if each is not unit and _warns(each)]
    left = budget - sum(count_words(body[each.start : each.cuts[-1]]) for each in warnings)
    return left if count_words(body[unit.start : unit.cuts[0]]) <= left else budget


def _also(unit: Unit, best: Unit, *, fact: bool) -> bool:
    """Whether to quote a unit beside the best one: it scores nearly as well, or it warns, or it opens the article."""
    if unit.opening or (unit.urgent and unit.anchor in ("", best.anchor)):
        return True
    wanted = unit.urgent or (unit.kind == "steps" and not fact)
    within = WANTED_WITHIN if wanted else ALSO_WITHIN[best.kind]
    return unit.score + (SAME_SECTION if unit.anchor == best.anchor else 0.0) >= best.score - within


def _joined(parts: Sequence[_Part], body: str) -> list[list[_Part]]:
    """Parts in order, those with nothing but blank space between them together."""
    groups: list[list[_Part]] = []
    for part in sorted(parts, key=lambda part: part.unit.start):
        if groups and not body[groups[-1][-1].end : part.unit.start].strip():
            groups[-1].append(part)
        else:
            groups.append([part])
    return groups


def _quote(found: list[Source], group: list[_Part]) -> Quote:
    start, end = group[0].unit.start, group[-1].end
    telling = next((part.unit for part in group if part.unit.kind != "text"), group[0].unit)
    source = max(found, key=lambda each: min(end, each.end) - max(start, each.start))
    return Quote(
        source.passage_id,
        source.article_id,
        source.revision_id,
        start,
        end,
        telling.path,
        telling.anchor,
        source.body[start:end],
        telling.kind,
        telling.first_number,
    )
