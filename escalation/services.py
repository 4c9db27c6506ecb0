"""Everything that changes tickets. Each is one transaction; Refused says why something is not allowed.

`at` records something that happened in the past, for tickets that come from elsewhere: nobody is sent mail about it.
"""

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import outbox
from accounts.models import User
from escalation.cleaning import storable
from escalation.handoff import evidence
from escalation.handoff.draft import Draft, new_key
from escalation.handoff.known import Known
from escalation.handoff.pack import Kind, Pack
from escalation.handoff.redaction import mask, without
from escalation.handoff.story import ABOUT_AN_ARTICLE, FOR_HELP, suggested_subject
from escalation.handoff.telling import compose
from escalation.learning import teach
from escalation.models import HandoffPack, Message, Ticket
from escalation.queries import readable_revisions
from escalation.workflow import DONE, Action, Attempt, Status, decide
from kb.models import Article
from search.models import Conversation, Question

logger = logging.getLogger(__name__)

SENT_AGAIN = timedelta(minutes=10)
LONGEST_TEXT = 10_000
LONGEST_SUBJECT = 200

DONE_IN_WORDS: dict[Action, str] = {
    Action.WAIT: "Waits for an answer from the person who asked.",
    Action.RESUME: "Goes on.",
    Action.RESOLVE: "Resolved.",
    Action.CLOSE: "Closed.",
    Action.REOPEN: "Opened again.",
}


def prepare_handoff(
    *,
    user: User,
    conversation: Conversation | None = None,
    question: Question | None = None,
    article: Article | None = None,
    came_from: str = "",
) -> Draft:
    """All that is known, for the person to read before it is sent. Never fails: what can't be read is left out."""
    if question is not None:
        conversation = question.conversation
    try:
        known = evidence.gather(user=user, conversation=conversation, article=article, came_from=came_from)
        pack = compose(known)
    except Exception:
        # Whatever is wrong with what is stored, the person needs a human all the more.
        logger.exception("The story of this hand-off could not be put together")
        known, pack = Known(), compose(Known())
    # The form carries this pack, so it holds nothing that the person may no longer read.
    pack = mask(pack, readable_revisions(user, pack))
    return Draft(pack, suggested_subject(pack), _reason(known), conversation.pk if conversation else None)


def open_ticket(
    *,
    requester: User,
    draft: Draft,
    subject: str = "",
    description: str = "",
    left_out: Collection[str] = (),
    key: str = "",
    at: datetime | None = None,
) -> Ticket:
    """Open a ticket with the draft's pack, less the lines left out. The same key opens one ticket, however often.

    So does the same content within a few minutes: who goes back gets a form with a new key, and sends it again.
    A subject that nobody changed follows the pack, so that it never repeats a question that was struck out.
    """
    key, description = key or new_key(), storable(description).strip()
    with transaction.atomic():
        # The second of two clicks waits here until the first has opened its ticket.
        User.objects.select_for_update(no_key=True).get(pk=requester.pk)
        earlier = Ticket.objects.filter(requester=requester, key=key).first()
        if earlier is None:
            return _open(requester, draft, subject, description, left_out, key, at)
        _keep_later_words(earlier, description)
    return earlier


@transaction.atomic
def reply(*, ticket: Ticket, by: User, body: str, wait: bool = False, at: datetime | None = None) -> Message:
    """Say something on a ticket. From an agent it goes to the person by mail; from the person it wakes the ticket."""
    ticket = _locked(ticket)
    _require(by, ticket)
    message = _answer(ticket, by, body, at)
    if by.pk == ticket.requester_id:
        _wake(ticket, by, at)
        return message
    if wait and ticket.status == Status.OPEN:
        _move(ticket, by, Action.WAIT, at)
    _queue_mail(ticket, "reply", {"body": body, "author": by}, at)
    return message


@transaction.atomic
def add_note(*, ticket: Ticket, by: User, body: str, at: datetime | None = None) -> Message:
    """Write something down for the desk; the person who asked never sees it."""
    _require_agent(by)
    return _say(ticket, by, Message.Kind.NOTE, body, at)


