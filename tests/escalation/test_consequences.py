"""What follows from what is done on a ticket never undoes it."""

from datetime import datetime

import pytest

from accounts.models import User
from accounts.roles import Role
from escalation import services
from escalation.models import Message, Ticket
from escalation.services import consequences
from escalation.services.consequences import Event
from tests.escalation.factories import open_ticket
from tests.factories import UserFactory


@pytest.mark.django_db
def test_a_follower_that_fails_leaves_what_was_done_and_lets_the_next_one_follow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Event] = []

    def fails(ticket: Ticket, event: Event, by: User, at: datetime | None) -> None:
        Message.objects.filter(ticket=ticket).delete()
        raise RuntimeError

    def notes(ticket: Ticket, event: Event, by: User, at: datetime | None) -> None:
        seen.append(event)

    monkeypatch.setattr(consequences, "FOLLOWERS", (fails, notes))
    ticket = open_ticket()
    services.reply(ticket=ticket, by=UserFactory(role=Role.AGENT), body="Have you tried the other cable?")
    assert seen == [Event.OPENED, Event.REPLIED]
    assert ticket.messages.get().body == "Have you tried the other cable?"
