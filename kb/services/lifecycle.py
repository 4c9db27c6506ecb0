"""The way of a text from draft to archive. Each step is one transaction; Refused says why one is not allowed."""

import logging
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from kb.merging import has_markers
from kb.models import Article, Audience, Category, ReviewComment, Revision, name_from
from kb.services import links
from kb.services.audit import record
from kb.signals import article_published, article_withdrawn
from kb.workflow import (
    OPEN_STATES,
    Action,
    Attempt,
    Governance,
    Refused,
    State,
    decide,
    needs_publisher,
)

logger = logging.getLogger(__name__)

PUBLISHER = "kb.approve_revision"


class Outdated(Exception):
    """Somebody else saved meanwhile; `newest` is their text, to merge with."""

    def __init__(self, newest: Revision) -> None:
        super().__init__(f"{newest.author.display_name} saved revision {newest.number} meanwhile.")
        self.newest = newest


def may_decide(user: User, article: Article) -> bool:
    """Whether this person's role lets them decide on the article's texts; who wrote one is another question."""
    if needs_publisher(article.governance, audience_is_external=article.audience.external):
        return user.has_perm(PUBLISHER)
    return user.has_perm("kb.validate_revision") or user.has_perm(PUBLISHER)


def answers_for_drafts(user: User, article: Article) -> bool:
    """Whether an article that nobody has approved anything of yet is this person's to settle."""
    awaited = article.revisions.filter(state__in=(State.IN_REVIEW, State.SCHEDULED))
    if article.live_revision_id or awaited.exists() or not user.has_perm("kb.add_revision"):
        return False
    return article.owner_id == user.pk or article.revisions.filter(author=user).exists()


@transaction.atomic
def create_article(
    *,
    author: User,
    title: str,
    body: str,
    category: Category,
    audience: Audience,
    kind: str = Article.Kind.HOW_TO,
    governance: str = "",
    summary: str = "",
    owner: User | None = None,
    external_id: str | None = None,
    review_by: date | None = None,
    expires_at: datetime | None = None,
    change_note: str = "",
    generated_by: str = "",
    requested_by: User | None = None,
) -> Revision:
    """Start an article with its first revision, a draft. A policy is compliance-governed unless told otherwise."""
    by_kind = Governance.COMPLIANCE if kind == Article.Kind.POLICY else Governance.EXPERIENCE
    if (
        by_kind == Governance.COMPLIANCE
        and governance == Governance.EXPERIENCE
        and not author.has_perm(PUBLISHER)
    ):
        raise Refused("A policy is compliance-governed: only a Publisher can say otherwise.")
    article = Article.objects.create(
        kind=kind,
        category=category,
        audience=audience,
        governance=governance or by_kind,
        owner=owner or author,
        external_id=external_id or name_from(title),
        review_by=review_by,
        expires_at=expires_at,
    )
    return write_revision(
        article=article,
        author=author,
        title=title,
        summary=summary,
        body=body,
        change_note=change_note,
        generated_by=generated_by,
        requested_by=requested_by,
    )


@transaction.atomic
def write_revision(
    *,
    article: Article,
    author: User,
    title: str,
    body: str,
    summary: str = "",
    change_note: str = "",
    based_on: Revision | None = None,
    generated_by: str = "",
    requested_by: User | None = None,
) -> Revision:
    """Add a draft to an article. It takes the place of any text still being worked on; the live one stays.

    `based_on` is the revision that the author had before them; Outdated when there is a newer one by now.
    Without it the draft is written whatever is there.
    """
    if not author.has_perm("kb.add_revision"):
        raise PermissionDenied(f"{author.display_name} may not write articles.")
    article = Article.objects.locked(article.pk)
    newest = article.revisions.select_related("author").order_by("-number").first()
    if based_on and newest and newest.number > based_on.number:
        raise Outdated(newest)
    _supersede(article, *OPEN_STATES)
    revision = Revision.objects.create(
        article=article,
        number=newest.number + 1 if newest else 1,
        author=author,
        title=title,
        summary=summary,
        body=body,
        change_note=change_note,
        based_on=based_on or newest,
        generated_by=generated_by,
        requested_by=requested_by,
    )
    record("wrote", by=author, revision=revision, reason=change_note)
    return revision


@transaction.atomic
def restore(*, revision: Revision, by: User) -> Revision:
    """An earlier text as a new draft: what stood between stays on record."""
    return write_revision(
        article=revision.article,
        author=by,
        title=revision.title,
        summary=revision.summary,
        body=revision.body,
        change_note=f"Restores revision {revision.number}",
        generated_by=revision.generated_by,
        requested_by=revision.requested_by,
    )


