"""The desk's list: which tickets, in which order, and from which one on.

A page begins after a ticket, not at a number: however far somebody reads, the database starts where they are.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy

from accounts.models import User
from escalation.cleaning import storable
from escalation.models import FIRST_NUMBER, Queue, Ticket

PER_PAGE = 50
NOBODY, ME, TRIAGE = "nobody", "me", "none"


@dataclass(frozen=True)
class Step:
    """A field that tickets stand in the order of; what has none of it comes last."""

    field: str
    descending: bool = False
    may_be_empty: bool = False

    @property
    def order(self) -> OrderBy:
        if self.descending:
            return F(self.field).desc()
        # Where nothing is empty, saying where it goes would keep SQLite from using its index.
        return F(self.field).asc(nulls_last=True if self.may_be_empty else None)

    def after(self, value: Any) -> Q:
        """What comes later in this order."""
        return Q(pk__in=[]) if value is None else self._compared("lt" if self.descending else "gt", value)

    def since(self, value: Any) -> Q:
        """What does not come earlier."""
        return (
            self.same(value) if value is None else self._compared("lte" if self.descending else "gte", value)
        )

    def _compared(self, how: str, value: Any) -> Q:
        found = Q(**{f"{self.field}__{how}": value})
        return found | Q(**{f"{self.field}__isnull": True}) if self.may_be_empty else found

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.field}__isnull": True}) if value is None else Q(**{self.field: value})


ORDERS: dict[str, tuple[Step, ...]] = {
    "urgent": (Step("weight", descending=True), Step("opened_at"), Step("pk")),
    "due": (Step("due_at", may_be_empty=True), Step("pk")),
    "newest": (Step("opened_at", descending=True), Step("pk", descending=True)),
}
SORTS = {"urgent": "Most urgent first", "due": "First due first", "newest": "Newest first"}
# What is done nobody looks at by its urgency.
NEWEST_FIRST = ("resolved", "all")


@dataclass(frozen=True)
class Narrowing:
    """What somebody chose to see."""

    view: str = "unassigned"
    queue: str = ""
    priority: str = ""
    status: str = ""
    assignee: str = ""
    late: bool = False
    q: str = ""
    sort: str = ""

    @property
    def order(self) -> str:
        return self.sort or ("newest" if self.view in NEWEST_FIRST else "urgent")

    def chosen(self, user: User) -> QuerySet[Ticket]:
        """Those that this person may see, in no order."""
        found = Ticket.objects.workable_by(user).in_view(self.view, user)
        if self.late:
            found = found.in_view("late", user)
        if self.queue:
            found = found.filter(queue=None if self.queue == TRIAGE else int(self.queue))
        for field in ("priority", "status"):
            if value := getattr(self, field):
                found = found.filter(**{field: value})
        if self.assignee:
            found = found.filter(assignee=_person(self.assignee, user))
        return found.filter(_about(self.q)) if self.q else found


@dataclass(frozen=True)
class Page:
    """Some of a list, and the ticket after which the next begins, if there is a next."""

    tickets: list[Ticket]
    next: int | None


def page_of(narrowing: Narrowing, user: User, *, after: int | None = None) -> Page:
    """One page of what somebody chose, from the ticket on that they read last."""
    steps = ORDERS[narrowing.order]
    found = narrowing.chosen(user).order_by(*(step.order for step in steps))
    last = Ticket.objects.workable_by(user).filter(pk=after).first() if after else None
    if last:
        # The first says nothing that the second does not; but by it an index starts where the reader is.
        found = found.filter(steps[0].since(getattr(last, steps[0].field)), _following(steps, last))
    rows = list(found.select_related("requester", "assignee", "queue")[: PER_PAGE + 1])
    more = len(rows) > PER_PAGE
    return Page(rows[:PER_PAGE], rows[PER_PAGE - 1].pk if more else None)


def queues_of(user: User) -> QuerySet[Queue]:
    """Queues that somebody may look into: of the confidential ones, their own."""
    return Queue.objects.filter(Q(confidential=False) | Q(members=user.pk)).distinct()


def _following(steps: tuple[Step, ...], last: Model) -> Q:
    """Later in the first field, or the same in it and later in the others."""
    step, *others = steps
    value = getattr(last, step.field)
    if not others:
        return step.after(value)
    return step.after(value) | (step.same(value) & _following(tuple(others), last))


def _person(text: str, user: User) -> int | None:
    if text == NOBODY:
        return None
    return user.pk if text == ME else int(text)


def _about(words: str) -> Q:
    """A ticket's number, or every word in its subject."""
    words = storable(words).strip()
    number = words.upper().removeprefix("TZ-")
    if number.isascii() and number.isdigit() and len(number) < 10:
        return Q(pk=int(number) - FIRST_NUMBER) | Q(subject__icontains=words)
    about = Q()
    for word in words.split():
        about &= Q(subject__icontains=word)
    return about
