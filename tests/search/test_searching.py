"""The search page and suggestions while typing: what they show, and to whom."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from kb.models import Article, Revision
from search import retrieval, suggesting
from search.models import Phrasing
from tests.factories import AudienceFactory, CategoryFactory, UserFactory, published_article
from tests.search.articles import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def employee(client: Client, employee: User) -> User:
    """Signed in, in the browser."""
    client.force_login(employee)
    return employee


def found(client: Client, **query: str) -> str:
    return client.get(reverse("search:search"), query).text


def titles(page: str) -> list[str]:
    """As the list shows them, without the marks."""
    listed = re.findall(r'class="list-title"[^>]*>(.*?)</a>', page)
    return [re.sub(r"</?mark>", "", title) for title in listed]


def known_question(article: Article, text: str, **fields) -> Phrasing:
    return Phrasing.objects.create(
        **{"article": article, "text": text, "digest": text[:64], "source": "editor", "for_readers": True}
        | fields
    )


class TestTheSearchPage:
    def test_shows_the_nearest_first_with_their_words_marked_and_where_they_stand(
        self, client: Client, employee: User, articles: dict[str, Article]
    ) -> None:
        page = found(client, q="toner in the printer")
        assert titles(page)[0] == "Printer problems"
        assert "<mark>Printer</mark> problems" in page
        assert "<mark>toner</mark> is low" in page
        assert f"{articles['printer'].category.name} › Toner" in page
        assert f'href="{articles["printer"].get_absolute_url()}#toner"' in page
        assert "**" not in page

    def test_without_words_lists_everything_the_newest_first(self, client: Client, employee: User) -> None:
        for age, title in enumerate(["New", "Older", "Oldest"]):
            article = published_article(title)
            moment = timezone.now() - timedelta(days=50 * age)
            Revision.objects.filter(article=article).update(published_at=moment)
        assert titles(found(client)) == ["New", "Older", "Oldest"]
        assert titles(found(client, within="90")) == ["New", "Older"]

    def test_narrows_by_category_kind_and_audience(
        self, client: Client, articles: dict[str, Article]
    ) -> None:
        client.force_login(UserFactory(groups=["Finance"]))
        everything = titles(found(client, q="error when the laptop connects"))
        assert "VPN error FC-412" in everything
        by_kind = titles(found(client, q="error when the laptop connects", kind="known-error"))
        assert by_kind == ["VPN error FC-412"]
        by_category = titles(found(client, category=articles["vpn"].category.slug))
        assert by_category == ["VPN error FC-412"]
        by_audience = titles(found(client, audience=articles["payroll"].audience.slug))
        assert by_audience == ["Payroll bonus run"]

    def test_offers_no_filter_and_counts_nothing_of_what_is_hidden(
        self, client: Client, employee: User
    ) -> None:
        published_article("Open to all")
        hidden = published_article(
            "Board papers",
            category=CategoryFactory(name="Board matters", slug="board"),
            audience=AudienceFactory(groups=["Board"], name="Board", slug="the-board"),
            kind="policy",
        )
        page = found(client)
        assert "1 article," in page
        for told in ("Board", "the-board", "policy"):
            assert told not in page
        for query in ({"category": "board"}, {"audience": hidden.audience.slug}, {"kind": "policy"}):
            (name,) = query
            there, nowhere = found(client, **query), found(client, **{name: "no-such-thing"})
            assert "It was left out" in there
            assert re.sub(r"csrf\w+\" value=\"\w+", "", there) == re.sub(
                r"csrf\w+\" value=\"\w+", "", nowhere
            )

    def test_what_somebody_may_not_read_is_not_found_by_its_own_words(
        self, client: Client, employee: User, articles: dict[str, Article]
    ) -> None:
        page = found(client, q="secret bonus run ledger BON-991")
        assert "Payroll" not in page
        assert "third Friday" not in page

    def test_says_when_no_article_has_a_code(
        self, client: Client, employee: User, articles: dict[str, Article]
    ) -> None:
        page = found(client, q="error FC-419 on the VPN")
        assert titles(page)[0] == "VPN error FC-412"
        assert "No article names FC-419. " in page
        for held in ("FC-412", "fc412", "printer"):
            assert "No article names" not in found(client, q=held)

    def test_a_code_that_only_a_hidden_article_has_is_one_that_no_article_has(
        self, client: Client, employee: User, articles: dict[str, Article]
    ) -> None:
        assert "No article names BON-991. " in found(client, q="error BON-991 on the VPN")
        client.force_login(UserFactory(groups=["Finance"]))
        assert "No article names" not in found(client, q="error BON-991 on the VPN")

    def test_lists_nothing_for_a_word_that_says_next_to_nothing(
        self, client: Client, employee: User, index
    ) -> None:
        for number in range(12):
            published_article(f"Printer {number}", f"Load tray 1 of printer {number} with paper.\n")
        index()
        assert len(titles(found(client, q="printer tray"))) == 10  # a page
        assert titles(found(client, q="<script>alert(1)</script>")) == []

    def test_marks_nothing_but_text(self, client: Client, employee: User, index) -> None:
        published_article(
            "Use <script> & <b>", "Type `<script>alert(1)</script>` *script* [script](https://x.example).\n"
        )
        index()
        page = found(client, q="<script>script & b")
        assert "<script>alert" not in page
        assert "&lt;<mark>script</mark>&gt;" in page
        assert "x.example" not in page

    def test_pages_go_on_with_the_same_words_and_filters(self, client: Client, employee: User) -> None:
        shelf = CategoryFactory()
        for number in range(12):
            published_article(f"Article {number:02}", category=shelf)
        published_article("Elsewhere")
        first, second = (found(client, category=shelf.slug, page=page) for page in ("1", "2"))
        assert "12 articles" in first
        assert len(titles(first)) == 10
        assert len({*titles(first), *titles(second)}) == 12
        assert f"category={shelf.slug}&amp;page=2" in first

    @pytest.mark.parametrize("page", ["0", "-1", "²", "9" * 30, "x"])
    def test_an_odd_page_is_some_page(self, page: str, client: Client, employee: User) -> None:
        assert client.get(reverse("search:search"), {"page": page}).status_code == 200

    def test_a_text_that_is_too_long_is_said_so_and_stays_in_the_box(
        self, client: Client, employee: User
    ) -> None:
        response = client.get(reverse("search:search"), {"q": "word " * 101})
        assert response.status_code == 422
        assert "at most 500 characters" in response.text
        assert "word word" in response.text

    def test_many_hits_cost_as_many_queries_as_few(
        self, client: Client, employee: User, articles: dict[str, Article], django_assert_max_num_queries
    ) -> None:
        found(client, q="printer")
        with django_assert_max_num_queries(26):
            assert len(titles(found(client, q="error laptop printer password"))) == 3


class TestWhereNothingIsFound:
    def test_offers_the_list_without_filters_a_question_and_a_human_with_what_was_typed(
        self, client: Client, employee: User, articles: dict[str, Article]
    ) -> None:
        page = found(client, q="toner", kind="known-error", within="30")
        assert "VPN" in page or "Look in all articles" in page
        page = found(client, q="qqqq zzzz")
        assert "Nothing for “qqqq zzzz”" in page
        assert "about=qqqq+zzzz" in page
        assert 'name="text" value="qqqq zzzz"' in page

    def test_says_how_many_there_are_without_the_filters(self, client: Client, employee: User, index) -> None:
        published_article("Reset a forgotten password", PASSWORD, kind="how-to")
        other = published_article("Leaving the house", "Close the door.\n", kind="policy")
        index()
        page = found(client, q="forgotten password laptop", category=other.category.slug)
        assert titles(page) == []
        assert "Look in all articles</a>: there is 1 for these words" in page

    def test_offers_words_as_titles_spell_them(self, client: Client, employee: User) -> None:
        published_article("Printer problems")
        hidden = published_article("Zeppelin", audience=AudienceFactory(groups=["Board"]))
        assert suggesting.spelt("my pritner is low", user=employee) == "my Printer is low".replace("P", "p")
        assert suggesting.spelt("zepelin", user=employee) == ""
        assert suggesting.spelt("printer", user=employee) == ""
        assert hidden.title == "Zeppelin"

    def test_a_human_is_told_what_was_looked_for(self, client: Client, employee: User) -> None:
        page = client.get(
            reverse("escalation:handoff"), {"about": "qqqq zzzz", "from": "/search/?q=qqqq"}
        ).text
        assert "qqqq zzzz" in page


class TestSuggestions:
    def suggested(self, client: Client, typed: str) -> str:
        return client.get(reverse("search:suggest"), {"q": typed}).text

    @pytest.mark.parametrize(
        "typed",
        ["re", "Reset", "forg", "forgotten pass", "password res", "how do I reset my pass", "pasword"],
    )
    def test_a_title_is_suggested_from_its_beginning_in_any_order_and_with_a_slip(
        self, typed: str, client: Client, employee: User
    ) -> None:
        article = published_article("Reset a forgotten password")
        published_article("Printer problems")
        page = self.suggested(client, typed)
        assert f'data-open="{article.get_absolute_url()}"' in page
        assert "Printer" not in page

    @pytest.mark.parametrize(
        "typed", ["", " ", "r", "  r ", "?!", "%", "_", "'", "zzzz", "<b>", "𝕣", "a" * 5_000]
    )
    def test_what_says_nothing_suggests_nothing(self, typed: str, client: Client, employee: User) -> None:
        published_article("Reset a forgotten password")
        assert "option" not in re.sub(r"{#.*?#}", "", self.suggested(client, typed))

    def test_known_questions_are_suggested_to_those_who_may_read_their_article(
        self, client: Client, employee: User
    ) -> None:
        article = published_article("Printer problems")
        hidden = published_article("Board papers", audience=AudienceFactory(groups=["Board"]))
        known_question(article, "Why does it print blank pages?")
        known_question(article, "Why is it blank for Ms Smith?", for_readers=False)
        known_question(article, "Why is the screen blank?", pruned_at=timezone.now())
        known_question(hidden, "Why is the board blank?")
        page = self.suggested(client, "why blank")
        assert re.findall(r'data-ask="([^"]*)"', page) == ["Why does it print blank pages?"]

    def test_hidden_archived_and_draft_titles_are_never_suggested(
        self, client: Client, employee: User
    ) -> None:
        published_article("Zebra one", audience=AudienceFactory(groups=["Board"]))
        expired = published_article("Zebra two")
        Article.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
        for typed in ("zebra", "zebar", "one zebra"):
            assert "Zebra" not in self.suggested(client, typed)

    def test_a_title_that_was_published_a_moment_ago_is_suggested_without_an_index(
        self, client: Client, employee: User
    ) -> None:
        assert "Zebra" not in self.suggested(client, "zeb")
        published_article("Zebra crossing")
        assert "Zebra" in self.suggested(client, "zeb")

    def test_titles_are_text(self, client: Client, employee: User) -> None:
        published_article('Zebra <img src=x onerror="alert(1)">')
        page = self.suggested(client, "zebra")
        assert "<img" not in page
        assert "&lt;img" in page

    def test_it_takes_few_queries_however_many_match(
        self, client: Client, employee: User, django_assert_max_num_queries
    ) -> None:
        for number in range(12):
            known_question(published_article(f"Zebra {number}"), f"Where is zebra {number}?")
        with django_assert_max_num_queries(8):
            page = self.suggested(client, "zebra nowhere")
        assert page.count('role="option"') == suggesting.ARTICLES + suggesting.QUESTIONS

    def test_a_last_letter_alone_is_no_match(self, client: Client, employee: User) -> None:
        published_article("Report a lost phone")
        published_article("Sign in with your login")
        assert "Report" not in self.suggested(client, "my login r")
        assert "Report" not in self.suggested(client, "how do r")

    def test_a_question_with_all_of_the_words_comes_before_titles_with_half(
        self, client: Client, employee: User
    ) -> None:
        article = published_article("Printer problems")
        known_question(article, "Why does the printer print blank pages?")
        page = self.suggested(client, "printer blank")
        assert page.index("blank pages?") < page.index("Printer problems")
        page = self.suggested(client, "printer")
        assert page.index("Printer problems") < page.index("blank pages?")

    def test_words_that_are_nowhere_read_the_titles_once(
        self, client: Client, employee: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[object] = []
        reading = suggesting._read_titles

        def counted(titles: Any) -> Any:
            read.append(titles)
            return reading(titles)

        monkeypatch.setattr(suggesting, "_read_titles", counted)
        article = published_article("Printer problems")
        assert "Printer problems" in self.suggested(client, "pritner")
        for typed in ("xylo", "xylop", "xyloph nowhere"):
            self.suggested(client, typed)
        assert len(read) == 1
        published_article("Pointer problems")
        assert "Pointer problems" in self.suggested(client, "pionter")
        Article.objects.filter(pk=article.pk).update(expires_at=timezone.now())
        assert "Printer problems" not in self.suggested(client, "pritner")

    def test_titles_kept_for_one_person_are_not_suggested_to_another(
        self, client: Client, employee: User
    ) -> None:
        published_article("Zebra crossing", audience=AudienceFactory(groups=["Board"]))
        board = UserFactory(groups=["Board"])
        client.force_login(board)
        assert "Zebra crossing" in self.suggested(client, "zerba")
        client.force_login(employee)
        assert "Zebra" not in self.suggested(client, "zerba")


@pytest.fixture
def broken_index(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("The index is gone.")

    monkeypatch.setattr(retrieval, "retrieve", broken)


@pytest.mark.usefixtures("broken_index")
class TestWithoutAnEngine:
    def test_the_page_says_so_keeps_the_words_and_offers_a_human(
        self,
        client: Client,
        employee: User,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        response = client.get(reverse("search:search"), {"q": "blank pages"})
        assert response.status_code == 503
        assert "Search is not available right now" in response.text
        assert 'value="blank pages"' in response.text
        assert "about=blank+pages" in response.text
        assert "The index is gone." not in response.text
        assert "Search is not available" in caplog.text

    def test_the_api_says_so_and_what_to_do_instead(
        self, api: APIClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        api.raise_request_exception = False
        response = api.get("/api/v1/search/", {"q": "blank pages"})
        assert response.status_code == 503
        assert response["Retry-After"] == "60"
        answer = response.json()
        (error,) = answer["errors"]
        assert (answer["type"], error["code"]) == ("server_error", "search_unavailable")
        assert "/api/v1/tickets/" in error["detail"]
        assert "The index is gone." not in response.text
        assert "The index is gone." in caplog.text

    def test_the_api_still_lists_everything_for_no_words(self, api: APIClient) -> None:
        published_article("Reset a forgotten password")
        assert api.get("/api/v1/search/").json()["total"] == 1


class TestTheApi:
    def test_finds_what_the_page_finds(self, api: APIClient, articles: dict[str, Article]) -> None:
        answer = api.get("/api/v1/search/", {"q": "toner in the printer", "kind": "how-to"}).json()
        first = answer["results"][0]
        assert first["article"] == articles["printer"].pk
        assert {"text": "Printer", "is_match": True} in first["title"]
        assert answer["total"] >= 1

    def test_suggests_what_the_page_suggests(self, api: APIClient) -> None:
        article = published_article("Reset a forgotten password")
        known_question(article, "How do I reset it?")
        assert api.get("/api/v1/suggestions/", {"q": "reset"}).json() == [
            {"kind": "article", "text": article.title, "url": article.get_absolute_url()},
            {"kind": "question", "text": "How do I reset it?", "url": ""},
        ]

    @pytest.mark.parametrize(
        "query", [{"category": "no-such"}, {"within": "7"}, {"page": "0"}, {"q": "x" * 501}]
    )
    def test_refuses_what_means_nothing(self, query: dict[str, str], api: APIClient) -> None:
        answer = api.get("/api/v1/search/", query)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["attr"] == next(iter(query))
