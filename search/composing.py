"""An answer without a language model: the blocks of the best article that answer, quoted verbatim.

An article is cut into units (a procedure with its lead, a few sentences, a table, a code block), each unit is scored
by likeness to the question and by the role of its section, and the best are quoted in the article's own order.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Literal, NamedTuple

from kb.markdown import Block, blocks, plain_text

QuoteKind = Literal["steps", "text", "table", "code"]
Similarity = Callable[[str, Sequence[str]], Sequence[float]]

MAX_QUOTES = 3
MAX_ARTICLES = 2
# Units of the first and of the second article, and words of each, that are embedded: the whole costs about 100 ms.
MAX_EMBEDDED = (12, 4)
EMBEDDED_WORDS = 32
ASKED_WORDS = (
    50  # of the question: the batch is padded to its longest text, and people say the main thing first
)
CHUNK_WORDS = 45  # a longer paragraph is cut into chunks of whole sentences about this long
LEAD_WORDS = 40  # of a longer paragraph before steps only the last sentence introduces them

# Weights beside a cosine. Chosen by reading the answers to some hundred questions over three knowledge bases.
IN_PASSAGE = 0.12  # the unit stands in a passage that retrieval found
STEPS_BONUS = 0.15  # unless the question asks for a fact
WORDS_AS_COSINE = 0.4  # the units of one article differ by about so much in cosine
HEADING = 0.15  # the words of a short heading are in the question
OVERTURE_PENALTY = 0.08  # text before the first heading introduces; unless a fact is asked for
LATER_PENALTY = 0.02  # for each procedure before this one: the usual way comes first in an article
ASKED_FOR = 0.2  # the cause when "why" is asked, the contact when "who" is
IDENTIFIER = 0.2  # an error code of the question stands in the unit
SIDE_PENALTY = 0.1  # callouts and "If that fails…" sections support an answer, they seldom are it
SAME_SECTION = 0.05
# How little less than the best another unit may score to be quoted too, by the kind of the best.
ALSO_WITHIN = {"steps": 0.04, "text": 0.08, "table": 0.05, "code": 0.08}
WANTED_WITHIN = 0.15  # the same for a warning, and for a procedure unless the question asks for a fact
SECOND_ARTICLE = 0.03  # how little less relevant than the first a second article may be

# Roles of sections, read off their headings from the innermost out; what matches none is neutral.
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
_ASKS_WHO = re.compile(r"\bwho (?:do|can|should|must|to)\b|\bcontact\b|\bphone number of\b", re.IGNORECASE)
_ASKS_WHY = re.compile(r"\bwhy\b|\bwhat causes\b|\bwhat does\b.*\bmean\b|\breason for\b", re.IGNORECASE)
_SUPPORTS = re.compile(r"[*_\s]*(?:(?:if|still|when)\s|step (?:[2-9]|1\d)\b)", re.IGNORECASE)
_THROAT_CLEARING = re.compile(
    r"""[*_>\s]*(?:
    (?:this|the\ following)\ (?:article|page|tutorial|guide|document|topic|section|faq)\ (?!does)
    | in\ this\ (?:article|page|tutorial|guide|document|topic|section)
    | (?:note|attention|notice)?\s*(?:to|for)\ (?:contributors|editors|reviewers|authors|translators)
    | original\ kb | applies\ to | last\ (?:updated|reviewed) | welcome\b | table\ of\ contents
    | (?:see\ also|for\ (?:more|further)\ (?:information|details|help)|to\ learn\ more|learn\ more|related)\b
    | (?:use|try|follow)\ (?:(?:one|any)\ of\ )?(?:the\ following|these)\ (?:methods|steps|options|solutions)
      \b[^:\n]*(?=[.\n]|\Z)
    | (?:for\ example,?\ )?see\ the\ (?:following\ )?(?:screenshot|image|figure)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LEANS = re.compile(
    r"(?:this|that|these|those|it|they|however|also|then|otherwise|additionally|instead|so)\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"""[.!?…][)"'”’*_]*\s+(?=["'“‘(*_\[`]*[^\W\d_]|\d(?!\d*[.)]\s))""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|no|incl|mr|mrs|ms|dr|st|[a-z])\.)\W*$", re.IGNORECASE
)
# A code such as FC-412, 5.7.1, 0x0000011b or KB3115489; a bare year or amount is none.
_IDENTIFIER = re.compile(r"(?<![\w.-])(?=[\w.-]*\d)(?!\d{1,4}(?![\w.-]*\w))[\w.-]{3,}\w")
_URGENT = re.compile(
    r"\b(?:straight away|immediately|right away|at once|do not|don't|never)\b|\[!(?:WARNING|CAUTION)\]",
    re.IGNORECASE,
)
_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)|<?https?://\S+")
_SPOKEN = re.compile(r"\S*\w\S*")
_WORD = re.compile(r"[^\W_]{2,}")
_STOPWORDS = frozenset(
    _WORD.findall(
        "the and for with you your can not are was has have how what when where why who does did this that from into "
        "but get out all any use using please help need want will would should there here they them its our my me is "
        "it to of in on at or an be do if as so we no by"
    )
)


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
    kind: QuoteKind = "text"
    first_number: int = 1


