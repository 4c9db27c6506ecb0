import smtplib
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from accounts import outbox, tasks
from accounts.models import OutgoingMail, User
from accounts.pauses import LONGEST_PAUSE, pause_after
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def post(subject: str = "About your request") -> OutgoingMail:
    """A mail to somebody new."""
    mail = outbox.post(to=UserFactory(), subject=subject, body="We have it.")
    assert mail is not None
    return mail


@pytest.fixture
def waiting(db: None) -> OutgoingMail:
    return post()


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
    assert outbox.send_waiting() == 0
    OutgoingMail.objects.update(claimed_at=timezone.now() - OutgoingMail.CLAIM_LASTS - timedelta(seconds=1))
    assert outbox.send_waiting() == 1


def test_a_server_that_is_not_there_leaves_the_mail_waiting(
    waiting: OutgoingMail, settings: Settings
) -> None:
    memory = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert not outbox.deliver(mail_id=waiting.pk)
    waiting.refresh_from_db()
    assert "refused" in waiting.error
    assert (waiting.attempts, waiting.claimed_at, waiting.sent_at) == (1, None, None)
    assert waiting.due_at > timezone.now()
    settings.EMAIL_BACKEND = memory
    again(waiting)
    assert outbox.send_waiting() == 1
    waiting.refresh_from_db()
    assert waiting.sent_at is not None
    assert waiting.error == ""


def test_one_refused_address_does_not_hold_up_the_others(
    waiting: OutgoingMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    post()
    send = outbox._send

    def refuse_one(row: OutgoingMail) -> Any:
        if row.pk == waiting.pk:
            raise smtplib.SMTPRecipientsRefused({row.to: (550, b"unknown")})
        return send(row)

    monkeypatch.setattr(outbox, "_send", refuse_one)
    assert outbox.send_waiting() == 1


def test_a_dead_server_is_not_asked_for_every_mail(
    waiting: OutgoingMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        post()
    calls = []

    def refuse(row: OutgoingMail) -> None:
        calls.append(row)
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(outbox, "_send", refuse)
    outbox.send_waiting()
    assert len(calls) == outbox.FAILURES_THAT_MEAN_DOWN


def test_the_pauses_grow_to_an_hour_and_no_two_are_the_same(waiting: OutgoingMail) -> None:
    pauses = [pause_after(attempts) for attempts in range(1, 60)]
    assert all(timedelta(minutes=1) <= pause <= LONGEST_PAUSE for pause in pauses)
    assert pauses[0] < timedelta(minutes=2.1)
    assert min(pauses[6:]) >= LONGEST_PAUSE / 2
    assert len(set(pauses)) > 50
    outbox._release(waiting, OSError("down"))
    assert timezone.now() < waiting.due_at <= timezone.now() + LONGEST_PAUSE


def old(mail: OutgoingMail) -> OutgoingMail:
    """Written more than a week ago, and due."""
    long_ago = timezone.now() - timedelta(days=8)
    OutgoingMail.objects.filter(pk=mail.pk).update(created_at=long_ago, due_at=long_ago)
    return mail


def refuse(row: OutgoingMail) -> None:
    raise ConnectionRefusedError("nobody there")


def test_what_still_fails_after_a_week_is_given_up_and_not_tried_any_more(
    waiting: OutgoingMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    old(waiting)
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_send", refuse)
        outbox.send_waiting()
    assert OutgoingMail.objects.dead().get() == waiting
    OutgoingMail.objects.update(due_at=timezone.now())
    assert outbox.send_waiting() == 0


def test_what_no_worker_was_there_to_send_goes_out_however_old_it_is(waiting: OutgoingMail) -> None:
    old(waiting)
    assert outbox.send_waiting() == 1


def test_what_was_given_up_is_tried_once_more_when_somebody_says_so(
    waiting: OutgoingMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    OutgoingMail.objects.update(gave_up_at=timezone.now())
    old(waiting)
    assert outbox.send_again([waiting.pk]) == 1
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_send", refuse)
        outbox.send_waiting()
    assert OutgoingMail.objects.dead().exists()
    outbox.send_again([waiting.pk])
    assert outbox.send_waiting() == 1
    assert not OutgoingMail.objects.dead().exists()


def test_what_was_sent_is_never_sent_again(waiting: OutgoingMail) -> None:
    outbox.send_waiting()
    OutgoingMail.objects.update(gave_up_at=timezone.now())
    assert outbox.send_again([waiting.pk]) == 0


def test_a_subject_of_several_lines_is_one_line_in_the_mail() -> None:
    post("Help\r\nBcc: all@fernhill.example " + "x" * 300)
    assert outbox.send_waiting() == 1
    (sent,) = django_mail.outbox
    assert "\n" not in sent.subject
    assert not sent.bcc


def test_somebody_without_an_address_gets_no_mail() -> None:
    assert outbox.post(to=UserFactory(email=""), subject="Hello", body="Hello") is None
    assert not OutgoingMail.objects.exists()


def test_mail_to_somebody_whose_account_is_deleted_goes_with_them(waiting: OutgoingMail) -> None:
    User.objects.get(email=waiting.to).delete()
    assert not OutgoingMail.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_hears_of_a_mail_when_what_it_tells_of_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(tasks.send_mail, "delay", told.append)
    with transaction.atomic():
        kept = post()
        assert told == []
    assert told == [kept.pk]
    with suppress(RuntimeError), transaction.atomic():
        post()
        raise RuntimeError("what it tells of did not happen")
    assert told == [kept.pk]
    assert OutgoingMail.objects.get() == kept
