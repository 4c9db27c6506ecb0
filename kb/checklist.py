"""The content standard as a checklist: what is good about a draft, what to do about the rest, a line for each.

After the KCS v6 Content Standard Checklist. It advises; only what nobody may publish by mistake is a “must”.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from markdown_it.rules_core import inline as inline_rule
from markdown_it.token import Token

from kb.differences import count_words
from kb.merging import marker_line
from kb.outline import Block, blocks, plain_text
from kb.parsing import Mark, Unparsable, heading_marks, inline_text, parse_blocks
from kb.sensitive import Sensitive, find_sensitive
from kb.skeletons import unfilled, written

if TYPE_CHECKING:
    import pyphen

# A “note” says what could not be told: neither well done nor something to do.
Level = Literal["good", "note", "advice", "must"]

MAX_TITLE = 90  # what a list of results shows on one line
MIN_WORDS, MAX_WORDS = 20, 1_200
MIN_PROSE = 100  # Flesch's scale was made for samples of a hundred words
MAX_WITHOUT_HEADING = 400
# Flesch, R. (1948), “A new readability yardstick”, Journal of Applied Psychology 32(3): below 50 a text is difficult,
# below 30 very difficult. Syllables are counted where words may be hyphenated, as is usual; that is a little kind.
DIFFICULT, VERY_DIFFICULT = 50, 30
LONG_SENTENCE = 30
MAX_NAMED = 3
SHOUTED = 8  # letters: two abbreviations may make a title

_CODE = re.compile(r"[A-Z]{1,8}[-_ ]?\d[\w.-]*", re.IGNORECASE)
_CODE_FIRST = re.compile(r"(?:KB|SOP|DOC|ART|PROC|POL|WI)[-_ ]?\d[\w.-]*\s*[:–—-]?\s+\S", re.IGNORECASE)
_OFFICIALESE = re.compile(
    r"(?:standard operating |internal )?(?:procedures?|process|instructions?|guidelines?|information|documentation"
    r"|article|manual|guide|overview|sop|notes?)\s*(?:\b(?:for|on|of|about|to|regarding|concerning)\b|[:–—-])",
    re.IGNORECASE,
)

_WORD = re.compile(r"(?<![\w./@\\-])[A-Za-z]+(?:['’][A-Za-z]+)?(?![\w/@\\])")
_SENTENCE_END = re.compile(r"[.!?:;](?=[\s\"'”’)\]]|$)")
_CODE_SPAN = re.compile(r"(`{1,3})(?!`)[^`\n]{1,300}\1(?!`)")
# A third of English running text; other languages share one or two of them.
_COMMON = frozenset((
    "the", "of", "and", "to", "a", "in", "is", "you", "that", "it", "for", "on",
    "are", "with", "as", "your", "be", "this", "at", "or", "from", "have", "an", "by",
    "not", "can", "if", "will", "but", "when", "we",
))  # fmt: skip
_NO_DESCRIPTION = re.compile(
    r"(?:an? )?(?:image|img|picture|pic|photo|screen ?shots?|screen|diagram|figure|fig|icon|logo|untitled|alt(?: text)?"
    r"|describe the picture|clipboard|capture)?[\s_.-]*\d*(?:\.\w{3,4})?|\S+\.(?:png|jpe?g|gif|webp|bmp|svg)",
    re.IGNORECASE,
)

# What a kind's headings have to say, in the words that authors use for it.
_EXPECTED: dict[str, dict[str, str]] = {
    "troubleshooting": {
        "issue": r"issue|problem|symptom|what (?:you see|happens)|error|message",
        "environment": r"environment|applies to|affected|affects|who|where|which|systems?|versions?",
        "cause": r"cause|reason|why",
        "resolution": r"resolution|solution|solve|fix|what to do|workaround|work around|try|steps?|how to",
    },
    "known-error": {
        "issue": r"issue|problem|symptom|what (?:you see|happens)|error|message",
        "workaround": r"workaround|work around|meanwhile|until|what to do|resolution|solution|try|instead",
    },
}


@dataclass(frozen=True)
class Draft:
    """What is about to be reviewed, and what its author decided about it; broken_links come from whoever checked."""

    title: str
    summary: str
    body: str
    kind: str
    has_owner: bool
    review_by: date | None
    today: date
    broken_links: tuple[str, ...] = ()
    region: str = "GB"


@dataclass(frozen=True)
class Finding:
    """One line of the checklist; line is that of the body, where there is one to point at."""

    name: str
    level: Level
    text: str
    what_to_do: str = ""
    line: int | None = None


@dataclass(frozen=True)
class _Read:
    """The body as read once for all checks."""

    blocks: list[Block]
    marks: list[Mark]
    tokens: list[Token]
    words: int
    is_parsable: bool


def check(draft: Draft) -> list[Finding]:
    """The whole checklist, a finding for each kind of check, good or not, always in the same order."""
    read = _read(draft.body)
    # What is left of a template are not the author's words.
    own = _read(written(draft.body)) if unfilled(draft.body) else read
    sensitive = find_sensitive("\n\n".join((draft.body, draft.title, draft.summary)), draft.region)
    return [
        _title(draft.title),
        _summary(draft.summary),
        _length(own),
        _reading(draft.body, read),
        _headings(read),
        _parts(draft.kind, own),
        _pictures(read),
        _links(draft.broken_links),
        _owner(draft.has_owner),
        _review_date(draft.review_by, draft.today),
        _personal([found for found in sensitive if not found.is_secret], draft.body),
        _secrets([found for found in sensitive if found.is_secret], draft.body),
        _template(draft.body),
        _conflicts(draft.body),
    ]


def reading_ease(text: str) -> int | None:
    """Flesch's reading ease of English prose, a paragraph or point a line; None for little text or other languages."""
    words = _WORD.findall(text)
    if len(words) < MIN_PROSE or not _is_english(words):
        return None
    syllables = sum(_syllables(word.lower()) for word in words)
    sentences = sum(max(1, len(_sentences(line))) for line in text.splitlines() if line.strip())
    return round(206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words))


