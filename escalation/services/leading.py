"""What those who lead the desk change: queues with their people, and rules in their order."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max

from accounts.models import User
from escalation.models import Queue, RoutingRule
from escalation.services.routing import require_lead


def may_change(queue: Queue, by: User) -> bool:
    """A confidential queue only by its own people: else whoever leads could let themselves in."""
    return not queue.confidential or queue.members.filter(pk=by.pk).exists()


@transaction.atomic
def keep_queue(
    *, queue: Queue | None, name: str, description: str, members: Iterable[User], confidential: bool, by: User
) -> Queue:
    """Make a queue, or change one."""
    require_lead(by)
    if queue is not None and not may_change(queue, by):
        raise PermissionDenied("Only its own people change a confidential queue.")
    queue = queue or Queue()
    queue.name, queue.description, queue.confidential = name, description, confidential
    queue.save()
    queue.members.set(members)
    return queue


@transaction.atomic
def keep_rule(*, rule: RoutingRule, by: User) -> RoutingRule:
    """Keep a rule as it is now; a new one comes last and is not active, until somebody has seen it tried."""
    require_lead(by)
    if rule._state.adding:
        last = RoutingRule.objects.aggregate(last=Max("position"))["last"]
        rule.position = 0 if last is None else last + 1
        rule.active = False
    rule.save()
    return rule


def switch_rule(*, rule: RoutingRule, active: bool, by: User) -> None:
    """From now on a rule holds, or does not."""
    require_lead(by)
    RoutingRule.objects.filter(pk=rule.pk).update(active=active)


def delete_rule(*, rule: RoutingRule, by: User) -> None:
    """What it did stays done."""
    require_lead(by)
    rule.delete()


@transaction.atomic
def raise_rule(*, rule: RoutingRule, by: User) -> None:
    """Ask a rule before the one that was asked before it."""
    require_lead(by)
    order = list(RoutingRule.objects.select_for_update())
    at = order.index(rule)
    if at:
        order[at - 1], order[at] = order[at], order[at - 1]
    for position, each in enumerate(order):
        each.position = position
    RoutingRule.objects.bulk_update(order, ["position"])
