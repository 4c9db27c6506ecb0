"""From what is known to a ticket with its pack."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from escalation.cleaning import storable
from escalation.handoff import evidence
from escalation.handoff.draft import Draft
from escalation.handoff.impact import at_least
from escalation.handoff.intake import Ask, first_questions
from escalation.handoff.keys import new_key
from escalation.handoff.known import Known
from escalation.handoff.outages import is_outage
from escalation.handoff.pack import Kind, Pack
from escalation.handoff.redaction import mask, without
from escalation.handoff.story import ABOUT_AN_ARTICLE, FOR_HELP, suggested_subject
from escalation.handoff.telling import SAID, compose, intake_lines
from escalation.handoff.urgency import Level
from escalation.models import HandoffPack, Queue, Ticket
from escalation.queries import readable_revisions
from escalation.services.consequences import Event, happened
from escalation.services.notifying import queue_mail
from escalation.services.working import reply
from kb.models import Article
from search.models import Conversation, Question
from search.sensitivity import Sensitivity, read

logger = logging.getLogger(__name__)

SENT_AGAIN = timedelta(minutes=10)
LONGEST_TEXT = 10_000
LONGEST_SUBJECT = 200
LONGEST_ANSWER = 500
# What concerns somebody themselves is read by few; of a lost device or a fraud the whole desk should know.
CONFIDENTIAL = (Sensitivity.HARASSMENT, Sensitivity.HEALTH, Sensitivity.DISTRESS)
FLOORS = {
    Sensitivity.DISTRESS: Level.URGENT,
    Sensitivity.PHISHING: Level.URGENT,
    Sensitivity.HARASSMENT: Level.HIGH,
    Sensitivity.HEALTH: Level.HIGH,
    Sensitivity.LOST_DEVICE: Level.HIGH,
}


def prepare_handoff(
    *,
    user: User,
    conversation: Conversation | None = None,
    question: Question | None = None,
    article: Article | None = None,
    came_from: str = "",
    user_agent: str = "",
) -> Draft:
    """All that is known, for the person to read before it is sent. Never fails: what can't be read is left out."""
    if question is not None:
        conversation = question.conversation
    try:
        known = evidence.gather(
            user=user,
            conversation=conversation,
            article=article,
            came_from=came_from,
            user_agent=user_agent,
        )
        pack = compose(known)
    except Exception:
        # Whatever is wrong with what is stored, the person needs a human all the more.
        logger.exception("The story of this hand-off could not be put together")
        known, pack = Known(), compose(Known())
    # The form carries this pack, so it holds nothing that the person may no longer read.
    pack = mask(pack, readable_revisions(user, pack))
    return Draft(pack, suggested_subject(pack), _reason(known), conversation.pk if conversation else None)


def asked_first(draft: Draft, *, about: str = "") -> tuple[Ask, ...]:
    """What to ask on the form, by what is known; nobody is asked for details of what people handle."""
    return asked_of("\n".join((about, *(line.text for line in draft.pack.of(Kind.QUESTION)))))


def asked_of(words: str) -> tuple[Ask, ...]:
    """What to ask first of somebody who wrote these words."""
    return () if read(words) else first_questions(words)


def sensitivity_in(pack: Pack, subject: str) -> Sensitivity | None:
    """What people alone handle, in what the person sends or is about to send."""
    said = (subject, pack.description, *(line.text for line in pack.of(*SAID)))
    return next((found.kind for words in said if (found := read(words))), None)


def confidential_queue_for(sensitivity: Sensitivity | None) -> Queue | None:
    """Where only its own people read such a matter. One without anybody to read it takes nothing."""
    if sensitivity not in CONFIDENTIAL:
        return None
    staffed = Queue.objects.filter(confidential=True, members__is_active=True)
    return staffed.order_by("pk").first()


def open_ticket(
    *,
    requester: User,
    draft: Draft,
    subject: str = "",
    description: str = "",
    left_out: Collection[str] = (),
    answers: Mapping[str, str] | None = None,
    key: str = "",
    at: datetime | None = None,
) -> Ticket:
    """Open a ticket with the draft's pack, less the lines left out. The same key opens one ticket, however often.

    `answers` are to the questions that the form asked first, by their keys.

    So does the same content within a few minutes: who goes back gets a form with a new key, and sends it again.
    A subject that nobody changed follows the pack, so that it never repeats a question that was struck out.
    """
    key, description = key or new_key(), storable(description).strip()
    with transaction.atomic():
        # The second of two clicks waits here until the first has opened its ticket.
        User.objects.select_for_update(no_key=True).get(pk=requester.pk)
        earlier = Ticket.objects.filter(requester=requester, key=key).first()
        if earlier is None:
            sent = _sent(draft, subject, description, left_out, answers or {})
            return _open(requester, draft, sent, subject, key, at)
        _keep_later_words(earlier, description)
    return earlier


def _reason(known: Known) -> Ticket.Reason:
    """Why a person, as far as the last turn tells."""
    last = known.turns[-1] if known.turns else None
    if last and last.outcome == Question.Outcome.UNSURE and not last.shown:
        return Ticket.Reason.MISSING
    if last and last.outcome == Question.Outcome.UNAVAILABLE:
        return Ticket.Reason.UNAVAILABLE
    if last and last.outcome in (Question.Outcome.MAYBE, Question.Outcome.UNSURE):
        return Ticket.Reason.UNSURE
    turned_down = last and (last.helpful is False or any(shown.rejected for shown in last.shown))
    voted_down = known.about and known.about.helpful is False
    return Ticket.Reason.NOT_HELPFUL if turned_down or voted_down else Ticket.Reason.ASKED


def _sent(
    draft: Draft, subject: str, description: str, left_out: Collection[str], answers: Mapping[str, str]
) -> Pack:
    """The pack as it is sent, with all that the person wrote on the form."""
    typed = _typed(draft, subject)
    kept = {key: storable(answer).strip() for key, answer in answers.items()}
    told = without(
        draft.pack,
        left_out,
        added=[words for words in (typed, description) if words],
        answered=intake_lines(kept),
    )
    return replace(told, description=description)


def _open(requester: User, draft: Draft, sent: Pack, subject: str, key: str, at: datetime | None) -> Ticket:
    subject = _subject(_typed(draft, subject), sent, sent.description)
    if at is None and (twin := _just_sent(requester, sent, subject, sent.description)):
        return twin
    sensitivity = sensitivity_in(sent, subject)
    ticket = Ticket.objects.create(
        requester=requester,
        subject=subject,
        description=sent.description,
        priority=at_least(sent.level, FLOORS[sensitivity]) if sensitivity else sent.level,
        urgency=sent.urgency,
        impact=sent.impact,
        sensitivity=sensitivity or "",
        queue=confidential_queue_for(sensitivity),
        reason=_final_reason(draft, sent, sensitivity),
        conversation=_own_conversation(requester, draft.conversation_id),
        key=key,
        opened_at=at or timezone.now(),
    )
    HandoffPack.objects.create(ticket=ticket, content=sent.to_json())
    queue_mail(ticket, "opened", {"pack": sent}, at)
    happened(ticket, Event.OPENED, by=requester, at=at)
    return ticket


def _typed(draft: Draft, subject: str) -> str:
    """The subject as the person typed it; empty when it is the one that was suggested."""
    subject = " ".join(storable(subject).split())
    return "" if subject == draft.subject else subject


def _final_reason(draft: Draft, sent: Pack, sensitivity: Sensitivity | None) -> str:
    if sensitivity:
        return Ticket.Reason.SENSITIVE
    return Ticket.Reason.OUTAGE if is_outage(sent) else draft.reason


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
