"""Pages must not move when something hidden comes: not a count, not an order, not a gap.

What is hidden leaves traces that hold none of its words, such as "3 articles" where a reader can see two. So a page is
opened, then articles that its reader must not learn of are added, and the page is opened again.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.ground import Ground
from audit.knowledge import CANARY
from audit.standing import Place, Reader
from audit.surfaces.pages import PLAIN
from audit.visiting import Errand, Probe, Visitor, alike, rolled_back
from kb.models import Article, Audience, Category, Flag, Link, Revision, Vote, WorkingCopy
from kb.services.audit import record
from kb.workflow import State
from search.models import Phrasing, Pin

HIDDEN_STATES = (State.DRAFT, State.IN_REVIEW, State.SCHEDULED, State.ARCHIVED)
# Their content is the same for everybody, or about oneself.
NOT_ABOUT_ARTICLES = ("account_", "accounts:", "api-accounts:", "schema", "api-docs")


def unmoved(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Lists, shelves and the pages of articles, before and after hidden articles came to every shelf."""
    names = [name for name in PLAIN if not name.startswith(NOT_ABOUT_ARTICLES)]
    for name in names:
        for query in PLAIN[name]:
            yield partial(_compare, probe.reader, reverse(name), query, None)
    for category in Category.objects.order_by("pk"):
        yield partial(_compare, probe.reader, category.get_absolute_url(), {}, None)
    seen: set[int] = set()
    for place in ground.knowledge.shown_to(probe.reader):
        if place.category not in seen:
            seen.add(place.category)
            address = reverse("kb:article", args=[place.pk, "article"])
            yield partial(_compare, probe.reader, address, {}, place.name)


def choices(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Forms that offer shelves and audiences, and the trail that tells of them, on an article of one's own."""
    own = next(iter(ground.some_shown(probe.reader, 1)), None)
    if own and probe.reader.writes:
        yield partial(_choose, probe.reader, own)


def _choose(reader: Reader, own: Place, visitor: Visitor) -> None:
    add_canaries(reader, every_shelf=False)
    article = Article.objects.get(pk=own.pk)
    moved = {"audience": (CANARY.text, article.audience.name)}
    record("changed settings", by=_somebody("canary-writer"), article=article, changes=moved)
    copy = WorkingCopy.objects.create(author=visitor.user, title="Mine", settings={"kind": "how-to"})
    visitor.get(reverse("kb:write", args=[copy.pk]))
    visitor.get(reverse("kb:new"))
    visitor.get(reverse("kb:settings", args=[own.pk]))
    visitor.get(reverse("api-kb:article-settings", args=[own.pk]))
    visitor.get(reverse("kb:history", args=[own.pk]))
    for action in ("category", "audience"):
        visitor.post(reverse("kb:bulk"), {"article": own.pk, "action": action})
    for name in ("kb:trail", "api-kb:trail-list"):
        visitor.get(reverse(name), article=own.pk)
        visitor.get(reverse(name))


def _compare(
    reader: Reader, address: str, query: dict[str, Any], linked: str | None, visitor: Visitor
) -> None:
    first, second = (visitor.get(address, **query) for _ in range(2))
    if alike(first.text) != alike(second.text):
        return  # It differs by itself, so nothing can be told from that.
    with rolled_back():
        add_canaries(reader, linked=linked)
        after = visitor.get(address, **query)
        told = _difference(alike(first.text), alike(after.text))
        if told:
            visitor.unlike(after, f"changes when something hidden comes: {told}")


def _difference(before: str, after: str) -> str:
    """Where the two part, as an excerpt of both."""
    if before == after:
        return ""
    lines = zip(before.splitlines(), after.splitlines(), strict=False)
    one, other = next(((a, b) for a, b in lines if a != b), (before[-60:], after[-60:]))
    return f"“{one.strip()[:80]}” becomes “{other.strip()[:80]}”"


def add_canaries(reader: Reader, *, linked: str | None = None, every_shelf: bool = True) -> list[Article]:
    """Articles on every shelf that this reader must not learn of, with flags, votes and links to what they read."""
    elsewhere, _ = Audience.objects.get_or_create(slug="quokka-marmalade", defaults={"name": CANARY.text})
    own = Audience.objects.filter(pk__in=reader.audiences).first()
    shelves = list(Category.objects.all() if every_shelf else Category.objects.all()[:1])
    hidden_shelf, _ = Category.objects.get_or_create(slug="quokka-shelf", defaults={"name": CANARY.text})
    shelves.append(hidden_shelf)
    made = [_canary(category, elsewhere, State.PUBLISHED, linked) for category in shelves]
    audiences = [elsewhere] if reader.writes or own is None else [elsewhere, own]
    for audience in audiences if shelves else ():
        made += [_canary(shelves[0], audience, state, linked) for state in HIDDEN_STATES]
        expired = _canary(shelves[0], audience, State.PUBLISHED, linked)
        Article.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
        made.append(expired)
    return made


_numbers = count(1)


def _canary(category: Category, audience: Audience, state: State, linked: str | None) -> Article:
    """By the row: no signal is sent, and nothing waits to be done about it."""
    writer, reviewer = _somebody("canary-writer"), _somebody("canary-reviewer")
    now = timezone.now()
    # At the head of every order: by title, by age, by promise.
    article = Article.objects.create(
        category=category,
        audience=audience,
        external_id=f"quokka-marmalade-{next(_numbers)}",
        owner=writer,
        review_by=now.date() - timedelta(days=400),
        archived_at=now if state is State.ARCHIVED else None,
    )
    reviewed = state in (State.PUBLISHED, State.ARCHIVED, State.SCHEDULED)
    revision = Revision.objects.create(
        article=article,
        number=1,
        title=f"AAA {CANARY.text}",
        body=f"{CANARY.text}.\n",
        author=writer,
        state=state,
        submitted_at=now - timedelta(days=400),
        reviewed_by=reviewer if reviewed else None,
        reviewed_at=now if reviewed else None,
        publish_at=now + timedelta(days=1) if state is State.SCHEDULED else None,
    )
    if state is State.PUBLISHED:
        Article.objects.filter(pk=article.pk).update(live_revision=revision)
        Flag.objects.create(article=article, revision=revision, raised_by=reviewer, note=CANARY.text)
        Pin.objects.create(words=CANARY.text, article=article)
        Phrasing.objects.create(
            article=article, text=f"AAA {CANARY.text}", source=Phrasing.Source.EDITOR, for_readers=True
        )
        Vote.objects.create(revision=revision, user=reviewer, helpful=False, note=CANARY.text)
        if linked:
            Link.objects.create(revision=revision, kind=Link.Kind.ARTICLE, target=linked)
    return article


def _somebody(username: str) -> User:
    return User.objects.get_or_create(username=username, defaults={"is_active": False})[0]
