"""What readers say, and what owners make of it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from kb.models import Article, Flag, Reason, Vote
from kb.services import reminders
from kb.services.audit import record
from kb.services.lifecycle import may_decide
from kb.workflow import Refused, State


@transaction.atomic
def vote(*, article: Article, user: User, helpful: bool, reason: str = "", note: str = "") -> Vote:
    """Record whether the live revision helped a reader; a second vote replaces their first.

    With a note, "no" becomes a task for the owner; a changed note changes the task while it is open.
    """
    found, _ = Vote.objects.update_or_create(
        revision=article.words,
        user=user,
        defaults={"helpful": helpful, "reason": "" if helpful else reason, "note": note},
    )
    _keep_task(found, article=article)
    return found


def _keep_task(vote: Vote, *, article: Article) -> None:
    """One open task for a reader's "no" with a note; none once they take it back."""
    task = Flag.objects.filter(vote=vote, closed_at__isnull=True)
    if vote.helpful or not vote.note.strip():
        task.delete()
        return
    reason = vote.reason or Reason.OTHER
    was_said_before = task.update(reason=reason, note=vote.note) or Flag.objects.filter(
        vote=vote, note=vote.note
    )
    if not was_said_before:
        Flag.objects.filter(vote=vote).update(vote=None)  # answered already; this note is another task
        _raise(article=article, by=vote.user, reason=reason, note=vote.note, vote=vote)


@transaction.atomic
def flag(*, article: Article, by: User, reason: str, note: str) -> Flag:
    """Raise a task for the owner: somebody used the article and something in it is to be put right."""
    if not note.strip():
        raise Refused("Say what is to be put right, in a sentence.")
    Article.objects.locked(article.pk)  # the same flag sent twice takes its turn
    same = Flag.objects.open().filter(article=article, raised_by=by, reason=reason, note=note).first()
    return same or _raise(article=article, by=by, reason=reason, note=note, vote=None)


def _raise(*, article: Article, by: User, reason: str, note: str, vote: Vote | None) -> Flag:
    return Flag.objects.create(
        article=article, revision=article.words, raised_by=by, reason=reason, note=note, vote=vote
    )


@transaction.atomic
def close_flag(*, flag: Flag, by: User, outcome: str, answer: str) -> Flag:
    """Answer whoever raised a flag, and be done with it. The first to close it wins; the second is told."""
    found = Flag.objects.select_for_update().get(pk=flag.pk)
    if found.closed_at:
        who = found.closed_by.display_name if found.closed_by else "Somebody"
        raise Refused(f"{who} has closed this meanwhile.")
    if not (found.article.owner_id == by.pk or may_decide(by, found.article)):
        raise PermissionDenied(f"{by.display_name} neither owns this article nor decides on it.")
    if not answer.strip():
        raise Refused("Answer the person who raised this, in a sentence.")
    if outcome == Flag.Outcome.FIXED and not _has_been_changed(found):
        raise Refused(
            "There is no newer text yet. Send your fix for review first, or choose another outcome."
        )
    found.outcome, found.answer = outcome, answer.strip()
    found.closed_at, found.closed_by = timezone.now(), by
    found.save(update_fields=["outcome", "answer", "closed_at", "closed_by"])
    record("closed a flag", by=by, article=found.article, reason=answer, changes={"outcome": (None, outcome)})
    reminders.answer_reader(found)
    return found


def _has_been_changed(flag: Flag) -> bool:
    """Whether a text newer than the flagged one is live, or on its way there."""
    newer = flag.article.revisions.filter(number__gt=flag.revision.number)
    return newer.filter(state__in=(State.IN_REVIEW, State.SCHEDULED, State.PUBLISHED)).exists()
