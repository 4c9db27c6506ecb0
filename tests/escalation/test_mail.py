import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone
from pytest_django import Settings

from escalation import mail, tasks
from escalation.models import OutgoingMail
from tests.escalation.factories import open_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(db: None) -> OutgoingMail:
    open_ticket()
    return OutgoingMail.objects.get()


def again(waiting: OutgoingMail) -> OutgoingMail:
    """The row after its pause is over."""
    OutgoingMail.objects.filter(pk=waiting.pk).update(due_at=timezone.now())
    waiting.refresh_from_db()
    return waiting


def test_a_mail_goes_out_once_however_often_the_task_runs(waiting: OutgoingMail) -> None:
    tasks.send_mail(waiting.pk)
    tasks.send_mail(waiting.pk)
    tasks.send_waiting_mail()
    (sent,) = django_mail.outbox
    assert sent.to == [waiting.to]
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_mail_that_a_worker_holds_is_left_alone_until_the_worker_is_given_up(waiting: OutgoingMail) -> None:
    OutgoingMail.objects.update(claimed_at=timezone.now())
    assert mail.send_waiting() == 0
    OutgoingMail.objects.update(claimed_at=timezone.now() - OutgoingMail.CLAIM_LASTS - timedelta(seconds=1))
    assert mail.send_waiting() == 1


def test_a_server_that_is_not_there_leaves_the_mail_waiting(
    waiting: OutgoingMail, settings: Settings
) -> None:
    memory = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert not mail.deliver(mail_id=waiting.pk)
    waiting.refresh_from_db()
    assert "refused" in waiting.error
    assert (waiting.attempts, waiting.claimed_at, waiting.sent_at) == (1, None, None)
    assert waiting.due_at > timezone.now()
    settings.EMAIL_BACKEND = memory
    again(waiting)
    assert mail.send_waiting() == 1
    waiting.refresh_from_db()
    assert waiting.sent_at is not None
    assert waiting.error == ""


def test_one_refused_address_does_not_hold_up_the_others(
    waiting: OutgoingMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ticket()
    send = mail._send

    def refuse_one(row: OutgoingMail) -> Any:
        if row.pk == waiting.pk:
            raise smtplib.SMTPRecipientsRefused({row.to: (550, b"unknown")})
        return send(row)

    monkeypatch.setattr(mail, "_send", refuse_one)
    assert mail.send_waiting() == 1


def test_a_dead_server_is_not_asked_for_every_mail(
    waiting: OutgoingMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        open_ticket()
    calls = []

    def refuse(row: OutgoingMail) -> None:
        calls.append(row)
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(mail, "_send", refuse)
    mail.send_waiting()
    assert len(calls) == mail.FAILURES_THAT_MEAN_DOWN


def test_the_pauses_grow_to_an_hour_and_after_a_week_nobody_tries_any_more(waiting: OutgoingMail) -> None:
    waiting.attempts = 50
    mail._release(waiting, OSError("down"))
    assert waiting.due_at <= timezone.now() + timedelta(minutes=60)
    OutgoingMail.objects.update(due_at=timezone.now(), created_at=timezone.now() - timedelta(days=8))
    assert mail.send_waiting() == 0


def test_a_subject_of_several_lines_is_one_line_in_the_mail() -> None:
    open_ticket(subject="Help\r\nBcc: all@fernhill.example")
    assert mail.send_waiting() == 1
    (sent,) = django_mail.outbox
    assert "\n" not in sent.subject
    assert not sent.bcc


def test_somebody_without_an_address_gets_a_ticket_and_no_mail() -> None:
    from tests.factories import UserFactory

    open_ticket(UserFactory(email=""))
    assert not OutgoingMail.objects.exists()