@dataclass(frozen=True)
class _Unit:
    """What is quoted or left out as one: from start to one of cuts (ends of whole items; the last is the whole)."""

    kind: QuoteKind
    start: int
    cuts: tuple[int, ...]
    path: tuple[str, ...]
    anchor: str
    first_number: int = 1
    side: bool = False
    urgent: bool = False
    text: str = ""
    score: float = 0.0


class _Part(NamedTuple):
    """A chosen unit and the cut that fits."""

    unit: _Unit
    end: int


def compose(
    question: str, sources: Sequence[Source], *, similarity: Similarity | None, max_words: int = 120
) -> list[Quote]:
    """Quote what answers: at most 3 quotes of at most 2 articles, together at most max_words words, [] for nothing.

    `similarity(question, texts)` gives the cosine of each text (at most 24 of them); None falls back to shared
    words. The quotes of an article keep its order, a procedure starts at its first step and is cut only between
    steps. The same input always gives the same answer.
    """
    articles = _by_article(sources)
    candidates = [
        _candidates(question, found, limit) for found, limit in zip(articles, MAX_EMBEDDED, strict=False)
    ]
    texts = [unit.text for units in candidates for unit in units]
    if not texts:
        return []
    values = iter((similarity or _shared_words)(" ".join(question.split()[:ASKED_WORDS]), texts))
    quotes: list[Quote] = []
    likest = best = -1.0
    asks_fact = bool(_ASKS_FACT.match(question))
    for found, units in zip(articles, candidates, strict=True):
        likeness = {unit: float(next(values)) for unit in units}
        scored = [replace(unit, score=unit.score + value) for unit, value in likeness.items()]
        top, top_score = max([*likeness.values(), -1.0]), max([*(unit.score for unit in scored), -1.0])
        if quotes and (top < likest or top_score < best):
            break  # the second article has to answer at least as well as the first
        left = max_words - sum(_words(quote.text) for quote in quotes)
        slots = MAX_QUOTES - len(quotes)
        quotes += _quotes(
            found, _choose(scored, found[0].body, left, slots, asks_fact=asks_fact, cuttable=not quotes)
        )
        likest, best = top, top_score
    return quotes


def _by_article(sources: Sequence[Source]) -> list[list[Source]]:
    """The sources of the best article, best first, and of a second one that is about as relevant."""
    found: dict[int, list[Source]] = {}
    ranked = sorted(sources, key=lambda each: -each.score)
    for source in ranked:
        found.setdefault(source.article_id, []).append(source)
    near = [each for each in found.values() if each[0].score >= ranked[0].score - SECOND_ARTICLE]
    return near[:MAX_ARTICLES]


# Choosing


def _candidates(question: str, found: list[Source], limit: int) -> list[_Unit]:
    """The units of an article that are worth embedding, with what speaks for them besides likeness."""
    title, body = found[0].title, found[0].body
    asked = _stems(question)
    units: list[_Unit] = []
    procedures = 0
    for unit in _units(body, asked):
        score = _standing(question, unit, found) - LATER_PENALTY * min(3, procedures)
        procedures += unit.kind == "steps"
        units.append(replace(unit, score=score, text=_embedded_text(unit, body, title)))
    units.sort(key=lambda unit: (-unit.score - 0.2 * _overlap(asked, unit.text), unit.start))
    return units[:limit]


def _standing(question: str, unit: _Unit, found: list[Source]) -> float:
    """What speaks for a unit besides its likeness: its section's role, its kind, and where retrieval looked."""
    role, score = _role(unit.path, found[0].title)
    found_role, _ = _role(found[0].path, found[0].title)
    asks_why, asks_fact = bool(_ASKS_WHY.search(question)), bool(_ASKS_FACT.match(question))
    if (role == "cause" and asks_why) or (role == "contact" and _ASKS_WHO.search(question)):
        score = ASKED_FOR
    if role == "resolve" and found_role not in ("", "resolve") and not asks_why:
        score += IN_PASSAGE  # the passage that was found tells of the trouble; this one ends it
    else:
        score += IN_PASSAGE * _nearness(unit, found)
    if not asks_fact:
        score += STEPS_BONUS * (unit.kind == "steps") - OVERTURE_PENALTY * (
            not unit.path and unit.kind == "text"
        )
    text = found[0].body[unit.start : unit.cuts[-1]]
    if role in ("", "resolve") and _identifiers(question) & _identifiers(text):
        score += IDENTIFIER
    heading = _stems(unit.path[-1]) if unit.path else set()
    if 0 < len(heading) <= 3:
        score += HEADING * _overlap(heading, question)
    side = unit.side or bool(unit.path and _SUPPORTS.match(unit.path[-1]))
    return score - SIDE_PENALTY * side