def _read(body: str) -> _Read:
    try:
        state = parse_blocks(body)
        inline_rule(state)
        marks = heading_marks(state)
    except (Unparsable, RecursionError):
        return _Read([], [], [], count_words(body), is_parsable=False)
    return _Read(blocks(body), marks, state.tokens, count_words(plain_text(body)), is_parsable=True)


def _title(title: str) -> Finding:
    title = " ".join(title.split())
    problems = (
        (not title, "The article has no title.", "Say in a few words what it answers."),
        (
            _CODE.fullmatch(title),
            "The title is only a code.",
            "Add what it is about, in words readers search for.",
        ),
        (
            title == title.upper() and sum(char.isalpha() for char in title) >= SHOUTED,
            "The title is in capitals.",
            "Write it like a sentence: capitals are harder to read.",
        ),
        (
            _OFFICIALESE.match(title),
            f"The title begins “{' '.join(title.split()[:2])}”.",
            "Begin with what readers want to do or see, such as “Connect to the VPN”.",
        ),
        (
            _CODE_FIRST.match(title),
            "The title begins with a code.",
            "Leave it out: readers search for what they see, and the code is kept elsewhere.",
        ),
        (
            len(title) > MAX_TITLE,
            f"The title has {len(title)} characters.",
            f"Keep it under {MAX_TITLE}, so that lists show all of it.",
        ),
        (len(title.split()) == 1, "The title is a single word.", "Say what about it: a question or a task."),
    )
    for is_so, text, what_to_do in problems:
        if is_so:
            return Finding("title", "advice" if title else "must", text, what_to_do)
    return Finding("title", "good", "The title is short and in plain words.")


def _summary(summary: str) -> Finding:
    words = count_words(summary)
    if not words:
        return Finding(
            "summary",
            "advice",
            "There is no summary.",
            "Say in a sentence whom it helps with what: lists show it.",
        )
    if words > 60:
        return Finding(
            "summary", "advice", f"The summary has {words} words.", "One or two sentences are enough."
        )
    return Finding("summary", "good", "The summary says what readers will find.")


def _length(read: _Read) -> Finding:
    if not read.is_parsable:
        return Finding(
            "length",
            "advice",
            "The text is too long to be shown as a page.",
            "Split it into several articles.",
        )
    if not read.words:
        return Finding("length", "must", "The article is empty.", "Write what readers should know or do.")
    if read.words < MIN_WORDS:
        return Finding(
            "length",
            "advice",
            f"Only {read.words} words.",
            "Add what readers need to finish the task by themselves.",
        )
    if read.words > MAX_WORDS:
        return Finding(
            "length",
            "advice",
            f"{read.words:,} words: few readers get to the end.",
            "Split it: one article for each question, linked to each other.",
        )
    minutes = max(1, round(read.words / 200))
    return Finding(
        "length", "good", f"{_count(read.words, 'word')}, read in about {_count(minutes, 'minute')}."
    )


