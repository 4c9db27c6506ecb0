"""Two questions after a ticket is solved, for whoever has the link, once."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from escalation.events import Event
from escalation.models import Survey, Ticket


def follow(ticket: Ticket, event: Event, by: User, at: datetime | None) -> None:
    """Ask once it is solved: when the desk says so, or the person who asked."""
    solved = event == Event.RESOLVED or (event == Event.CLOSED and by.pk == ticket.requester_id)
    if solved and at is None:
        ask(ticket)


def ask(ticket: Ticket) -> Survey:
    """The survey of a ticket, open from now on unless it was answered: a second solution asks no second time."""
    survey, _ = Survey.objects.get_or_create(ticket=ticket, defaults={"token": secrets.token_urlsafe(32)})
    if survey.answered_at is None:
        survey.sent_at = timezone.now()
        survey.save(update_fields=["sent_at"])
    return survey


def is_open(survey: Survey) -> bool:
    """Whether it can still be answered."""
    return survey.answered_at is None and survey.sent_at is not None and survey.sent_at > _oldest()


def open_survey_of(ticket: Ticket) -> Survey | None:
    """The survey that waits for an answer about this ticket."""
    survey = Survey.objects.filter(ticket=ticket).first()
    return survey if survey and is_open(survey) else None


def answer(*, survey: Survey, satisfaction: int, repeated: bool | None, comment: str = "") -> bool:
    """Record what somebody says; False when it was answered meanwhile, or too late."""
    waiting = Survey.objects.filter(pk=survey.pk, answered_at=None, sent_at__gt=_oldest())
    return bool(
        waiting.update(
            satisfaction=satisfaction,
            repeated=repeated,
            comment=comment.strip(),
            answered_at=timezone.now(),
        )
    )


def _oldest() -> datetime:
    return timezone.now() - timedelta(days=settings.SURVEY_DAYS)
