"""A real browser on a real server. Without Chromium these tests are skipped, unless REQUIRE_BROWSER is set."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.factories import PASSWORD

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESKTOP = (1280, 900)
PHONE = (390, 844)

SignIn = Callable[[Page, str], None]
AssertAccessible = Callable[[Page], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("journey")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        (pytest.fail if os.environ.get("REQUIRE_BROWSER") else pytest.skip)(
            "There is no Chromium on this machine."
        )
    with sync_playwright() as playwright:
        # Playwright's event loop runs in this thread, and Django would take our queries for a coroutine's.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        expect.set_options(timeout=15_000)
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def _open(browser: Browser, live_server: LiveServer, size: tuple[int, int]) -> Iterator[Page]:
    """A page of its own. What the browser refuses to run, or a script that fails, fails the test at its end."""
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": size[0], "height": size[1]},
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A desktop's window; `page.goto("/articles/")` is on the test's own server."""
    yield from _open(browser, live_server, DESKTOP)


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A phone's."""
    yield from _open(browser, live_server, PHONE)


@pytest.fixture
def sign_in() -> SignIn:
    """`sign_in(page, "employee")`, as a person does it: somebody else who was signed in signs out first."""

    def sign_in_as(page: Page, username: str) -> None:
        page.context.clear_cookies()
        page.goto("/accounts/login/")
        page.locator("[name=login]").fill(username)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/accounts/login" not in url)

    return sign_in_as


@pytest.fixture
def assert_accessible() -> AssertAccessible:
    """axe finds nothing against WCAG 2.2 AA on the page as it stands."""

    def check(page: Page) -> None:
        options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
        results = Axe().run(page, options=options)
        assert results.violations_count == 0, results.generate_report()

    return check