@transaction.atomic
def submit(*, revision: Revision, by: User) -> Revision:
    """Ask for a review."""
    revision = _locked(revision)
    if has_markers(revision.body):
        raise Refused(
            "Two texts still stand side by side in it. Choose between them, and take out the marks."
        )
    revision.state = _next_state(revision, Action.SUBMIT, by=by)
    revision.submitted_at = timezone.now()
    revision.save(update_fields=["state", "submitted_at"])
    record("submitted", by=by, revision=revision)
    return revision


@transaction.atomic
def approve(
    *,
    revision: Revision,
    by: User,
    reason: str = "",
    reviewed_at: datetime | None = None,
    publish_at: datetime | None = None,
    review_by: date | None = None,
    audience: Audience | None = None,
    governance: str = "",
) -> Revision:
    """Make a revision the live one, now or at the given time; the one before it is superseded in that moment.

    `review_by` is when the article is to be looked at again; without it the article's own date stays.
    `audience` and `governance` are what the reviewer was shown: Refused when they have changed since.
    """
    revision = _locked(revision)
    _require_as_shown(revision.article, audience, governance)
    later = publish_at is not None and publish_at > timezone.now()
    action = Action.SCHEDULE if later else Action.APPROVE
    state = _next_state(revision, action, by=by, reason=reason)
    changes: dict[str, tuple[object, object]] = {}
    if review_by and review_by != revision.article.review_by:
        changes["review_by"] = (revision.article.review_by, review_by)
        revision.article.review_by = review_by
        revision.article.save(update_fields=["review_by"])
    if later:
        changes["publish_at"] = (None, publish_at)
        _supersede(revision.article, State.SCHEDULED)
        revision.publish_at = publish_at
    else:
        _make_room(revision)
        revision.published_at = timezone.now()
    revision.state = state
    _stamp_review(revision, by=by, reason=reason, at=reviewed_at)
    record("scheduled" if later else "approved", by=by, revision=revision, reason=reason, changes=changes)
    if not later:
        _go_live(revision)
    return revision


def publish_due(*, now: datetime | None = None) -> int:
    """Make live what was approved for a time that has come; returns how many. One that fails stops no other."""
    now = now or timezone.now()
    due = Revision.objects.filter(state=State.SCHEDULED, publish_at__lte=now).order_by("publish_at")
    return sum(_publish_safely(revision) for revision in due)


def _publish_safely(revision: Revision) -> bool:
    try:
        return _publish_scheduled(revision)
    except Exception:
        # Whatever is the matter with this one, the others were promised for now.
        logger.exception("Revision %s could not be published", revision.pk)
        return False


@transaction.atomic
def _publish_scheduled(revision: Revision) -> bool:
    revision = _locked(revision)
    if revision.state != State.SCHEDULED or ask_again_if_needed(revision):
        return False
    state = _next_state(revision, Action.PUBLISH)
    _make_room(revision)
    revision.state = state
    revision.published_at = timezone.now()
    revision.save(update_fields=["state", "published_at"])
    record("published", by=None, revision=revision)
    _go_live(revision)
    return True


def ask_again_if_needed(revision: Revision) -> bool:
    """Send an approved text that waits for its time back into review, when whoever approved it no longer may decide.

    That may be since the article has another audience or governance. Call it with the article locked.
    """
    approver = revision.reviewed_by
    if approver and may_decide(approver, revision.article):
        return False
    revision.state = _next_state(revision, Action.ASK_AGAIN)
    revision.publish_at = None
    revision.save(update_fields=["state", "publish_at"])
    why = "Whoever approved it may not decide on this article as it is governed now."
    record("asked again for a review", by=None, revision=revision, reason=why)
    return True


@transaction.atomic
def request_changes(*, revision: Revision, by: User, reason: str) -> Revision:
    """Send a revision back to its author, saying why; also one that waits for its time to go live."""
    return _turn_down(revision, Action.REQUEST_CHANGES, by=by, reason=reason)


@transaction.atomic
def reject(*, revision: Revision, by: User, reason: str) -> Revision:
    """Refuse a revision for good, saying why."""
    return _turn_down(revision, Action.REJECT, by=by, reason=reason)


@transaction.atomic
def comment(*, revision: Revision, by: User, text: str, line: int | None = None) -> ReviewComment:
    """Say something to a line of a revision, or to all of it. Refused for a line that it does not have."""
    if not by.has_perm("kb.add_revision"):
        raise PermissionDenied(f"{by.display_name} may not comment on revisions.")
    if not text.strip():
        raise Refused("Write what you want to say.")
    if line is not None and not 1 <= line <= revision.body.count("\n") + 1:
        raise Refused(f"This revision has no line {line}.")
    said = ReviewComment.objects.create(revision=revision, author=by, line=line, text=text.strip())
    record("commented", by=by, revision=revision, reason=said.text)
    return said


