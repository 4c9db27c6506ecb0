"""The search page: what is found for some words, or all that there is; narrowed down, and shown with where it stands.

Everything begins at what the person may read; the words only say in which order, and by which passage.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from kb.models import Article, Reader
from kb.outline import plain_text
from kb.queries import readable, redactor
from search import retrieval, steering
from search.highlighting import Piece, excerpt, marked, telling_words
from search.identifiers import identifiers
from search.models import Passage
from search.ranking import CLOSE, RankedArticle
from search.retrieval import Found

logger = logging.getLogger(__name__)

# Further down a list by nearness nobody finds anything.
FOUND_AT_MOST = 50
# Of what is looked for, the least share that the words of an article must make up to be listed for them alone: that a
# "1" of some script stands in it says nothing.
LEAST_SAID = 0.1
OPENING_WORDS = 30
WITHIN = {"30": "The last 30 days", "90": "The last 3 months", "365": "The last year"}


class Unavailable(Exception):
    """Search can look nothing up now. What broke is logged."""


@dataclass(frozen=True)
class Narrowing:
    """What is left out: of each that is set, everything else. Slugs, and days since the text went live."""

    category: str = ""
    kind: str = ""
    audience: str = ""
    within: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def condition(self) -> Q:
        """For a list of `since_live`."""
        wanted = {"category__slug": self.category, "kind": self.kind, "audience__slug": self.audience}
        condition = Q(**{name: value for name, value in wanted.items() if value})
        if not self.within:
            return condition
        return condition & Q(live_since__gte=timezone.now() - timedelta(days=int(self.within)))


@dataclass(frozen=True)
class Place:
    """Where the words were found in an article."""

    passage: Passage | None = None
    is_pinned: bool = False


@dataclass(frozen=True)
class Findings:
    """What there is for some words: the articles in order, and where in each. Without words, all of them."""

    words: str
    articles: QuerySet[Any]
    places: Mapping[int, Place]
    synonyms: list[str]
    unnamed: Sequence[str] = ()  # codes among the words, as typed, that no article has

    @property
    def are_cut(self) -> bool:
        """Whether there may be more, further away."""
        return len(self.places) >= FOUND_AT_MOST

    def narrowed(self, narrowing: Narrowing) -> list[int]:
        """Ids of the articles that are left, in order: the nearest first, or the newest."""
        left = self.articles.filter(narrowing.condition())
        if not self.words:
            return list(left.order_by("-live_since", "-pk").values_list("pk", flat=True))
        there = set(left.values_list("pk", flat=True))
        return [pk for pk in self.places if pk in there]


@dataclass(frozen=True)
class Hit:
    """An article in the list, with the words that were looked for marked."""

    article: Article
    title: list[Piece]
    snippet: list[Piece]
    section: str
    url: str
    is_pinned: bool


def find(words: str, *, user: Reader) -> Findings:
    """What comes near to some words, by meaning where there is a model; all that may be read for no words.

    Whatever breaks while it looks is told as Unavailable, so that what was typed can still reach somebody.
    """
    since_live = Coalesce("live_revision__published_at", "live_revision__created_at")
    articles = Article.objects.visible_to(user).annotate(live_since=since_live)
    if not words:
        return Findings("", articles, {}, [])
    try:
        found = retrieval.retrieve(words, user=user, limit=FOUND_AT_MOST)
    except Exception as problem:
        logger.exception("Search is not available")
        raise Unavailable from problem
    near = [each for each in found.ranked if _is_near(each, found)]
    places = {each.article_id: Place(found.passages.get(_best_passage(each)), each.pinned) for each in near}
    unnamed = [
        typed for typed in words.split() if any(map(str.isdigit, typed)) and identifiers(typed) & found.unheld
    ]
    return Findings(words, articles.filter(pk__in=places), places, steering.synonyms_of(words), unnamed)


def _is_near(ranked: RankedArticle, found: Found) -> bool:
    """Whether it is near by its meaning or by a name, or has enough of the words."""
    by_words = ranked.lexical > 0 and ranked.lexical >= LEAST_SAID * found.ceiling
    return by_words or bool(ranked.pinned or ranked.identifiers) or ranked.cosine >= CLOSE


def _best_passage(ranked: RankedArticle) -> int:
    """The passage that has most of the words; where none has any, the nearest."""
    return max(ranked.passages, key=lambda hit: hit.lexical).passage_id


def choices(user: Reader) -> dict[str, list[tuple[str, str]]]:
    """(value, name) of the categories, kinds and audiences of all that the person may read."""
    articles = Article.objects.visible_to(user)
    kinds = dict(Article.Kind.choices)
    return {
        "category": _distinct(articles, "category__slug", "category__name"),
        "kind": [(kind, kinds[kind]) for kind, _ in _distinct(articles, "kind", "kind")],
        "audience": _distinct(articles, "audience__slug", "audience__name"),
        "within": list(WITHIN.items()),
    }


def _distinct(articles: QuerySet[Any], value: str, name: str) -> list[tuple[str, str]]:
    return sorted(set(articles.order_by().values_list(value, name).distinct()), key=lambda each: each[1])


def hits(numbers: Iterable[int], findings: Findings, *, user: Reader) -> list[Hit]:
    """Articles as the list shows them, those that the person may still read, in three queries."""
    numbers = list(numbers)
    articles = readable(user).in_bulk(numbers)
    there = [articles[pk] for pk in numbers if pk in articles]
    redact = redactor(user, [article.words.body for article in there])
    wanted = telling_words(findings.words, *findings.synonyms)
    return [_hit(article, findings.places.get(article.pk, Place()), wanted, redact) for article in there]


def _hit(article: Article, place: Place, wanted: frozenset[str], redact: Any) -> Hit:
    revision, passage = article.words, place.passage
    # A text that went live a moment ago has other passages.
    if passage and passage.revision_id != revision.pk:
        passage = None
    body = revision.body[passage.start : passage.end] if passage else revision.body
    found = excerpt(plain_text(redact(body)), wanted) if wanted else []
    anchor = passage.anchor if passage and found else ""
    return Hit(
        article=article,
        title=marked(revision.title, wanted),
        snippet=found or [Piece(revision.summary or _opening(plain_text(redact(body))))],
        section=" › ".join(passage.path) if passage and found else "",
        url=article.get_absolute_url() + (f"#{anchor}" if anchor else ""),
        is_pinned=place.is_pinned,
    )


def _opening(text: str) -> str:
    words = text.split()
    return " ".join(words[:OPENING_WORDS]) + ("…" if len(words) > OPENING_WORDS else "")
