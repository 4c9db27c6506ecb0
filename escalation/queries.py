"""What pages and the API read of tickets. Everything starts at Ticket.objects.visible_to; packs come masked."""

import re
import statistics
from datetime import timedelta

from django.db.models import F, Q, QuerySet

from accounts.models import User
from escalation.cleaning import split_address, storable
from escalation.handoff.evidence import article_in
from escalation.handoff.pack import Kind, Pack
from escalation.handoff.redaction import mask
from escalation.handoff.story import story
from escalation.models import CannedReply, Message, Queue, Ticket
from escalation.models.tickets import FIRST_NUMBER
from escalation.working.mentions import Named
from kb.models import Article, Reader
from kb.queries import audience_ids, readable

RECENT = 50
# Of fewer answers than this, the middle one says nothing about the next.
ENOUGH = 5
FOUND = 10
_TICKET_NUMBER = re.compile(r"(?:TZ-?)?0{0,3}(\d{4,12})", re.IGNORECASE)
_TICKET_PAGE = re.compile(r".*/(?:desk|tickets)/(\d{1,12})/?")


def readable_revisions(user: Reader, pack: Pack) -> set[int]:
    """Which of the pack's revisions this person may read now.

    Of an article that they may read: the live one, and an earlier one only if it was meant for them when it was sent.
    An article is opened to more people once its text has been made fit for them, and what it said before is not.
    """
    if not pack.article_ids:
        return set()
    articles = Article.objects.visible_to(user).filter(pk__in=pack.article_ids)
    live = dict(articles.values_list("pk", "live_revision"))
    refs = [line.ref for line in pack.lines if line.ref and line.ref.article_id in live]
    earlier = [ref for ref in refs if ref.revision_id != live[ref.article_id]]
    own = audience_ids(user) if earlier else frozenset()
    return {*live.values(), *(ref.revision_id for ref in earlier if ref.audience_id in own)}


def own_tickets(user: Reader) -> QuerySet[Ticket]:
    """What a person has sent, newest first."""
    return Ticket.objects.filter(requester=user.pk).select_related("assignee").order_by("-opened_at", "-pk")


def pack_for(ticket: Ticket, reader: Reader) -> Pack:
    """What was sent with a ticket, as this person may read it."""
    pack = ticket.pack.as_pack()
    return mask(pack, readable_revisions(reader, pack))


def story_of(ticket: Ticket, pack: Pack) -> tuple[str, str, str]:
    """The ticket in three lines; `pack` is masked for whoever reads them."""
    who = ticket.requester.display_name
    if ticket.requester.job_title:
        who = f"{who} ({ticket.requester.job_title})"
    return story(pack, who=who, need=ticket.subject, reason=f"{ticket.get_reason_display()}.")


def thread(ticket: Ticket, *, with_notes: bool) -> QuerySet[Message]:
    """What was said and done, in order; notes are for the desk only."""
    messages = ticket.messages.select_related("author").prefetch_related("files")
    return messages if with_notes else messages.exclude(kind=Message.Kind.NOTE)


def last_message(ticket: Ticket) -> int:
    """The newest thing on a ticket's page, to tell later what has come since; 0 when there is none."""
    return ticket.messages.order_by("-pk").values_list("pk", flat=True).first() or 0


def replies_since(ticket: Ticket, seen: int) -> QuerySet[Message]:
    """What was said after a message, by anybody."""
    return ticket.messages.filter(kind=Message.Kind.REPLY, pk__gt=seen)


def solving_article(ticket: Ticket, reader: Reader) -> Article | None:
    """The article that solved it, for whoever may read it."""
    if ticket.resolved_by_article_id is None:
        return None
    return readable(reader).filter(pk=ticket.resolved_by_article_id).first()


def articles_of(pack: Pack, reader: Reader) -> list[Article]:
    """What the person was shown, as far as the reader may read it: quoted first, then what came close, by rank."""
    lines = [*pack.of(Kind.QUOTED), *pack.of(Kind.NEAREST), *pack.lines]
    ids = dict.fromkeys(line.ref.article_id for line in lines if line.ref)
    found = readable(reader).in_bulk(list(ids))
    return [found[pk] for pk in ids if pk in found]


