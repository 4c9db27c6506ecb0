"""Mail becomes tickets and replies. A mail is kept first and looked at after: none is lost, and none comes twice."""

import logging
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from escalation.cleaning import storable
from escalation.handoff.story import FOR_HELP
from escalation.incoming.files import NotKept, check
from escalation.incoming.judging import automatic, is_verified, mails_answered, numbers_named, without_number
from escalation.incoming.reading import File, Letter, read
from escalation.models import FIRST_NUMBER, IncomingMail, Message, Ticket, TicketFile
from escalation.services.handoff import LONGEST_SUBJECT, LONGEST_TEXT, open_ticket, prepare_handoff
from escalation.services.working import add_note, reply
from escalation.workflow import Refused

logger = logging.getLogger(__name__)

MOST_BYTES = 25_000_000
# Of one sender: nobody writes more, and a loop that no header gives away stops here.
MOST_IN_AN_HOUR = 20
NO_ACCOUNT = "Nobody here has this address."
NOT_VERIFIED = "Our mail server could not tell that it is from who it says."
TOO_MANY = f"More than {MOST_IN_AN_HOUR} mails in an hour: something may be going round."
NOTHING_IN_IT = "There is nothing in it."
BATCH = 100


class TooLarge(Exception):
    """A mail that is not taken; the message says so to whoever sends it."""


def take_in(raw: bytes) -> IncomingMail:
    """Keep a mail; the same one again is the same row. TooLarge when it is not taken. A worker looks at it soon."""
    if len(raw) > MOST_BYTES:
        raise TooLarge(f"Mails of more than {MOST_BYTES // 1_000_000} MB are not taken.")
    letter = read(raw)
    mail, new = IncomingMail.objects.get_or_create(
        digest=_digest(letter, raw),
        defaults={
            "raw": raw,
            "sender": storable(letter.sender)[:320],
            "subject": storable(letter.subject)[:300],
        },
    )
    if new:
        transaction.on_commit(lambda: _tell_a_worker(mail.pk), robust=True)
    return mail


def settle_waiting() -> int:
    """Look at what is there; returns how many mails."""
    due = list(IncomingMail.objects.due().values_list("pk", flat=True)[:BATCH])
    return sum(settle(mail_id=mail_id) for mail_id in due)


def settle(*, mail_id: int) -> bool:
    """Put one mail where it belongs, if nobody else is at it. What fails is held for a person, and never lost."""
    if not IncomingMail.objects.due().filter(pk=mail_id).update(claimed_at=timezone.now()):
        return False
    mail = IncomingMail.objects.get(pk=mail_id)
    try:
        with transaction.atomic():
            _settle(mail)
    except Exception:
        logger.exception("Mail %s could not be taken in", mail.pk)
        _end(mail, IncomingMail.State.HELD, "Something went wrong with it here. It is kept as it came.")
    return True


def take_held(*, mail: IncomingMail, sender: User) -> Ticket:
    """A person says whose a held mail is: it becomes what it would have been."""
    with transaction.atomic():
        mail = IncomingMail.objects.select_for_update().get(pk=mail.pk)
        if mail.state != IncomingMail.State.HELD:
            raise Refused("Somebody has seen to this mail already.")
        return _put_on_ticket(mail, read(bytes(mail.raw)), sender)


def put_away(*, mail: IncomingMail) -> None:
    """A person says that nothing is to be done with it."""
    held = IncomingMail.objects.filter(pk=mail.pk, state=IncomingMail.State.HELD)
    if not held.update(state=IncomingMail.State.PUT_AWAY):
        raise Refused("Somebody has seen to this mail already.")


def _settle(mail: IncomingMail) -> None:
    letter = read(bytes(mail.raw))
    own = frozenset(each.lower() for each in settings.MAIL_IN_OWN_ADDRESSES)
    if why := automatic(letter, own_addresses=own):
        _end(mail, IncomingMail.State.IGNORED, why)
        return
    sender = _account(letter.sender)
    why = _why_held(letter, sender)
    if why or sender is None:
        _end(mail, IncomingMail.State.HELD, why)
        return
    _put_on_ticket(mail, letter, sender)