def _role(path: tuple[str, ...], title: str) -> tuple[str, float]:
    for heading in reversed(path):
        if heading.casefold() == title.strip().casefold():
            continue
        for role, bonus, pattern in _ROLE_PATTERNS:
            if pattern.match(heading):
                return role, bonus
    return "", 0.0


def _nearness(unit: _Unit, found: list[Source]) -> float:
    """1 for a unit in the article's best passage, less in a weaker one, 0 outside all."""
    return max(
        (
            1 - min(1.0, (found[0].score - source.score) / 0.25)
            for source in found
            if source.start < unit.cuts[-1] and unit.start < source.end
        ),
        default=0.0,
    )


def _embedded_text(unit: _Unit, body: str, title: str) -> str:
    words = plain_text(body[unit.start : unit.cuts[-1]]).split()[:EMBEDDED_WORDS]
    # A step such as "Select Save" says what it is for only together with title and heading.
    heading = unit.path[-1] if unit.path else ""
    return f"{title}. {heading}: {' '.join(words)}"


def _choose(
    units: list[_Unit], body: str, budget: int, slots: int, *, asks_fact: bool, cuttable: bool
) -> list[_Part]:
    """The best unit that fits (cut short only if cuttable), and others nearly as good that fit whole, in order."""
    chosen: list[_Part] = []
    for unit in sorted(units, key=lambda unit: (-unit.score, unit.start)):
        left = budget - sum(_words(body[part.unit.start : part.end]) for part in chosen)
        ends = [end for end in unit.cuts if _words(body[unit.start : end]) <= left]
        whole = ends[-1:] == [unit.cuts[-1]]
        if not ends or (not whole and (chosen or not cuttable)):
            continue
        if chosen and not _also(unit, chosen[0].unit, asks_fact=asks_fact):
            continue
        if len(_joined([*chosen, _Part(unit, ends[-1])], body)) <= slots:
            chosen.append(_Part(unit, ends[-1]))
    return sorted(chosen, key=lambda part: part.unit.start)


def _also(unit: _Unit, best: _Unit, *, asks_fact: bool) -> bool:
    """Whether to quote a unit beside the best one: it scores nearly as well, or it warns."""
    if unit.urgent and unit.anchor in ("", best.anchor):
        return True
    wanted = unit.urgent or (unit.kind == "steps" and not asks_fact)
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


def _quotes(found: list[Source], parts: list[_Part]) -> list[Quote]:
    return [_quote(found, group) for group in _joined(parts, found[0].body)]


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


# Cutting an article into units


def _units(body: str, asked: set[str]) -> Iterator[_Unit]:
    for _, section in groupby(blocks(body), key=lambda block: block.anchor):
        lead: Block | None = None
        within = [block for block in section if block.kind not in ("heading", "rule")]
        at = 0
        while at < len(within):
            run = _run(body, within, at)
            at += len(run)
            following = within[at].kind if at < len(within) else ""
            if run[0].kind == "paragraph" and following in ("step", "bullet", "table", "code"):
                lead = run[0]
                continue
            yield from _of_run(body, lead, run, asked)
            lead = None


def _run(body: str, within: list[Block], at: int) -> list[Block]:
    """The blocks that belong together from `at` on: list items, with what stands between two steps in sequence."""
    kind, end = within[at].kind, at + 1
    if kind == "bullet":
        while end < len(within) and within[end].kind == "bullet":
            end += 1
    if kind != "step":
        return within[at:end]
    last, fresh = within[at].number or 0, False
    for ahead in range(end, len(within)):
        block = within[ahead]
        if block.kind != "step":
            # "On a Mac:" begins another procedure; anything else is badly indented and belongs to the step.
            fresh = fresh or (
                block.kind == "paragraph" and body[block.start : block.end].endswith((":", "**"))
            )
        elif block.number == last + 1 or (block.number == 1 and not fresh):
            last, end = block.number, ahead + 1
        else:
            break
    while end < len(within) and within[end].kind == "callout":
        end += 1
    return within[at:end]


