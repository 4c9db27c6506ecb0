"""The list of what an article is found by, for its editors and nobody else: pages and API."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import User
from accounts.roles import Role
from kb.models import Article
from search.models import Phrasing
from search.services import phrasings
from tests.factories import AudienceFactory, UserFactory, published_article

pytestmark = pytest.mark.django_db
WORDS = "the flux capacitor hums"


@pytest.fixture
def printer() -> Article:
    return published_article("Printer problems", "Open the front flap.\n")


@pytest.fixture
def editor(people: dict[Role, User], client: Client) -> User:
    client.force_login(people[Role.CONTRIBUTOR])
    return people[Role.CONTRIBUTOR]


def learnt(article: Article, *texts: str) -> Phrasing:
    source = Phrasing.Source.TICKET
    phrasings.learn([Phrasing(article=article, text=t, source=source, origin="ticket:1") for t in texts])
    phrasing = Phrasing.objects.filter(article=article).first()
    assert phrasing is not None
    return phrasing


def address(article: Article, more: str = "") -> str:
    return reverse("search:phrasings", args=[article.pk]) + more


def test_an_editor_reads_the_list_from_the_article(client: Client, editor: User, printer: Article) -> None:
    learnt(printer, WORDS)
    assert address(printer) in client.get(printer.get_absolute_url()).text
    page = client.get(address(printer)).text
    assert WORDS in page
    assert "A ticket that the article solved" in page
    assert "Seen by editors only" in page


def test_an_empty_list_says_what_will_come(client: Client, editor: User, printer: Article) -> None:
    assert "Nothing yet" in client.get(address(printer)).text


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.AGENT])
def test_nobody_else_reads_or_changes_it(
    client: Client, people: dict[Role, User], printer: Article, role: Role
) -> None:
    phrasing = learnt(printer, WORDS)
    client.force_login(people[role])
    assert WORDS not in client.get(printer.get_absolute_url()).text
    assert client.get(address(printer)).status_code == 403
    change = reverse("search:change_phrasing", args=[phrasing.pk])
    assert client.post(change, {"what": "open"}).status_code == 403
    assert not Phrasing.objects.get().for_readers


def test_an_editor_outside_the_audience_is_told_nothing(client: Client, editor: User) -> None:
    hidden = published_article("Payroll", "Secret.\n", audience=AudienceFactory(groups=["Finance"]))
    phrasing = learnt(hidden, WORDS)
    change = reverse("search:change_phrasing", args=[phrasing.pk])
    assert client.get(address(hidden)).status_code == 404
    assert client.post(address(hidden), {"lines": "mine"}).status_code == 404
    assert client.post(change, {"what": "prune"}).status_code == 404
    assert Phrasing.objects.get().pruned_at is None


def test_it_is_taken_off_and_brought_back(client: Client, editor: User, printer: Article) -> None:
    phrasing = learnt(printer, WORDS)
    change = reverse("search:change_phrasing", args=[phrasing.pk])
    assert WORDS not in client.post(change, {"what": "prune"}, follow=True).text
    phrasing.refresh_from_db()
    assert phrasing.pruned_by == editor
    assert WORDS in client.get(address(printer, "?show=pruned")).text
    client.post(f"{change}?show=pruned", {"what": "bring_back"})
    assert WORDS in client.get(address(printer)).text


def test_it_is_opened_to_readers_and_closed(client: Client, editor: User, printer: Article) -> None:
    change = reverse("search:change_phrasing", args=[learnt(printer, WORDS).pk])
    assert "Offered to readers" in client.post(change, {"what": "open"}, follow=True).text
    assert "Seen by editors only" in client.post(change, {"what": "close"}, follow=True).text


def test_an_editor_writes_a_list_of_their_own(client: Client, editor: User, printer: Article) -> None:
    typed = {"lines": "Why is it jammed?\n\n why is it JAMMED?\r\nNo toner", "for_readers": "on"}
    page = client.post(address(printer), typed, follow=True).text
    assert "2 added" in page
    assert set(Phrasing.objects.values_list("source", "for_readers", "added_by")) == {
        ("editor", True, editor.pk)
    }


def test_what_an_editor_writes_is_redacted_too(
    client: Client, api: APIClient, editor: User, printer: Article
) -> None:
    client.post(address(printer), {"lines": "Why does robin.kane@gmail.com get no toner?"})
    api.force_authenticate(editor)
    url = reverse("api-search:phrasings", args=[printer.pk])
    made = api.post(url, {"text": "Who is at +44 7911 123456 for toner?"}, format="json")
    assert made.json()["text"] == "Who is at [number] for toner?"
    assert set(Phrasing.objects.values_list("text", flat=True)) == {
        "Why does [email] get no toner?",
        "Who is at [number] for toner?",
    }


@pytest.mark.parametrize("lines", ["", " \n ", "x" * 1_501, "\n".join(map(str, range(101)))])
def test_what_does_not_fit_is_told_and_kept(
    client: Client, editor: User, printer: Article, lines: str
) -> None:
    page = client.post(address(printer), {"lines": lines})
    assert page.status_code == 422
    assert lines.strip()[:50] in page.text
    assert not Phrasing.objects.exists()


def test_hostile_words_stay_words(client: Client, editor: User, printer: Article) -> None:
    learnt(printer, "<script>alert(1)</script> " + "<b>x</b> " * 60)
    assert "<script>alert" not in client.get(address(printer)).text


def test_two_hundred_are_paged_with_as_many_queries_as_two(
    client: Client, editor: User, printer: Article, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    learnt(printer, *(f"question {number}" for number in range(200)))
    with django_assert_max_num_queries(20):
        page = client.get(address(printer, "?page=4")).text
    assert "Page 4 of 4" in page
    assert page.count('class="list-row stack"') == 50


class TestApi:
    def test_an_editor_lists_adds_and_takes_off(
        self, api: APIClient, people: dict[Role, User], printer: Article
    ) -> None:
        api.force_authenticate(people[Role.CONTRIBUTOR])
        learnt(printer, WORDS)
        url = reverse("api-search:phrasings", args=[printer.pk])
        made = api.post(url, {"text": "Why is it jammed?", "for_readers": True}, format="json")
        assert made.status_code == 201
        assert {each["text"] for each in api.get(url).json()["results"]} == {WORDS, "Why is it jammed?"}
        one = reverse("api-search:phrasing", args=[made.json()["id"]])
        assert api.delete(one).status_code == 204
        assert Phrasing.objects.get(pk=made.json()["id"]).pruned_at

    def test_others_are_refused(self, api: APIClient, people: dict[Role, User], printer: Article) -> None:
        phrasing = learnt(printer, WORDS)
        api.force_authenticate(people[Role.AGENT])
        assert api.get(reverse("api-search:phrasings", args=[printer.pk])).status_code == 403
        assert api.delete(reverse("api-search:phrasing", args=[phrasing.pk])).status_code == 403
        hidden = published_article("Payroll", "Secret.\n", audience=AudienceFactory(groups=["Finance"]))
        api.force_authenticate(UserFactory(role=Role.CONTRIBUTOR))
        assert api.get(reverse("api-search:phrasings", args=[hidden.pk])).status_code == 404
        secret = learnt(hidden, WORDS)
        assert api.delete(reverse("api-search:phrasing", args=[secret.pk])).status_code == 404
