"""What the demo company promises, when its desk is open, and what two people said afterwards."""

from typing import Any

from django.db import transaction

from escalation.models import SavedView, Ticket
from escalation.promises.clock import Target
from escalation.promises.wording import holidays_in, length_in, spans_in
from escalation.services import promises, surveys


@transaction.atomic
def load_promises(content: dict[str, Any]) -> None:
    """Set it all, and count for the tickets that are there."""
    lengths = {
        level: Target(*(length_in(length) for length in pair)) for level, pair in content["targets"].items()
    }
    promises.set_targets(
        lengths=lengths,
        week=[spans_in(day) for day in content["week"]],
        holidays=holidays_in(content["holidays"]),
    )
    promises.promise_anew()
    for name, query in content["views"].items():
        SavedView.objects.update_or_create(owner=None, name=name, defaults={"query": query})
    for said in content["surveys"]:
        survey = surveys.ask(Ticket.objects.get(subject=said.pop("subject")))
        surveys.answer(survey=survey, **said)
