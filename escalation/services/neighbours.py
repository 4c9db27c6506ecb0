"""What a worker suggests for tickets that no rule has placed: by where the tickets most like them were left.

A ticket teaches where people left it: when it is done, or when a person moved it. What a machine placed teaches nothing
until then. Tickets of confidential queues, and what only people handle, neither teach nor are guessed.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from escalation.handoff.pack import Kind
from escalation.models import Message, Queue, RoutingSuggestion, Ticket, TicketVector
from escalation.routing.memory import Memory
from escalation.routing.neighbours import (
    NEAREST,
    Neighbour,
    batches,
    in_words,
    vote,
    words_to_compare,
)
from escalation.routing.sureness import KNOWN_AFTER_DAYS, RECENT, Outcome, Sureness, learn
from escalation.services.routing import MOVED, may_have, place
from escalation.services.ruling import pack_of
from escalation.workflow import DONE
from search import engine
from search.embedding import Embedder
from search.passages import from_bytes, to_bytes

logger = logging.getLogger(__name__)

BATCH = 64
QUERIES_AT_ONCE = 64
# The newest count; at half precision they take 77 MB of a worker's memory.
MOST_REMEMBERED = 100_000
SURENESS_HOLDS = timedelta(hours=1)
# Of the neighbours in the suggested queue so many have to have gone to one person, or to another priority.
MOST_OF = 0.6
# Fewer than so many say nothing of a priority.
AGREEING = 5
FAILED = "The machine could not look at it."
UNLIKE = "No ticket that was resolved is much like this one, or those that are went to several queues."


@dataclass
class Measured:
    """How sure votes are, lately, and when that was measured."""

    sureness: Sureness = field(default_factory=Sureness)
    at: datetime | None = None

    @property
    def is_stale(self) -> bool:
        return self.at is None or self.at < timezone.now() - SURENESS_HOLDS


_memory = Memory(MOST_REMEMBERED)
_measured = Measured()
_lock = Lock()


def suggest_waiting(*, seconds: float) -> int:
    """Make the vectors that are missing, the newest first, and suggest for what waits; returns for how many.

    Nothing is suggested from half a memory: after a change of model that takes a while. EmbeddingUnavailable without a
    model: then everything waits for triage, and the next run does it.
    """
    if not (waiting().exists() or _lacking(engine.fingerprint()).exists()):
        return 0
    embedder, deadline = engine.embedder(), time.monotonic() + seconds
    while make_vectors(_lacking(embedder.fingerprint)[:BATCH], embedder) and time.monotonic() < deadline:
        pass
    done = 0
    while not _lacking(embedder.fingerprint).exists() and (batch := list(waiting().order_by("-pk")[:BATCH])):
        done += suggest(batch, embedder.fingerprint)
        if time.monotonic() > deadline:
            break
    return done


def waiting() -> QuerySet[Ticket]:
    """Tickets in no queue, of which no worker has said anything yet."""
    unasked = Q(suggestion__isnull=True) | Q(suggestion__queue=None, suggestion__confidence=None)
    return Ticket.objects.undone().filter(unasked, queue=None, sensitivity="")


def make_vectors(tickets: Iterable[Ticket], embedder: Embedder) -> int:
    """Give tickets the vectors of this model, instead of those of another; returns how many."""
    batch = list(tickets)
    if not batch:
        return 0
    made = embedder.encode([compared_words(ticket) for ticket in batch])
    rows = [
        TicketVector(ticket=ticket, fingerprint=embedder.fingerprint, vector=to_bytes(vector))
        for ticket, vector in zip(batch, made, strict=True)
    ]
    with transaction.atomic():
        # New rows, so that whoever reads on from the last one that they know finds them.
        TicketVector.objects.filter(ticket__in=batch).exclude(fingerprint=embedder.fingerprint).delete()
        TicketVector.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def compared_words(ticket: Ticket) -> str:
    """The person's own words: those of the ticket, then what they had asked."""
    asked = [line.text for line in pack_of(ticket).of(Kind.QUESTION)]
    return words_to_compare(ticket.subject, ticket.description, *reversed(asked))


