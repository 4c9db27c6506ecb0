"""What a site has written before an update is there after it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from tests.factories import UserFactory

BEFORE = [("escalation", "0002_roles")]
MOVED = [("escalation", "0005_delete_outgoingmail")]


def migrate(targets: list[tuple[str, str]]) -> Apps:
    """Bring the database there, and give the models that it has then."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return executor.loader.project_state(targets).apps


@pytest.fixture
def latest() -> Iterator[None]:
    """Whatever becomes of a test, the next one finds the database of today."""
    yield
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())


def rows(apps: Any, *about: str) -> list[dict[str, Any]]:
    told = ["to", "subject", "body", "created_at", "due_at", "claimed_at", "sent_at", "attempts", "error"]
    app = "accounts" if "recipient" in about else "escalation"
    return list(apps.get_model(app, "OutgoingMail").objects.order_by("pk").values(*told, *about))


def mail_of_before(apps: Any) -> None:
    """Two mails of one ticket, one sent and one that failed, and none of another; somebody may read them."""
    person = apps.get_model("accounts", "User").objects.get()
    tickets = apps.get_model("escalation", "Ticket").objects
    tickets.create(requester=person, subject="Nobody wrote", key="a")
    ticket = tickets.create(requester=person, subject="It hums", key="b")
    now = timezone.now()
    for subject, state in (
        ("sent", {"sent_at": now, "attempts": 1}),
        ("not sent", {"attempts": 3, "error": "down", "claimed_at": now}),
    ):
        apps.get_model("escalation", "OutgoingMail").objects.create(
            ticket=ticket, to="ada@fernhill.example", subject=subject, body="Words", **state
        )
    kind = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="escalation", model="outgoingmail"
    )[0]
    allowed = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename="view_outgoingmail", defaults={"name": "Can view outgoing mail"}
    )[0]
    person.user_permissions.add(allowed)


@pytest.mark.django_db(transaction=True)
def test_mail_of_before_moves_to_accounts_and_back_with_its_ticket_and_its_readers(latest: None) -> None:
    UserFactory()
    before = migrate(BEFORE)
    before.get_model("contenttypes", "ContentType").objects.filter(model="outgoingmail").delete()
    mail_of_before(before)
    told = rows(before)

    after = migrate(MOVED)
    person = after.get_model("accounts", "User").objects.get()
    assert rows(after, "recipient") == [row | {"recipient": person.pk} for row in told]
    hums, silent = after.get_model("escalation", "Ticket").objects.order_by("-key")
    assert list(hums.mails.order_by("pk").values_list("subject", flat=True)) == ["sent", "not sent"]
    assert not silent.mails.exists()
    assert person.user_permissions.get().content_type.app_label == "accounts"

    again = migrate(BEFORE)
    assert rows(again) == told
    assert (
        again.get_model("accounts", "User").objects.get().user_permissions.get().content_type.app_label
        == "escalation"
    )