def can_read(user: Reader, article: Article) -> bool:
    return readable(user).filter(pk=article.pk).exists()


def find_articles(words: str, reader: Reader) -> list[Article]:
    """Articles whose title holds every word."""
    found = readable(reader)
    wanted = storable(words).split()
    for word in wanted:
        found = found.filter(live_revision__title__icontains=word)
    return list(found.order_by("live_revision__title")[:FOUND]) if wanted else []


def article_named(text: str, reader: Reader) -> Article | None:
    """The article that somebody pasted: its address, its number, or its name where it was imported from."""
    text = storable(text).strip()
    number = int(text) if text.isdecimal() and len(text) < 18 else article_in(split_address(text).path)
    found = readable(reader)
    by_number = found.filter(pk=number).first() if number else None
    return by_number or found.filter(external_id=text).first()


def agents() -> list[User]:
    """Who works on tickets."""
    people = User.objects.with_perm(
        "escalation.work_ticket",
        backend="django.contrib.auth.backends.ModelBackend",
        include_superusers=False,
    )
    return list(people.filter(is_system=False).order_by("first_name", "last_name", "username"))


def agents_for(ticket: Ticket) -> list[User]:
    """Who may work on this one: of a confidential queue only its members."""
    people = agents()
    if ticket.queue is None or not ticket.queue.confidential:
        return people
    members = set(ticket.queue.members.values_list("pk", flat=True))
    return [person for person in people if person.pk in members]


def named_agents(ticket: Ticket) -> list[Named]:
    """What those who may work on this one are called."""
    return [
        Named(person.pk, person.username, person.first_name, person.get_full_name())
        for person in agents_for(ticket)
    ]


def ticket_named(text: str, reader: Reader) -> Ticket | None:
    """The ticket that somebody typed or pasted: its number, or the address of its page."""
    text = storable(text).strip()
    found = _TICKET_NUMBER.fullmatch(text) or _TICKET_PAGE.fullmatch(split_address(text).path)
    if found is None:
        return None
    pk = int(found[1]) - (FIRST_NUMBER if found.re is _TICKET_NUMBER else 0)
    return Ticket.objects.workable_by(reader).filter(pk=pk).first()


def canned_replies(user: User) -> QuerySet[CannedReply]:
    """One's own replies, and everybody's; not those for a confidential queue that one is not of."""
    closed = Queue.objects.filter(confidential=True).exclude(members=user.pk)
    mine = Q(owner=user.pk) | Q(owner=None)
    return CannedReply.objects.filter(mine).exclude(queue__in=closed).select_related("queue", "owner")


def canned_replies_for(user: User, ticket: Ticket) -> list[CannedReply]:
    """Those that fit a ticket: for its queue, or for any."""
    return list(canned_replies(user).filter(Q(queue=None) | Q(queue=ticket.queue_id)))


def usual_answer_time() -> timedelta | None:
    """The middle one of the recent times to a first answer, or None while there are too few to say."""
    answered = Ticket.objects.filter(first_replied_at__isnull=False).order_by("-first_replied_at")
    times = list(answered.values_list(F("first_replied_at") - F("opened_at"), flat=True)[:RECENT])
    return statistics.median(times) if len(times) >= ENOUGH else None


def answer_time_in_words() -> str:
    """What a person may expect, without a number that nobody measured."""
    usual = usual_answer_time()
    if usual is None:
        return "Too few tickets have been answered so far to say how long it takes. A person reads every one."
    return f"Lately, half of all tickets had their first answer within {_about(usual)}."


def _about(time: timedelta) -> str:
    """Rounded up, because a promise should hold."""
    minutes = max(1, -(-time.total_seconds() // 60))
    if minutes < 90:
        return _count(minutes, "minute")
    return _count(-(-minutes // 60), "hour") if minutes < 36 * 60 else _count(-(-minutes // 1440), "day")


def _count(number: float, unit: str) -> str:
    return f"{number:.0f} {unit}{'' if number == 1 else 's'}"
