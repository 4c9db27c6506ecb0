"""What is refused before anything else looks at it."""

import pytest
from django.conf import settings
from django.http import SimpleCookie
from django.test import Client

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address", ["/articles/?page=%00", "/?q=a%00b", "/accounts/login/?next=/%00", "/no%00where/"]
)
def test_an_address_with_a_nul_is_refused(client: Client, address: str) -> None:
    client.force_login(UserFactory())
    assert client.get(address).status_code == 400


def test_a_nul_that_is_only_spelled_out_is_let_through(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get("/articles/?page=%2500").status_code == 200


@pytest.mark.parametrize("address", ["/accounts/profile/tokens/%00/revoke/", "/accounts/demo/%00/"])
def test_a_form_sent_to_an_address_with_a_nul_is_refused(client: Client, address: str) -> None:
    client.force_login(UserFactory())
    assert client.post(address).status_code == 400


def test_the_api_refuses_an_address_with_a_nul(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.delete("/api/v1/tokens/%00/").status_code == 400


def test_a_session_cookie_with_a_nul_is_refused(client: Client) -> None:
    client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: "a" * 20 + "\0"})
    assert client.get("/articles/").status_code == 400
