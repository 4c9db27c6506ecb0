"""Learning phrasings from the history of another system, a batch of tickets at a time."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kb.models import Article
from search.histories import Solved
from search.models import Phrasing
from search.phrasings import question_in
from search.services.phrasings import learn, names_here

# A ticket that more articles were named on says little of any of them.
MOST_ARTICLES = 2


class Fate(StrEnum):
    """What became of a ticket of the history, as the command counts it."""

    LEARNT = "learnt from"
    KNOWN = "known already"
    LATER = "from later on"
    UNSOLVED = "name no article"
    TOO_MANY = "name too many articles"
    NO_ARTICLE = "name no article that is here"
    EMPTY = "say nothing"


@dataclass(frozen=True)
class Learning:
    """How a history is learnt: only tickets from before `until`, and only counting on a dry run."""

    until: datetime | None = None
    is_dry: bool = False


def learn_history(tickets: Sequence[Solved], learning: Learning) -> Counter[Fate]:
    """Learn from one batch, in one short transaction; returns how many tickets met which fate.

    What was learnt before is left as it is, so that a run that was stopped goes on where it was.
    """
    fates: Counter[Fate] = Counter()
    articles = _articles({name for ticket in tickets for name in ticket.articles})
    known = _known([origin_of(ticket) for ticket in tickets])
    names = names_here()
    learnt: list[Phrasing] = []
    for ticket in tickets:
        targets = [articles[name] for name in ticket.articles if name in articles]
        fate = _fate(ticket, targets, known, learning)
        text = question_in(ticket.subject, ticket.story, names=names) if fate is Fate.LEARNT else ""
        if fate is Fate.LEARNT and not text:
            fate = Fate.EMPTY
        fates[fate] += 1
        learnt += [_phrasing(ticket, target, text) for target in targets if text]
    if not learning.is_dry:
        learn(learnt, at_once=False)
    return fates


def origin_of(ticket: Solved) -> str:
    """The origin of what was learnt from a ticket of a history."""
    return f"history:{ticket.id}"[:200]


def _fate(ticket: Solved, targets: Sequence[int], known: Collection[str], learning: Learning) -> Fate:
    if learning.until and ticket.created >= learning.until:
        return Fate.LATER
    if not ticket.articles:
        return Fate.UNSOLVED
    if len(ticket.articles) > MOST_ARTICLES:
        return Fate.TOO_MANY
    if not targets:
        return Fate.NO_ARTICLE
    return Fate.KNOWN if origin_of(ticket) in known else Fate.LEARNT


def _phrasing(ticket: Solved, article_id: int, text: str) -> Phrasing:
    return Phrasing(
        article_id=article_id,
        text=text,
        source=Phrasing.Source.HISTORY,
        origin=origin_of(ticket),
        created_at=ticket.created,
    )


def _articles(names: Collection[str]) -> dict[str, int]:
    found = Article.objects.filter(external_id__in=names, archived_at=None)
    return dict(found.values_list("external_id", "pk"))


def _known(origins: Collection[str]) -> set[str]:
    return set(Phrasing.objects.filter(origin__in=origins).values_list("origin", flat=True))
