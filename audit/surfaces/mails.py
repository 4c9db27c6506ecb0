"""Mails: those that wait, those that went out, and those that the site would write today or in a month."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import OutgoingMail, User
from audit.ground import Ground
from audit.knowledge import reader_of
from audit.standing import Condition, Place, Reader
from audit.surfaces.canaries import add_canaries
from audit.visiting import Seen, rolled_back
from escalation import services as desk
from escalation.models import Ticket
from escalation.services import incidents, promises
from kb import services
from kb.models import Article, Category, Flag, Reminder
from kb.services.reminders import send_digests

Sent = tuple[Reader, Seen]

LATER = (timedelta(0), timedelta(days=30))
MOST = 20


def mails(ground: Ground) -> Iterator[Sent]:
    """Every mail with what its reader is entitled to."""
    yield from _kept(ground)
    for write in (_digests, _answers_to_flags, _mails_of_tickets, _mails_among_the_desk):
        with rolled_back():
            yield from list(write(ground))


def _kept(ground: Ground) -> Iterator[Sent]:
    """What waits is judged by today; what went out, by what its reader could know when it did."""
    for mail in OutgoingMail.objects.select_related("recipient").order_by("pk").iterator(chunk_size=200):
        yield _seen(
            ground,
            mail,
            "a mail that waits" if mail.sent_at is None else "a mail that was sent",
            mail.sent_at,
        )


def _seen(ground: Ground, mail: OutgoingMail, surface: str, as_of: datetime | None = None) -> Sent:
    reader = reader_of(mail.recipient, ground.knowledge) if mail.recipient else Reader(mail.to)
    return reader, Seen(surface, f"mail {mail.pk} to {mail.to}", f"{mail.subject}\n{mail.body}", as_of=as_of)


def _written_since(ground: Ground, last: int, surface: str) -> Iterator[Sent]:
    for mail in OutgoingMail.objects.filter(pk__gt=last).select_related("recipient"):
        yield _seen(ground, mail, surface)


def _last() -> int:
    return OutgoingMail.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _digests(ground: Ground) -> Iterator[Sent]:
    """Of today, and of a month in which nobody did anything; also with articles that their owners may not read."""
    last = _last()
    people = list(
        User.objects.filter(is_active=True, is_system=False).exclude(email="").order_by("pk")[:MOST]
    )
    writer = next((person for person in people if person.has_perm("kb.add_revision")), None)
    if writer:
        Category.objects.filter(lead=None).update(lead=writer)
    for person in people:
        made = add_canaries(reader_of(person, ground.knowledge), every_shelf=False)
        Article.objects.filter(pk__in=[each.pk for each in made]).update(owner=person)
    for later in LATER:
        Reminder.objects.all().delete()
        send_digests(today=timezone.localdate() + later)
    yield from _written_since(ground, last, "kb/mail/digest.txt")


def _answers_to_flags(ground: Ground) -> Iterator[Sent]:
    """Every open flag is closed, and some that people raised on articles that were taken from them."""
    last, closer = _last(), _somebody_who_may_do_all()
    flags = list(Flag.objects.open().select_related("raised_by")[:MOST])
    for person, place in _taken_from_people(ground):
        revision = Article.objects.get(pk=place.pk).words
        flags.append(
            Flag.objects.create(article_id=place.pk, revision=revision, raised_by=person, note="It is wrong.")
        )
    for flag in flags:
        services.close_flag(flag=flag, by=closer, outcome=Flag.Outcome.ANSWERED, answer="Thank you.")
    yield from _written_since(ground, last, "kb/mail/flag_closed.txt")


def _mails_of_tickets(ground: Ground) -> Iterator[Sent]:
    """Tickets that somebody solves with an article that the person who asked may not read."""
    agent = _somebody_who_may_do_all()
    for person, place in _taken_from_people(ground):
        article = Article.objects.get(pk=place.pk)
        last = _last()
        ticket = desk.open_ticket(
            requester=person, draft=desk.prepare_handoff(user=person), description=f"Number {place.pk}."
        )
        yield from _written_since(ground, last, "escalation/mail/opened.txt")
        last = _last()
        Ticket.objects.filter(pk=ticket.pk).update(assignee=person, due_at=timezone.now())
        promises.warn()
        yield from _written_since(ground, last, "escalation/mail/due.txt")
        last = _last()
        desk.reply(ticket=ticket, by=agent, body="We look into it.")
        yield from _written_since(ground, last, "escalation/mail/reply.txt")
        last = _last()
        desk.resolve(ticket=ticket, by=agent, article=article, body="It is solved.")
        yield from _written_since(ground, last, "escalation/mail/resolved.txt")
        last = _last()
        desk.reopen(ticket=ticket, by=agent, body="Not yet.")
        desk.close(ticket=ticket, by=agent, body="Nothing is left to do.")
        yield from _written_since(ground, last, "escalation/mail/closed.txt")
        last = _last()
        incident = incidents.declare(by=agent, title="The portal is down", words="We look into it.")
        incidents.link(incident=incident, tickets=[ticket], by=agent)
        incidents.say(incident=incident, by=agent, words="It works again.", ends=True)
        yield from _written_since(ground, last, "escalation/mail/incident.txt")


def _mails_among_the_desk(ground: Ground) -> Iterator[Sent]:
    """Tickets that somebody watches, is named on and merges, solved with what their people may not read."""
    agent = _somebody_who_may_do_all()
    for person, place in _taken_from_people(ground):
        article = Article.objects.get(pk=place.pk)
        first, second, third = (
            desk.open_ticket(
                requester=requester,
                draft=desk.prepare_handoff(user=requester),
                description=f"{place.pk} {words}",
            )
            for requester, words in ((person, "breaks."), (person, "is gone."), (agent, "is slow."))
        )
        watcher = User.objects.with_perm(
            "escalation.work_ticket",
            backend="django.contrib.auth.backends.ModelBackend",
            include_superusers=False,
        ).first()
        last = _last()
        if watcher:
            desk.add_note(ticket=third, by=agent, body=f"@{watcher.username}, have a look.")
        yield from _written_since(ground, last, "escalation/mail/mentioned.txt")
        last = _last()
        desk.merge(ticket=first, into=third, by=agent)
        desk.merge(ticket=second, into=third, by=agent)
        yield from _written_since(ground, last, "escalation/mail/merged.txt")
        last = _last()
        desk.resolve(ticket=third, by=agent, article=article)
        yield from _written_since(ground, last, "escalation/mail/watching.txt")
        yield from _written_since(ground, last, "escalation/mail/merged_solved.txt")
        last = _last()
        desk.unmerge(ticket=first, by=agent)
        yield from _written_since(ground, last, "escalation/mail/unmerged.txt")


def _taken_from_people(ground: Ground) -> Iterator[tuple[User, Place]]:
    """People of this site, each with a live article that is not for them."""
    people = User.objects.filter(is_active=True, is_system=False, is_superuser=False).exclude(email="")
    for person in people.order_by("pk")[:MOST]:
        hidden = ground.knowledge.hidden_from(reader_of(person, ground.knowledge))
        live = next((place for place in hidden if place.condition is Condition.LIVE), None)
        if live:
            yield person, live


def _somebody_who_may_do_all() -> User:
    return User.objects.create(username="audit-may-do-all", is_superuser=True, first_name="Probe")
