"""The workbench's list: all that waits in a person's audiences, read in a handful of queries however long it is."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Length
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from kb.models import Article, Flag, Revision, Vote, WorkingCopy
from kb.promises import (
    AHEAD_DAYS,
    BROKEN_DAYS,
    CHANGE_WORKING_DAYS,
    DRAFT_DAYS,
    ENOUGH_VOTES,
    FLAG_DAYS,
    REVIEW_WORKING_DAYS,
    UNHELPFUL_DAYS,
    Why,
    is_unhelpful,
    minutes_for,
    promised,
)
from kb.services.links import BrokenLink, broken_links
from kb.workflow import State, needs_publisher


@dataclass(frozen=True)
class Place:
    """Where an article stands and who is behind it: what a list is narrowed by, and whose task something is."""

    article_id: int | None = None
    category: str = ""
    audience: str = ""
    owner: str = ""
    owner_id: int | None = None
    lead_id: int | None = None
    needs_publisher: bool = False


@dataclass(frozen=True)
class Waiting:
    """One thing to do: why, what, until when, and for whom."""

    why: Why
    title: str
    summary: str
    place: Place
    is_mine: bool
    to_do: str
    who_waits: str
    minutes: int
    promised: date | None
    target: int
    detail: str = ""

    @property
    def url(self) -> str:
        """Where it is done. Made when it is shown: a list is longer than what a page shows of it."""
        return reverse(_PAGES[self.why], args=[self.target])

    @property
    def days_late(self) -> int:
        """How long ago it should have been done; below zero when there is time yet."""
        return (timezone.localdate() - self.promised).days if self.promised else 0


_PAGES = {
    Why.REVIEW: "kb:revision",
    Why.CHANGE: "kb:edit",
    Why.FLAGGED: "kb:close_flag",
    Why.UNHELPFUL: "kb:edit",
    Why.OVERDUE: "kb:confirm",
    Why.EXPIRING: "kb:settings",
    Why.BROKEN: "kb:edit",
    Why.DUE: "kb:confirm",
    Why.UNOWNED: "kb:settings",
    Why.UNDATED: "kb:settings",
    Why.DRAFT: "kb:edit",
}


@dataclass(frozen=True)
class Unfinished(Waiting):
    """A working copy: it may belong to no article yet, so it has a page of its own."""

    @property
    def url(self) -> str:
        return reverse("kb:write", args=[self.target])


@dataclass(frozen=True)
class Person:
    """Whose workbench it is, and what their roles let them do."""

    pk: int
    is_coach: bool
    validates: bool
    publishes: bool

    @classmethod
    def of(cls, user: User) -> "Person":
        return cls(
            pk=user.pk,
            is_coach=user.groups.filter(name=Role.COACH).exists(),
            validates=user.has_perm("kb.validate_revision"),
            publishes=user.has_perm("kb.approve_revision"),
        )

    def decides(self, place: Place) -> bool:
        """As kb.services.may_decide, for a list whose articles were never loaded."""
        return self.publishes or (self.validates and not place.needs_publisher)

    def answers_for(self, place: Place) -> bool:
        """Owners, leads of a shelf and coaches; for what has no owner, whoever decides on it."""
        if self.is_coach or self.pk in (place.owner_id, place.lead_id):
            return True
        return place.owner_id is None and self.decides(place)


def waiting_for(user: User) -> list[Waiting]:
    """All that waits in a person's audiences, theirs or somebody else's, in no order."""
    person = Person.of(user)
    mine = Article.objects.in_audience_of(user).values("pk")
    revisions = [_of_revision(each, person) for each in _open_revisions(mine, person)]
    begun = {row.place.article_id for row in revisions if row.is_mine and row.why is not Why.REVIEW}
    copies = [_of_copy(each) for each in _working_copies(mine, person) if each.article_id not in begun]
    flags = [_of_flag(each, person) for each in _open_flags(mine)]
    return [*revisions, *copies, *flags, *_of_articles(mine, person)]


def _open_revisions(mine: QuerySet[Any], person: Person) -> QuerySet[Revision]:
    """In review, sent back, and the person's own drafts."""
    waits = Q(state__in=[State.IN_REVIEW, State.CHANGES_REQUESTED]) | Q(state=State.DRAFT, author=person.pk)
    found = Revision.objects.filter(waits, article__in=mine).select_related(
        "author", "reviewed_by", "article__category", "article__audience", "article__owner"
    )
    return found.defer("body").annotate(size=Length("body")).order_by()