def _reading(body: str, read: _Read) -> Finding:
    lines = list(_prose(body, read.blocks))
    ease = reading_ease("\n".join(text for _, text in lines))
    if ease is None:
        return Finding("reading", "note", "Too little English prose to measure how easily it reads.")
    if ease >= DIFFICULT:
        return Finding("reading", "good", f"Reads easily (Flesch {ease}).")
    difficulty = "difficult" if ease >= VERY_DIFFICULT else "very difficult"
    words, line = max((_longest_sentence(text), -line) for line, text in lines)
    what_to_do = "Use shorter words, and say one thing in a sentence."
    if words > LONG_SENTENCE:
        what_to_do += f" The longest has {words} words."
    return Finding("reading", "advice", f"Reads as {difficulty} (Flesch {ease}).", what_to_do, -line)


def _headings(read: _Read) -> Finding:
    if not read.is_parsable:
        return Finding("headings", "note", "Headings can't be told in a text this long.")
    marks = read.marks
    if not marks and read.words > MAX_WITHOUT_HEADING:
        return Finding(
            "headings",
            "advice",
            f"{read.words} words without a heading.",
            "Add headings, so that readers find their place.",
        )
    for mark, before in zip(marks, [None, *marks], strict=False):
        problem = _heading_problem(mark, before)
        if problem:
            return Finding("headings", "advice", *problem, mark.line + 1)
    seen: set[tuple[str, ...]] = set()
    for mark in marks:
        path = tuple(name.casefold() for name in mark.path)
        if path in seen:
            return Finding(
                "headings",
                "advice",
                f"The heading “{_cut(mark.text)}” stands there twice.",
                "Say what is different about each.",
                mark.line + 1,
            )
        seen.add(path)
    return Finding(
        "headings", "good", "The headings are in order." if marks else "Short enough without headings."
    )


def _heading_problem(mark: Mark, before: Mark | None) -> tuple[str, str] | None:
    if not mark.text:
        return "A heading is empty.", "Write it, or take it out."
    if before and mark.level > before.level + 1:
        return (
            f"“{_cut(mark.text)}” skips a level of headings.",
            f"Begin it with {'#' * (before.level + 1)}, one level below the heading before it.",
        )
    return None


def _parts(kind: str, read: _Read) -> Finding:
    """What readers of this kind of article look for."""
    if kind in _EXPECTED:
        missing = [
            part
            for part, words in _EXPECTED[kind].items()
            if not any(re.search(rf"\b(?:{words})", mark.text, re.IGNORECASE) for mark in read.marks)
        ]
        if missing:
            return Finding(
                "parts",
                "advice",
                f"No heading for {_and(missing)}.",
                "Add it, so that readers see at once whether it is their case and what to do.",
            )
    if kind == "faq" and read.words and not any(mark.text.endswith("?") for mark in read.marks):
        return Finding(
            "parts", "advice", "No heading is a question.", "Make each question a heading, as people ask it."
        )
    if (
        kind == "how-to"
        and read.words >= MIN_WORDS
        and not any(block.kind == "step" for block in read.blocks)
    ):
        return Finding("parts", "advice", "There are no numbered steps.", "Write what to do as 1., 2., 3.")
    if not read.words or not read.is_parsable:
        return Finding("parts", "note", "Whether it has the parts that readers look for can't be told yet.")
    return Finding("parts", "good", "It has the parts that readers of this kind of article look for.")


def _pictures(read: _Read) -> Finding:
    if not read.is_parsable:
        return Finding("pictures", "note", "Pictures can't be told in a text this long.")
    found = list(_images(read.tokens))
    missing = [line for line, alt in found if _NO_DESCRIPTION.fullmatch(alt.strip())]
    if missing:
        return Finding(
            "pictures",
            "advice",
            f"{_count(len(missing), 'picture')} without a description {_on_lines(missing)}.",
            "Say between ![ and ] what it shows, for people who can't see it.",
            missing[0],
        )
    return Finding("pictures", "good", "Every picture is described." if found else "No pictures to describe.")


def _images(tokens: Sequence[Token]) -> Iterator[tuple[int, str]]:
    for token in tokens:
        line = (token.map or [0])[0] + 1
        for child in token.children or []:
            line += child.type in ("softbreak", "hardbreak")
            if child.type == "image":
                yield line, inline_text(child.children or [])


