"""Mail that must not be lost: written down in the transaction that it tells of, and sent by a worker.

Each row is claimed first, so that two workers never send the same one.
"""

from datetime import timedelta

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import OutgoingMail, User

BATCH = 100
# One bad address is that mail's fault; three failures running mean that the server is not there.
FAILURES_THAT_MEAN_DOWN = 3
LONGEST_PAUSE = 60
LONGEST_SUBJECT = 300


def post(*, to: User, subject: str, body: str) -> OutgoingMail | None:
    """Write down a mail to a person, who gets it once this transaction commits; None without an address."""
    if not to.email:
        return None
    # A line break would be a header of its own, and such a mail is refused when it is sent.
    one_line = " ".join(subject.split())[:LONGEST_SUBJECT]
    mail = OutgoingMail.objects.create(recipient=to, to=to.email, subject=one_line, body=body)

    def tell_a_worker() -> None:
        from accounts.tasks import send_mail  # which imports this module

        send_mail.delay(mail.pk)

    # Robust: a broker that is down is logged and never fails the request; beat finds the row. A function, because
    # Django 5.2 logs such a failure by its __qualname__, which a partial does not have, and fails the request.
    transaction.on_commit(tell_a_worker, robust=True)
    return mail


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