def _of_revision(revision: Revision, person: Person) -> Waiting:
    place = _place(revision.article)
    author = revision.author.display_name
    is_mine = revision.author_id == person.pk
    if revision.state == State.IN_REVIEW:
        why, since, who = Why.REVIEW, revision.submitted_at, author
        may = person.decides(place) and person.pk not in (revision.author_id, revision.requested_by_id)
        to_do = _review_to_do(author, may=may, place=place)
        is_mine = may
    elif revision.state == State.CHANGES_REQUESTED:
        why, since = Why.CHANGE, revision.reviewed_at
        who = revision.reviewed_by.display_name if revision.reviewed_by else ""
        to_do = f"Change what {who} asked for" if is_mine else f"Waits for {author} to change it"
    else:
        why, since, who = Why.DRAFT, revision.created_at, ""
        to_do = "Go on writing, or submit it for a review"
    return Waiting(
        why=why,
        title=revision.title,
        summary=revision.summary,
        place=place,
        is_mine=is_mine,
        to_do=to_do,
        who_waits=who,
        minutes=minutes_for(why, _size(revision)),
        promised=promised(why, _day(since)),
        target=revision.pk if why is Why.REVIEW else revision.article_id,
        detail=revision.review_reason if why is Why.CHANGE else revision.change_note,
    )


def _review_to_do(author: str, *, may: bool, place: Place) -> str:
    if may:
        return f"Review what {author} wrote"
    return "Waits for a Publisher" if place.needs_publisher else "Waits for somebody else to review it"


def _working_copies(mine: QuerySet[Any], person: Person) -> QuerySet[WorkingCopy]:
    found = WorkingCopy.objects.filter(Q(article__isnull=True) | Q(article__in=mine), author=person.pk)
    found = found.select_related("article__category", "article__audience", "article__owner")
    return found.defer("body").annotate(size=Length("body")).order_by()


def _of_copy(copy: WorkingCopy) -> Waiting:
    return Unfinished(
        why=Why.DRAFT,
        title=str(copy),
        summary=copy.summary,
        place=_place(copy.article) if copy.article else Place(),
        is_mine=True,
        to_do="Go on writing" if copy.article else "Go on writing this new article",
        who_waits="",
        minutes=minutes_for(Why.DRAFT, _size(copy)),
        promised=promised(Why.DRAFT, _day(copy.saved_at)),
        target=copy.pk,
    )


def _open_flags(mine: QuerySet[Any]) -> QuerySet[Flag]:
    """Also those of articles that were archived meanwhile: their readers wait for an answer all the same."""
    found = Flag.objects.open().filter(article__in=mine)
    found = found.select_related(
        "revision", "raised_by", "article__category", "article__audience", "article__owner"
    )
    return found.defer("revision__body").annotate(size=Length("revision__body")).order_by()


def _of_flag(flag: Flag, person: Person) -> Waiting:
    place = _place(flag.article)
    reader = flag.raised_by.display_name
    return Waiting(
        why=Why.FLAGGED,
        title=flag.revision.title,
        summary=flag.revision.summary,
        place=place,
        is_mine=person.answers_for(place),
        to_do=f"Answer {reader}: “{flag.get_reason_display()}”",
        who_waits=reader,
        minutes=minutes_for(Why.FLAGGED, _size(flag)),
        promised=promised(Why.FLAGGED, _day(flag.raised_at)),
        target=flag.pk,
        detail=flag.note,
    )


def _of_articles(mine: QuerySet[Any], person: Person) -> Iterator[Waiting]:
    """Live articles with something about them, each once for every reason."""
    votes = _unhelpful(mine)
    broken = broken_links(cast(Collection[int], mine))  # a query within the query, as a list has no end
    now, today = timezone.now(), timezone.localdate()
    wanted = (
        Q(review_by__lte=today + timedelta(days=AHEAD_DAYS))
        | Q(expires_at__lt=now + timedelta(days=AHEAD_DAYS))
        | Q(review_by__isnull=True)
        | Q(owner__isnull=True)
        | Q(pk__in=[*votes, *broken])
    )
    found = Article.objects.filter(wanted, pk__in=mine, live_revision__isnull=False)
    for facts in _facts(found):
        place = _placed(facts)
        is_mine = person.answers_for(place)
        about = votes.get(facts["pk"]), broken.get(facts["pk"], [])
        for why, since, to_do, detail in _reasons(facts, *about, now, today):
            yield Waiting(
                why=why,
                title=facts["title"],
                summary=facts["summary"],
                place=place,
                is_mine=is_mine,
                to_do=to_do,
                who_waits="",
                minutes=minutes_for(why, facts["size"]),
                promised=promised(why, since),
                target=facts["pk"],
                detail=detail,
            )