@transaction.atomic
def resolve_comment(*, comment: ReviewComment, by: User) -> None:
    """Mark what a comment asks for as done; the first to say so counts."""
    if not by.has_perm("kb.add_revision"):
        raise PermissionDenied(f"{by.display_name} may not resolve comments.")
    unresolved = ReviewComment.objects.filter(pk=comment.pk, resolved_at__isnull=True)
    if unresolved.update(resolved_at=timezone.now(), resolved_by=by):
        record("resolved a comment", by=by, revision=comment.revision, reason=comment.text)


@transaction.atomic
def archive(*, article: Article, by: User, reason: str, replaced_by: Article | None = None) -> Article:
    """Take an article out of everybody's sight; its revisions stay on record.

    Readers who follow its address are sent to `replaced_by`, if they may read that.
    """
    article = Article.objects.locked(article.pk)
    if article.archived_at:
        raise Refused("This article is archived already.")
    if not reason.strip():
        raise Refused("Say why, in a sentence: the author will read it.")
    if replaced_by and replaced_by.pk == article.pk:
        raise Refused("An article can't take its own place.")
    live = article.live_revision
    if live:
        live.state = _next_state(live, Action.ARCHIVE, by=by, reason=reason)
        live.review_reason = reason
        live.save(update_fields=["state", "review_reason"])
    elif not may_decide(by, article) and not answers_for_drafts(by, article):
        raise Refused("Only its owner or a reviewer can put away an article that was never published.")
    _supersede(article, *OPEN_STATES, State.SCHEDULED)
    article.live_revision = None
    article.archived_at = timezone.now()
    article.replaced_by = replaced_by
    article.save(update_fields=["live_revision", "archived_at", "replaced_by"])
    record("archived", by=by, article=article, revision=live, reason=reason)
    if live:
        article_withdrawn.send(sender=Article, article_id=article.pk)
    return article


def _require_as_shown(article: Article, audience: Audience | None, governance: str) -> None:
    moved = audience is not None and audience.pk != article.audience_id
    if moved:
        raise Refused(
            f"Meanwhile this article was given to another audience: {article.audience.name}. Look again."
        )
    if governance and governance != article.governance:
        raise Refused(f"Meanwhile this article has become {article.governance}-governed. Look again.")


def _supersede(article: Article, *states: State) -> None:
    for revision in article.revisions.filter(state__in=states):
        revision.state = _next_state(revision, Action.SUPERSEDE)
        revision.save(update_fields=["state"])


def _make_room(revision: Revision) -> None:
    """What is live, and what was to go live before this one, is superseded."""
    former = revision.article.live_revision
    if former:
        former.state = _next_state(former, Action.SUPERSEDE)
        former.save(update_fields=["state"])
    if revision.state != State.SCHEDULED:
        _supersede(revision.article, State.SCHEDULED)


def _go_live(revision: Revision) -> None:
    article = revision.article
    article.live_revision = revision
    article.archived_at = article.replaced_by = None
    article.save(update_fields=["live_revision", "archived_at", "replaced_by"])
    links.record(revision)
    article_published.send(sender=Article, article_id=article.pk)


def _turn_down(revision: Revision, action: Action, *, by: User, reason: str) -> Revision:
    revision = _locked(revision)
    revision.state = _next_state(revision, action, by=by, reason=reason)
    revision.publish_at = None
    _stamp_review(revision, by=by, reason=reason)
    done = "requested changes" if action is Action.REQUEST_CHANGES else "rejected"
    record(done, by=by, revision=revision, reason=reason)
    return revision


def _stamp_review(revision: Revision, *, by: User, reason: str, at: datetime | None = None) -> None:
    revision.reviewed_by = by
    revision.reviewed_at = at or timezone.now()
    revision.review_reason = reason
    revision.save(
        update_fields=["state", "reviewed_by", "reviewed_at", "review_reason", "published_at", "publish_at"]
    )


def _locked(revision: Revision) -> Revision:
    """The revision as it is now, with its article locked: two reviewers take turns, and the second is told."""
    article = Article.objects.locked(revision.article_id)
    fresh = Revision.objects.select_related("author").get(pk=revision.pk)
    fresh.article = article
    return fresh


def _next_state(revision: Revision, action: Action, *, by: User | None = None, reason: str = "") -> State:
    """What the workflow says; without a person it is a consequence of what somebody was allowed to do."""
    return decide(
        Attempt(
            action=action,
            state=State(revision.state),
            is_author=by is not None and _has_written(by, revision),
            is_requester=by is not None and by.pk == revision.requested_by_id,
            is_allowed=by is None or _allows(by, action, revision.article),
            reason=reason,
        )
    )


def _has_written(by: User, revision: Revision) -> bool:
    """These very words: somebody else's restoring them makes them nobody else's."""
    same = Revision.objects.filter(article=revision.article_id, digest=revision.digest, author=by)
    return by.pk == revision.author_id or same.exists()


def _allows(by: User, action: Action, article: Article) -> bool:
    return by.has_perm("kb.add_revision") if action is Action.SUBMIT else may_decide(by, article)
