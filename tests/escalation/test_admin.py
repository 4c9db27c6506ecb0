import pytest
from django.test import Client
from django.urls import reverse

from escalation.models import Message, Queue, Ticket
from tests.escalation.factories import open_ticket, story_article
from tests.factories import AudienceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("model", ["ticket", "handoffpack", "message"])
def test_every_table_is_listed_and_nothing_in_it_changes_here(admin: Client, model: str) -> None:
    ticket = open_ticket(article=story_article())
    Message.objects.create(ticket=ticket, author=ticket.requester, kind="reply", body="x")
    row = {
        "ticket": ticket,
        "handoffpack": ticket.pack,
        "message": ticket.messages.get(),
    }[model]
    assert admin.get(reverse(f"admin:escalation_{model}_changelist")).status_code == 200
    page = admin.get(reverse(f"admin:escalation_{model}_change", args=[row.pk]))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert admin.get(reverse(f"admin:escalation_{model}_add")).status_code == 403
    assert (
        admin.post(reverse(f"admin:escalation_{model}_delete", args=[row.pk]), {"post": "yes"}).status_code
        == 403
    )


def test_an_administrator_reads_a_pack_as_its_articles_allow(client: Client) -> None:
    from django.contrib.auth.models import Permission

    clerk = UserFactory(is_staff=True)
    clerk.user_permissions.add(*Permission.objects.filter(content_type__app_label="escalation"))
    client.force_login(clerk)
    insider = UserFactory(groups=["Payroll"])
    ticket = open_ticket(insider, article=story_article(audience=AudienceFactory(groups=["Payroll"])))
    page = client.get(reverse("admin:escalation_handoffpack_change", args=[ticket.pack.pk])).content.decode()
    assert "How do I reset my password?" in page
    assert "Reset your password" not in page
    assert "Open the portal" not in page


@pytest.mark.parametrize("model", ["ticket", "handoffpack", "message"])
def test_a_confidential_queue_is_closed_to_administrators_too(admin: Client, model: str) -> None:
    ticket = open_ticket(article=story_article())
    said = Message.objects.create(ticket=ticket, author=ticket.requester, kind="reply", body="x")
    row = {"ticket": ticket, "handoffpack": ticket.pack, "message": said}[model]
    address = reverse(f"admin:escalation_{model}_change", args=[row.pk])
    Ticket.objects.update(queue=Queue.objects.create(name="People team", confidential=True))
    assert admin.get(address).status_code == 302
    assert ticket.number not in admin.get(reverse(f"admin:escalation_{model}_changelist")).content.decode()
