"""What a ticket teaches search: the words of whoever asked, for the article that solved it, for as long as it did."""

from collections.abc import Iterator
from datetime import datetime

from accounts.models import User
from escalation.events import Event
from escalation.handoff.pack import Kind, Pack
from escalation.handoff.story import ABOUT_AN_ARTICLE, FOR_HELP, suggested_subject
from escalation.models import HandoffPack, Ticket
from search.deidentification import Names, names_in
from search.models import Phrasing
from search.phrasings import question_in
from search.services import phrasings

# The last ones led here; those before them may have been about something else.
QUESTIONS = 3


def teach(ticket: Ticket) -> None:
    """Bring what search learnt from a ticket in step with the article that solved it, if one did.

    That is the article that it was resolved with; without one, the article that was written from it, once it is solved.
    A sensitive or confidential ticket teaches nothing: its words would be read by whoever edits the article.
    """
    origin = f"ticket:{ticket.pk}"
    article = ticket.resolved_by_article_id or (ticket.written_article_id if ticket.resolved_at else None)
    if article is None or ticket.sensitivity or (ticket.queue and ticket.queue.confidential):
        phrasings.unlearn([origin])
        return
    phrasings.learn(
        [
            Phrasing(
                article_id=article,
                text=text,
                source=Phrasing.Source.TICKET,
                origin=origin,
                created_at=ticket.opened_at,
            )
            for text in asked_in(ticket)
        ]
    )


def taught_anew(ticket: Ticket, event: Event, by: User, at: datetime | None) -> None:
    """What was learnt is forgotten when a ticket is moved to a confidential queue, and learnt when it leaves one."""
    if event == Event.ROUTED and ticket.is_done:
        teach(ticket)


def asked_in(ticket: Ticket) -> Iterator[str]:
    """What the person asked, redacted: the ticket's own words, and the questions that they sent along.

    What they struck out of the pack is not in it, and is learnt no more than it was told.
    """
    names, pack = names_on(ticket), _pack(ticket)
    if ticket.subject in (ABOUT_AN_ARTICLE, FOR_HELP):
        yield question_in(ticket.description, names=names)
    elif ticket.description or ticket.subject != suggested_subject(pack):
        yield question_in(ticket.subject, ticket.description, names=names)
    for line in list(pack.of(Kind.QUESTION))[-QUESTIONS:]:
        yield question_in(line.text, names=names)


def names_on(ticket: Ticket) -> Names:
    """What the people of a ticket are called, and everybody else of this site, to be taken out of its words."""
    told = [name for person in _people(ticket) for name in phrasings.names_of(person)]
    return names_in(told) | phrasings.names_here()


def _people(ticket: Ticket) -> list[User]:
    return [ticket.requester, *User.objects.filter(ticket_messages__ticket=ticket).distinct()]


def _pack(ticket: Ticket) -> Pack:
    """Without one that can be read, there are still the words of the ticket."""
    try:
        return ticket.pack.as_pack()
    except (HandoffPack.DoesNotExist, ValueError, KeyError, TypeError):
        return Pack(())
