"""Administrators see people; others see no administration."""

import pytest
from django.test import Client
from django.urls import reverse
from knox.models import AuthToken

from accounts import outbox, services
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_an_administrator_lists_adds_and_opens_people(admin_client: Client) -> None:
    person = UserFactory()
    assert person.username in admin_client.get(reverse("admin:accounts_user_changelist")).content.decode()
    assert admin_client.get(reverse("admin:accounts_user_add")).status_code == 200
    assert admin_client.get(reverse("admin:accounts_user_change", args=[person.pk])).status_code == 200


def test_others_are_turned_away(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get(reverse("admin:index")).status_code == 302


def test_an_administrator_sees_and_ends_tokens_but_makes_and_changes_none(admin_client: Client) -> None:
    token, _ = services.create_token(user=UserFactory())
    page = reverse("admin:knox_authtoken_change", args=[token.pk])
    assert token.token_key in admin_client.get(reverse("admin:knox_authtoken_changelist")).content.decode()
    assert admin_client.get(reverse("admin:knox_authtoken_add")).status_code == 403
    assert admin_client.get(page).status_code == 200
    assert admin_client.post(page, {"expiry": ""}).status_code == 403
    admin_client.post(reverse("admin:knox_authtoken_delete", args=[token.pk]), {"post": "yes"})
    assert not AuthToken.objects.exists()


def test_an_administrator_reads_the_mail_that_waits_and_changes_none_of_it(admin_client: Client) -> None:
    mail = outbox.post(to=UserFactory(), subject="Hello", body="The words of the mail.")
    assert mail is not None
    listed = admin_client.get(reverse("admin:accounts_outgoingmail_changelist")).content.decode()
    assert mail.to in listed
    page = admin_client.get(reverse("admin:accounts_outgoingmail_change", args=[mail.pk])).content.decode()
    assert "The words of the mail." in page
    assert 'name="_save"' not in page
    assert admin_client.get(reverse("admin:accounts_outgoingmail_add")).status_code == 403
    delete = reverse("admin:accounts_outgoingmail_delete", args=[mail.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