def _links(broken: Sequence[str]) -> Finding:
    if not broken:
        return Finding("links", "good", "No broken links are known.")
    named = _and([_cut(target) for target in broken[:MAX_NAMED]])
    more = f" and {len(broken) - MAX_NAMED} more" if len(broken) > MAX_NAMED else ""
    text = f"{_count(len(broken), 'link')} that lead{'s' * (len(broken) == 1)} nowhere: {named}{more}."
    return Finding("links", "advice", text, "Correct the address, or take the link out.")


def _owner(has_owner: bool) -> Finding:
    if has_owner:
        return Finding("owner", "good", "Somebody answers for it.")
    return Finding(
        "owner", "advice", "Nobody answers for it.", "Choose an owner, who hears when it needs care."
    )


def _review_date(review_by: date | None, today: date) -> Finding:
    if review_by is None:
        return Finding(
            "review date",
            "advice",
            "No date to look at it again.",
            "Choose one: six months from now is usual.",
        )
    if review_by <= today:
        return Finding(
            "review date", "advice", "The date to look at it again has passed.", "Choose one that lies ahead."
        )
    return Finding("review date", "good", f"To be looked at again by {review_by:%-d %B %Y}.")


def _personal(found: Sequence[Sensitive], body: str) -> Finding:
    if not found:
        return Finding("personal data", "good", "No personal data found.")
    return Finding(
        "personal data",
        "advice",
        f"This looks like {_what(found)}.",
        "Take it out. For an example, use example.com or a number that is nobody's.",
        _line_in_body(found[0], body),
    )


def _secrets(found: Sequence[Sensitive], body: str) -> Finding:
    if not found:
        return Finding("secrets", "good", "No passwords or keys found.")
    return Finding(
        "secrets",
        "must",
        f"This looks like {_what(found)}.",
        "Take it out, and change it where it is used: it has been seen. For an example, write <your password>.",
        _line_in_body(found[0], body),
    )


def _what(found: Sequence[Sensitive]) -> str:
    """What it looks like, not what it is: the checklist must not repeat it."""
    return _and(list(dict.fromkeys(hit.label for hit in found))[:MAX_NAMED])


def _line_in_body(hit: Sensitive, body: str) -> int | None:
    return hit.line if hit.start < len(body) else None


def _template(body: str) -> Finding:
    left = unfilled(body)
    if not left:
        return Finding("template", "good", "Nothing of the template is left to fill in.")
    count = _count(len(left), "place")
    return Finding(
        "template",
        "must",
        f"{count} of the template {'is' if len(left) == 1 else 'are'} not filled in, such as {left[0].text}",
        "Write what belongs there, or take it out.",
        left[0].line,
    )


def _conflicts(body: str) -> Finding:
    line = marker_line(body)
    if line is None:
        return Finding("conflicts", "good", "No two texts wait to be chosen from.")
    return Finding(
        "conflicts",
        "must",
        "Your text and what was saved meanwhile both stand here.",
        "Keep what is right, and take out the lines that begin with <<<<<<<, ======= and >>>>>>>.",
        line,
    )


def _prose(body: str, found: Sequence[Block]) -> Iterator[tuple[int, str]]:
    """Running text with its line, without code and tables. What a link or a button is called is read like the rest."""
    ends = [match.end() for match in re.finditer(r"\r\n?|\n", body)]
    for block in found:
        if block.kind in ("paragraph", "step", "bullet", "callout", "quote"):
            source = _CODE_SPAN.sub(" ", body[block.start : block.end])
            text = plain_text(re.sub(r"^([ \t]*)(```|~~~)[\s\S]*?(?:\2|\Z)", "", source, flags=re.MULTILINE))
            yield bisect_right(ends, block.start) + 1, text


def _sentences(line: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(line) if _WORD.search(part)]


def _longest_sentence(text: str) -> int:
    sentences = (sentence for line in text.splitlines() for sentence in _sentences(line))
    return max((len(_WORD.findall(sentence)) for sentence in sentences), default=0)


def _is_english(words: Sequence[str]) -> bool:
    return sum(word.lower() in _COMMON for word in words) >= 0.2 * len(words)


@lru_cache(maxsize=20_000)
def _syllables(word: str) -> int:
    return len(_hyphenation().positions(word)) + 1


@lru_cache(maxsize=1)
def _hyphenation() -> "pyphen.Pyphen":
    import pyphen

    return pyphen.Pyphen(lang="en_US")


def _on_lines(lines: Sequence[int]) -> str:
    named = [str(line) for line in dict.fromkeys(lines)]
    more = " and more" if len(named) > MAX_NAMED else ""
    return f"(line{'s' * (len(named) > 1)} {', '.join(named[:MAX_NAMED])}{more})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _cut(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