def _of_run(body: str, lead: Block | None, run: list[Block], asked: set[str]) -> Iterator[_Unit]:
    first = run[0]
    if first.kind in ("paragraph", "quote", "callout"):
        yield from _prose(body, first)
        return
    start = first.start
    if lead is not None:
        sentences = _sentences(body, lead.start, lead.end)
        keep = 0 if _words(body[lead.start : lead.end]) <= LEAD_WORDS else len(sentences) - 1
        while keep < len(sentences) and _THROAT_CLEARING.match(body, sentences[keep][0]):
            keep += 1
        start = sentences[keep][0] if keep < len(sentences) else start
        if keep:
            yield from _prose(body, replace(lead, end=sentences[keep - 1][1]))
    side = start < first.start and bool(_SUPPORTS.match(body, start))
    unit = _Unit("text", start, (run[-1].end,), first.path, first.anchor, side=side)
    if first.kind == "step":
        yield replace(unit, kind="steps", cuts=_item_ends(run), first_number=first.number or 1)
    elif first.kind == "table":
        yield replace(unit, kind="table", cuts=_row_ends(body, first, asked))
    elif first.kind == "code":
        yield replace(unit, kind="code")
    elif not _is_link_list(body[first.start : run[-1].end]):
        yield replace(unit, cuts=_item_ends(run))


def _item_ends(run: list[Block]) -> tuple[int, ...]:
    """Ends of whole items: what stands between two steps belongs to the first."""
    following = [block.kind for block in run[1:]] + ["step"]
    return tuple(
        block.end
        for block, ahead in zip(run, following, strict=True)
        if ahead in ("step", "bullet", "callout")
    )


def _prose(body: str, block: Block) -> Iterator[_Unit]:
    """A paragraph, or chunks of whole sentences of a long one, without the throat-clearing."""
    if block.kind != "paragraph":
        urgent = bool(_URGENT.search(body, block.start, block.end))
        yield _Unit("text", block.start, (block.end,), block.path, block.anchor, side=True, urgent=urgent)
        return
    held: list[tuple[int, int]] = []
    for start, end in [*_sentences(body, block.start, block.end), (block.end, block.end)]:
        over = held and _words(body[held[0][0] : end]) > CHUNK_WORDS and not _LEANS.match(body, start)
        empty = start == end or bool(_THROAT_CLEARING.match(body, start))
        if held and (over or empty):
            if _tells(body[held[0][0] : held[-1][1]]):
                side = body.startswith("(", held[0][0])
                urgent = not block.path and bool(_URGENT.search(body, held[0][0], held[-1][1]))
                yield _Unit(
                    "text", held[0][0], (held[-1][1],), block.path, block.anchor, side=side, urgent=urgent
                )
            held = []
        if not empty:
            held.append((start, end))


def _tells(text: str) -> bool:
    """Whether a piece of prose says something: not a label, not an introduction to what is not quoted, not links."""
    plain = plain_text(text)
    return len(plain.split()) > 2 and not plain.endswith(":") and not _is_link_list(text)


def _sentences(body: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of sentences, never cut inside emphasis, code or a link."""
    spans: list[tuple[int, int]] = []
    begin = start
    for match in _SENTENCE_END.finditer(body, start, end):
        piece = body[begin : match.end()]
        whole = (
            piece.count("`") % 2 == 0 and piece.count("**") % 2 == 0 and piece.count("[") == piece.count("]")
        )
        if whole and piece.count("(") == piece.count(")") and not _ABBREVIATION.search(piece):
            spans.append((begin, begin + len(piece.rstrip())))
            begin = match.end()
    return [*spans, (begin, end)] if begin < end else spans


def _row_ends(body: str, table: Block, asked: set[str]) -> tuple[int, ...]:
    """Where a table may be cut: after the row that shares most words with the question, or after any later one."""
    ends = [match.start() for match in re.finditer(r"\r\n?|\n", body[table.start : table.end])]
    ends = [table.start + end for end in ends] + [table.end]
    rows = [_overlap(asked, body[start:end]) for start, end in pairwise(ends[1:])]
    if not any(rows):
        return (table.end,)
    return tuple(ends[2 + rows.index(max(rows)) :])


def _is_link_list(text: str) -> bool:
    bare = len(_WORD.findall(_LINK.sub(" ", text)))
    return bool(_LINK.search(text)) and bare * 3 < len(_WORD.findall(text))


# Words


def _words(text: str) -> int:
    """Words as people count them: the bars of a table and the marks of a list are none."""
    return len(_SPOKEN.findall(text))


def _stems(text: str) -> set[str]:
    """Telling words by their first letters, so that "printers" meets "printing"."""
    return {word[:5] for word in _WORD.findall(text.casefold()) if word not in _STOPWORDS} | _identifiers(
        text
    )


def _identifiers(text: str) -> set[str]:
    return set(_IDENTIFIER.findall(text.casefold()))


def _overlap(asked: set[str], text: str) -> float:
    """Share of the asked words that the text has, 0 to 1."""
    return len(asked & _stems(text)) / max(1, len(asked))


def _shared_words(question: str, texts: Sequence[str]) -> list[float]:
    asked = _stems(question)
    return [WORDS_AS_COSINE * _overlap(asked, text) for text in texts]
