"""Sends the mail that waits. Each row is claimed first, so that two workers never send the same one."""

from datetime import timedelta

from django.core.mail import EmailMessage
from django.db.models import F
from django.utils import timezone

from escalation.models import OutgoingMail

BATCH = 100
# One bad address is that mail's fault; three failures running mean that the server is not there.
FAILURES_THAT_MEAN_DOWN = 3
LONGEST_PAUSE = 60


def deliver(*, mail_id: int) -> bool:
    """Send one mail if it is due and nobody else has it. False when it was not sent; the row says why."""
    now = timezone.now()
    claimed = OutgoingMail.objects.due().filter(pk=mail_id).update(claimed_at=now, attempts=F("attempts") + 1)
    if not claimed:
        return False
    mail = OutgoingMail.objects.get(pk=mail_id)
    try:
        _send(mail)
    except (OSError, ValueError) as failure:
        # Every error of smtplib is an OSError, and a bad header is a ValueError.
        _release(mail, failure)
        return False
    OutgoingMail.objects.filter(pk=mail_id).update(sent_at=timezone.now(), error="")
    return True


def send_waiting() -> int:
    """Send what is due, those that failed least first; returns how many went out."""
    due = OutgoingMail.objects.due().order_by("attempts", "pk").values_list("pk", flat=True)[:BATCH]
    sent = failures = 0
    for mail_id in list(due):
        if deliver(mail_id=mail_id):
            sent, failures = sent + 1, 0
        else:
            failures += 1
        if failures == FAILURES_THAT_MEAN_DOWN:
            break
    return sent


def _send(mail: OutgoingMail) -> None:
    # Automatic replies such as "I am on holiday" must not answer this one.
    EmailMessage(mail.subject, mail.body, to=[mail.to], headers={"Auto-Submitted": "auto-generated"}).send()


def _release(mail: OutgoingMail, failure: Exception) -> None:
    mail.error = f"{type(failure).__name__}: {failure}"
    mail.claimed_at = None
    mail.due_at = timezone.now() + timedelta(minutes=min(2**mail.attempts, LONGEST_PAUSE))
    mail.save(update_fields=["error", "claimed_at", "due_at"])
