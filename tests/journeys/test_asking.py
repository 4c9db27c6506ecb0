"""What happens on the page while an answer comes: it streams, breaks off, is sent twice; and which article it was."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.roles import Role
from kb.models import Article
from search import calibration, services
from search.calibration import Judgement
from search.confidence import Level
from search.models import Question
from search.replica import forget_replicas
from tests.factories import UserFactory, published_article
from tests.search.articles import small_company
from tests.search.llm.server import Handler, ScriptedServer, saying, scripted_server

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[Page, str], None]
Check = Callable[[Page], None]
FORGOT = "I forgot my password on my laptop, how do I reset it?"
FIRST = "Select I forgot my password on the sign-in screen."
SECOND = "Type the code that the Authenticator app shows."
whole = saying(f"{FIRST} [1]\n", f"{SECOND} [1]\n")


@pytest.fixture
def articles(db: None) -> dict[str, Article]:
    made = small_company()
    made["change"] = published_article(
        "Change a password you know", "Open **Account** and select **Change password**.\n"
    )
    forget_replicas()
    services.reconcile()
    return made


@pytest.fixture
def nadia(articles: dict[str, Article]) -> User:
    return UserFactory(username="nadia", role=Role.EMPLOYEE)


@pytest.fixture
def model(settings: Any) -> Iterator[ScriptedServer]:
    """The site has a language model, which is a scripted server."""
    with scripted_server() as server:
        settings.LLM_BASE_URL, settings.LLM_MODEL = server.base_url, "scripted"
        settings.LLM_FIRST_TIMEOUT = settings.LLM_TIMEOUT = 30.0
        yield server


@pytest.fixture
def offers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is found may be it, and is no answer."""
    monkeypatch.setattr(calibration, "judge", lambda _: Judgement(0.2, Level.MAYBE))


class TestWording:
    """Once an answer is there, its newest turn is worded without being asked to."""

    @pytest.fixture(autouse=True)
    def sure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(calibration, "judge", lambda _: Judgement(0.9, Level.ANSWER))

    def test_each_sentence_is_shown_as_it_comes_and_the_whole_with_what_it_stands_on(
        self,
        page: Page,
        live_server: LiveServer,
        nadia: User,
        model: ScriptedServer,
        sign_in: SignIn,
        assert_accessible: Check,
    ) -> None:
        go_on = threading.Event()

        def halting(handler: Handler) -> None:
            handler.begin()
            handler.piece(f"{FIRST} [1]\n")
            handler.piece(f"{SECOND} [1]\n"[:9])
            go_on.wait(30)
            handler.piece(f"{SECOND} [1]\n"[9:])
            handler.end()

        model.behaviour = halting
        sign_in(page, "nadia")
        ask(page)
        expect(sentences(page)).to_have_text([FIRST])
        expect(page.get_by_role("status").filter(has_text="Putting it in a few sentences")).to_be_visible()
        expect(page.locator(".quote").first).to_be_visible()
        assert_accessible(page)
        go_on.set()
        expect(page.get_by_role("region", name="In short")).to_be_visible()
        expect(sentences(page)).to_have_text([FIRST, SECOND])
        expect(page.get_by_text("Putting it in a few sentences")).to_have_count(0)
        assert_accessible(page)

        # Whoever comes back reads the same, and nothing is sent again.
        page.reload()
        expect(sentences(page)).to_have_text([FIRST, SECOND])
        assert len(model.received) == 1

    def test_a_stream_that_breaks_off_leaves_the_quotes_and_can_be_asked_for_again(
        self, page: Page, live_server: LiveServer, nadia: User, model: ScriptedServer, sign_in: SignIn
    ) -> None:
        model.behaviour = saying_half
        sign_in(page, "nadia")
        ask(page)
        again = page.get_by_role("button", name="Say it in a few sentences")
        expect(again).to_be_visible()
        expect(sentences(page)).to_have_count(0)
        expect(page.locator(".quote").first).to_be_visible()
        model.behaviour = whole
        again.press("Enter")
        expect(sentences(page)).to_have_text([FIRST, SECOND])

    @pytest.mark.parametrize("failure", ["no connection", "a page instead", "broken lines"])
    def test_when_the_site_itself_fails_half_way_the_quotes_are_the_answer(
        self,
        page: Page,
        live_server: LiveServer,
        nadia: User,
        model: ScriptedServer,
        sign_in: SignIn,
        failure: str,
    ) -> None:
        sign_in(page, "nadia")
        if failure == "no connection":
            page.route("**/wording/", lambda route: route.abort())
        elif failure == "a page instead":
            page.route("**/wording/", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
        else:
            page.route("**/wording/", lambda route: route.fulfill(body='{"sentence": "Restart"}\n{"sent\n'))
        ask(page)
        expect(page.locator(".wording")).to_have_count(0)
        expect(page.locator(".quote").first).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("Restart")
        expect(page.locator("main")).not_to_contain_text("Bad gateway")

    def test_a_button_that_is_pressed_twice_sends_once(
        self, page: Page, live_server: LiveServer, nadia: User, model: ScriptedServer, sign_in: SignIn
    ) -> None:
        model.behaviour = saying_half
        sign_in(page, "nadia")
        ask(page)
        again = page.get_by_role("button", name="Say it in a few sentences")
        expect(again).to_be_visible()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url))
        model.behaviour = whole
        again.dblclick()
        expect(sentences(page)).to_have_text([FIRST, SECOND])
        assert len([url for url in sent if url.endswith("/wording/")]) == 1


def test_a_question_that_is_sent_twice_is_asked_once(
    page: Page, live_server: LiveServer, nadia: User, sign_in: SignIn
) -> None:
    sign_in(page, "nadia")
    page.get_by_role("textbox").first.fill(FORGOT)
    page.evaluate(
        "const form = document.getElementById('ask-form'); form.requestSubmit(); form.requestSubmit()"
    )
    expect(page.locator(".turn")).to_have_count(1, timeout=60_000)
    page.wait_for_load_state("networkidle")
    assert Question.objects.count() == 1


@pytest.mark.usefixtures("offers_only")
class TestWhichOneSolvedIt:
    def test_is_told_with_the_keyboard_alone(
        self, page: Page, live_server: LiveServer, nadia: User, sign_in: SignIn, assert_accessible: Check
    ) -> None:
        sign_in(page, "nadia")
        ask(page)
        page.get_by_role("button", name="One of these solved it").press("Enter")
        expect(page.get_by_role("group", name="Which one was it?")).to_be_visible()
        assert_accessible(page)
        page.keyboard.press("Tab")  # the panel has the focus, so its first button comes next
        expect(page.get_by_role("button", name="Reset a forgotten password")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".feedback")).to_contain_text(
            "You said that “Reset a forgotten password” solved it."
        )
        assert_accessible(page)

    def test_is_told_without_javascript(
        self, browser: Browser, live_server: LiveServer, nadia: User, sign_in: SignIn
    ) -> None:
        context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
        page = context.new_page()
        sign_in(page, "nadia")
        ask(page)
        page.get_by_role("button", name="One of these solved it").click()
        page.get_by_role("button", name="Change a password you know").click()
        expect(page.locator(".feedback")).to_contain_text(
            "You said that “Change a password you know” solved it."
        )
        context.close()


def saying_half(handler: Handler) -> None:
    handler.begin()
    handler.piece(f"{FIRST} [1]\n{SECOND[:20]}")


def ask(page: Page) -> None:
    page.get_by_role("textbox").first.fill(FORGOT)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn")).to_have_count(1, timeout=60_000)


def sentences(page: Page) -> Locator:
    return page.locator(".wording-sentences > li")
