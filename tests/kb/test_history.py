"""History: every text stays readable, any two are compared, an earlier one comes back as a draft."""

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Audience, Revision
from kb.workflow import State
from tests.factories import AudienceFactory, UserFactory, draft_article, new_revision, published_article

pytestmark = pytest.mark.django_db


def words(response: HttpResponse) -> str:
    return " ".join(soup(response).get_text(" ").split())


def soup(response: HttpResponse) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def history_of(article: Article) -> str:
    return reverse("kb:history", args=[article.pk])


def compare(article: Article, query: str = "") -> str:
    return reverse("kb:compare", args=[article.pk]) + query


@pytest.fixture
def editor(client: Client, people: dict[Role, User]) -> User:
    client.force_login(people[Role.CONTRIBUTOR])
    return people[Role.CONTRIBUTOR]


@pytest.fixture
def finance(db: None) -> Audience:
    return AudienceFactory(groups=["Finance"])


@pytest.fixture
def article(db: None) -> Article:
    """Three texts: one that was, one that is live, and a rejected one."""
    made = published_article("Reset your password", "Open the portal.\n")
    new_revision(made, body="Open the new portal.\n")
    author = UserFactory(first_name="Maria", last_name="Duarte", role=Role.CONTRIBUTOR)
    third = services.write_revision(
        article=made, author=author, title="Reset it", body="Shout.\n", change_note="A new idea"
    )
    services.submit(revision=third, by=author)
    grace = UserFactory(first_name="Grace", last_name="Whitlock", role=Role.PUBLISHER)
    services.reject(revision=third, by=grace, reason="Nobody is to shout.")
    made.refresh_from_db()
    return made