@transaction.atomic
def assign(*, ticket: Ticket, to: User | None, by: User, at: datetime | None = None) -> Ticket:
    """Put a ticket into somebody's hands, or back on the pile."""
    _require_agent(by)
    if to is not None:
        _require_agent(to)
    ticket = _locked(ticket)
    if ticket.assignee_id != (to.pk if to else None):
        ticket.assignee = to
        ticket.save(update_fields=["assignee"])
        words = f"{to.display_name} takes care of it." if to else "Nobody has it now."
        _say(ticket, by, Message.Kind.EVENT, words, at, event="assign")
    return ticket


@transaction.atomic
def set_status(*, ticket: Ticket, by: User, action: Action, at: datetime | None = None) -> Ticket:
    """Move a ticket on: wait, resume, resolve, close or reopen; Refused when that makes no sense from here."""
    ticket = _locked(ticket)
    _move(ticket, by, action, at)
    return ticket


@transaction.atomic
def resolve(
    *, ticket: Ticket, by: User, article: Article | None = None, body: str = "", at: datetime | None = None
) -> Ticket:
    """Say that it is solved, with which article if one did it, and in words for the person if there are any."""
    _require_agent(by)
    if article and not Article.objects.visible_to(by).filter(pk=article.pk).exists():
        raise PermissionDenied("You may only name an article that you may read.")
    ticket = _locked(ticket)
    ticket.resolved_by_article = article
    _move(ticket, by, Action.RESOLVE, at)
    if body:
        _answer(ticket, by, body, at)
    shown = _if_readable(article, ticket.requester)
    _queue_mail(ticket, "resolved", {"body": body, "author": by, "article": shown}, at)
    return ticket


@transaction.atomic
def reopen(*, ticket: Ticket, by: User, body: str = "", at: datetime | None = None) -> Ticket:
    """It was not solved after all; what is still wrong goes along."""
    ticket = _locked(ticket)
    _move(ticket, by, Action.REOPEN, at)
    if body:
        reply(ticket=ticket, by=by, body=body, at=at)
    return ticket


@transaction.atomic
def close(*, ticket: Ticket, by: User, body: str = "", at: datetime | None = None) -> Ticket:
    """It is over: the person says that it is solved, or the desk that nothing is left to do, and why."""
    ticket = _locked(ticket)
    _move(ticket, by, Action.CLOSE, at)
    if body:
        _answer(ticket, by, body, at)
        _queue_mail(ticket, "closed", {"body": body, "author": by}, at)
    return ticket


def _reason(known: Known) -> Ticket.Reason:
    """Why a person, as far as the last turn tells."""
    last = known.turns[-1] if known.turns else None
    if last and last.outcome == Question.Outcome.UNAVAILABLE:
        return Ticket.Reason.UNAVAILABLE
    if last and last.outcome in (Question.Outcome.MAYBE, Question.Outcome.UNSURE):
        return Ticket.Reason.UNSURE
    turned_down = last and (last.helpful is False or any(shown.rejected for shown in last.shown))
    voted_down = known.about and known.about.helpful is False
    return Ticket.Reason.NOT_HELPFUL if turned_down or voted_down else Ticket.Reason.ASKED


def _open(
    requester: User,
    draft: Draft,
    subject: str,
    description: str,
    left_out: Collection[str],
    key: str,
    at: datetime | None,
) -> Ticket:
    subject = " ".join(storable(subject).split())
    typed = "" if subject == draft.subject else subject
    told = without(draft.pack, left_out, added=[words for words in (typed, description) if words])
    sent = replace(told, description=description)
    subject = _subject(typed, sent, description)
    if at is None and (twin := _just_sent(requester, sent, subject, description)):
        return twin
    ticket = Ticket.objects.create(
        requester=requester,
        subject=subject,
        description=description,
        priority=sent.level,
        reason=draft.reason,
        conversation=_own_conversation(requester, draft.conversation_id),
        key=key,
        opened_at=at or timezone.now(),
    )
    HandoffPack.objects.create(ticket=ticket, content=sent.to_json())
    _queue_mail(ticket, "opened", {"pack": sent}, at)
    return ticket


def _just_sent(requester: User, sent: Pack, subject: str, description: str) -> Ticket | None:
    """The ticket that the very same words and lines have just opened, while nobody has called it done."""
    recent = Ticket.objects.undone().filter(requester=requester, opened_at__gt=timezone.now() - SENT_AGAIN)
    return recent.filter(subject=subject, description=description, pack__digest=sent.digest).first()


