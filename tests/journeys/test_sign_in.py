"""The door: it opens, for everybody."""

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts.models import User
from accounts.roles import Role
from tests.factories import UserFactory
from tests.journeys.conftest import AssertAccessible, SignIn


@pytest.fixture(params=["page", "phone"])
def screen(request: pytest.FixtureRequest) -> Page:
    return request.getfixturevalue(request.param)


def test_anyone_can_use_the_sign_in_page(screen: Page, assert_accessible: AssertAccessible) -> None:
    screen.goto("/")
    expect(screen.get_by_role("heading", name="Sign in")).to_be_visible()
    assert_accessible(screen)
    wider = screen.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wider, "the page scrolls sideways"


def test_a_person_signs_in_and_sees_their_profile(
    page: Page, people: dict[Role, User], sign_in: SignIn, assert_accessible: AssertAccessible
) -> None:
    sign_in(page, people[Role.EMPLOYEE].username)
    page.goto("/accounts/profile/")
    expect(page.get_by_role("heading", level=1)).to_have_text(people[Role.EMPLOYEE].display_name)
    assert_accessible(page)


def test_a_visitor_of_the_demo_signs_in_with_one_click(
    page: Page, settings: Settings, assert_accessible: AssertAccessible
) -> None:
    settings.DEMO = True
    agent = UserFactory(role=Role.AGENT, demo_role=Role.AGENT.value)
    page.goto("/accounts/login/?next=/accounts/profile/")
    assert_accessible(page)
    page.get_by_role("button", name=agent.display_name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(agent.display_name)
