"""Who gets in, and how."""

import re

import pytest
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import services
from accounts.models import User
from accounts.queries import demo_people
from accounts.roles import Role
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def sign_in(client: Client, login: str, password: str = PASSWORD) -> bool:
    client.post(reverse("account_login"), {"login": login, "password": password})
    return SESSION_KEY in client.session


@pytest.fixture
def demo_agent(settings: Settings) -> User:
    settings.DEMO = True
    return UserFactory(role=Role.AGENT, demo_role=Role.AGENT.value, username="daan")


def become(client: Client, role: str, **data: str):
    return client.post(reverse("accounts:demo_sign_in", args=[role]), data)


def test_a_page_sends_a_stranger_to_the_sign_in_page(client: Client) -> None:
    page = reverse("accounts:profile")
    response = client.get(page)
    assert response.status_code == 302
    door = response.headers["Location"]
    assert door == f"{reverse('account_login')}?next={page}"
    assert client.get(door).status_code == 200


def test_people_sign_in_by_user_name_or_by_address(client: Client) -> None:
    person = UserFactory()
    assert sign_in(client, person.username)
    assert sign_in(Client(), person.email)


def test_a_wrong_password_does_not_sign_in(client: Client) -> None:
    assert not sign_in(client, UserFactory().username, "something else")


def test_guessing_is_slowed_down(client: Client) -> None:
    person = UserFactory()
    for _ in range(10):
        sign_in(client, person.username, "a guess")
    assert not sign_in(client, person.username)


def test_nobody_signs_themselves_up(client: Client) -> None:
    new = {"email": "new@fernhill.example", "username": "new", "password1": PASSWORD}
    assert client.post("/accounts/signup/", new).status_code == 404
    assert not User.objects.filter(username="new").exists()


@pytest.mark.parametrize("page", ["email/", "confirm-email/", "confirm-email/abc/", "login/code/confirm/"])
def test_nobody_gives_themselves_an_address(client: Client, page: str) -> None:
    person, other = UserFactory(), UserFactory()
    client.force_login(person)
    taken = {"action_add": "", "email": other.email}
    assert client.get(f"/accounts/{page}").status_code == 404
    assert client.post(f"/accounts/{page}", taken).status_code == 404


@pytest.mark.parametrize("page", ["login/", "logout/", "inactive/", "reauthenticate/", "password/change/"])
def test_the_pages_that_somebody_signed_in_needs_are_there(client: Client, page: str) -> None:
    client.force_login(UserFactory())
    assert client.get(f"/accounts/{page}", follow=True).status_code == 200


def test_a_forgotten_password_is_set_anew_with_the_link_of_the_mail(client: Client) -> None:
    person = UserFactory()
    client.post(reverse("account_reset_password"), {"email": person.email})
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link
    form = client.get(link.group(), follow=True)
    new = {"password1": "a new horse battery", "password2": "a new horse battery"}
    done = client.post(form.redirect_chain[-1][0], new, follow=True)
    assert done.status_code == 200
    assert sign_in(Client(), person.username, "a new horse battery")


def test_a_mail_server_that_is_down_gives_the_same_page_to_known_and_unknown_people(
    client: Client, settings: Settings
) -> None:
    person = UserFactory()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    known, unknown = (
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in (person.email, "nobody@fernhill.example")
    )
    assert known.status_code == 200
    assert "administrator" in known.content.decode()
    assert known.content == unknown.content


def test_a_forgotten_password_page_is_open_to_strangers(client: Client) -> None:
    assert client.get(reverse("account_reset_password")).status_code == 200


def test_an_account_of_the_site_never_signs_in(client: Client, demo_agent: User) -> None:
    robot = services.system_account(username="importer", name="Importer", roles=(Role.CONTRIBUTOR,))
    assert not robot.has_usable_password()
    robot.set_password(PASSWORD)
    robot.email = "importer@fernhill.example"
    robot.demo_role = Role.CONTRIBUTOR.value
    robot.save()
    assert not sign_in(client, robot.username)
    assert not sign_in(client, robot.email)
    assert become(client, Role.CONTRIBUTOR.value).status_code == 404
    assert robot not in demo_people()
    with pytest.raises(PermissionDenied):
        services.create_token(user=robot)


def test_one_click_signs_in_as_the_demo_person_of_a_role(client: Client, demo_agent: User) -> None:
    response = become(client, "Agent")
    assert response.url == reverse("search:ask")
    assert client.session[SESSION_KEY] == str(demo_agent.pk)


def test_one_click_leads_to_the_page_that_was_wanted_but_never_elsewhere(
    client: Client, demo_agent: User
) -> None:
    assert become(client, "Agent", next="/accounts/profile/").url == "/accounts/profile/"
    assert become(client, "Agent", next="https://evil.example/").url == reverse("search:ask")


def test_one_click_does_not_exist_outside_a_demo(
    client: Client, demo_agent: User, settings: Settings
) -> None:
    settings.DEMO = False
    assert become(client, "Agent").status_code == 404
    assert SESSION_KEY not in client.session
    assert demo_people() == []
    assert demo_agent.display_name not in client.get(reverse("account_login")).content.decode()


def test_one_click_needs_a_post_from_this_site(demo_agent: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get(reverse("accounts:demo_sign_in", args=["Agent"])).status_code == 405
    assert become(client, "Agent").status_code == 403


def test_the_sign_in_page_offers_the_demo_people_in_the_order_of_roles(
    client: Client, demo_agent: User
) -> None:
    employee = UserFactory(role=Role.EMPLOYEE, demo_role=Role.EMPLOYEE.value)
    assert demo_people() == [employee, demo_agent]
    page = client.get(reverse("account_login")).content.decode()
    assert reverse("accounts:demo_sign_in", args=["Agent"]) in page
    assert demo_agent.display_name in page


def test_a_role_has_one_demo_person(demo_agent: User) -> None:
    with pytest.raises(ValidationError, match="Demo role"):
        User(username="second", password="x", demo_role=Role.AGENT.value).full_clean()
