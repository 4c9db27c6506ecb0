"""Mail to the person who asked."""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string

from accounts import outbox
from escalation.models import Ticket


def queue_mail(ticket: Ticket, template: str, context: dict[str, object], at: datetime | None) -> None:
    """Write down a mail to the person who asked; a worker sends it. Somebody without an address has the page."""
    if at is not None:
        return
    context = {**about_the_site(), "ticket": ticket, **context}
    mail = outbox.post(
        to=ticket.requester,
        subject=f"[{ticket.number}] {ticket.subject}",
        body=render_to_string(f"escalation/mail/{template}.txt", context),
    )
    if mail:
        ticket.mails.add(mail)


def about_the_site() -> dict[str, object]:
    """What every mail of the desk says of the site; answers are read where mail comes in."""
    return {
        "site_url": settings.SITE_URL,
        "site_name": settings.SITE_NAME,
        "answers_are_read": bool(settings.MAIL_REPLY_TO or settings.MAIL_IN_URL),
    }
