"""The main job, end to end, in a real browser: ask, read, ask again, talk to a human, be helped."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.roles import Role
from escalation.models import Ticket
from kb.models import Article
from search import services
from search.models import Question
from search.replica import forget_replicas
from tests.factories import AudienceFactory, UserFactory
from tests.search.articles import small_company

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[Page, str], None]
Check = Callable[[Page], None]


@pytest.fixture
def articles(db: None) -> dict[str, Article]:
    made = small_company(restricted=AudienceFactory(groups=["Finance"]))
    forget_replicas()
    services.reconcile()
    return made


def ask(page: Page, text: str, turns: int = 1) -> None:
    page.get_by_role("textbox").first.fill(text)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn")).to_have_count(turns, timeout=30_000)


def test_from_a_question_to_a_solved_ticket(
    page: Page,
    live_server: LiveServer,
    articles: dict[str, Article],
    sign_in: SignIn,
    assert_accessible: Check,
) -> None:
    UserFactory(username="nadia", first_name="Nadia", role=Role.EMPLOYEE)
    UserFactory(username="daan", first_name="Daan", role=Role.AGENT)

    # Ask, and get a quoted answer that says who speaks.
    sign_in(page, "nadia")
    assert_accessible(page)
    ask(page, "I forgot my password on my laptop, how do I reset it?")
    expect(page.locator(".turn")).to_contain_text("composed by a machine")
    expect(page.locator(".turn")).to_contain_text("I forgot my password")
    assert_accessible(page)

    # Read the article, then come back and say that it did not help.
    page.locator(".source-line a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reset a forgotten password")
    assert_accessible(page)
    page.go_back()
    page.get_by_role("button", name="Not quite").click()
    page.get_by_role("button", name="Incomplete").click()
    expect(page.locator(".feedback")).to_contain_text("Noted")

    # Ask again in other words: the conversation goes on.
    ask(page, "The Authenticator code for the reset is refused again and again", turns=2)

    # Talk to a human: everything is there, one line is struck out.
    page.get_by_role("link", name="Talk to a human").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Talk to a human")
    story = page.locator("main")
    expect(story).to_contain_text("I forgot my password on my laptop")
    expect(story).to_contain_text("The Authenticator code for the reset is refused")
    assert_accessible(page)
    page.locator(".strike", has_text="marked as not helpful").get_by_role("checkbox").uncheck()
    page.get_by_label("Anything to add?").fill("My phone is new since Monday.")
    page.get_by_role("button", name="Send to a human").click()
    expect(page.locator("main")).to_contain_text("TZ-")
    expect(page.locator("main")).to_contain_text("My phone is new since Monday.")
    assert_accessible(page)
    ticket = Ticket.objects.get()
    assert "marked as not helpful" not in str(ticket.pack.content)

    # The agent sees exactly that pack, replies, and resolves with the article.
    page.context.clear_cookies()
    sign_in(page, "daan")
    page.get_by_role("link", name="Desk").click()
    assert_accessible(page)
    page.get_by_role("link", name=ticket.subject).first.click()
    desk = page.locator("main")
    for told in (
        "I forgot my password on my laptop",
        "is refused again and again",
        "My phone is new since Monday.",
        "1 line left out",
    ):
        expect(desk).to_contain_text(told)
    expect(desk).not_to_contain_text("marked as not helpful")
    assert_accessible(page)
    page.locator("#reply textarea").fill("Hello Nadia, set up the Authenticator on your new phone first.")
    page.get_by_role("button", name="Send the reply").click()
    expect(page.locator("main")).to_contain_text("Hello Nadia")
    page.get_by_role("radio", name="Reset a forgotten password").check()
    page.get_by_role("button", name="Resolve").click()
    ticket.refresh_from_db()
    assert ticket.status == "resolved"
    assert ticket.resolved_by_article == articles["password"]

    # The employee sees it.
    page.context.clear_cookies()
    sign_in(page, "nadia")
    page.get_by_role("link", name="My tickets").first.click()
    page.get_by_role("link", name=ticket.subject).first.click()
    expect(page.locator("main")).to_contain_text("Hello Nadia")
    expect(page.locator("main")).to_contain_text("Reset a forgotten password")
    assert_accessible(page)


def test_the_whole_way_works_without_javascript(
    browser: Browser, live_server: LiveServer, articles: dict[str, Article], sign_in: SignIn
) -> None:
    UserFactory(username="nadia", role=Role.EMPLOYEE)
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    sign_in(page, "nadia")
    ask(page, "I forgot my password on my laptop, how do I reset it?")
    page.get_by_role("button", name="Not quite").click()
    expect(page.locator(".feedback")).to_contain_text("What was wrong?")
    page.get_by_role("link", name="Talk to a human").first.click()
    page.get_by_role("button", name="Send to a human").click()
    expect(page.locator("main")).to_contain_text("TZ-")
    context.close()


def test_somebody_outside_the_audience_finds_no_trace(
    page: Page, live_server: LiveServer, articles: dict[str, Article], sign_in: SignIn
) -> None:
    UserFactory(username="nadia", role=Role.EMPLOYEE)
    sign_in(page, "nadia")
    ask(page, "When is the secret payroll bonus run, BON-991?")
    expect(page.locator("main")).not_to_contain_text("Payroll bonus run")
    page.get_by_role("link", name="Talk to a human").first.click()
    expect(page.locator("main")).not_to_contain_text("Payroll bonus run")
    page.get_by_role("link", name="Articles").first.click()
    assert str(articles["payroll"].category.name) not in page.content()


def test_what_nothing_answers_is_said_to_be_unknown_and_a_human_is_offered(
    phone: Page,
    live_server: LiveServer,
    articles: dict[str, Article],
    sign_in: SignIn,
    assert_accessible: Check,
) -> None:
    UserFactory(username="nadia", role=Role.EMPLOYEE)
    sign_in(phone, "nadia")
    ask(phone, "What is the nature of the big bang theory?")
    expect(phone.locator(".turn")).to_contain_text("I don't know")
    expect(phone.get_by_role("link", name="Talk to a human").first).to_be_visible()
    assert_accessible(phone)
    assert Question.objects.get().outcome == Question.Outcome.UNSURE
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
