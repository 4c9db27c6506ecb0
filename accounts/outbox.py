"""Mail that must not be lost: written down in the transaction that it tells of, and sent by a worker.

Each row is claimed first, so that two workers never send the same one. What fails for too long is given up, and waits
for somebody who looks at why.
"""

from collections.abc import Collection
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import OutgoingMail, User
from accounts.pauses import pause_after

BATCH = 100
# One bad address is that mail's fault; three failures running mean that the server is not there.
FAILURES_THAT_MEAN_DOWN = 3
LONGEST_SUBJECT = 300


def post(*, to: User, subject: str, body: str) -> OutgoingMail | None:
    """Write down a mail to a person, who gets it once this transaction commits; None without an address."""
    if not to.email:
        return None
    # A line break would be a header of its own, and such a mail is refused when it is sent.
    one_line = " ".join(subject.split())[:LONGEST_SUBJECT]
    mail = OutgoingMail.objects.create(recipient=to, to=to.email, subject=one_line, body=body)

    _tell_a_worker(mail.pk)
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


@transaction.atomic
def send_again(mail_ids: Collection[int]) -> int:
    """Try once more what was given up; returns how many are tried. What fails again is given up again."""
    dead = OutgoingMail.objects.dead().filter(pk__in=mail_ids)
    tried = list(dead.values_list("pk", flat=True))
    dead.update(gave_up_at=None, claimed_at=None, due_at=timezone.now())
    for mail_id in tried[:BATCH]:
        _tell_a_worker(mail_id)
    return len(tried)


def _tell_a_worker(mail_id: int) -> None:
    def tell() -> None:
        from accounts.tasks import send_mail  # which imports this module

        send_mail.delay(mail_id)

    # Robust: a broker that is down is logged and never fails the request; beat finds the row. A function, because
    # Django 5.2 logs such a failure by its __qualname__, which a partial does not have, and fails the request.
    transaction.on_commit(tell, robust=True)


def _send(mail: OutgoingMail) -> None:
    # Automatic replies such as "I am on holiday" must not answer this one.
    headers = {"Auto-Submitted": "auto-generated", "Message-ID": message_id(mail.pk)}
    reply_to = [settings.MAIL_REPLY_TO] if settings.MAIL_REPLY_TO else None
    EmailMessage(mail.subject, mail.body, to=[mail.to], reply_to=reply_to, headers=headers).send()


def message_id(mail_id: int) -> str:
    """By which an answer names the mail that it answers; the same however often the mail is sent."""
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<mail-{mail_id}.{salted_hmac('accounts.outbox', str(mail_id)).hexdigest()[:16]}@{host}>"


def _release(mail: OutgoingMail, failure: Exception) -> None:
    now = timezone.now()
    mail.error = f"{type(failure).__name__}: {failure}"
    mail.claimed_at = None
    mail.due_at = now + pause_after(mail.attempts)
    if now - mail.created_at > OutgoingMail.GIVE_UP_AFTER:
        mail.gave_up_at = now
    mail.save(update_fields=["error", "claimed_at", "due_at", "gave_up_at"])
