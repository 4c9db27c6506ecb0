"""Entry points for workers. Safe to run twice: each mail is claimed before it is sent."""

from celery import shared_task

from accounts import outbox


@shared_task(time_limit=60)
def send_mail(mail_id: int) -> None:
    """Send one mail soon after the commit that wrote it."""
    outbox.deliver(mail_id=mail_id)


@shared_task(expires=60)
def send_waiting_mail() -> None:
    """Send what could not be sent at once: the broker, the worker or the mail server was away."""
    outbox.send_waiting()
