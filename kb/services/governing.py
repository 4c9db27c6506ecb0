"""What stands around a text: who reads it, who answers for it, until when it holds."""

from datetime import date
from typing import Any

from django.db import transaction

from accounts.models import User
from kb.models import Article, Audience, Revision
from kb.services.audit import record
from kb.services.lifecycle import PUBLISHER, answers_for_drafts, ask_again_if_needed, may_decide
from kb.signals import article_published
from kb.workflow import Governance, Refused, State

SETTINGS = ("kind", "category", "audience", "governance", "owner", "review_by", "expires_at")


@transaction.atomic
def govern(*, article: Article, by: User, reason: str = "", **wanted: Any) -> Article:
    """Change settings of an article (any of SETTINGS), from this commit on everywhere.

    Those change them who may decide on its texts, both as it is and as it will be; while it is a draft, whoever
    writes it or answers for it does as well. A text that was approved for later is asked about again when its
    approver may not decide on it any more. What becomes a policy becomes compliance-governed. Refused says why
    not; what is the same already changes nothing and is not recorded.
    """
    article = Article.objects.locked(article.pk)
    if wanted.get("kind") == Article.Kind.POLICY != article.kind:
        wanted.setdefault("governance", Governance.COMPLIANCE)
    changes = {name: (getattr(article, name), wanted[name]) for name in SETTINGS if name in wanted}
    changes = {name: (before, after) for name, (before, after) in changes.items() if before != after}
    if not changes:
        return article
    _require_say(by, article)
    for name, (_, after) in changes.items():
        setattr(article, name, after)
    _require_say(by, article)
    if not changes.keys().isdisjoint({"kind", "governance"}):
        eased = changes.get("governance", ("", ""))[0] == Governance.COMPLIANCE
        _require_governance(by, article, eased=eased)
    if "owner" in changes:
        _require_reader(article)
    article.save(update_fields=list(changes))
    record("changed settings", by=by, article=article, reason=reason, changes=changes)
    for revision in article.revisions.filter(state=State.SCHEDULED).select_related("reviewed_by"):
        revision.article = article
        ask_again_if_needed(revision)
    announce(article=article)
    return article


def set_audience(*, article: Article, audience: Audience, by: User, reason: str = "") -> Article:
    """Change who may read an article, from this commit on."""
    return govern(article=article, by=by, reason=reason, audience=audience)


@transaction.atomic
def confirm(
    *, article: Article, by: User, review_by: date, reason: str = "", revision: Revision | None = None
) -> Article:
    """Say that the live text is still right, and when to look again. KCS: reuse is review.

    `revision` is the text that the person has read: Refused when another one is live by now.
    """
    article = Article.objects.locked(article.pk)
    if article.live_revision_id is None:
        raise Refused("Only a published article can be confirmed.")
    if not may_decide(by, article):
        raise Refused("Your role does not let you confirm this article.")
    if revision and revision.pk != article.live_revision_id:
        raise Refused("Another text has gone live since you opened this. Read that one first.")
    if article.flags.doubts().exists():
        raise Refused("A reader says that this text is wrong or out of date. Answer them first.")
    changes = {"review_by": (article.review_by, review_by)}
    article.review_by = review_by
    article.save(update_fields=["review_by"])
    record(
        "confirmed", by=by, article=article, revision=article.live_revision, reason=reason, changes=changes
    )
    return article


def announce(*, article: Article) -> None:
    """Tell the packages above that what decides who reads an article, or until when, has changed."""
    if article.live_revision_id:
        article_published.send(sender=Article, article_id=article.pk)


def _require_reader(article: Article) -> None:
    """Of a new owner only: that an article is taken away from its owner's audience must never have to wait."""
    owner = article.owner
    if owner and not Audience.objects.of(owner).filter(pk=article.audience_id).exists():
        raise Refused(
            f"{owner.display_name} is not in the audience of this article, so they could not read it."
        )


def _require_say(by: User, article: Article) -> None:
    if may_decide(by, article) or answers_for_drafts(by, article):
        return
    raise Refused("Your role does not let you change the settings of this article.")


def _require_governance(by: User, article: Article, *, eased: bool) -> None:
    """Compliance is given up by a Publisher alone; so a policy can't be made anything else in passing."""
    if by.has_perm(PUBLISHER):
        return
    if eased:
        raise Refused("This article is compliance-governed: only a Publisher can change that.")
    if article.kind == Article.Kind.POLICY and article.governance != Governance.COMPLIANCE:
        raise Refused("A policy is compliance-governed: only a Publisher can say otherwise.")
