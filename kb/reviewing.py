"""What stands before whoever reviews a text or looks back: what changed, what was said of it, and who decides."""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, groupby
from operator import attrgetter

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from kb import queries, services
from kb.checklist import Draft, Finding, check
from kb.differences import Difference, Fold, Row, Segment, compare, compare_words, fold, lines_of
from kb.links import links_of
from kb.models import Article, Attachment, AuditEvent, Link, Reader, ReviewComment, Revision
from kb.workflow import OPEN_STATES, Governance, State, needs_publisher

NEXT_REVIEW_MONTHS = 6  # what an approval proposes: long enough to be bearable, short enough to notice
MAX_LINES = 3_000
_SIGNS = {"same": "", "added": "+", "removed": "−"}
_URGENCY = {"must": 0, "advice": 1, "note": 2, "good": 3}
_UNDECIDED = (*OPEN_STATES, State.SCHEDULED)


@dataclass(frozen=True)
class Piece:
    """Words of a line to show, without its end."""

    kind: str
    text: str


@dataclass(frozen=True)
class Line:
    """A row of a difference with what is said of it; `number` is what a comment calls it.

    Its sign tells what happened to it to eyes that don't tell colours apart.
    """

    number: int | None
    sign: str
    pieces: tuple[Piece, ...]
    comments: tuple[ReviewComment, ...] = ()
    is_asked: bool = False


@dataclass(frozen=True)
class Stretch:
    """Lines to show one after another, folded behind `words` where there are some."""

    lines: tuple[Line, ...]
    words: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a fold holds something that has to be seen."""
        return any(line.comments or line.is_asked for line in self.lines)


@dataclass(frozen=True)
class Changes:
    """What one revision changed against another, ready to be shown."""

    old: Revision
    new: Revision
    title: tuple[Segment, ...]
    summary: tuple[Segment, ...]
    body: Difference
    stretches: tuple[Stretch, ...]

    @property
    def is_title_changed(self) -> bool:
        return self.old.title != self.new.title

    @property
    def is_summary_changed(self) -> bool:
        return self.old.summary != self.new.summary

    @property
    def is_empty(self) -> bool:
        return self.body.is_empty and not (self.is_title_changed or self.is_summary_changed)


@dataclass
class Remarks:
    """What people said of a revision, and which line somebody is about to say something of."""

    comments: Sequence[ReviewComment] = ()
    wanted: int | None = None
    _shown: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._by_line: dict[int | None, list[ReviewComment]] = defaultdict(list)
        for comment in self.comments:
            self._by_line[comment.line].append(comment)

    def line(self, row: Row) -> Line:
        """The row as a page shows it, with what was said of it."""
        number, kinds = row.new_number, {segment.kind for segment in row.segments}
        sign = _SIGNS[kinds.pop()] if len(kinds) == 1 else "±"
        if number is None:
            return Line(None, sign, _pieces(row, sign))
        self._shown.add(number)
        said = tuple(self._by_line.get(number, ()))
        return Line(number, sign, _pieces(row, sign), said, number == self.wanted)

    @property
    def asked(self) -> int | None:
        """The line that a comment is being written to, when the page shows it."""
        return self.wanted if self.wanted in self._shown else None

    @property
    def elsewhere(self) -> list[ReviewComment]:
        """What stands at none of the lines that the page shows."""
        return [comment for comment in self.comments if comment.line not in self._shown]


def _pieces(row: Row, sign: str) -> tuple[Piece, ...]:
    """Where only the end of a line came or went, a sign stands for it: blank, it would not be seen."""
    found = []
    for segment in row.segments:
        text = segment.text.rstrip("\r\n")
        if not text and segment.kind != "same" and sign == "±":
            text = "¶"
        if text:
            found.append(Piece(segment.kind, text))
    return tuple(found)


def changes(old: Revision, new: Revision, remarks: Remarks | None = None) -> Changes:
    """Compare two texts of an article for a page."""
    body = compare(old.body, new.body)
    shown = remarks or Remarks()
    return Changes(
        old=old,
        new=new,
        title=compare_words(old.title, new.title),
        summary=compare_words(old.summary, new.summary),
        body=body,
        stretches=tuple(_stretches(fold(_bounded(body.rows)), shown)),
    )


def source(revision: Revision, remarks: Remarks) -> list[Stretch]:
    """A text as it was written, line by line."""
    lines = enumerate(lines_of(revision.body), 1)
    rows = [Row(None, number, (Segment("same", line),)) for number, line in lines]
    return [Stretch(tuple(remarks.line(row) for row in _bounded(rows)))]


def _bounded(rows: Sequence[Row]) -> Sequence[Row]:
    """At most MAX_LINES rows: a page of more takes long to make and to scroll, so the rest shares the last one."""
    if len(rows) <= MAX_LINES:
        return rows
    rest = rows[MAX_LINES - 1 :]
    segments = tuple(
        Segment(kind, "".join(segment.text for segment in group))
        for kind, group in groupby(chain.from_iterable(row.segments for row in rest), attrgetter("kind"))
    )
    return [*rows[: MAX_LINES - 1], Row(rest[0].old_number, rest[0].new_number, segments)]


def _stretches(folded: Iterable[Row | Fold], remarks: Remarks) -> Iterable[Stretch]:
    """Rows that follow each other share a stretch."""
    open_rows: list[Line] = []
    for part in folded:
        if isinstance(part, Row):
            open_rows.append(remarks.line(part))
            continue
        if open_rows:
            yield Stretch(tuple(open_rows))
        open_rows = []
        yield Stretch(tuple(remarks.line(row) for row in part.rows), part.words)
    if open_rows:
        yield Stretch(tuple(open_rows))


def reviewable(user: Reader) -> QuerySet[Revision]:
    """Revisions as the review page needs them: one query for each with all it tells."""
    return queries.workable_revisions(user).select_related(
        "requested_by",
        "based_on__reviewed_by",
        "article__category",
        "article__owner",
        "article__live_revision__author",
    )


def compared_with(revision: Revision) -> Revision | None:
    """What a text is read against: what is live, or once it was decided, what it took the place of."""
    if revision.state in _UNDECIDED:
        return revision.article.live_revision
    if revision.published_at:
        earlier = revision.article.revisions.filter(published_at__lt=revision.published_at)
        return earlier.select_related("author").order_by("-published_at").first()
    return revision.based_on


def remarks_on(revision: Revision, asked: int | None = None) -> Remarks:
    """The comments of a revision, to be shown at their lines."""
    return Remarks(list(revision.comments.select_related("author", "resolved_by")), asked)


def left_open(revision: Revision) -> list[ReviewComment]:
    """What was asked of the draft before this one and is not done yet."""
    before = revision.based_on
    if before is None or before.published_at:
        return []
    return list(before.comments.filter(resolved_at__isnull=True).select_related("author"))


def sent_back(revision: Revision) -> Revision | None:
    """The draft before this one, when a reviewer turned it down: this one answers what they said."""
    before = revision.based_on
    if before is None or before.reviewed_by is None:
        return None
    return None if before.published_at or before.publish_at else before


def rule(article: Article) -> str:
    """Who decides on the texts of an article, and why."""
    if not needs_publisher(article.governance, audience_is_external=article.audience.external):
        return (
            "This article is experience-governed and stays inside the company: "
            "a Contributor, Coach or Publisher decides."
        )
    if article.governance == Governance.COMPLIANCE:
        return "This article is compliance-governed: a Publisher decides."
    return "People from outside the company read this article: a Publisher decides."


def refusal(user: User, revision: Revision) -> str:
    """Why this person is not the one who decides on a text that waits; nothing when they are."""
    if revision.author_id == user.pk:
        return "You wrote this revision, so somebody else decides on it."
    if revision.requested_by_id == user.pk:
        return "You asked for this generated text, so somebody else decides on it."
    if not services.may_decide(user, revision.article):
        return f"{rule(revision.article)} With your role you can read it and comment."
    return ""


def happened(revision: Revision) -> str:
    """What became of a text since somebody opened it; nothing when it still waits."""
    if revision.state in (State.DRAFT, State.IN_REVIEW):
        return ""
    if revision.state == State.SUPERSEDED and not revision.published_at:
        newest = revision.article.revisions.select_related("author").order_by("-number").first()
        if newest and newest.pk != revision.pk:
            return f"{newest.author.display_name} wrote revision {newest.number} meanwhile, which takes its place."
    if revision.state == State.ARCHIVED:
        return "The article was archived meanwhile."
    if not (revision.reviewed_by and revision.reviewed_at):
        return ""
    done = {
        State.CHANGES_REQUESTED: "asked for changes to",
        State.REJECTED: "rejected",
        State.SCHEDULED: "approved, for a later time,",
    }.get(State(revision.state), "approved")
    at = date_format(timezone.localtime(revision.reviewed_at), "j F, H:i")
    said = f" They said: “{revision.review_reason}”" if revision.review_reason else ""
    return f"{revision.reviewed_by.display_name} {done} this revision on {at}.{said}"


def findings(user: Reader, revision: Revision) -> list[Finding]:
    """The content standard, line by line, what is to be done first. The next review is the approval's to set."""
    article, today = revision.article, timezone.localdate()
    draft = Draft(
        title=revision.title,
        summary=revision.summary,
        body=revision.body,
        kind=article.kind,
        has_owner=article.owner_id is not None,
        review_by=next_review(today),
        today=today,
        broken_links=broken_links(user, revision),
    )
    return sorted(check(draft), key=lambda finding: _URGENCY[finding.level])


