"""Who is meant by the @names in a note. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Not the @ of a mail address. A full stop at its end ends the sentence, not the name.
_MENTION = re.compile(r"(?<![\w.+-])@([\w](?:[\w.+-]*[\w])?)")


@dataclass(frozen=True)
class Named:
    """Somebody who may be meant: by user name, or by first or full name where nobody else has it."""

    pk: int
    username: str
    first_name: str
    full_name: str


@dataclass(frozen=True)
class Mentions:
    """Who is meant, and the names that stand for nobody or for several."""

    people: tuple[int, ...]
    unknown: tuple[str, ...]


def mentions_in(text: str, people: Iterable[Named]) -> Mentions:
    """The people that a text names as @robin.kane, @Robin or @RobinKane, in any case."""
    by_name: dict[str, set[int]] = {}
    usernames: dict[str, int] = {}
    for person in people:
        usernames[person.username.casefold()] = person.pk
        for name in (person.first_name, person.full_name):
            by_name.setdefault(_joined(name), set()).add(person.pk)
    found: dict[int, None] = {}
    unknown: dict[str, None] = {}
    for written in _MENTION.findall(text):
        several = by_name.get(_joined(written), set())
        pk = usernames.get(written.casefold()) or (next(iter(several)) if len(several) == 1 else None)
        if pk is None:
            unknown[written] = None
        else:
            found[pk] = None
    return Mentions(tuple(found), tuple(unknown))


def _joined(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())
