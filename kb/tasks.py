"""Entry points for workers: what is done because of the time. Safe to run twice, and at the same time."""

from celery import shared_task

from kb import services
from kb.services import links, reminders

# Less than the worker can spare: indexing and mail wait behind it.
ASKING_SECONDS = 25
ADDRESSES_AT_ONCE = 200


@shared_task(expires=60)
def publish_due() -> None:
    """Make live what was approved for a time that has come."""
    services.publish_due()


@shared_task(expires=600, time_limit=120)
def check_links() -> None:
    """Ask for some of the addresses that live articles link to; the next run goes on where this one stopped."""
    links.record_missing()
    links.check_web_links(links.due_for_check()[:ADDRESSES_AT_ONCE], seconds=ASKING_SECONDS)


@shared_task
def send_digests() -> None:
    """Remind people of the articles that wait for them."""
    reminders.send_digests()


@shared_task
def sweep_unattached() -> None:
    """Throw away pictures that came into no text."""
    services.sweep_unattached()