def broken_links(user: Reader, revision: Revision) -> tuple[str, ...]:
    """What a text links to that is not there for this person, or that was found to lead nowhere elsewhere."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for target in links_of(revision.body):
        wanted[target.kind].add(target.name)
    lead_somewhere = queries.linked(user, wanted["article"])
    pictures = Attachment.objects.filter(article=revision.article_id, key__in=wanted["attachment"])
    broken = Link.objects.filter(kind=Link.Kind.WEB, target__in=wanted["web"], broken_since__isnull=False)
    return (
        *sorted(wanted["article"] - lead_somewhere.keys()),
        *sorted(wanted["attachment"] - set(pictures.values_list("key", flat=True))),
        *sorted(set(broken.values_list("target", flat=True))),
    )


def next_review(today: date) -> date:
    """The day that an approval proposes for the next review."""
    months = today.month - 1 + NEXT_REVIEW_MONTHS
    year, month = today.year + months // 12, months % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))


def past(article: Article) -> QuerySet[Revision]:
    """All texts of an article, newest first, with what a list tells of each and without their words."""
    texts = article.revisions.select_related("author", "reviewed_by").defer("body", "summary")
    return texts.annotate(comment_count=Count("comments")).order_by("-number")


def open_revision(article: Article) -> Revision | None:
    """The text that is being worked on or waits for a decision: a restored one would take its place."""
    undecided = article.revisions.select_related("author").filter(state__in=OPEN_STATES)
    return undecided.order_by("-number").first()


def archiving(article: Article) -> AuditEvent | None:
    """Who put an article away, when and why."""
    if article.archived_at is None:
        return None
    return article.trail.filter(action="archived").order_by("-pk").first()


def replacement(user: Reader, article: Article) -> Article | None:
    """What took the place of an archived article, for whoever may read that."""
    if article.replaced_by_id is None:
        return None
    return queries.readable(user).filter(pk=article.replaced_by_id).first()
