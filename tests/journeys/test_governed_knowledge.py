"""An article's life in a real browser: written, checked, sent back, published, flagged, fixed, and its reader answered.

At a desk and on a phone, in light and in dark, with the mouse and with the keyboard alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.roles import Role
from kb.models import Article, Flag
from kb.workflow import State
from tests.factories import CategoryFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[Page, str], None]
Check = Callable[[Page], None]
MOST_TABS = 150

FIRST = "Switch the headset on.\n\n1. Hold the button.\n2. Choose the headset on your laptop.\n"
BETTER = "Switch the headset on.\n\n1. Hold the blue button for five seconds.\n2. Choose the headset on your laptop.\n"
FIXED = BETTER.replace("five", "ten")


@dataclass
class Mouse:
    """Hands that click."""

    page: Page

    def press(self, target: Locator) -> None:
        target.first.click()

    def write(self, target: Locator, text: str) -> None:
        target.first.fill(text)

    def choose(self, target: Locator, label: str) -> None:
        target.first.select_option(label=label)

    def tick(self, target: Locator) -> None:
        target.first.check()


@dataclass
class Keyboard:
    """Hands that never leave the keyboard: what Tab does not reach, they can't use."""

    page: Page

    def press(self, target: Locator) -> None:
        self._reach(target)
        self.page.keyboard.press("Enter")

    def write(self, target: Locator, text: str) -> None:
        self._reach(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)

    def choose(self, target: Locator, label: str) -> None:
        self._reach(target)
        self.page.keyboard.type(label)

    def tick(self, target: Locator) -> None:
        self._reach(target)
        self.page.keyboard.press("Space")

    def _reach(self, target: Locator) -> None:
        wanted = target.first
        expect(wanted).to_be_attached()
        for _ in range(MOST_TABS):
            if wanted.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"Tab does not reach {target}")


Hands = Mouse | Keyboard


@pytest.fixture
def people_of_the_story(db: None) -> None:
    UserFactory(username="nadia", first_name="Nadia", role=Role.EMPLOYEE)
    UserFactory(username="marisol", first_name="Marisol", role=Role.CANDIDATE)
    UserFactory(username="amira", first_name="Amira", role=Role.CONTRIBUTOR)
    CategoryFactory(name="Phones and headsets")


def hand_in(hands: Hands, body: str) -> None:
    hands.write(hands.page.get_by_label("Text", exact=True), body)
    hands.press(hands.page.get_by_role("button", name="Send for review"))
    expect(hands.page.locator("main")).to_contain_text("waits for a reviewer")


def decide(hands: Hands, button: str) -> None:
    hands.press(hands.page.get_by_role("button", name=button))
    expect(hands.page.locator(".messages")).to_be_visible()


def open_from_workbench(hands: Hands, title: str) -> None:
    hands.press(hands.page.get_by_role("link", name="Workbench"))
    hands.press(hands.page.locator("main").get_by_role("link", name=title))


def live_through(hands: Hands, sign_in: SignIn, look: Check) -> None:
    page = hands.page
    main = page.locator("main")

    # A Candidate writes, and is told what is missing before anybody reads it.
    sign_in(page, "marisol")
    hands.press(page.get_by_role("link", name="Workbench"))
    look(page)
    hands.press(page.get_by_role("link", name="Write an article"))
    look(page)
    hands.press(page.get_by_role("button", name="How-to"))
    look(page)
    hands.write(page.get_by_label("Title"), "Pair a headset")
    hands.choose(page.get_by_label("Category"), "Phones and headsets")
    hands.choose(page.get_by_label("Who may read it"), "Everyone")
    expect(page.locator("#checklist")).to_contain_text("places of the template are not filled in")
    hand_in(hands, FIRST)
    look(page)
    article = Article.objects.get()

    # A Contributor says to a line what it lacks, and sends it back.
    sign_in(page, "amira")
    open_from_workbench(hands, "Pair a headset")
    look(page)
    expect(main).to_contain_text("Hold the button.")
    hands.press(page.get_by_role("link", name="Source"))
    hands.press(page.get_by_role("link", name="Comment on line 3"))
    hands.write(page.get_by_label("Comment on line 3"), "Which button?")
    hands.press(page.get_by_role("button", name="Comment", exact=True))
    expect(main).to_contain_text("Which button?")
    look(page)
    hands.write(page.get_by_label("Reason"), "Name the button, please.")
    decide(hands, "Ask for changes")
    assert article.revisions.get().state == State.CHANGES_REQUESTED

    # Its author finds that on her workbench, with the words beside her text.
    sign_in(page, "marisol")
    open_from_workbench(hands, "Pair a headset")
    look(page)
    expect(main).to_contain_text("Name the button, please.")
    expect(main).to_contain_text("Which button?")
    look(page)
    hand_in(hands, BETTER)

    # Somebody else publishes it.
    sign_in(page, "amira")
    open_from_workbench(hands, "Pair a headset")
    decide(hands, "Approve and publish")
    article.refresh_from_db()
    assert article.words.body == BETTER

    # A reader says why it did not help.
    sign_in(page, "nadia")
    page.goto(article.get_absolute_url())
    look(page)
    hands.press(page.locator("summary", has_text="No"))
    hands.write(page.get_by_label("Your note"), "Five seconds were not enough, ten were.")
    hands.press(page.get_by_role("button", name="Send"))
    expect(main).to_contain_text("Marisol")
    look(page)

    # The owner fixes it; the reviewer sees the one word that changed.
    sign_in(page, "marisol")
    open_from_workbench(hands, "Pair a headset")
    expect(main).to_contain_text("ten were")
    look(page)
    hands.press(page.get_by_role("link", name="Fix it"))
    hand_in(hands, FIXED)
    sign_in(page, "amira")
    open_from_workbench(hands, "Pair a headset")
    expect(page.locator(".diff ins")).to_contain_text("ten")
    expect(page.locator(".diff del")).to_contain_text("five")
    look(page)
    decide(hands, "Approve and publish")

    # The owner answers, and the reader finds the answer where she asked.
    sign_in(page, "marisol")
    open_from_workbench(hands, "Pair a headset")
    hands.tick(page.get_by_label("Fixed in a new revision"))
    hands.write(page.get_by_label("Your answer"), "True. It says ten now.")
    decide(hands, "Send the answer")
    assert Flag.objects.get().answer == "True. It says ten now."
    sign_in(page, "nadia")
    page.goto(article.get_absolute_url())
    expect(main).to_contain_text("It says ten now.")
    expect(main).to_contain_text("for ten seconds")
    look(page)


def test_at_a_desk(page: Page, people_of_the_story: None, sign_in: SignIn, assert_accessible: Check) -> None:
    live_through(Mouse(page), sign_in, assert_accessible)


def test_on_a_phone_in_the_dark(
    phone: Page, people_of_the_story: None, sign_in: SignIn, assert_accessible: Check
) -> None:
    phone.emulate_media(color_scheme="dark")

    def look(page: Page) -> None:
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url

    live_through(Mouse(phone), sign_in, look)


def test_with_the_keyboard_alone(page: Page, people_of_the_story: None, sign_in: SignIn) -> None:
    live_through(Keyboard(page), sign_in, lambda page: None)
