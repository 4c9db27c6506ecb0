"""Tokens for the API: told once, working until revoked, each person's own."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from accounts import services
from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

TOKENS = "/api/v1/tokens/"


@pytest.fixture
def person() -> User:
    return UserFactory()


def with_token(text: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {text}")
    return client


def test_the_profile_page_tells_a_new_token_once_and_it_works(client: Client, person: User) -> None:
    client.force_login(person)
    response = client.post(reverse("accounts:create_token"))
    text = response.context["new_token"]
    assert text in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    assert text not in client.get(reverse("accounts:profile")).content.decode()
    assert with_token(text).get(TOKENS).status_code == 200


def test_what_is_stored_is_not_the_token(person: User) -> None:
    _, text = services.create_token(user=person)
    stored = AuthToken.objects.values().get()
    assert text not in [str(value) for value in stored.values()]


def test_a_revoked_token_no_longer_works(client: Client, person: User) -> None:
    token, text = services.create_token(user=person)
    client.force_login(person)
    client.post(reverse("accounts:revoke_token", args=[token.token_key]))
    assert with_token(text).get(TOKENS).status_code == 401


def test_nobody_revokes_or_sees_the_token_of_another(client: Client, person: User) -> None:
    token, text = services.create_token(user=person)
    other = UserFactory()
    client.force_login(other)
    assert client.post(reverse("accounts:revoke_token", args=[token.token_key])).status_code == 404
    api = APIClient()
    api.force_authenticate(other)
    assert api.get(TOKENS).data["results"] == []
    assert api.delete(f"{TOKENS}{token.token_key}/").status_code == 404
    assert with_token(text).get(TOKENS).status_code == 200


def test_a_token_ends_by_itself(person: User) -> None:
    _, text = services.create_token(user=person)
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        assert with_token(text).get(TOKENS).status_code == 401


def test_a_token_of_somebody_who_left_no_longer_works(person: User) -> None:
    _, text = services.create_token(user=person)
    person.is_active = False
    person.save()
    assert with_token(text).get(TOKENS).status_code == 401


def test_the_api_makes_lists_and_revokes_tokens(person: User) -> None:
    api = APIClient()
    api.force_authenticate(person)
    made = api.post(TOKENS)
    assert made.status_code == 201
    working = with_token(made.data["token"])
    listed = working.get(TOKENS).data["results"]
    assert [token["key"] for token in listed] == [made.data["key"]]
    assert "token" not in listed[0]
    assert working.delete(f"{TOKENS}{made.data['key']}/").status_code == 204
    assert working.get(TOKENS).status_code == 401


def test_the_api_refuses_a_stranger() -> None:
    assert APIClient().get(TOKENS).status_code == 401


@pytest.mark.parametrize("text", ["\xff\xfe", "\0" * 8, "é", "²"])
def test_what_can_be_no_token_is_refused_as_a_wrong_token_is(text: str) -> None:
    assert with_token(text).get(TOKENS).status_code == 401


def test_the_documentation_of_the_api_says_how_to_send_a_token(client: Client, person: User) -> None:
    client.force_login(person)
    assert "knoxApiToken" in client.get("/api/schema/").content.decode()
