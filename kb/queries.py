"""What pages, the API and the packages above read of articles. Everything starts at visible_to or in_audience_of."""

import re
from collections.abc import Callable, Iterable

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from kb.addresses import MOST_REPLACED
from kb.models import Article, ArticleQuerySet, Audience, AuditEvent, Category, Flag, Reader, Revision, Vote
from kb.redaction import article_ids, redacted

RELATED = 5
_ARTICLE_LINK = re.compile(r"\]\(article:([\w.-]+)")


def readable(user: Reader) -> ArticleQuerySet:
    """The articles that a person may read, with all that a page says of one, in two queries at the most."""
    return Article.objects.visible_to(user).select_related(
        "live_revision__reviewed_by", "live_revision__author", "category", "audience", "owner"
    )


def audience_ids(user: Reader) -> frozenset[int]:
    """The audiences that a person belongs to, for an index that filters by them."""
    return frozenset(Audience.objects.of(user).values_list("pk", flat=True))


def people_who_write() -> QuerySet[User]:
    """Those who may be asked to answer for an article, by name: they are here, and may change it."""
    writers = User.objects.with_perm("kb.add_revision", backend="django.contrib.auth.backends.ModelBackend")
    return writers.filter(is_system=False).order_by("first_name", "last_name", "username")


def answerer_of(article: Article) -> User | None:
    """The owner, as far as they can answer: not one who has left, who writes no more, or who may not read it."""
    owner = article.owner
    if owner is None or not people_who_write().filter(pk=owner.pk).exists():
        return None
    return owner if Audience.objects.of(owner).filter(pk=article.audience_id).exists() else None


def last_confirmed(revision: Revision) -> AuditEvent | None:
    """Who said of a live text that it is still right, and when, if that was later than its review."""
    said = AuditEvent.objects.filter(action="confirmed", revision=revision.pk)
    if revision.reviewed_at:
        said = said.filter(at__gt=revision.reviewed_at)
    return said.first()


def categories_for(user: Reader) -> list[Category]:
    """Shelves with at least one article for this person; `visible_count` counts only those."""
    mine = Article.objects.visible_to(user).values("pk")
    counted = Category.objects.annotate(
        visible_count=Count("articles", filter=Q(articles__in=mine), distinct=True)
    )
    return list(counted.filter(visible_count__gt=0).order_by("position", "name"))


def shelves(user: Reader) -> QuerySet[Category]:
    """Categories to put an article in: those that show nothing of what one may not know of."""
    mine = Article.objects.in_audience_of(user).values("pk")
    return Category.objects.filter(Q(articles__isnull=True) | Q(articles__in=mine)).distinct()


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
    """Addresses for the `article:id` links of a text; none for articles that this person may not read.

    A link to an archived article leads to what took its place, as its old address does.
    """
    wanted = set(_ARTICLE_LINK.findall(body))
    known = linked(user, wanted) if wanted else {}
    return lambda external_id: known[external_id].get_absolute_url() if external_id in known else None


def linked(user: Reader, wanted: set[str]) -> dict[str, Article]:
    """Names in links → the articles that they lead this person to."""
    known = _by_name(user, wanted)
    onward = {name: name for name in wanted - known.keys()}
    for _ in range(MOST_REPLACED):
        if not onward:
            break
        gone = Article.objects.filter(external_id__in=set(onward.values()), archived_at__isnull=False)
        places = dict(gone.exclude(replaced_by=None).values_list("external_id", "replaced_by__external_id"))
        onward = {name: str(places[at]) for name, at in onward.items() if at in places}
        found = _by_name(user, set(onward.values()))
        known |= {name: found[at] for name, at in onward.items() if at in found}
        onward = {name: at for name, at in onward.items() if at not in found}
    return known


def _by_name(user: Reader, names: set[str]) -> dict[str, Article]:
    return {str(each.external_id): each for each in readable(user).filter(external_id__in=names)}


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


def last_vote_of(user: User, article: Article) -> Vote | None:
    """What this person last said of any text of the article: of the live one, it counts; of another, it did."""
    votes = Vote.objects.filter(revision__article=article, user=user).select_related("revision")
    return votes.order_by("-revision__number").first()


def helpful_figures(revision: Revision) -> dict[str, int]:
    """How many readers said of this text whether it helped, and how many said that it did."""
    return revision.votes.aggregate(voted=Count("pk"), helped=Count("pk", filter=Q(helpful=True)))


def notes_of(user: User) -> QuerySet[Flag]:
    """What this person wrote to the owners of articles, with the answers, the newest first.

    Of any article that they ever read: what to show of it is for `readable` to say.
    """
    notes = Flag.objects.filter(raised_by=user).select_related("closed_by", "article__live_revision")
    return notes.order_by("-raised_at", "-pk")


def open_flags(article: Article) -> QuerySet[Flag]:
    """What is to be put right in an article, the longest waiting first."""
    return article.flags.open().select_related("raised_by").order_by("raised_at", "pk")


def workable_revisions(user: Reader) -> QuerySet[Revision]:
    """Every revision, in any state, of articles in the person's audiences: for people who write and review."""
    mine = Article.objects.in_audience_of(user).values("pk")
    return Revision.objects.filter(article__in=mine).select_related(
        "author", "reviewed_by", "article__audience"
    )