Reason = tuple[Why, date | None, str, str]


def _reasons(
    facts: Mapping[str, Any],
    votes: Mapping[str, Any] | None,
    broken: list[BrokenLink],
    now: datetime,
    today: date,
) -> Iterator[Reason]:
    """Why, since when, what to do, and what more there is to say."""
    expires: datetime | None = facts["expires_at"]
    if expires and expires < now + timedelta(days=AHEAD_DAYS):
        yield Why.EXPIRING, _day(expires), _expiring_to_do(expires <= now), ""
    if expires and expires <= now:
        return  # nobody is shown it: what else there is to it can wait
    review_by: date | None = facts["review_by"]
    if review_by is None:
        yield Why.UNDATED, None, "Say when to look at it again", ""
    elif review_by < today + timedelta(days=AHEAD_DAYS + 1):
        why = Why.OVERDUE if review_by < today else Why.DUE
        yield why, review_by, "Check whether it is still right", ""
    if facts["owner_id"] is None:
        yield Why.UNOWNED, None, "Say who answers for it", ""
    if votes:
        to_do = f"Improve it: it helped {votes['yes']} of {votes['votes']} readers"
        yield Why.UNHELPFUL, _day(votes["since"]), to_do, ""
    if broken:
        since = min((link.since for link in broken if link.since), default=None)
        yield Why.BROKEN, _day(since), _broken_to_do(broken), _about_link(broken[0])


def _expiring_to_do(is_over: bool) -> str:
    return (
        "It has expired, so nobody is shown it: archive it, or give it a later day"
        if is_over
        else "Archive it when its day comes, or give it a later one"
    )


def _broken_to_do(broken: list[BrokenLink]) -> str:
    return (
        "Mend a link that leads nowhere"
        if len(broken) == 1
        else f"Mend {len(broken)} links that lead nowhere"
    )


def _about_link(link: BrokenLink) -> str:
    """An article that is linked to goes unnamed: it may be hidden from whoever reads this."""
    return f"{link.target} — {link.problem}" if link.kind == "web" else link.problem


def _unhelpful(mine: QuerySet[Any]) -> dict[int, Mapping[str, Any]]:
    """Articles whose live text did not help enough readers, with their votes."""
    counted = (
        Vote.objects.filter(revision__live_on__in=mine)
        .values("revision__live_on")
        .annotate(
            votes=Count("pk"),
            yes=Count("pk", filter=Q(helpful=True)),
            since=Min("created_at", filter=Q(helpful=False)),
        )
        .filter(votes__gte=ENOUGH_VOTES)
    )
    return {row["revision__live_on"]: row for row in counted if is_unhelpful(row["votes"], row["yes"])}


def _facts(articles: QuerySet[Article]) -> Iterable[Mapping[str, Any]]:
    """What a row tells of a live article, without making objects of thousands."""
    return articles.order_by().values(
        "pk",
        "review_by",
        "expires_at",
        "owner_id",
        "governance",
        title=F("live_revision__title"),
        summary=F("live_revision__summary"),
        size=Length("live_revision__body"),
        shelf=F("category__name"),
        lead=F("category__lead_id"),
        readers=F("audience__name"),
        external=F("audience__external"),
        first_name=F("owner__first_name"),
        last_name=F("owner__last_name"),
        username=F("owner__username"),
    )


def _placed(facts: Mapping[str, Any]) -> Place:
    full_name = f"{facts['first_name'] or ''} {facts['last_name'] or ''}".strip()
    return Place(
        article_id=facts["pk"],
        category=facts["shelf"],
        audience=facts["readers"],
        owner=full_name or facts["username"] or "",
        owner_id=facts["owner_id"],
        lead_id=facts["lead"],
        needs_publisher=needs_publisher(facts["governance"], audience_is_external=facts["external"]),
    )


