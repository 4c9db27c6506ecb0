"""Finding an article while typing, and on the search page, with the keyboard alone; an editor steers it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from kb.models import Article
from search import services
from search.models import Phrasing
from search.replica import forget_replicas
from tests.factories import UserFactory
from tests.search.articles import small_company

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[Page, str], None]
Check = Callable[[Page], None]
KNOWN = "Why does my printer say that toner is low?"


@pytest.fixture
def articles(db: None) -> dict[str, Article]:
    made = small_company()
    Phrasing.objects.create(
        article=made["printer"], text=KNOWN, digest="known", source="editor", for_readers=True
    )
    forget_replicas()
    services.reconcile()
    return made


def test_suggestions_and_search_with_the_keyboard(
    page: Page,
    live_server: LiveServer,
    articles: dict[str, Article],
    sign_in: SignIn,
    assert_accessible: Check,
) -> None:
    UserFactory(username="nadia", role=Role.EMPLOYEE)
    sign_in(page, "nadia")
    box, options = page.locator("#id_text"), page.locator("[data-suggestions] [role=option]")

    # Type, look down the list, change one's mind: what was typed is still there, and focus never left.
    box.press_sequentially("print")
    expect(options).to_have_text(["Printer problems Read", f"{KNOWN} Ask"])
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", options.first.get_attribute("id"))
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("print")
    expect(box).to_be_focused()

    # A known question is asked.
    box.press_sequentially("er")
    expect(options).to_have_count(2)
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator(".turn-question")).to_contain_text(KNOWN, timeout=60_000)

    # An article is opened, from the search page; with a slip of the finger.
    page.get_by_role("link", name="Search", exact=True).click()
    search = page.get_by_role("combobox", name="Words to look for")
    page.locator("#search-box").focus()
    search.press_sequentially("pasword")
    expect(options).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reset a forgotten password")

    # Enter belongs to the box until something is chosen.
    page.goto("/search/")
    page.locator("#search-box").focus()
    search.press_sequentially("paper jam")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_be_visible()
    expect(page.locator(".list-title").first).to_have_text("Printer problems")
    assert_accessible(page)
    page.goto("/search/?q=zzzz+qqqq")
    expect(page.get_by_text("Nothing for “zzzz qqqq”")).to_be_visible()
    assert_accessible(page)


def test_an_editor_pins_an_article_on_a_phone(
    phone: Page,
    live_server: LiveServer,
    articles: dict[str, Article],
    sign_in: SignIn,
    assert_accessible: Check,
) -> None:
    UserFactory(username="grace", role=Role.PUBLISHER)
    sign_in(phone, "grace")
    phone.goto("/words/?q=zebra")
    phone.goto(f"/words/pins/of/{articles['vpn'].pk}/?words=zebra")
    assert_accessible(phone)
    phone.get_by_role("button", name="Pin it").click()
    expect(phone.get_by_role("link", name="zebra")).to_be_visible()
    phone.get_by_role("link", name="Add a group").click()
    phone.get_by_label("Words that mean the same").fill("tunnel, VPN")
    phone.get_by_role("button", name="Keep them").click()
    expect(phone.get_by_role("link", name="tunnel, VPN")).to_be_visible()
    assert_accessible(phone)
    phone.goto("/search/?q=zebra")
    expect(phone.locator(".list-row").first).to_contain_text("Picked by the editors")
    width = phone.evaluate("document.documentElement.scrollWidth")
    assert width == 390
