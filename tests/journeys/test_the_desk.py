"""The desk's list with the keyboard alone, and the two questions on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.roles import Role
from escalation import services
from escalation.models import Survey, Ticket
from tests.escalation.factories import open_ticket
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[Page, str], None]
Check = Callable[[Page], None]


def test_an_agent_works_on_the_list_with_the_keyboard_alone(
    page: Page, sign_in: SignIn, assert_accessible: Check
) -> None:
    UserFactory(username="daan", first_name="Daan", role=Role.AGENT)
    for subject in ("First door", "Second door", "Third door"):
        open_ticket(subject=subject, description="")
    sign_in(page, "daan")
    page.goto("/help/desk/")
    assert_accessible(page)
    keys = page.keyboard

    # The list of keys opens, and closes as every dialog does.
    keys.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    keys.press("Escape")

    # Down, down, up, tick; the last one again, tick.
    for key in ("j", "j", "k"):
        keys.press(key)
    expect(page.get_by_role("link", name="First door")).to_be_focused()
    for key in ("x", "j", "x"):
        keys.press(key)
    expect(page.locator("[name=ticket]:checked")).to_have_count(2)

    # To what is done with them: the first of the list is to take them.
    keys.press("b")
    expect(page.locator("#bulk-action")).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 done")
    assert_accessible(page)
    assert Ticket.objects.filter(assignee__username="daan").count() == 2

    # While somebody types, a key is a letter; turned off, it is nothing.
    page.goto("/help/desk/?view=all&q=door")
    box = page.locator("#narrowform_q")
    box.focus()
    keys.press("End")
    keys.type("jx?")
    expect(box).to_have_value("doorjx?")
    expect(page.locator("[name=ticket]:checked")).to_have_count(0)
    page.locator("#view-title").click()
    keys.press("?")
    page.get_by_role("button", name="Turn shortcuts off").press("Enter")
    keys.press("Escape")
    page.reload()
    keys.press("?")
    expect(page.get_by_role("dialog")).not_to_be_visible()

    # Enter opens what has the focus.
    page.get_by_role("link", name="Third door").focus()
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Third door")


def test_two_questions_are_answered_on_a_phone_from_the_mail(phone: Page, assert_accessible: Check) -> None:
    ticket = open_ticket(subject="A door")
    services.resolve(ticket=ticket, by=UserFactory(role=Role.AGENT), body="Pull harder.")
    phone.goto(f"/help/survey/{Survey.objects.get().token}/?s=4")
    expect(phone.get_by_label("Satisfied", exact=True)).to_be_checked()
    assert_accessible(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_label("No", exact=True).check()
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert_accessible(phone)
    survey = Survey.objects.get()
    assert (survey.satisfaction, survey.repeated) == (4, False)
