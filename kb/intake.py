"""Taking articles in from outside: what an imported source changes here, and doing it, one transaction an article."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from accounts.models import User
from accounts.roles import Role
from accounts.services import system_account
from kb import services
from kb.importing import ArticleSource, BadSource
from kb.models import Article, Audience, Category, Revision, text_digest
from kb.workflow import State

# What decides who reads a text and until when, and how a message calls it.
READERSHIP = {"audience": "audience", "expires_at": "expiry"}


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
    """What became of a source; held_back names what it asks for and did not get, for whoever runs the import."""

    result: Result
    held_back: str = ""


def importer() -> User:
    """Stands as author of texts whose own author is not known here."""
    return system_account(username="importer", name="Importer", roles=(Role.CONTRIBUTOR,))


def operator() -> User:
    """Stands as approver when somebody with a shell on the server publishes without naming a person."""
    return system_account(username="operator", name="Site operator", roles=(Role.PUBLISHER,))


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
        result = Result.UPDATED if _settle(article, wanted) else Result.UNCHANGED
    newest = article.revisions.order_by("-number").first()
    if newest is None or newest.digest != _digest(source):
        newest = _write(article, source)
        result = Result.UPDATED if result is Result.UNCHANGED else result
    advanced = _advance(newest, source, intake)
    return Taken(Result.UPDATED if advanced and result is Result.UNCHANGED else result, held_back)


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


def _settle(article: Article, wanted: dict[str, object]) -> bool:
    """Bring what stands around the text up to date; whether anything changed."""
    changed = [name for name, value in wanted.items() if getattr(article, name) != value]
    if changed:
        for name in changed:
            setattr(article, name, wanted[name])
        article.save(update_fields=changed)
        services.announce(article=article)
    return bool(changed)


def _governance(source: ArticleSource, intake: Intake, *, current: Article | None) -> dict[str, object]:
    """Audience, category, owner and dates that the source asks for; a silent one keeps what an editor has set since."""
    return {
        "kind": source.kind or (current.kind if current else Article.Kind.HOW_TO),
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
        change_note="Imported",
    )


def _advance(revision: Revision, source: ArticleSource, intake: Intake) -> bool:
    """Take the text as far as its file and the run say; whether it moved."""
    if source.state == "draft":
        return False
    before = revision.state
    if revision.state == State.DRAFT:
        revision = services.submit(revision=revision, by=revision.author)
    if revision.state == State.IN_REVIEW and intake.approver and source.state == "published":
        revision = services.approve(revision=revision, by=intake.approver, reviewed_at=source.reviewed_at)
    return revision.state != before
