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
    context = {"ticket": ticket, "site_url": settings.SITE_URL, "site_name": settings.SITE_NAME, **context}
    mail = outbox.post(
        to=ticket.requester,
        subject=f"[{ticket.number}] {ticket.subject}",
        body=render_to_string(f"escalation/mail/{template}.txt", context),
    )
    if mail:
        ticket.mails.add(mail)
