"""Administrators see people; others see no administration."""

import pytest
from django.test import Client
from django.urls import reverse

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
