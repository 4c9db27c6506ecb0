"""Everything that changes articles. Each is one transaction; Refused says why something is not allowed."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from kb.models import Article, Audience, Category, Revision, Vote
from kb.signals import article_published, article_withdrawn
from kb.workflow import OPEN_STATES, Action, Attempt, State, decide

PERMISSION = {
    Action.SUBMIT: "kb.add_revision",
    Action.APPROVE: "kb.approve_revision",
    Action.REQUEST_CHANGES: "kb.approve_revision",
    Action.REJECT: "kb.approve_revision",
    Action.ARCHIVE: "kb.approve_revision",
}


@transaction.atomic
def create_article(
    *,
    author: User,
    title: str,
    body: str,
    category: Category,
    audience: Audience,
    kind: str = Article.Kind.HOW_TO,
    summary: str = "",
    owner: User | None = None,
    external_id: str | None = None,
    review_by: date | None = None,
    expires_at: datetime | None = None,
) -> Revision:
    """Start an article with its first revision, a draft."""
    article = Article.objects.create(
        kind=kind,
        category=category,
        audience=audience,
        owner=owner or author,
        external_id=external_id,
        review_by=review_by,
        expires_at=expires_at,
    )
    return write_revision(article=article, author=author, title=title, summary=summary, body=body)


@transaction.atomic
def write_revision(
    *, article: Article, author: User, title: str, body: str, summary: str = "", change_note: str = ""
) -> Revision:
    """Add a draft to an article. It takes the place of any text still being worked on; the live one stays."""
    _require(author, "kb.add_revision")
    article = Article.objects.select_for_update().get(pk=article.pk)
    for open_revision in article.revisions.filter(state__in=OPEN_STATES):
        open_revision.state = _next_state(open_revision, Action.SUPERSEDE)
        open_revision.save(update_fields=["state"])
    newest = article.revisions.order_by("-number").first()
    return Revision.objects.create(
        article=article,
        number=newest.number + 1 if newest else 1,
        author=author,
        title=title,
        summary=summary,
        body=body,
        change_note=change_note,
    )


@transaction.atomic
def submit(*, revision: Revision, by: User) -> Revision:
    """Ask for a review."""
    revision = _locked(revision)
    revision.state = _next_state(revision, Action.SUBMIT, by=by)
    revision.submitted_at = timezone.now()
    revision.save(update_fields=["state", "submitted_at"])
    return revision


@transaction.atomic
def approve(
    *, revision: Revision, by: User, reason: str = "", reviewed_at: datetime | None = None
) -> Revision:
    """Make a revision the live one; the one before it is superseded in the same moment."""
    revision = _locked(revision)
    article = revision.article
    state = _next_state(revision, Action.APPROVE, by=by, reason=reason)
    former = article.live_revision
    if former:
        former.state = _next_state(former, Action.SUPERSEDE)
        former.save(update_fields=["state"])
    revision.state = state
    revision.published_at = timezone.now()
    _stamp_review(revision, by=by, reason=reason, at=reviewed_at)
    article.live_revision = revision
    article.save(update_fields=["live_revision"])
    article_published.send(sender=Article, article_id=article.pk)
    return revision


@transaction.atomic
def request_changes(*, revision: Revision, by: User, reason: str) -> Revision:
    """Send a revision back to its author, saying why."""
    return _turn_down(revision, Action.REQUEST_CHANGES, by=by, reason=reason)


@transaction.atomic
def reject(*, revision: Revision, by: User, reason: str) -> Revision:
    """Refuse a revision for good, saying why."""
    return _turn_down(revision, Action.REJECT, by=by, reason=reason)


@transaction.atomic
def archive(*, article: Article, by: User, reason: str) -> Article:
    """Take an article out of everybody's sight; its revisions stay on record."""
    article = Article.objects.select_for_update().get(pk=article.pk)
    revision = article.live_revision
    if revision is None:
        return article
    revision.state = _next_state(revision, Action.ARCHIVE, by=by, reason=reason)
    revision.review_reason = reason
    revision.save(update_fields=["state", "review_reason"])
    article.live_revision = None
    article.save(update_fields=["live_revision"])
    article_withdrawn.send(sender=Article, article_id=article.pk)
    return article


@transaction.atomic
def set_audience(*, article: Article, audience: Audience, by: User) -> Article:
    """Change who may read an article, from this commit on."""
    _require(by, "kb.approve_revision")
    article = Article.objects.select_for_update().get(pk=article.pk)
    article.audience = audience
    article.save(update_fields=["audience"])
    announce(article=article)
    return article


def announce(*, article: Article) -> None:
    """Tell the packages above that what decides who reads an article, or until when, has changed."""
    if article.live_revision_id:
        article_published.send(sender=Article, article_id=article.pk)


def vote(*, article: Article, user: User, helpful: bool, note: str = "") -> Vote:
    """Record whether the live revision helped a reader; a second vote replaces their first."""
    found, _ = Vote.objects.update_or_create(
        revision=article.live_revision, user=user, defaults={"helpful": helpful, "note": note}
    )
    return found


def _turn_down(revision: Revision, action: Action, *, by: User, reason: str) -> Revision:
    revision = _locked(revision)
    revision.state = _next_state(revision, action, by=by, reason=reason)
    _stamp_review(revision, by=by, reason=reason)
    return revision


def _stamp_review(revision: Revision, *, by: User, reason: str, at: datetime | None = None) -> None:
    revision.reviewed_by = by
    revision.reviewed_at = at or timezone.now()
    revision.review_reason = reason
    revision.save(update_fields=["state", "reviewed_by", "reviewed_at", "review_reason", "published_at"])


def _locked(revision: Revision) -> Revision:
    """The revision as it is now, with its article locked: two reviewers take turns, and the second is told."""
    article = Article.objects.select_for_update().get(pk=revision.article_id)
    fresh = Revision.objects.select_related("author").get(pk=revision.pk)
    fresh.article = article
    return fresh


def _next_state(revision: Revision, action: Action, *, by: User | None = None, reason: str = "") -> State:
    """What the workflow says; without a person it is a consequence of what somebody was allowed to do."""
    return decide(
        Attempt(
            action=action,
            state=State(revision.state),
            is_author=by is not None and by.pk == revision.author_id,
            is_allowed=by is None or by.has_perm(PERMISSION[action]),
            reason=reason,
        )
    )


def _require(user: User, permission: str) -> None:
    if not user.has_perm(permission):
        raise PermissionDenied(f"{user.display_name} may not do this: it needs {permission}.")
