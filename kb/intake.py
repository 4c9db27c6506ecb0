"""Taking articles in from outside: what an imported source changes here, and doing it, one transaction an article."""

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


class Result(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Intake:
    """How a run takes articles in: published by somebody or waiting for review, and for whom when a file is silent."""

    audience: Audience
    approver: User | None = None


def importer() -> User:
    """Stands as author of texts whose own author is not known here."""
    return system_account(username="importer", name="Importer", roles=(Role.CONTRIBUTOR,))


def operator() -> User:
    """Stands as approver when somebody with a shell on the server publishes without naming a person."""
    return system_account(username="operator", name="Site operator", roles=(Role.PUBLISHER,))


@transaction.atomic
def take_in(*, source: ArticleSource, intake: Intake) -> Result:
    """Make the site hold this source under its own id. BadSource or Refused says why it can't."""
    article = Article.objects.select_for_update().filter(external_id=source.external_id).first()
    if article is None:
        article = _start(source, intake)
        result = Result.CREATED
    else:
        result = Result.UPDATED if _settle(article, source, intake) else Result.UNCHANGED
    newest = article.revisions.order_by("-number").first()
    if newest is None or newest.digest != _digest(source):
        newest = _write(article, source)
        result = Result.UPDATED if result is Result.UNCHANGED else result
    advanced = _advance(newest, source, intake)
    return Result.UPDATED if advanced and result is Result.UNCHANGED else result


def _digest(source: ArticleSource) -> str:
    return text_digest(source.title, source.summary, source.body)


def _start(source: ArticleSource, intake: Intake) -> Article:
    return Article.objects.create(external_id=source.external_id, **_governance(source, intake, current=None))


def _settle(article: Article, source: ArticleSource, intake: Intake) -> bool:
    """Bring what stands around the text up to date; whether anything changed."""
    wanted = _governance(source, intake, current=article)
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
    slug = slugify(name)[:80] or "general"
    known = Category.objects.filter(Q(name__iexact=name) | Q(slug=slug)).first()
    return known or Category.objects.create(name=name, slug=slug)


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
