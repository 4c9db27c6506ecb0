"""Who may know what, told a second time and in other words than the site's own rule, so that one can catch the other.

Pure: facts in, yes or no out.
"""

from dataclasses import dataclass
from enum import StrEnum


class Circle(StrEnum):
    """Whom a piece of text is meant for, among those whom its article is meant for."""

    ALL = "everybody"  # what the product itself says, and names of people
    MEMBERS = "those who belong to it"  # names of audiences
    READERS = "its readers"  # live words
    EDITORS = "those who write"  # drafts, former texts, what reviewers said
    WORKERS = "those who write or work on tickets"  # what is to be put right in a live text
    DESK = "those who work on tickets"  # what people typed when they asked
    AUTHOR = "its author alone"  # what somebody is typing


class Condition(StrEnum):
    """How an article stands at this moment, for everybody."""

    LIVE = "published"
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    EXPIRED = "expired"
    ARCHIVED = "archived"


@dataclass(frozen=True)
class Place:
    """An article without its words."""

    pk: int
    name: str
    title: str
    audience: int
    condition: Condition
    category: int = 0


@dataclass(frozen=True)
class Document:
    """A piece of text that is somebody's to know. `people` wrote it, so they know it whatever happens to them."""

    what: str
    text: str
    circle: Circle
    article: int | None = None
    revision: int | None = None
    people: frozenset[int] = frozenset()
    audience: int | None = None


@dataclass(frozen=True)
class Reader:
    """Somebody who looks at the site: what they are called in a report, and what they are entitled to."""

    name: str
    audiences: frozenset[int] = frozenset()
    writes: bool = False
    works_on_tickets: bool = False
    pk: int | None = None
    # Where they belong themselves, when they look at the site as others see it: they choose from these names.
    behind: frozenset[int] = frozenset()


def may_know_of(reader: Reader, place: Place) -> bool:
    """Whether this person may know that the article exists."""
    return place.audience in reader.audiences and (reader.writes or place.condition is Condition.LIVE)


def may_know(reader: Reader, document: Document, place: Place | None) -> bool:
    """Whether this person may know this text."""
    if document.circle is Circle.ALL or (reader.pk is not None and reader.pk in document.people):
        return True
    if document.circle is Circle.MEMBERS:
        return document.audience in reader.audiences | reader.behind
    if document.circle is Circle.DESK:
        return reader.works_on_tickets
    if document.circle is Circle.AUTHOR or place is None or not may_know_of(reader, place):
        return False
    if document.circle is Circle.WORKERS and reader.works_on_tickets:
        return True
    return document.circle is Circle.READERS or reader.writes
