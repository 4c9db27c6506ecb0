"""Two people at the settings of one article: nobody's page undoes what it never showed."""

import html
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Audience, AuditEvent, Category
from tests.factories import (
    AudienceFactory,
    CategoryFactory,
    UserFactory,
    draft_article,
    everyone,
    published_article,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance(db: None) -> Audience:
    return AudienceFactory(name="Finance team", groups=["Finance"])


@pytest.fixture
def grace(client: Client) -> User:
    """A Publisher, who is signed in."""
    user = UserFactory(role=Role.PUBLISHER, first_name="Grace", last_name="Whitlock", groups=["Finance"])
    client.force_login(user)
    return user


@pytest.fixture
def amira(db: None) -> User:
    return UserFactory(role=Role.PUBLISHER, first_name="Amira", last_name="Haddad", groups=["Finance"])


@pytest.fixture
def article(grace: User) -> Article:
    return published_article("Order a laptop", "Ask your lead.\n", owner=grace)


def form_of(response: HttpResponse) -> dict[str, str]:
    """All that a browser would send of the page's form."""
    form = BeautifulSoup(response.content, "html.parser").select_one("form.form")
    assert form is not None
    sent = {str(field["name"]): field.get("value", "") for field in form.select("input[name]")}
    sent |= {str(field["name"]): field.text.strip() for field in form.select("textarea[name]")}
    for field in form.select("select[name]"):
        chosen = field.select_one("option[selected]")
        sent[str(field["name"])] = chosen["value"] if chosen else ""
    return {name: str(value) for name, value in sent.items() if name != "csrfmiddlewaretoken"}


def words(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def address(article: Article) -> str:
    return reverse("kb:settings", args=[article.pk])


def test_a_page_that_was_open_meanwhile_does_not_make_a_restricted_article_public(
    client: Client, grace: User, amira: User, article: Article, finance: Audience
) -> None:
    opened = form_of(client.get(address(article)))
    services.govern(article=article, by=amira, audience=finance)
    again = timezone.localdate() + timedelta(days=40)
    saved = client.post(address(article), {**opened, "review_by": again.isoformat()})
    assert saved.status_code == 302
    article.refresh_from_db()
    assert (article.audience, article.review_by) == (finance, again)
    assert set(AuditEvent.objects.filter(action="changed settings", actor=grace).get().details) == {
        "review_by"
    }


def test_what_somebody_else_changed_too_is_shown_before_it_is_overwritten(
    client: Client, grace: User, amira: User, article: Article, finance: Audience
) -> None:
    board = AudienceFactory(name="Everybody in Finance", groups=["Finance"])
    opened = form_of(client.get(address(article)))
    services.govern(article=article, by=amira, audience=finance)
    refused = client.post(
        address(article), {**opened, "audience": str(board.pk), "reason": "They asked for it"}
    )
    assert refused.status_code == 422
    assert "Amira Haddad changed this to “Finance team” after you opened the page" in words(refused)
    kept = form_of(refused)
    assert (kept["audience"], kept["reason"]) == (str(board.pk), "They asked for it")
    article.refresh_from_db()
    assert article.audience == finance

    assert client.post(address(article), kept).status_code == 302  # now they have seen it
    article.refresh_from_db()
    assert article.audience == board


def test_two_who_choose_the_same_do_not_collide(
    client: Client, grace: User, amira: User, article: Article
) -> None:
    opened = form_of(client.get(address(article)))
    services.govern(article=article, by=amira, kind="faq")
    assert client.post(address(article), {**opened, "kind": "faq"}).status_code == 302


def test_an_owner_who_was_replaced_meanwhile_and_writes_no_more_is_no_error(
    client: Client, grace: User, amira: User
) -> None:
    gone = UserFactory(role=Role.CONTRIBUTOR)
    article = published_article("Order a screen", owner=gone)
    opened = form_of(client.get(address(article)))
    gone.groups.clear()
    services.govern(article=article, by=amira, owner=amira)
    assert client.post(address(article), {**opened, "kind": "faq"}).status_code == 302
    article.refresh_from_db()
    assert (article.kind, article.owner) == ("faq", amira)


def test_an_end_to_the_second_is_left_as_it_is(client: Client, grace: User, article: Article) -> None:
    at = timezone.now() + timedelta(days=3, seconds=7.5)
    services.govern(article=article, by=grace, expires_at=at)
    opened = form_of(client.get(address(article)))
    assert client.post(address(article), {**opened, "kind": "faq"}).status_code == 302
    article.refresh_from_db()
    assert (article.kind, article.expires_at) == ("faq", at)


def test_shelves_with_hidden_articles_alone_are_not_offered(
    client: Client, grace: User, article: Article
) -> None:
    hidden = Category.objects.create(name="Merger with Northwind", slug="merger")
    draft_article(
        "Plans",
        author=UserFactory(role=Role.CONTRIBUTOR, groups=["Board"]),
        audience=AudienceFactory(groups=["Board"]),
        category=hidden,
    )
    CategoryFactory(name="Empty for everybody")
    page = words(client.get(address(article)))
    assert "Merger with Northwind" not in page
    assert "Empty for everybody" in page
    asked = client.post(reverse("kb:bulk"), {"action": "category", "article": [article.pk], "back": ""})
    assert "Merger with Northwind" not in words(asked)
    assert "Empty for everybody" in words(asked)
    sent = {"action": "category", "article": [article.pk], "go": "1", "category": str(hidden.pk)}
    assert client.post(reverse("kb:bulk"), sent).status_code == 422


def test_the_trail_says_what_changed_in_words(client: Client, grace: User, article: Article) -> None:
    board = AudienceFactory(name="Board of directors", groups=["Board"])
    insider = UserFactory(role=Role.PUBLISHER, groups=["Board"], first_name="Ines", last_name="Vogel")
    services.govern(article=article, by=insider, owner=None, audience=board)
    services.govern(article=article, by=insider, kind="faq", governance="compliance", owner=insider)
    services.govern(article=article, by=insider, audience=everyone())
    page = words(client.get(reverse("kb:trail"), {"article": article.pk}))
    assert "<del>How-to</del>" in page
    assert "<ins>Questions and answers</ins>" in page
    assert "An office (compliance)" in page
    assert "<ins>Ines Vogel</ins>" in page
    assert "Board of directors" not in page
    assert "another audience" in page


def test_once_a_draft_waits_for_its_review_its_author_reads_the_settings_and_changes_none(
    client: Client,
) -> None:
    maria = UserFactory(role=Role.CANDIDATE)
    article = draft_article("Half done", author=maria)
    client.force_login(maria)
    assert "Save the settings" in words(client.get(address(article)))
    services.submit(revision=article.revisions.get(), by=maria)
    assert "Save the settings" not in words(client.get(address(article)))