def _subject(typed: str, sent: Pack, description: str) -> str:
    words = " ".join(description.split())
    return (typed or suggested_subject(sent) or words or _without_words(sent))[:LONGEST_SUBJECT]


def _without_words(sent: Pack) -> str:
    return ABOUT_AN_ARTICLE if any(sent.of(Kind.ARTICLE)) else FOR_HELP


def _own_conversation(user: User, conversation_id: int | None) -> Conversation | None:
    """The conversation, unless the person has deleted it since the preview."""
    return Conversation.objects.filter(user=user, pk=conversation_id).first() if conversation_id else None


def _keep_later_words(ticket: Ticket, description: str) -> None:
    """Somebody went back and sent the form again with other words: one ticket, and nothing typed is lost."""
    if description in ("", ticket.description) or ticket.messages.filter(body=description).exists():
        return
    reply(ticket=ticket, by=ticket.requester, body=description)


def _wake(ticket: Ticket, by: User, at: datetime | None) -> None:
    if ticket.status == Status.WAITING:
        _move(ticket, by, Action.RESUME, at)
    elif ticket.status in DONE:
        _move(ticket, by, Action.REOPEN, at)


def _move(ticket: Ticket, by: User, action: Action, at: datetime | None) -> None:
    ticket.status = decide(
        Attempt(
            action=action,
            status=Status(ticket.status),
            is_requester=by.pk == ticket.requester_id,
            is_agent=by.has_perm("escalation.work_ticket"),
        )
    )
    # A ticket that the desk closes without resolving it counts as solved nowhere.
    if action == Action.RESOLVE or (action == Action.CLOSE and by.pk == ticket.requester_id):
        ticket.resolved_at = ticket.resolved_at or at or timezone.now()
    elif action == Action.REOPEN:
        ticket.resolved_at = ticket.resolved_by_article = None
    ticket.save(update_fields=["status", "resolved_at", "resolved_by_article"])
    _say(ticket, by, Message.Kind.EVENT, DONE_IN_WORDS[action], at, event=action)
    if action in (Action.RESOLVE, Action.REOPEN):
        teach(ticket)


def _answer(ticket: Ticket, by: User, body: str, at: datetime | None) -> Message:
    """A reply; the first one by anybody but the person who asked ends their wait."""
    message = _say(ticket, by, Message.Kind.REPLY, body, at)
    if ticket.first_replied_at is None and by.pk != ticket.requester_id:
        ticket.first_replied_at = message.created_at
        ticket.save(update_fields=["first_replied_at"])
    return message


def _say(
    ticket: Ticket, by: User, kind: Message.Kind, body: str, at: datetime | None, event: str = ""
) -> Message:
    return Message.objects.create(
        ticket=ticket, author=by, kind=kind, event=event, body=body.strip(), created_at=at or timezone.now()
    )


def _queue_mail(ticket: Ticket, template: str, context: dict[str, object], at: datetime | None) -> None:
    """Write down a mail to the person who asked; a worker sends it. Somebody without an address has the page."""
    if at is not None:
        return
    context = {"ticket": ticket, "site_url": settings.SITE_URL, "site_name": settings.SITE_NAME, **context}
    mail = outbox.post(
        to=ticket.requester,
        subject=f"[{ticket.number}] {ticket.subject}",
        body=render_to_string(f"escalation/mail/{template}.txt", context),
    )
    if mail:
        ticket.mails.add(mail)


def _if_readable(article: Article | None, user: User) -> Article | None:
    return Article.objects.visible_to(user).filter(pk=article.pk).first() if article else None


def _locked(ticket: Ticket) -> Ticket:
    """The ticket as it is now, locked: of two people at once, the second sees what the first did."""
    return Ticket.objects.select_for_update().get(pk=ticket.pk)


def _require(user: User, ticket: Ticket) -> None:
    if not Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists():
        raise PermissionDenied("This ticket is not yours.")


def _require_agent(user: User) -> None:
    if not user.has_perm("escalation.work_ticket"):
        raise PermissionDenied(f"{user.display_name} does not work on tickets.")
