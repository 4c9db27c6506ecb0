"""What pages, the API and the packages above read of articles. Everything starts at visible_to or in_audience_of."""

import re
from collections.abc import Callable, Iterable

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from kb.models import Article, Audience, Category, Reader, Revision, Vote
from kb.redaction import article_ids, redacted
from kb.workflow import State

RELATED = 5
_ARTICLE_LINK = re.compile(r"\]\(article:([\w.-]+)")


def readable(user: Reader) -> QuerySet[Article]:
    """The articles that a person may read, with all that a page says of one, in two queries at the most."""
    return Article.objects.visible_to(user).select_related(
        "live_revision__reviewed_by", "live_revision__author", "category", "audience", "owner"
    )


def audience_ids(user: Reader) -> frozenset[int]:
    """The audiences that a person belongs to, for an index that filters by them."""
    return frozenset(Audience.objects.of(user).values_list("pk", flat=True))


def categories_for(user: Reader) -> list[Category]:
    """Shelves with at least one article for this person; `visible_count` counts only those."""
    mine = Article.objects.visible_to(user).values("pk")
    counted = Category.objects.annotate(
        visible_count=Count("articles", filter=Q(articles__in=mine), distinct=True)
    )
    return list(counted.filter(visible_count__gt=0).order_by("position", "name"))


def in_category(user: Reader, category: Category) -> QuerySet[Article]:
    """What stands on a shelf for this person, by title."""
    return readable(user).filter(category=category).order_by("live_revision__title")


def related(user: Reader, article: Article) -> list[Article]:
    """What the text links to, then its neighbours on the shelf: never anything the person may not read."""
    body = article.live_revision.body if article.live_revision else ""
    linked = _ARTICLE_LINK.findall(body)
    others = readable(user).exclude(pk=article.pk)
    found = list(others.filter(external_id__in=linked)[:RELATED])
    if len(found) < RELATED:
        neighbours = others.filter(category=article.category).exclude(pk__in=[each.pk for each in found])
        found += neighbours.order_by("live_revision__title")[: RELATED - len(found)]
    return found


def link_resolver(user: Reader, body: str) -> Callable[[str], str | None]:
    """Addresses for the `article:id` links of a text; none for articles that this person may not read."""
    wanted = set(_ARTICLE_LINK.findall(body))
    known = (
        {article.external_id: article for article in readable(user).filter(external_id__in=wanted)}
        if wanted
        else {}
    )
    return lambda external_id: known[external_id].get_absolute_url() if external_id in known else None


def markdown_for(user: Reader, body: str) -> str:
    """A text as this reader may have its source: as a page shows it, without comments and hidden articles' ids."""
    return redactor(user, [body])(body)


def redactor(user: Reader, bodies: Iterable[str]) -> Callable[[str], str]:
    """markdown_for, for many texts with one look into the database; none when they link to no article."""
    wanted = set().union(*map(article_ids, bodies))
    known = readable(user).filter(external_id__in=wanted) if wanted else Article.objects.none()
    mine = {found for found in known.values_list("external_id", flat=True) if found}

    def redact(body: str) -> str:
        return redacted(body, mine) if "<!--" in body or article_ids(body) - mine else body

    return redact


def vote_of(user: User, article: Article) -> Vote | None:
    """What this person said of the live text."""
    return Vote.objects.filter(revision=article.live_revision, user=user).first()


def waiting_for_review(user: Reader) -> QuerySet[Revision]:
    """Revisions in review of articles in the person's own audiences, oldest first."""
    mine = Article.objects.in_audience_of(user).values("pk")
    waiting = Revision.objects.filter(state=State.IN_REVIEW, article__in=mine)
    return waiting.select_related("author", "article__audience", "article__category").order_by("submitted_at")


def workable_revisions(user: Reader) -> QuerySet[Revision]:
    """Every revision, in any state, of articles in the person's audiences: for people who write and review."""
    mine = Article.objects.in_audience_of(user).values("pk")
    return Revision.objects.filter(article__in=mine).select_related(
        "author", "reviewed_by", "article__audience"
    )
