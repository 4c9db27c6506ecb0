"""What live texts link to: kept when they go live, and asked now and then whether it is still there."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from kb import link_checking
from kb.link_checking import Outcome
from kb.links import links_of
from kb.models import Article, Attachment, Link, Revision
from kb.queries import readable
from kb.reaching import NO_SUCH_NAME

CHECKED_EVERY = timedelta(hours=20)  # once a night, whenever in the night that was
PAUSE_BETWEEN = 1.0  # seconds, of one server: nobody should notice that they are checked
SERVERS_AT_ONCE = 8
LONGEST_PROBLEM = 300
REPLACED_AT_MOST = 3

NOT_PUBLISHED = "The article that it links to is not there for readers."
NO_PICTURE = "The picture is missing."


@dataclass(frozen=True)
class BrokenLink:
    """A link that leads readers nowhere, and why; `since` is told of addresses elsewhere."""

    kind: str
    target: str
    problem: str
    since: datetime | None


@transaction.atomic
def record(revision: Revision) -> None:
    """Keep what a revision links to, once; what is known of the same addresses from the text before goes along."""
    if revision.links.exists():
        return
    known = {
        link.target: link
        for link in Link.objects.filter(
            revision__article=revision.article_id, kind=Link.Kind.WEB, checked_at__isnull=False
        ).order_by("checked_at")
    }
    Link.objects.bulk_create(
        _with_history(Link(revision=revision, kind=kind, target=target), known.get(target))
        for kind, target in links_of(revision.body)
    )


def _with_history(link: Link, earlier: Link | None) -> Link:
    if earlier and link.kind == Link.Kind.WEB:
        link.checked_at, link.problem = earlier.checked_at, earlier.problem
        link.broken_since = earlier.broken_since
    return link


def record_missing() -> int:
    """Keep the links of live texts that went live before links were kept; returns of how many texts."""
    unrecorded = Revision.objects.filter(live_on__isnull=False, links__isnull=True)
    may_have_some = unrecorded.filter(Q(body__contains="]") | Q(body__contains="<"))
    count = 0
    for revision in may_have_some.iterator(chunk_size=100):
        record(revision)
        count += 1
    return count


def broken_links(article_ids: Collection[int] | QuerySet[Any, Any]) -> dict[int, list[BrokenLink]]:
    """Of these articles, those whose live text has broken links, with the links; in one query.

    Whether an article that is linked to is hidden, put away or was never there, the words are the same.
    """
    found: dict[int, list[BrokenLink]] = defaultdict(list)
    links = _live_links().filter(revision__live_on__in=article_ids)
    for link in _broken(links).annotate(article_id=F("revision__article")).order_by("pk"):
        problem = link.problem if link.kind == Link.Kind.WEB else PROBLEMS[Link.Kind(link.kind)]
        found[link.article_id].append(BrokenLink(link.kind, link.target, problem, link.broken_since))
    return dict(found)


PROBLEMS = {Link.Kind.ARTICLE: NOT_PUBLISHED, Link.Kind.ATTACHMENT: NO_PICTURE}


def _broken(links: QuerySet[Link]) -> QuerySet[Link]:
    targets = _reached(Article.objects.filter(external_id=OuterRef("target")))
    pictures = Attachment.objects.filter(key=OuterRef("target"), article=OuterRef("revision__article"))
    return links.filter(
        Q(kind=Link.Kind.WEB, broken_since__isnull=False)
        | (Q(kind=Link.Kind.ARTICLE) & ~Exists(targets))
        | (Q(kind=Link.Kind.ATTACHMENT) & ~Exists(pictures))
    )


def _reached(articles: QuerySet[Article]) -> QuerySet[Article]:
    """Those that are live, or archived with a replacement that is: readers are led there.

    A link that needs more replacements than these is one to mend, though it may lead somewhere.
    """
    live = Article.objects.live().values("pk")
    leads_on, gone, steps = Q(pk__in=live), Q(archived_at__isnull=False), ""
    for _ in range(REPLACED_AT_MOST):
        steps += "replaced_by__"
        leads_on |= gone & Q(**{f"{steps}pk__in": live})
        gone &= Q(**{f"{steps}archived_at__isnull": False})
    return articles.filter(leads_on)


def _live_links() -> QuerySet[Link]:
    return Link.objects.filter(revision__live_on__isnull=False)


def backlinks(user: User, article: Article) -> list[Article]:
    """The articles that link to this one, of those that the person may read, by title."""
    linking = readable(user).filter(
        live_revision__links__kind=Link.Kind.ARTICLE, live_revision__links__target=article.external_id
    )
    return list(linking.exclude(pk=article.pk).order_by("live_revision__title", "pk"))


def check_web_links(
    targets: Iterable[str], *, seconds: float, on_checked: Callable[[], object] = lambda: None
) -> int:
    """Ask for addresses, for so long at most; returns for how many. One server is asked once a second at most."""
    deadline = time.monotonic() + seconds
    servers: dict[str, list[str]] = defaultdict(list)
    for target in targets:
        servers[_server_of(target)].append(target)
    outcomes: dict[str, Outcome] = {}
    # The threads ask, and this one writes: the database has nothing to do with how long a server takes.
    with ThreadPoolExecutor(SERVERS_AT_ONCE) as pool:
        for answers in pool.map(lambda each: list(_ask(each, deadline)), servers.values()):
            outcomes.update(answers)
            for _ in answers:
                on_checked()
    for target, outcome in _believable(outcomes).items():
        _note(target, outcome)
    return len(outcomes)


def _believable(outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
    """What was found, unless no name at all had a meaning: then it is this machine that knows no names outside."""
    if any(outcome.problem != NO_SUCH_NAME for outcome in outcomes.values()):
        return outcomes
    return dict.fromkeys(outcomes, Outcome("unknown", "No name can be looked up from here."))


def due_for_check(*, everything: bool = False) -> list[str]:
    """The addresses elsewhere that live texts link to and nobody has asked for lately, the longest unasked first."""
    links = _live_links().filter(kind=Link.Kind.WEB).exclude(target__startswith=f"{settings.SITE_URL}/")
    if not everything:
        links = links.filter(Q(checked_at__isnull=True) | Q(checked_at__lt=timezone.now() - CHECKED_EVERY))
    in_order = links.order_by(F("checked_at").asc(nulls_first=True), "pk")
    return list(dict.fromkeys(in_order.values_list("target", flat=True)))


def _ask(targets: list[str], deadline: float) -> Iterator[tuple[str, Outcome]]:
    """One server's addresses, one after the other."""
    for place, target in enumerate(targets):
        if place:
            time.sleep(PAUSE_BETWEEN)
        if time.monotonic() > deadline:
            return
        yield target, link_checking.check(target, allow_private=settings.LINK_CHECK_PRIVATE)


def _server_of(target: str) -> str:
    try:
        return urlsplit(target).hostname or ""
    except ValueError:
        return ""


def _note(target: str, outcome: Outcome) -> None:
    """Broken is what was broken on two different days: a server may be away for an hour.

    An answer that proves nothing changes nothing.
    """
    now = timezone.now()
    asked = _live_links().filter(kind=Link.Kind.WEB, target=target)
    links = Link.objects.filter(pk__in=list(asked.values_list("pk", flat=True)))
    if outcome.kind == "broken":
        earlier = ~Q(problem="") & Q(broken_since__isnull=True, checked_at__lt=_midnight(now))
        links.filter(earlier).update(broken_since=now)
        links.update(problem=outcome.problem[:LONGEST_PROBLEM])
    elif outcome.kind == "fine":
        links.update(problem="", broken_since=None)
    links.update(checked_at=now)


def _midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