def _why_held(letter: Letter, sender: User | None) -> str:
    if sender is None:
        return NO_ACCOUNT
    if not is_verified(letter, authserv=settings.MAIL_IN_AUTHSERV):
        return NOT_VERIFIED
    hour = timezone.now() - timedelta(hours=1)
    if IncomingMail.objects.filter(sender=letter.sender, received_at__gt=hour).count() > MOST_IN_AN_HOUR:
        return TOO_MANY
    return "" if letter.text or letter.subject or letter.files else NOTHING_IN_IT


def _put_on_ticket(mail: IncomingMail, letter: Letter, sender: User) -> Ticket:
    text = storable(letter.text)[:LONGEST_TEXT]
    ticket = _answered(letter, sender)
    message = _say(ticket, sender, text or "(only files)") if ticket else None
    if ticket is None or message is None:
        ticket = _open(mail, letter, sender, text)
    refused = _keep_files(ticket, message, letter.files, sender)
    if refused:
        body = "Not kept of what came with the mail: " + "; ".join(refused) + "."
        Message.objects.create(
            ticket=ticket, author=sender, kind=Message.Kind.EVENT, event="files", body=body
        )
    mail.ticket, mail.message = ticket, message
    _end(mail, IncomingMail.State.TAKEN, "")
    return ticket


def _answered(letter: Letter, sender: User) -> Ticket | None:
    """The ticket that a mail answers, of those that its sender may see: a number alone opens nothing."""
    visible = Ticket.objects.visible_to(sender)
    by_mail = visible.filter(mails__in=mails_answered(letter)).first()
    numbers = [number - FIRST_NUMBER for number in numbers_named(letter)]
    return by_mail or visible.filter(pk__in=numbers).order_by("pk").first()


def _say(ticket: Ticket, sender: User, text: str) -> Message | None:
    """What the person who asked writes is a reply. What an agent mails is a note: replies are sent from the page alone.

    None when the ticket is over for good: then the mail opens a new one.
    """
    try:
        with transaction.atomic():
            requester = ticket.requester_id == sender.pk
            message = (reply if requester else add_note)(ticket=ticket, by=sender, body=text)
    except Refused:
        return None
    message.channel = Ticket.Channel.MAIL
    message.save(update_fields=["channel"])
    return message


def _open(mail: IncomingMail, letter: Letter, sender: User, text: str) -> Ticket:
    subject = storable(without_number(letter.subject))[:LONGEST_SUBJECT]
    first_line = text.strip().partition("\n")[0][:150]
    ticket = open_ticket(
        requester=sender,
        draft=prepare_handoff(user=sender),
        subject=subject or first_line or FOR_HELP,
        description=text,
        key=mail.digest[:32],
    )
    ticket.channel = Ticket.Channel.MAIL
    ticket.save(update_fields=["channel"])
    return ticket


def _keep_files(ticket: Ticket, message: Message | None, files: tuple[File, ...], sender: User) -> list[str]:
    """Keep what may be kept; returns what was not, each with its reason."""
    refused = []
    for file in files:
        try:
            kept = check(file)
        except NotKept as why:
            refused.append(f"“{storable(file.name)[:100] or 'a file'}”, {why}")
            continue
        TicketFile.objects.create(
            ticket=ticket,
            message=message,
            file=ContentFile(kept.content, name=f"file.{kept.extension}"),
            name=kept.name,
            media_type=kept.media_type,
            size=len(kept.content),
            sent_by=sender,
        )
    return refused


def _account(address: str) -> User | None:
    """The one active person with this address; of two with the same nobody knows which is meant."""
    found = list(User.objects.filter(email__iexact=address, is_active=True, is_system=False)[:2])
    return found[0] if len(found) == 1 else None


def _digest(letter: Letter, raw: bytes) -> str:
    """Names a mail by its id and sender, however often a mailbox shows it; without an id by all that is in it."""
    named = f"{letter.message_id} {letter.sender}".encode() if letter.message_id else raw
    return sha256(named).hexdigest()


def _end(mail: IncomingMail, state: IncomingMail.State, why: str) -> None:
    mail.state, mail.why, mail.claimed_at = state, why, None
    mail.save(update_fields=["state", "why", "claimed_at", "ticket", "message"])


def _tell_a_worker(mail_id: int) -> None:
    from escalation.tasks import settle_mail  # which imports this module

    settle_mail.delay(mail_id)
