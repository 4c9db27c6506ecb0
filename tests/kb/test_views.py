import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Audience, Vote
from kb.workflow import State
from tests.factories import (
    AudienceFactory,
    CategoryFactory,
    UserFactory,
    draft_article,
    new_revision,
    published_article,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def employee(client: Client, people: dict[Role, User]) -> User:
    client.force_login(people[Role.EMPLOYEE])
    return people[Role.EMPLOYEE]


@pytest.fixture
def finance(db: None) -> Audience:
    return AudienceFactory(groups=["Finance"])


def read(client: Client, article: Article) -> str:
    response = client.get(article.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_an_article_shows_its_words_and_who_stands_behind_them(client: Client, employee: User) -> None:
    publisher = UserFactory(first_name="Grace", last_name="Whitlock", role=Role.PUBLISHER)
    article = published_article(
        "Set up a printer", "## On Windows\n\n1. Open **Settings**.\n", approver=publisher
    )
    page = read(client, article)
    assert '<h2 id="on-windows">' in page
    assert "<strong>Settings</strong>" in page
    assert "Grace Whitlock" in page
    assert "Did this help?" in page
    assert f"{reverse('escalation:handoff')}?article={article.pk}" in page


def test_hostile_markdown_reaches_no_reader(client: Client, employee: User) -> None:
    body = "<script>alert(1)</script>\n\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>\n"
    page = read(client, published_article("Safe", body))
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert "<img src=x" not in page


def test_an_old_title_in_the_address_leads_to_todays(client: Client, employee: User) -> None:
    article = published_article("Old name")
    old = article.get_absolute_url()
    new_revision(article, title="New name")
    response = client.get(old + "?conversation=3")
    assert response.status_code == 302
    assert response["Location"] == article.get_absolute_url() + "?conversation=3"


def test_what_is_not_for_a_reader_gives_the_same_page_whatever_the_reason(
    client: Client, employee: User, finance: Audience
) -> None:
    hidden = published_article("Bonus run", audience=finance)
    draft = draft_article("Not yet")
    expired = published_article("Summer hours", expires_at=timezone.now() - timedelta(seconds=1))
    archived = published_article("The old portal")
    services.archive(article=archived, by=UserFactory(role=Role.PUBLISHER), reason="Switched off.")
    unknown = 10**6
    pks = (hidden.pk, draft.pk, expired.pk, archived.pk, unknown)
    pages = [client.get(reverse("kb:article", args=[pk, "x"])) for pk in pks]
    assert {page.status_code for page in pages} == {404}
    bodies = {re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.content.decode()) for page in pages}
    assert len(bodies) == 1
    assert "ask the person who gave you the link" in bodies.pop()


def test_the_old_address_of_a_hidden_article_does_not_tell_its_title(
    client: Client, employee: User, finance: Audience
) -> None:
    hidden = published_article("Bonus run", audience=finance)
    assert client.get(reverse("kb:article", args=[hidden.pk, "guess"])).status_code == 404


def test_shelves_count_only_what_the_reader_may_see(
    client: Client, employee: User, finance: Audience
) -> None:
    shelf = CategoryFactory(name="Payroll matters")
    published_article("Bonus run", category=shelf, audience=finance)
    other = CategoryFactory(name="Printing")
    published_article("Paper jam", category=other)
    published_article("Toner", category=other, audience=finance)
    page = client.get(reverse("kb:index")).content.decode()
    assert "Payroll matters" not in page
    assert "Printing" in page
    assert "1 article" in page
    assert client.get(shelf.get_absolute_url()).status_code == 404
    assert "Toner" not in client.get(other.get_absolute_url()).content.decode()


def test_links_and_neighbours_never_name_what_the_reader_may_not_see(
    client: Client, employee: User, finance: Audience
) -> None:
    shelf = CategoryFactory()
    published_article("Bonus run", category=shelf, audience=finance, external_id="bonus")
    published_article("Payslips", category=shelf, external_id="payslips")
    article = published_article(
        "Pay", "See [this](article:bonus) and [that](article:payslips).\n", category=shelf
    )
    page = read(client, article)
    assert "Bonus run" not in page
    assert "Payslips" in page


def test_a_vote_is_kept_with_its_note_for_the_revision_read(client: Client, employee: User) -> None:
    article = published_article()
    client.post(reverse("kb:vote", args=[article.pk]), {"helpful": "no", "note": "The menu moved."})
    vote = Vote.objects.get()
    assert (vote.helpful, vote.note, vote.revision) == (False, "The menu moved.", article.live_revision)


def test_nobody_votes_on_what_they_may_not_read(client: Client, employee: User, finance: Audience) -> None:
    article = published_article(audience=finance)
    assert client.post(reverse("kb:vote", args=[article.pk]), {"helpful": "no"}).status_code == 404


def test_nobody_votes_in_another_readers_name(client: Client) -> None:
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    vote = services.vote(article=published_article(), user=UserFactory(), helpful=True)
    assert client.get(reverse("admin:kb_vote_add")).status_code == 403
    address = reverse("admin:kb_vote_change", args=[vote.pk])
    assert client.post(address, {"note": "Changed."}).status_code == 403
    assert client.get(reverse("admin:kb_vote_changelist")).status_code == 200


def test_a_shelf_costs_the_same_queries_however_many_articles(
    client: Client, employee: User, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    shelf = CategoryFactory()
    for number in range(12):
        published_article(f"Article {number}", category=shelf)
    with django_assert_max_num_queries(8):  # type: ignore[attr-defined]
        client.get(shelf.get_absolute_url())


class TestReview:
    @pytest.fixture
    def waiting(self, db: None) -> Article:
        article = draft_article("New VPN client")
        services.submit(revision=article.revisions.get(), by=article.revisions.get().author)
        return article

    def test_an_employee_sees_no_reviews(self, client: Client, employee: User, waiting: Article) -> None:
        assert client.get(reverse("kb:revision", args=[waiting.revisions.get().pk])).status_code == 403

    def test_a_publisher_reads_and_approves(
        self, client: Client, people: dict[Role, User], waiting: Article
    ) -> None:
        client.force_login(people[Role.PUBLISHER])
        assert "New VPN client" in client.get(reverse("kb:review_queue"), follow=True).content.decode()
        address = reverse("kb:revision", args=[waiting.revisions.get().pk])
        assert client.post(address, {"decision": "approve"}).status_code == 302
        assert waiting.revisions.get().state == State.PUBLISHED

    def test_a_rejection_without_a_reason_keeps_the_page_and_says_so(
        self, client: Client, people: dict[Role, User], waiting: Article
    ) -> None:
        client.force_login(people[Role.PUBLISHER])
        response = client.post(
            reverse("kb:revision", args=[waiting.revisions.get().pk]), {"decision": "reject"}
        )
        assert response.status_code == 422
        assert "Say why" in response.content.decode()

    def test_the_author_is_told_that_somebody_else_decides(self, client: Client, waiting: Article) -> None:
        client.force_login(waiting.revisions.get().author)
        address = reverse("kb:revision", args=[waiting.revisions.get().pk])
        assert "somebody else decides" in client.get(address).content.decode()
        client.post(address, {"decision": "approve"})
        assert waiting.revisions.get().state == State.IN_REVIEW

    def test_reviews_of_other_audiences_are_hidden(
        self, client: Client, people: dict[Role, User], finance: Audience
    ) -> None:
        article = draft_article("Bonus run", audience=finance)
        revision = services.submit(revision=article.revisions.get(), by=article.revisions.get().author)
        client.force_login(people[Role.PUBLISHER])
        assert "Bonus run" not in client.get(reverse("kb:review_queue"), follow=True).content.decode()
        assert client.get(reverse("kb:revision", args=[revision.pk])).status_code == 404
