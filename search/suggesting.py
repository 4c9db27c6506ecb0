"""Suggestions while somebody types: titles, and questions that articles have answered.

From the database alone, so that nothing is suggested that the person may not read at this moment; no model is asked.
"""

import re
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import or_
from threading import Lock
from typing import Any, Literal, NamedTuple

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Length

from kb.models import Article, Reader
from kb.queries import audience_ids
from search.models import Phrasing
from search.near_words import near, nearest
from search.wording import stems

LEAST_LETTERS = 2
ARTICLES = 5
QUESTIONS = 3
# Whoever types more has long passed what a suggestion could save; a whole pasted text is no beginning of a title.
MOST_WORDS = 8
LONGEST = 200
# Rows that the database hands over, the shortest first: of 10,000 titles, half have the first two letters somewhere.
CONSIDERED = 400
VOCABULARY = 20_000
# Of words that don't all fit, so many must.
LEAST_SHARE = 0.5
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Suggestion:
    """Something to choose: an article is opened, a question is asked."""

    kind: Literal["article", "question"]
    text: str
    article: Article | None = None


def suggest(typed: str, *, user: Reader) -> list[Suggestion]:
    """What somebody may be about to type, the likeliest first; nothing for less than two letters.

    Seven queries at the most: titles, those that are like them, and questions.
    """
    words = _words(typed)
    if not words:
        return []
    titles = _titles(user)
    found = _with_words(titles, "live_revision__title", words, ARTICLES)
    found = found or _misspelt(user, words)
    questions = _with_words(_questions(user), "text", words, QUESTIONS)
    asked = [Suggestion("question", " ".join(text.split())) for _, text in questions]
    articles = _articles(user, found)
    if _are_whole(questions, words) and not _are_whole(found, words):
        return [*asked, *articles]
    return [*articles, *asked]


def _are_whole(found: Sequence[tuple[int, str]], words: Sequence[str]) -> bool:
    """Whether what was found has all of the words; it is all alike."""
    return any(_share(text, words) == 1.0 for _, text in found)


def spelt(words: str, *, user: Reader) -> str:
    """The words as titles spell them; empty where none of them is only nearly a word of some title."""
    vocabulary = _known_titles(user).vocabulary
    mended = _WORD.sub(lambda word: _mended(word.group(), vocabulary), words)
    return mended if mended != words else ""


def _mended(word: str, vocabulary: frozenset[str]) -> str:
    known = word.casefold()
    if known in vocabulary or not stems(word):
        return word
    return nearest(known, vocabulary) or word


def _words(typed: str) -> list[str]:
    """The words to look for: the last one may be a beginning; those that only hold a sentence together say nothing.

    Nor does a single letter, with which some word of any title begins.
    """
    words = _WORD.findall(typed[:LONGEST].casefold())
    telling = [word for word in words[:-1] if stems(word)]
    telling += [word for word in words[-1:] if len(word) >= LEAST_LETTERS]
    return list(dict.fromkeys(telling))[:MOST_WORDS]


def _titles(user: Reader) -> QuerySet[Article]:
    return Article.objects.visible_to(user).order_by("pk")


def _questions(user: Reader) -> QuerySet[Phrasing]:
    """The questions that editors let readers see, of articles that this person may read."""
    shown = Phrasing.objects.filter(for_readers=True, pruned_at__isnull=True)
    return shown.filter(article__in=Article.objects.visible_to(user).values("pk"))


def _with_words(rows: QuerySet[Any], field: str, words: Sequence[str], most: int) -> list[tuple[int, str]]:
    """(id, text) of the rows with all of the words, else with half of them, the likeliest first."""
    conditions = [Q(**{f"{field}__icontains": word}) for word in words]
    rows = rows.order_by(Length(field), "pk").values_list("pk", field)
    found = _likeliest(rows.filter(*conditions)[:CONSIDERED], words, 1.0, most)
    if found or len(words) == 1:
        return found
    some = rows.filter(reduce(or_, conditions))[:CONSIDERED]
    return _likeliest(some, words, LEAST_SHARE, most)


def _likeliest(
    rows: Iterable[tuple[int, str]], words: Sequence[str], least: float, most: int
) -> list[tuple[int, str]]:
    """Those whose words begin with enough of what was typed; of equally many the shortest."""
    scored = [(_share(text, words), pk, text) for pk, text in rows]
    kept = [each for each in scored if each[0] >= least]
    kept.sort(key=lambda each: (-each[0], not _begins(each[2], words), len(each[2]), each[2]))
    distinct = {text.casefold(): (pk, text) for _, pk, text in reversed(kept)}
    return list(distinct.values())[::-1][:most]


def _share(text: str, words: Sequence[str]) -> float:
    there = _WORD.findall(text.casefold())
    return sum(any(each.startswith(word) for each in there) for word in words) / len(words)


def _begins(text: str, words: Sequence[str]) -> bool:
    return text.casefold().startswith(words[0])


def _misspelt(user: Reader, words: Sequence[str]) -> list[tuple[int, str]]:
    """Titles whose words are nearly what was typed."""
    known = _known_titles(user)
    fitting = known.rows
    for word in words:
        meant = _near(word, known.vocabulary)
        fitting = [row for row in fitting if not meant.isdisjoint(row.words)]
        if not fitting:
            return []
    return sorted(((row.pk, row.title) for row in fitting), key=lambda each: (len(each[1]), each[1]))[
        :ARTICLES
    ]


_near = lru_cache(maxsize=256)(near)  # of what somebody types, only the last word is new


class _Row(NamedTuple):
    """A title and its words."""

    pk: int
    title: str
    words: frozenset[str]


@dataclass(frozen=True)
class _KnownTitles:
    """The titles that somebody may read, and all of their words."""

    rows: Sequence[_Row]
    vocabulary: frozenset[str]


# Reading 20,000 titles takes longer than a keystroke; people of the same audiences may read the same ones.
SETS_KEPT = 8
_kept: OrderedDict[Hashable, _KnownTitles] = OrderedDict()
_lock = Lock()


def _known_titles(user: Reader) -> _KnownTitles:
    """Those that a person may read, read anew when another article or revision is among them: one query tells.

    What is then suggested is authorised once more.
    """
    titles = _titles(user)
    among = titles.order_by().aggregate(
        articles=Count("pk"),
        numbers=Sum("pk"),
        revisions=Sum(F("pk") * F("live_revision_id")),
        newest=Max("live_revision__created_at"),
    )
    key = (audience_ids(user), *among.values())
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    known = _read_titles(titles)
    with _lock:
        _kept[key] = known
        while len(_kept) > SETS_KEPT:
            _kept.popitem(last=False)
    return known


def _read_titles(titles: QuerySet[Article]) -> _KnownTitles:
    listed = titles.values_list("pk", "live_revision__title")[:VOCABULARY]
    rows = [_Row(pk, title, frozenset(_WORD.findall(title.casefold()))) for pk, title in listed]
    return _KnownTitles(rows, frozenset().union(*(row.words for row in rows)))


def _articles(user: Reader, found: list[tuple[int, str]]) -> list[Suggestion]:
    """With their addresses, for whoever may read them now."""
    articles = Article.objects.visible_to(user).select_related("live_revision")
    known = articles.defer("live_revision__body").in_bulk([pk for pk, _ in found])
    return [Suggestion("article", known[pk].words.title, known[pk]) for pk, _ in found if pk in known]