def suggest(tickets: Sequence[Ticket], fingerprint: str) -> int:
    """Suggest for each where it belongs, and put there what is sure enough; returns for how many it could be done."""
    with _lock:
        _remember(fingerprint)
        if _measured.is_stale:
            _measured.sureness, _measured.at = measure(), timezone.now()
        found = _near(tickets)
    done = 0
    for ticket in tickets:
        try:
            _suggest(ticket, found.get(ticket.pk, []), _measured.sureness)
            done += 1
        except Exception:
            logger.exception("Nothing could be suggested for %s", ticket.number)
            _keep(ticket, RoutingSuggestion(confidence=0.0, reason=FAILED))
    return done


def measure() -> Sureness:
    """How sure votes are, by the newest tickets that teach: each as it would have been guessed when it came."""
    newest = list(_teaching().order_by("-pk").select_related("queue")[:RECENT])
    outcomes = []
    for rows in batches(len(newest), QUERIES_AT_ONCE):
        batch = newest[rows]
        near = _near(batch)
        for ticket in batch:
            found = vote(_by_queue(near.get(ticket.pk, []), ticket, older=KNOWN_AFTER_DAYS))
            if found:
                outcomes.append(Outcome(found.share, found.place == ticket.queue_id))
    return learn(outcomes, risk=settings.ROUTING_RISK)


def likest(ticket: Ticket) -> dict[int, float]:
    """The tickets most like one, by the vectors that there are, with their likeness; {} until a worker made its own.

    Of all tickets: what somebody may see of them is for whoever asks to say. EmbeddingUnavailable without a model.
    """
    fingerprint = engine.fingerprint()
    own = TicketVector.objects.filter(ticket=ticket, fingerprint=fingerprint).first()
    if own is None:
        return {}
    with _lock:
        _remember(fingerprint)
        found = _memory.nearest(from_bytes([bytes(own.vector)]))
    return {pk: likeness for pk, likeness in found[0] if pk != ticket.pk}


def forget() -> None:
    """Start anew from the database, as another process does."""
    with _lock:
        _memory.start_anew("")
        _measured.at = None


Near = tuple[Ticket, float]


def _suggest(ticket: Ticket, near: Sequence[Near], sureness: Sureness) -> None:
    found = vote(_by_queue(near, ticket))
    if found is None or not sureness.worth_offering(found.share):
        chance = sureness.chance(found.share) if found else None
        _keep(ticket, RoutingSuggestion(confidence=chance or 0.0, reason=UNLIKE))
        return
    queue = Queue.objects.get(pk=found.place)
    there = [(other, likeness) for other, likeness in near if other.queue_id == queue.pk]
    suggestion = RoutingSuggestion(
        queue=queue,
        priority=_usual_priority(there, ticket),
        assignee_id=_usual_assignee(there, ticket),
        confidence=sureness.chance(found.share),
        reason=in_words(found, queue.name, _number(found.nearest[0], there)),
        applied=sureness.may_act(found.share),
    )
    _keep(ticket, suggestion)


@transaction.atomic
def _keep(ticket: Ticket, suggestion: RoutingSuggestion) -> None:
    """Write it down, and do it if it is sure, unless somebody was quicker."""
    ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
    values = {
        name: getattr(suggestion, name)
        for name in ("queue", "priority", "assignee_id", "confidence", "reason", "applied")
    }
    values["reason"] = values["reason"][:300]
    is_left = ticket.queue_id is None and not ticket.is_done and not ticket.sensitivity
    values["applied"] = values["applied"] and is_left
    # A rule that left the queue open has done what it says; the thread tells of it.
    RoutingSuggestion.objects.update_or_create(ticket=ticket, defaults={**values, "rule": None})
    if values["applied"] and suggestion.queue:
        place(ticket, suggestion.queue, words=f"A machine put it with {suggestion.queue.name}.")