def _place(article: Article) -> Place:
    return Place(
        article_id=article.pk,
        category=article.category.name,
        audience=article.audience.name,
        owner=article.owner.display_name if article.owner else "",
        owner_id=article.owner_id,
        lead_id=article.category.lead_id,
        needs_publisher=needs_publisher(article.governance, audience_is_external=article.audience.external),
    )


def _size(row: Any) -> int:
    """What the database counted; the text itself stayed there."""
    return int(row.size or 0)


def _day(moment: datetime | None) -> date | None:
    return timezone.localdate(moment) if moment else None


# --- what a page shows of it ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Narrowing:
    """What somebody wants to see of the list; empty means all."""

    why: str = ""
    category: str = ""
    audience: str = ""
    words: str = ""
    sort: str = "promise"

    def admits(self, row: Waiting) -> bool:
        """Whether a row is to be shown; the reason aside, by which rows are counted."""
        words = self.words.casefold()
        return (
            (not self.category or row.place.category == self.category)
            and (not self.audience or row.place.audience == self.audience)
            and (not words or words in row.title.casefold() or words in row.summary.casefold())
        )


@dataclass(frozen=True)
class Group:
    """All that waits for one reason, in order."""

    why: Why
    rows: list[Waiting]

    @property
    def minutes(self) -> int:
        return sum(row.minutes for row in self.rows)


def grouped(rows: Iterable[Waiting], *, sort: str) -> list[Group]:
    """The rows by reason, first the reason with the oldest promise."""
    by_why: dict[Why, list[Waiting]] = {}
    for row in sorted(rows, key=ORDERS.get(sort, ORDERS["promise"])):
        by_why.setdefault(row.why, []).append(row)
    groups = [Group(why, found) for why, found in by_why.items()]
    return sorted(groups, key=lambda group: min(map(_by_promise, group.rows)))


def _by_promise(row: Waiting) -> tuple[date, str]:
    return row.promised or date.max, row.title.casefold()


def _by_minutes(row: Waiting) -> tuple[int, date, str]:
    return row.minutes, *_by_promise(row)


def _by_title(row: Waiting) -> tuple[str, date]:
    return row.title.casefold(), row.promised or date.max


ORDERS: dict[str, Any] = {"promise": _by_promise, "minutes": _by_minutes, "title": _by_title}


@dataclass(frozen=True)
class Explained:
    """A reason in words: its heading, what was promised, and whether ticked rows can be changed together."""

    title: str
    promise: str
    is_of_articles: bool = True


EXPLAINED = {
    Why.REVIEW: Explained(
        "To review",
        f"Within {REVIEW_WORKING_DAYS} working days, while the author knows what they meant.",
        False,
    ),
    Why.CHANGE: Explained(
        "To change", f"Within {CHANGE_WORKING_DAYS} working days of what the reviewer said.", False
    ),
    Why.FLAGGED: Explained("Flagged", f"Whoever says that something is wrong hears within {FLAG_DAYS} days."),
    Why.UNHELPFUL: Explained(
        "Did not help",
        f"{ENOUGH_VOTES} readers or more said so, and less than half were helped: within {UNHELPFUL_DAYS} days.",
    ),
    Why.OVERDUE: Explained("Review overdue", "Readers are told so, and they find it lower down."),
    Why.EXPIRING: Explained(
        "Expiring", f"Shown to nobody from its day on: announced {AHEAD_DAYS} days before."
    ),
    Why.BROKEN: Explained("Broken links", f"Within {BROKEN_DAYS} days of when we noticed."),
    Why.DUE: Explained("Review due", f"Within the next {AHEAD_DAYS} days."),
    Why.UNOWNED: Explained("Nobody answers for it", "Its readers' notes reach nobody."),
    Why.UNDATED: Explained("Never to be reviewed", "No day is set, so nobody will be reminded."),
    Why.DRAFT: Explained("My drafts", f"Finished or thrown away within {DRAFT_DAYS} days.", False),
}


def named(articles: QuerySet[Article]) -> QuerySet[Any]:
    """Each with `shown_title`: the live title or else the newest, in the same query."""
    newest = Revision.objects.filter(article=OuterRef("pk")).order_by("-number").values("title")[:1]
    return articles.annotate(shown_title=Coalesce(F("live_revision__title"), Subquery(newest)))