class TestHistory:
    def test_every_text_is_listed_with_who_when_and_why(
        self, client: Client, editor: User, article: Article
    ) -> None:
        rows = [
            row.get_text(" ", strip=True)
            for row in soup(client.get(history_of(article))).select(".revision-row")
        ]
        assert len(rows) == 3
        assert "Revision 3 : Reset it" in rows[0] or "Revision 3: Reset it" in rows[0]
        for told in (
            "Rejected",
            "Maria Duarte",
            "A new idea",
            "Grace Whitlock rejected it",
            "Nobody is to shout.",
        ):
            assert told in rows[0]
        assert "Live now" in rows[1]
        assert "Superseded" in rows[2]

    def test_every_text_is_readable_in_whatever_state(
        self, client: Client, editor: User, article: Article
    ) -> None:
        links = soup(client.get(history_of(article))).select(".revision-row .list-title")
        assert len(links) == 3
        for link in links:
            assert client.get(str(link["href"])).status_code == 200

    def test_an_archived_article_keeps_its_history_and_says_who_put_it_away(
        self, client: Client, editor: User, article: Article, people: dict[Role, User], finance: Audience
    ) -> None:
        secret = published_article("Bonus run", audience=finance)
        services.archive(
            article=article, by=people[Role.PUBLISHER], reason="The portal is gone.", replaced_by=secret
        )
        page = words(client.get(history_of(article)))
        assert "Archived by Robin Person" in page
        assert "The portal is gone." in page
        assert "Bonus run" not in page

    def test_an_archived_article_says_where_its_readers_go(
        self, client: Client, editor: User, article: Article, people: dict[Role, User]
    ) -> None:
        other = published_article("Sign in with a key")
        services.archive(article=article, by=people[Role.PUBLISHER], reason="Gone.", replaced_by=other)
        assert "Sign in with a key" in words(client.get(history_of(article)))

    def test_a_long_history_has_pages_and_costs_no_more(
        self, client: Client, editor: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        long = draft_article()
        author = UserFactory(role=Role.CONTRIBUTOR)
        for number in range(60):
            services.write_revision(article=long, author=author, title=f"T{number}", body=f"{number}\n")
        with django_assert_max_num_queries(14):
            page = client.get(history_of(long))
        assert len(soup(page).select(".revision-row")) == 50
        assert len(soup(client.get(history_of(long) + "?page=2")).select(".revision-row")) == 11

    def test_other_audiences_and_employees_find_nothing(
        self, client: Client, editor: User, finance: Audience, article: Article, people: dict[Role, User]
    ) -> None:
        hidden = published_article("Bonus run", audience=finance)
        pages = [
            client.get(reverse(f"kb:{name}", args=[pk]))
            for name in ("history", "compare")
            for pk in (hidden.pk, 10**6)
        ]
        assert {page.status_code for page in pages} == {404}
        assert not any(b"Bonus" in page.content for page in pages)
        client.force_login(people[Role.EMPLOYEE])
        for address in (history_of(article), compare(article)):
            assert client.get(address).status_code == 403


class TestCompare:
    def test_any_two_are_compared_from_the_older_to_the_newer(
        self, client: Client, editor: User, article: Article
    ) -> None:
        for query in ("?from=1&to=3", "?from=3&to=1"):
            page = client.get(compare(article, query))
            assert "From revision 1 to 3" in words(page)
            assert "[added: Shout]" in words(page) or "[added: Shout" in words(page)

    def test_without_a_choice_the_two_newest_are_compared(
        self, client: Client, editor: User, article: Article
    ) -> None:
        assert "From revision 2 to 3" in words(client.get(compare(article)))
        assert "From revision 1 to 2" in words(client.get(compare(article, "?to=2")))

    def test_the_same_one_twice_says_so(self, client: Client, editor: User, article: Article) -> None:
        assert "That is the same revision twice" in words(client.get(compare(article, "?from=2&to=2")))
        lonely = draft_article()
        assert "There is one revision so far" in words(client.get(compare(lonely)))

    @pytest.mark.parametrize("query", ["?from=x&to=y", "?from=-1", "?to=", "?from=²", "?from=1&from=2"])
    def test_nonsense_is_as_no_choice(
        self, client: Client, editor: User, article: Article, query: str
    ) -> None:
        assert client.get(compare(article, query)).status_code == 200

    @pytest.mark.parametrize("query", ["?from=99", "?to=99", "?from=0&to=999999"])
    def test_a_revision_that_is_not_there_is_not_found(
        self, client: Client, editor: User, article: Article, query: str
    ) -> None:
        assert client.get(compare(article, query)).status_code == 404


class TestRestore:
    def restore(self, client: Client, revision: Revision) -> HttpResponse:
        return client.post(reverse("kb:restore", args=[revision.pk]), follow=True)  # type: ignore[return-value]

    def test_an_earlier_text_comes_back_as_a_draft_of_whoever_asks(
        self, client: Client, editor: User, article: Article
    ) -> None:
        page = self.restore(client, article.revisions.get(number=1))
        draft = article.revisions.get(number=4)
        assert (draft.author, draft.state, draft.body) == (editor, State.DRAFT, "Open the portal.\n")
        assert "Revision 4 has the words of revision 1." in words(page)
        assert "Send for review" in words(page)
        article.refresh_from_db()
        assert article.live_revision == article.revisions.get(number=2)

    def test_it_says_whose_text_it_takes_the_place_of(
        self, client: Client, editor: User, article: Article
    ) -> None:
        maria = article.revisions.get(number=3).author
        waiting = services.write_revision(article=article, author=maria, title="Again", body="4\n")
        services.submit(revision=waiting, by=maria)
        page = words(client.get(history_of(article)))
        assert "It takes the place of revision 4 by Maria Duarte" in page
        self.restore(client, article.revisions.get(number=1))
        waiting.refresh_from_db()
        assert waiting.state == State.SUPERSEDED
        assert waiting.body == "4\n"

    def test_an_archived_article_comes_back_through_review(
        self, client: Client, editor: User, article: Article, people: dict[Role, User]
    ) -> None:
        services.archive(article=article, by=people[Role.PUBLISHER], reason="Gone.")
        self.restore(client, article.revisions.get(number=2))
        draft = services.submit(revision=article.revisions.get(number=4), by=editor)
        services.approve(revision=draft, by=people[Role.PUBLISHER])
        article.refresh_from_db()
        assert article.archived_at is None
        assert article.live_revision == draft

    def test_opening_the_address_restores_nothing(
        self, client: Client, editor: User, article: Article
    ) -> None:
        first = article.revisions.get(number=1)
        response = client.get(reverse("kb:restore", args=[first.pk]))
        assert response["Location"] == reverse("kb:revision", args=[first.pk])
        assert article.revisions.count() == 3

    def test_nobody_restores_what_they_may_not_see(
        self, client: Client, editor: User, finance: Audience, article: Article, people: dict[Role, User]
    ) -> None:
        hidden = published_article("Bonus run", audience=finance)
        address = reverse("kb:restore", args=[hidden.revisions.get().pk])
        assert client.post(address).status_code == 404
        client.force_login(people[Role.EMPLOYEE])
        address = reverse("kb:restore", args=[article.revisions.get(number=1).pk])
        assert client.post(address).status_code == 403
        assert hidden.revisions.count() == 1
        assert article.revisions.count() == 3