def _by_queue(near: Iterable[Near], ticket: Ticket, *, older: float = 0.0) -> list[Neighbour]:
    """Those that are older by so many days, each with the queue that it was left in."""
    return [
        Neighbour(other.pk, other.queue_id, likeness, _older(other, ticket))
        for other, likeness in near
        if other.pk != ticket.pk and _older(other, ticket) >= older
    ]


def _usual_priority(there: Sequence[Near], ticket: Ticket) -> str:
    """The priority that most of them ended on, where it differs from what this one has."""
    found = vote(Neighbour(other.pk, other.priority, like, _older(other, ticket)) for other, like in there)
    if found is None or found.share < MOST_OF or found.agreeing < AGREEING:
        return ""
    return str(found.place) if found.place != ticket.priority else ""


def _usual_assignee(there: Sequence[Near], ticket: Ticket) -> int | None:
    """Who had most of them, if that person still works here."""
    neighbours = [
        Neighbour(other.pk, other.assignee_id, like, _older(other, ticket))
        for other, like in there
        if other.assignee_id
    ]
    found = vote(neighbours) if len(neighbours) * 2 >= min(len(there), NEAREST) else None
    if found is None or found.share < MOST_OF:
        return None
    person = next(other.assignee for other, _ in there if other.assignee_id == found.place)
    return int(found.place) if person and may_have(person, ticket) else None


def _older(other: Ticket, ticket: Ticket) -> float:
    return (ticket.opened_at - other.opened_at) / timedelta(days=1)


def _number(pk: int, there: Iterable[Near]) -> str:
    return next(other.number for other, _ in there if other.pk == pk)


def _near(tickets: Sequence[Ticket]) -> dict[int, list[Near]]:
    """Of each of these tickets those most like it that teach, with their likeness."""
    own = TicketVector.objects.filter(ticket__in=tickets, fingerprint=_memory.fingerprint)
    vectors = dict(own.values_list("ticket", "vector"))
    if not vectors:
        return {}
    found = _memory.nearest(from_bytes(bytes(vector) for vector in vectors.values()))
    known = _teaching().select_related("assignee").in_bulk({pk for near in found for pk, _ in near})
    return {
        pk: [(known[other], likeness) for other, likeness in near if other in known]
        for pk, near in zip(vectors, found, strict=True)
    }


def _teaching() -> QuerySet[Ticket]:
    """Tickets that stand where people left them."""
    moved = Message.objects.filter(ticket=OuterRef("pk"), event=MOVED, author__is_system=False)
    left = Q(status__in=DONE) | Exists(moved)
    return Ticket.objects.filter(left, queue__isnull=False, queue__confidential=False, sensitivity="")


def _lacking(fingerprint: str) -> QuerySet[Ticket]:
    """Tickets that this model has made no vector of."""
    made = TicketVector.objects.filter(ticket=OuterRef("pk"), fingerprint=fingerprint)
    return Ticket.objects.filter(~Exists(made)).select_related("requester", "pack").order_by("-pk")


def _remember(fingerprint: str) -> None:
    """Bring this process's copy in step: what is new is added, and all is read again when something is amiss."""
    rows = TicketVector.objects.filter(fingerprint=fingerprint).order_by("pk")
    if _memory.fingerprint != fingerprint:
        _memory.start_anew(fingerprint)
    _add(rows.filter(pk__gt=_memory.last))
    if len(_memory) != min(rows.count(), MOST_REMEMBERED):
        # A row that was committed late, or is gone.
        _memory.start_anew(fingerprint)
        _add(rows)


def _add(rows: QuerySet[TicketVector]) -> None:
    first = max(rows.count() - MOST_REMEMBERED, 0)
    found = rows.values_list("pk", "ticket", "vector")[first:].iterator()
    _memory.add((pk, ticket, bytes(vector)) for pk, ticket, vector in found)
