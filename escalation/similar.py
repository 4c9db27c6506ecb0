"""Tickets that are like another one, and how they were solved: only those that the reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from escalation.handoff.pack import Kind
from escalation.models import Message, Ticket, TicketQuerySet
from escalation.queries import pack_for
from escalation.services import neighbours
from kb.models import Article, Reader
from kb.queries import readable
from search.embedding import EmbeddingUnavailable
from search.wording import overlap, stems

SHOWN = 5
# Of the tickets that share a telling word, so many of the newest are compared.
COMPARED = 300
TELLING_WORDS = 6
SHORTEST_WORD = 4
LEAST_OVERLAP = 0.34
# No two tickets of the demo company are as like as 0.33; a jam told of in two ways, in other words, is at 0.53.
LEAST_LIKENESS = 0.45
LONGEST_QUESTION = 600


@dataclass(frozen=True)
class Similar:
    """A ticket that is like this one, the article that solved it, and the last that the desk said on it."""

    ticket: Ticket
    article: Article | None
    answer: str


def question_of(ticket: Ticket, reader: Reader) -> str:
    """What a ticket is about, to look it up: its subject, what was added, and the last question that was sent along."""
    asked = [line.text for line in pack_for(ticket, reader).of(Kind.QUESTION)][-1:]
    parts = dict.fromkeys(part.strip() for part in (ticket.subject, ticket.description, *asked))
    return "\n".join(part for part in parts if part)[:LONGEST_QUESTION]


def similar_resolved(ticket: Ticket, reader: Reader) -> list[Similar]:
    """Those that were solved, the likest first."""
    solved = Ticket.objects.workable_by(reader).filter(resolved_at__isnull=False, merged_into=None)
    found = _likest(ticket, solved)
    articles = readable(reader).in_bulk([each.resolved_by_article_id for each in found])
    answers = _answers(found)
    return [
        Similar(each, articles.get(each.resolved_by_article_id), answers.get(each.pk, "")) for each in found
    ]


def similar_open(ticket: Ticket, reader: Reader) -> list[Ticket]:
    """Those that somebody still has to solve, and that may be the same as this one."""
    return _likest(ticket, Ticket.objects.workable_by(reader).undone())


def _likest(ticket: Ticket, among: TicketQuerySet) -> list[Ticket]:
    """By meaning, as far as workers have got; then by words."""
    found = dict.fromkeys([*_by_meaning(ticket, among), *_by_words(ticket, among)])
    return list(found)[:SHOWN]


def _by_meaning(ticket: Ticket, among: TicketQuerySet) -> list[Ticket]:
    try:
        likeness = neighbours.likest(ticket)
    except EmbeddingUnavailable:
        return []
    near = [pk for pk, value in likeness.items() if value >= LEAST_LIKENESS]
    found = among.filter(pk__in=near).select_related("requester")
    return sorted(found, key=lambda each: -likeness[each.pk])[:SHOWN]


def _by_words(ticket: Ticket, among: TicketQuerySet) -> list[Ticket]:
    words = f"{ticket.subject} {ticket.description}"
    asked = stems(words)
    telling = sorted(
        (word for word in asked if len(word) >= SHORTEST_WORD), key=lambda word: (-len(word), word)
    )
    has_one = Q()
    for word in telling[:TELLING_WORDS]:
        has_one |= Q(subject__icontains=word) | Q(description__icontains=word)
    if not has_one:
        return []
    newest = among.exclude(pk=ticket.pk).filter(has_one).order_by("-opened_at")
    rated = [
        (overlap(asked, f"{each.subject} {each.description}"), each)
        for each in newest.select_related("requester")[:COMPARED]
    ]
    near = sorted((pair for pair in rated if pair[0] >= LEAST_OVERLAP), key=lambda pair: -pair[0])
    return [each for _, each in near[:SHOWN]]


def _answers(tickets: Sequence[Ticket]) -> dict[int, str]:
    """The last reply of the desk on each, in one query."""
    requesters = {each.pk: each.requester_id for each in tickets}
    said = Message.objects.filter(ticket__in=requesters, kind=Message.Kind.REPLY).order_by("pk")
    return {each.ticket_id: each.body for each in said if each.author_id != requesters[each.ticket_id]}
