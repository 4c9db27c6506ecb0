"""The demo company's queues and rules. Their tickets are moved by hand, as agents do."""

from typing import Any

from django.db import transaction

from accounts.models import User
from escalation.models import Queue, RoutingRule


@transaction.atomic
def load_queues(content: dict[str, Any]) -> None:
    """All queues with their people, and all rules; a load that was cut off writes them anew."""
    for queue in content["queues"]:
        made, _ = Queue.objects.update_or_create(
            name=queue["name"],
            defaults={
                "description": queue["description"],
                "confidential": queue.get("confidential", False),
            },
        )
        made.members.set(User.objects.filter(username__in=queue["members"]))
    RoutingRule.objects.all().delete()
    for position, rule in enumerate(content["rules"]):
        RoutingRule.objects.create(
            **{**rule, "queue": Queue.objects.get(name=rule["queue"])}, position=position
        )
