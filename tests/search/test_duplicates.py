"""Is there an article about this already? Found by meaning, and only what one may read."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from kb import services as articles
from kb.models import Article
from kb.skeletons import SKELETONS
from search import engine
from search.duplicates import MOST_SHOWN, THRESHOLD, draft_text, similar_to
from tests.factories import AudienceFactory, UserFactory, new_revision, published_article

pytestmark = pytest.mark.django_db

TITLE = "Reset a forgotten password"
BODY = (
    "## Steps\n\n1. Open the sign-in page and choose Forgotten password.\n2. Follow the link in the mail.\n"
)


@pytest.fixture
def contributor(people: dict[Role, User]) -> User:
    return people[Role.CONTRIBUTOR]


@pytest.fixture
def password(index: Callable[[], int]) -> Article:
    article = published_article(TITLE, BODY)
    published_article("Book a meeting room", "Open the calendar and choose a room with enough seats.\n")
    index()
    return article


def test_a_draft_about_the_same_finds_the_article(password: Article, contributor: User) -> None:
    found = similar_to(
        "Forgotten password: how to reset it",
        "",
        "Choose Forgotten password on the sign-in page, then follow the link in the mail.",
        user=contributor,
    )
    assert [each.article for each in found] == [password]
    assert found[0].likeness >= THRESHOLD


def test_what_a_draft_links_to_and_its_template_hide_nothing(password: Article, contributor: User) -> None:
    title, body = "Forgotten password: how to reset it", "Choose Forgotten password on the sign-in page.\n"
    (plain,) = similar_to(title, "", body, user=contributor)
    rest = "\n[Book a meeting room with enough seats for everybody on the third floor](article:rooms)\n"
    (linked,) = similar_to(title, "", body + rest, user=contributor)
    (begun,) = similar_to(title, "", body + SKELETONS["how-to"], user=contributor)
    assert linked.article == begun.article == password
    assert linked.likeness == pytest.approx(plain.likeness)
    assert begun.likeness == pytest.approx(plain.likeness)


def test_a_draft_about_something_else_finds_nothing(password: Article, contributor: User) -> None:
    assert similar_to("Order a new chair", "", "Chairs come from facilities.", user=contributor) == []


def test_the_article_that_is_being_changed_is_not_like_itself(password: Article, contributor: User) -> None:
    assert similar_to(TITLE, "", BODY, user=contributor, besides=password.pk) == []


def test_what_one_may_not_read_is_not_told_of(index: Callable[[], int], contributor: User) -> None:
    published_article(TITLE, BODY, audience=AudienceFactory(groups=["Finance"]))
    index()
    assert similar_to(TITLE, "", BODY, user=contributor) == []
    finance = UserFactory(role=Role.CONTRIBUTOR, groups=["Finance"])
    assert len(similar_to(TITLE, "", BODY, user=finance)) == 1


def test_an_article_that_was_put_away_is_gone_at_once(
    password: Article, contributor: User, people: dict[Role, User]
) -> None:
    articles.archive(article=password, by=people[Role.PUBLISHER], reason="Old.")
    assert similar_to(TITLE, "", BODY, user=contributor) == []


def test_only_the_nearest_few_are_named_and_each_once(index: Callable[[], int], contributor: User) -> None:
    for number in range(MOST_SHOWN + 2):
        new_revision(published_article(f"{TITLE} {number}", BODY), body=BODY + "\nAsk us.\n")
    index()
    found = similar_to(TITLE, "", BODY, user=contributor)
    assert len({each.article.pk for each in found}) == len(found) == MOST_SHOWN
    assert [each.likeness for each in found] == sorted((each.likeness for each in found), reverse=True)


def test_too_little_to_tell_and_no_model_find_nothing(
    password: Article, contributor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert draft_text("VPN", "", "") == ""
    assert similar_to("VPN", "", "", user=contributor) == []
    monkeypatch.setattr(engine, "embedder_if_possible", lambda: None)
    assert similar_to(TITLE, "", BODY, user=contributor) == []


def test_the_editor_shows_them_with_what_to_do(client: Client, password: Article, contributor: User) -> None:
    client.force_login(contributor)
    copy = articles.begin(author=contributor, kind="how-to")
    sent = {"title": TITLE, "body": BODY, "copy": copy.pk}
    response = client.post(reverse("search:similar"), sent, headers={"hx-request": "true"})
    shown = response.content.decode()
    assert f"{reverse('kb:write', args=[copy.pk])}?beside={password.pk}" in shown
    assert reverse("kb:edit", args=[password.pk]) in shown
    assert "There seems to be an article about this." in shown
    assert "<html" not in shown
    assert "<html" in client.post(reverse("search:similar"), sent).content.decode()


def test_a_reviewer_is_shown_them_too(client: Client, password: Article, people: dict[Role, User]) -> None:
    writer = people[Role.CONTRIBUTOR]
    old = published_article("Forgotten password", "Old.\n")
    draft = articles.write_revision(article=old, author=writer, title=TITLE, body=BODY)
    revision = articles.submit(revision=draft, by=writer)
    client.force_login(people[Role.PUBLISHER])
    page = BeautifulSoup(client.get(reverse("kb:revision", args=[revision.pk])).content, "html.parser")
    form = page.select_one("#similar-words")
    assert form is not None
    assert form.select_one("button[type=submit]") is not None
    sent = {str(field["name"]): str(field["value"]) for field in form.select("input")}
    shown = client.post(str(form["action"]), sent).content.decode()
    assert password.get_absolute_url() in shown
    assert revision.article.get_absolute_url() not in shown


def test_anothers_copy_and_wrong_values_change_nothing(
    client: Client, password: Article, contributor: User, people: dict[Role, User]
) -> None:
    client.force_login(contributor)
    others = articles.work_on(article=password, author=people[Role.PUBLISHER])
    response = client.post(reverse("search:similar"), {"title": TITLE, "body": BODY, "copy": others.pk})
    assert "?beside=" not in response.content.decode()
    for title in ("\0", "x" * 201):
        assert client.post(reverse("search:similar"), {"title": title, "copy": "x"}).status_code == 200
    assert client.get(reverse("search:similar")).status_code == 200


def test_only_people_who_write_may_ask(client: Client, employee: User) -> None:
    client.force_login(employee)
    assert client.post(reverse("search:similar"), {"title": TITLE}).status_code == 403
