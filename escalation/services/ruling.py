"""What leads have ruled, asked of tickets: at once when one comes, and on trial before a rule holds."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from accounts.models import User
from escalation.handoff.pack import Kind, Pack
from escalation.models import HandoffPack, RoutingRule, Ticket
from escalation.routing.rules import CALM, UPSET, Facts, Match, Rule, first_match, match_of, words_of
from kb.models import Article, Audience

# The signs of urgency that are a tone of voice.
TONES = {"frustration", "capitals"}
TRIED_ON = 200


def rules_in_force() -> list[RoutingRule]:
    """In the order in which they are asked."""
    return list(RoutingRule.objects.filter(active=True).select_related("queue", "assignee"))


def ruled(ticket: Ticket) -> tuple[RoutingRule, Match] | None:
    """The rule that decides on a ticket, and why; None when none holds."""
    rules = rules_in_force()
    if not rules:
        return None
    (facts,) = facts_of([ticket])
    match = first_match(map(asked_by, rules), facts)
    return next(((rule, match) for rule in rules if match and rule.pk == match.rule.id), None)


def on_trial(rule: RoutingRule, *, reader: User) -> list[tuple[Ticket, Match]]:
    """Which of the newest tickets that this person may see it would have held for, and why."""
    newest = Ticket.objects.workable_by(reader).select_related("queue", "requester", "pack")
    tickets = list(newest.prefetch_related("requester__groups").order_by("-pk")[:TRIED_ON])
    asked = asked_by(rule)
    found = (
        (ticket, match_of(asked, facts)) for ticket, facts in zip(tickets, facts_of(tickets), strict=True)
    )
    return [(ticket, match) for ticket, match in found if match]


def asked_by(rule: RoutingRule) -> Rule:
    """What a rule asks for; a new one, that is not kept yet, too."""
    return Rule(
        id=rule.pk or 0,
        name=rule.name,
        words=words_of(rule.words),
        category=rule.category_id,
        audience=rule.audience_id,
        group=rule.group_id,
        sentiment=rule.sentiment,
        sensitivity=rule.sensitivity,
    )


def facts_of(tickets: Sequence[Ticket]) -> list[Facts]:
    """What rules may ask for, of many tickets in a constant number of queries when packs and groups are fetched."""
    packs = [pack_of(ticket) for ticket in tickets]
    about = [_articles_about(pack) for pack in packs]
    categories = _categories({article for articles in about for article in articles})
    everyone, by_group = _audiences()
    found = []
    for ticket, pack, articles in zip(tickets, packs, about, strict=True):
        groups = frozenset(group.pk for group in ticket.requester.groups.all())
        found.append(
            Facts(
                text=told_in(ticket, pack),
                categories=frozenset(categories[pk] for pk in articles if pk in categories),
                audiences=everyone.union(*(by_group.get(group, frozenset()) for group in groups)),
                groups=groups,
                sentiment=UPSET if any(line.rule in TONES for line in pack.lines) else CALM,
                sensitivity=ticket.sensitivity,
            )
        )
    return found


def pack_of(ticket: Ticket) -> Pack:
    """Without one that can be read, there are still the words of the ticket."""
    try:
        return ticket.pack.as_pack()
    except (HandoffPack.DoesNotExist, ValueError, KeyError, TypeError):
        return Pack(())


def told_in(ticket: Ticket, pack: Pack) -> str:
    """All that the person wrote."""
    return "\n".join([ticket.subject, ticket.description, *(line.text for line in pack.of(Kind.QUESTION))])


def _articles_about(pack: Pack) -> set[int]:
    """What it is about, as far as articles tell: those quoted, opened and read; what only came near may be far."""
    return {line.ref.article_id for line in pack.of(Kind.ARTICLE, Kind.QUOTED, Kind.OPENED) if line.ref}


def _categories(articles: Iterable[int]) -> dict[int, int]:
    found: QuerySet[Article] = Article.objects.filter(pk__in=articles)
    return dict(found.values_list("pk", "category_id"))


def _audiences() -> tuple[frozenset[int], dict[int, frozenset[int]]]:
    """Those of everybody, and those of each group."""
    everyone: set[int] = set()
    by_group: dict[int, frozenset[int]] = {}
    for pk, for_all, group in Audience.objects.values_list("pk", "everyone", "groups"):
        if for_all:
            everyone.add(pk)
        elif group:
            by_group[group] = by_group.get(group, frozenset()) | {pk}
    return frozenset(everyone), by_group
