"""Taking articles in from outside: what an imported source changes here, and doing it, one transaction an article."""

import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from accounts.models import User
from kb import services
from kb.exported import MovedArticle
from kb.images import BadPicture
from kb.importing import ArticleSource, BadSource
from kb.models import Article, Audience, Category, Revision, text_digest
from kb.services import moving
from kb.services.audit import record
from kb.services.moving import Contents, Rebuilding, importer
from kb.workflow import Governance, State

LONGEST_NOTE = 300
# What decides who reads a text, until when and who approves it, and how a message calls it.
READERSHIP = {"audience": "audience", "expires_at": "expiry", "governance": "governance"}

_PICTURE = re.compile(r"!\[((?:\\.|[^\]\\])*+)\]\(attachment:([A-Za-z0-9._-]{1,120})\)")


class Result(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Intake:
    """How a run takes articles in: published by somebody or waiting for review, and for whom when a file is silent."""

    audience: Audience
    approver: User | None = None


@dataclass(frozen=True)
class Taken:
    """What became of a source, for whoever runs the import.

    held_back names what it asks for and did not get, left_behind what could not come along.
    """

    result: Result
    held_back: str = ""
    left_behind: tuple[str, ...] = ()


@transaction.atomic
def take_in(*, source: ArticleSource, intake: Intake) -> Taken:
    """Make the site hold this source under its own id. BadSource or Refused says why it can't."""
    article = Article.objects.select_for_update().filter(external_id=source.external_id).first()
    held_back = ""
    if article is None:
        article = _start(source, intake)
        result = Result.CREATED
    else:
        wanted, held_back = _permitted(article, _governance(source, intake, current=article), source, intake)
        result = Result.UPDATED if _settle(article, wanted, intake) else Result.UNCHANGED
    source = _with_pictures(article, source)
    newest = article.revisions.order_by("-number").first()
    if newest is None or newest.digest != _digest(source):
        newest = _write(article, source)
        result = Result.UPDATED if result is Result.UNCHANGED else result
    before = newest.state
    newest = _advance(newest, source, intake)
    result = Result.UPDATED if newest.state != before and result is Result.UNCHANGED else result
    if _is_approved(source, intake) and not _goes_live(newest):
        held_back = _decided_here(article, newest)
    return Taken(result, held_back, source.not_carried_over)


@transaction.atomic
def take_in_moved(*, moved: MovedArticle, pictures: Contents, intake: Intake) -> Taken:
    """Rebuild an article from another site's export. One that is here already gets the text it had there, as a new
    revision: two histories can't be made one."""
    run = Rebuilding(by=intake.approver)
    article = Article.objects.select_for_update().filter(external_id=moved.external_id).first()
    if article is None:
        moving.rebuild(moved=moved, pictures=pictures, run=run)
        return Taken(Result.CREATED, left_behind=tuple(run.notes))
    moving.add_pictures(article=article, moved=moved, contents=pictures, run=run)
    if _is_same(article, moved):
        approved, held_back = _catch_up(article, moved, intake)
        result = Result.UPDATED if approved else Result.UNCHANGED
        return Taken(result, held_back, left_behind=tuple(run.notes))
    taken = take_in(source=_source(moved, run), intake=intake)
    return replace(taken, left_behind=tuple(run.notes))


def _catch_up(article: Article, moved: MovedArticle, intake: Intake) -> tuple[bool, str]:
    """Approve what an earlier run left to wait for review, now that somebody vouches for the file.

    Whether it did, and a sentence when the file's live text is not live here, as people here decided otherwise.
    """
    said = moving.said_of_live(moved)
    approver = intake.approver
    if approver is None or said is None or article.live_revision_id:
        return False, ""
    here = article.revisions.filter(number=said.number).first()
    if here is None or article.archived_at or here.state != State.IN_REVIEW:
        return False, "" if _goes_live(here) else _decided_here(article, here)
    services.approve(revision=here, by=approver, reviewed_at=said.reviewed_at, publish_at=said.publish_at)
    return True, ""


def _goes_live(revision: Revision | None) -> bool:
    return revision is not None and revision.state in (State.PUBLISHED, State.SCHEDULED)


def _decided_here(article: Article, revision: Revision | None) -> str:
    """Why a text that its file calls published is not live after a run that publishes."""
    if article.archived_at:
        return "It is published in its file and archived here, and stays so."
    state = str(revision.state).replace("_", " ") if revision else "missing"
    return f"It is published in its file, but its text is {state} here, and stays so."


def _is_same(article: Article, moved: MovedArticle) -> bool:
    """Whether all its texts are here, or the one that is shown."""
    here = dict(article.revisions.values_list("number", "digest"))
    there = {each.number: text_digest(each.title, each.summary, each.body) for each in moved.revisions}
    live = here.get(article.live_revision.number) if article.live_revision else None
    return here == there or live == there[moved.shown.number]


def _source(moved: MovedArticle, run: Rebuilding) -> ArticleSource:
    shown = moved.shown
    return ArticleSource(
        external_id=moved.external_id,
        title=shown.title,
        body=shown.body,
        summary=shown.summary,
        kind=moved.kind,
        category=moved.category,
        audience=moved.audience,
        governance=moved.governance,
        author=run.person(shown.author, importer()).username,
        state="published" if shown.state == State.PUBLISHED else "draft",
        reviewed_at=shown.reviewed_at,
        review_by=moved.review_by,
        expires_at=moved.expires_at,
    )


def _with_pictures(article: Article, source: ArticleSource) -> ArticleSource:
    """The source with its pictures kept here and shown from here; of one that can't be, its description stays."""
    addresses: dict[str, str] = {}
    lost: list[str] = []
    for file in source.attachments:
        try:
            kept = services.attach(content=file.content, name=file.name, by=importer(), article=article)
            addresses[file.name] = kept.get_absolute_url()
        except BadPicture as problem:
            lost.append(f"An image was left out: {file.name}. {problem}")

    def shown(match: re.Match[str]) -> str:
        address = addresses.get(match[2])
        return f"![{match[1]}]({address})" if address else match[1]

    if not source.attachments:
        return source
    body = _PICTURE.sub(shown, source.body)
    return replace(source, body=body, not_carried_over=(*source.not_carried_over, *lost))


def _digest(source: ArticleSource) -> str:
    return text_digest(source.title, source.summary, source.body)


def _start(source: ArticleSource, intake: Intake) -> Article:
    return Article.objects.create(external_id=source.external_id, **_governance(source, intake, current=None))


def _permitted(
    article: Article, wanted: dict[str, object], source: ArticleSource, intake: Intake
) -> tuple[dict[str, object], str]:
    """What of this may hold at once, and a sentence on what has to wait for somebody's approval.

    Who reads a live text, and until when, is decided by whoever may approve it. The rest hides and shows nothing.
    """
    if article.live_revision_id is None or _is_approved(source, intake):
        return wanted, ""
    waiting = [name for name in READERSHIP if wanted[name] != getattr(article, name)]
    if not waiting:
        return wanted, ""
    named = " and ".join(READERSHIP[name] for name in waiting)
    verb = "stays" if len(waiting) == 1 else "stay"
    now = {name: value for name, value in wanted.items() if name not in waiting}
    return now, f"Its {named} {verb} as before: the live text takes another only when somebody approves."


def _is_approved(source: ArticleSource, intake: Intake) -> bool:
    """Whether somebody who may publish stands behind this file."""
    approver = intake.approver
    return approver is not None and source.state == "published" and approver.has_perm("kb.approve_revision")


def _settle(article: Article, wanted: dict[str, object], intake: Intake) -> bool:
    """Bring what stands around the text up to date; whether anything changed."""
    now = {name: getattr(article, name) for name in wanted}
    changes = {name: (now[name], value) for name, value in wanted.items() if now[name] != value}
    if changes:
        for name, (_, value) in changes.items():
            setattr(article, name, value)
        article.save(update_fields=list(changes))
        by = intake.approver or importer()
        record("changed settings", by=by, article=article, reason="Imported", changes=changes)
        services.announce(article=article)
    return bool(changes)


def _governance(source: ArticleSource, intake: Intake, *, current: Article | None) -> dict[str, object]:
    """Audience, category, owner and dates that the source asks for; a silent one keeps what an editor has set since."""
    kind = source.kind or (current.kind if current else Article.Kind.HOW_TO)
    by_kind = Governance.COMPLIANCE if kind == Article.Kind.POLICY else Governance.EXPERIENCE
    return {
        "kind": kind,
        "governance": source.governance or (current.governance if current else by_kind),
        "category": _category(source.category) if source.category or not current else current.category,
        "audience": _audience(source.audience)
        if source.audience
        else current.audience
        if current
        else intake.audience,
        "owner": _person(source.owner) if source.owner else current.owner if current else None,
        "review_by": source.review_by or (current.review_by if current else None),
        "expires_at": source.expires_at or (current.expires_at if current else None),
    }


def _category(name: str) -> Category:
    """The shelf of that name or address; a new name makes a new one."""
    name = name or "General"
    slug = _category_slug(name)
    known = Category.objects.filter(Q(name__iexact=name) | Q(slug=slug)).first()
    return known or Category.objects.create(name=name, slug=slug)


def _category_slug(name: str) -> str:
    """An address in plain letters, different for different names in any script."""
    slug = slugify(name)
    if slug and len(slug) == len(slugify(name, allow_unicode=True)):
        return slug[:80]
    # Addresses are ASCII: letters that have no likeness there are lost, and with them what tells two names apart.
    digest = hashlib.sha256(name.casefold().encode()).hexdigest()[:8]
    return f"{slug[:70] or 'category'}-{digest}"


def _audience(slug: str) -> Audience:
    """Never made on the way: a typo would hide an article, or worse, show it."""
    audience = Audience.objects.filter(slug=slug).first()
    if audience is None:
        known = ", ".join(Audience.objects.values_list("slug", flat=True))
        raise BadSource(f"There is no audience “{slug}”; there are: {known}.")
    return audience


def _person(name: str) -> User:
    person = User.objects.filter(Q(username=name) | Q(email__iexact=name)).first()
    if person is None:
        raise BadSource(f"There is nobody here called “{name}”.")
    return person


def _write(article: Article, source: ArticleSource) -> Revision:
    return services.write_revision(
        article=article,
        author=_person(source.author) if source.author else importer(),
        title=source.title,
        summary=source.summary,
        body=source.body,
        change_note=_change_note(source),
    )


def _change_note(source: ArticleSource) -> str:
    note = " ".join(["Imported.", *source.not_carried_over]) if source.not_carried_over else "Imported"
    return note if len(note) <= LONGEST_NOTE else f"{note[: LONGEST_NOTE - 1]}…"


def _advance(revision: Revision, source: ArticleSource, intake: Intake) -> Revision:
    """Take the text as far as its file and the run say."""
    if source.state == "draft":
        return revision
    if revision.state == State.DRAFT:
        revision = services.submit(revision=revision, by=revision.author)
    if revision.state == State.IN_REVIEW and intake.approver and source.state == "published":
        revision = services.approve(revision=revision, by=intake.approver, reviewed_at=source.reviewed_at)
    return revision
