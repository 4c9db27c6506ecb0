"""Mail about articles: one a day for who answers for them, and an answer for who raised a flag."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Min
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts import outbox
from accounts.models import User
from accounts.roles import Role
from kb.models import Article, Flag, Reminder, Revision
from kb.queries import people_who_write
from kb.reminding import Digest, Matter, Why, digests, is_news
from kb.services.links import broken_links
from kb.workflow import State

AHEAD = timedelta(days=14)
MOST_LINES = 30


def send_digests(*, today: date | None = None) -> int:
    """Write each person's mail of the day, if there is news for them; returns how many. Safe to run again."""
    today = today or timezone.localdate()
    found = matters(today)
    people = {person.pk: person for person in _people(found)}
    allowed = {pk: _in_audience(person, found) for pk, person in people.items()}
    due = digests(found, may_read=lambda person, article: article in allowed.get(person, ()), today=today)
    return sum(_send(people[pk], digest, today) for pk, digest in due.items() if people[pk].email)


def answer_reader(flag: Flag) -> None:
    """Tell whoever raised a flag how it was closed. The article has a name for those alone who may still read it."""
    reader = flag.raised_by
    if reader.pk == flag.closed_by_id or not reader.is_active:
        return
    article = Article.objects.visible_to(reader).filter(pk=flag.article_id).first()
    subject = f"Your note on “{article.title}”" if article else "Your note on an article"
    body = _rendered("flag_closed", {"flag": flag, "reader": reader, "article": article})
    outbox.post(to=reader, subject=subject, body=body)


def matters(today: date) -> list[Matter]:
    """All that live articles and texts sent back need from anybody, in a handful of queries."""
    articles = Article.objects.live().select_related("live_revision", "category")
    live = {article.pk: article for article in articles.defer("live_revision__body")}
    coaches = tuple(
        User.objects.filter(groups__name=Role.COACH.value, is_active=True).values_list("pk", flat=True)
    )
    found = [*_dated(live.values(), today), *_flagged(live), *_linking(live), *_sent_back()]
    # Nobody answers for what belongs to somebody who left, or who can do nothing about it.
    writers = set(people_who_write().values_list("pk", flat=True))
    return [
        replace(matter, coaches=coaches, owner=matter.owner if matter.owner in writers else None)
        for matter in found
    ]


def _dated(live: Iterable[Article], today: date) -> Iterator[Matter]:
    for article in live:
        review, gone = article.review_by, _day(article.expires_at)
        if review and review < today:
            yield _matter(Why.OVERDUE, article, "kb:confirm", since=review, until=review)
        elif review and review <= today + AHEAD:
            yield _matter(Why.DUE, article, "kb:confirm", until=review)
        if gone and gone <= today + AHEAD:
            yield _matter(Why.EXPIRING, article, "kb:settings", until=gone)


def _flagged(live: Mapping[int, Article]) -> Iterator[Matter]:
    grouped = Flag.objects.open().values("article").order_by("article")
    told = grouped.annotate(count=Count("pk"), since=Min("raised_at"), first=Min("pk"), last=Max("pk"))
    for row in told:
        if article := live.get(row["article"]):
            matter = _matter(Why.FLAGGED, article, "kb:close_flag", row["first"], since=_day(row["since"]))
            yield replace(matter, count=row["count"], mark=str(row["last"]))


def _linking(live: Mapping[int, Article]) -> Iterator[Matter]:
    for pk, links in broken_links(Article.objects.live().values("pk")).items():
        if article := live.get(pk):
            since = min((day for link in links if (day := _day(link.since))), default=None)
            yield replace(_matter(Why.BROKEN, article, "kb:edit", since=since), count=len(links))


def _sent_back() -> Iterator[Matter]:
    """A text that was sent back is its author's, whoever owns the article."""
    waiting = Revision.objects.filter(state=State.CHANGES_REQUESTED, article__archived_at__isnull=True)
    for revision in waiting.select_related("article__category").defer("body"):
        yield Matter(
            Why.CHANGES,
            revision.article_id,
            revision.title,
            reverse("kb:revision", args=[revision.pk]),
            owner=revision.author_id,
            lead=revision.article.category.lead_id,
            since=_day(revision.reviewed_at),
            mark=str(revision.pk),
        )


def _matter(
    why: Why,
    article: Article,
    page: str,
    page_of: int | None = None,
    *,
    since: date | None = None,
    until: date | None = None,
) -> Matter:
    path = reverse(page, args=[page_of or article.pk])
    owner, lead = article.owner_id, article.category.lead_id
    return Matter(why, article.pk, article.title, path, owner, lead, since=since, until=until)


def _people(found: list[Matter]) -> list[User]:
    wanted: set[int] = set()
    for matter in found:
        wanted.update(person for person in (matter.owner, matter.lead, *matter.coaches) if person)
    return list(User.objects.filter(pk__in=wanted, is_active=True, is_system=False).order_by("pk"))


def _in_audience(person: User, found: list[Matter]) -> set[int]:
    named = {matter.article_id for matter in found}
    return set(Article.objects.in_audience_of(person).filter(pk__in=named).values_list("pk", flat=True))


def _send(person: User, digest: Digest, today: date) -> bool:
    last = person.reminders.first()
    if last and last.day >= today:
        return False
    if not is_news(digest.keys, told=last.told if last else [], on=last.day if last else None, today=today):
        return False
    try:
        with transaction.atomic():
            return _write(person, digest, today)
    except IntegrityError:  # another worker has written to them a moment ago
        return False


def _write(person: User, digest: Digest, today: date) -> bool:
    # As it is now: whoever has lost an article since it was looked for is told nothing of it.
    readable = _in_audience(person, [*digest.own, *digest.others])
    digest = Digest(
        [matter for matter in digest.own if matter.article_id in readable],
        [matter for matter in digest.others if matter.article_id in readable],
    )
    if not digest.keys:
        return False
    Reminder.objects.create(person=person, day=today, told=digest.keys)
    count = _articles([*digest.own, *digest.others])
    subject = f"{count} articles wait for you" if count != 1 else "An article waits for you"
    own, others = digest.own[:MOST_LINES], digest.others[:MOST_LINES]
    more = len(digest.own) + len(digest.others) - len(own) - len(others)
    counts = {"own_count": _articles(digest.own), "others_count": _articles(digest.others)}
    lines = {"own": own, "others": others, "more": more}
    body = _rendered("digest", {"person": person, **lines, **counts})
    outbox.post(to=person, subject=subject, body=body)
    return True


def _articles(matters: list[Matter]) -> int:
    return len({matter.article_id for matter in matters})


def _rendered(template: str, context: dict[str, object]) -> str:
    site = {"site_url": settings.SITE_URL, "site_name": settings.SITE_NAME}
    return render_to_string(f"kb/mail/{template}.txt", site | context)


def _day(moment: datetime | None) -> date | None:
    return timezone.localdate(moment) if moment else None
