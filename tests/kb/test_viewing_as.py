import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from accounts.roles import Role
from kb.models import Article, Audience, Vote
from kb.viewing_as import CHOSEN, as_member
from search.replica import forget_replicas
from search.services import reconcile
from tests.factories import (
    AudienceFactory,
    CategoryFactory,
    UserFactory,
    draft_article,
    everyone,
    published_article,
)
from tests.search.articles import small_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance(db: None) -> Audience:
    return AudienceFactory(name="Finance", slug="finance", groups=["Finance"])


@pytest.fixture
def board(db: None) -> Audience:
    return AudienceFactory(name="Board", slug="board", groups=["Board"])


@pytest.fixture
def editor(client: Client, finance: Audience, board: Audience) -> User:
    person = UserFactory(role=Role.PUBLISHER, groups=["Finance", "Board"], is_staff=True)
    client.force_login(person)
    return person


@pytest.fixture
def articles(finance: Audience, board: Audience) -> dict[str, Article]:
    shelf = CategoryFactory(name="Money")
    return {
        "open": published_article(
            "Payslips", "See [this](article:bonus) and [that](article:merger).\n", category=shelf
        ),
        "finance": published_article("Bonus run", category=shelf, audience=finance, external_id="bonus"),
        "board": published_article("Merger plan", category=shelf, audience=board, external_id="merger"),
    }


def view_as(client: Client, audience: Audience, next_: str = "") -> None:
    response = client.post(reverse("kb:view_as"), {"audience": audience.slug, "next": next_})
    assert response.status_code == 302


def what_it_says(client: Client, address: str) -> str:
    """A page's own part, without what differs between any two people."""
    page = client.get(address).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", main)


def test_every_page_shows_exactly_what_a_member_of_the_audience_sees(
    client: Client, editor: User, finance: Audience, articles: dict[str, Article]
) -> None:
    member = Client()
    member.force_login(UserFactory(role=Role.EMPLOYEE, groups=["Finance"]))
    view_as(client, finance)
    pages = [
        reverse("kb:index"),
        reverse("search:ask"),
        articles["open"].category.get_absolute_url(),
        reverse("kb:my_notes"),
        *(article.get_absolute_url() for article in articles.values()),
        "/nothing/here/",
    ]
    for page in pages:
        assert what_it_says(client, page) == what_it_says(member, page), page
    assert client.get(articles["finance"].get_absolute_url()).status_code == 200
    assert client.get(articles["board"].get_absolute_url()).status_code == 404


def test_an_audience_for_everyone_narrows_to_what_everyone_sees(
    client: Client, editor: User, articles: dict[str, Article]
) -> None:
    view_as(client, everyone())
    page = client.get(reverse("kb:index")).content.decode()
    assert "1 article" in page
    assert client.get(articles["finance"].get_absolute_url()).status_code == 404


def test_an_administrator_sees_what_the_audience_sees_too(
    client: Client, finance: Audience, articles: dict[str, Article]
) -> None:
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    view_as(client, finance)
    assert client.get(articles["finance"].get_absolute_url()).status_code == 200
    assert client.get(articles["board"].get_absolute_url()).status_code == 404
    assert client.get(reverse("admin:index")).status_code == 302


def test_nothing_beyond_an_employees_work_is_open_meanwhile(
    client: Client, editor: User, finance: Audience
) -> None:
    waiting = draft_article("Not yet").revisions.get()
    view_as(client, finance)
    assert client.get(reverse("kb:workbench")).status_code != 200
    assert client.get(reverse("kb:revision", args=[waiting.pk])).status_code == 403
    assert client.get(reverse("admin:index")).status_code == 302
    page = client.get(reverse("kb:index")).content.decode()
    assert "Workbench" not in page
    assert "Administration" not in page


def test_a_bar_on_every_page_says_whose_view_it_is_and_ends_it(
    client: Client, editor: User, finance: Audience, articles: dict[str, Article]
) -> None:
    assert "Whose view this is" not in client.get(reverse("kb:index")).content.decode()
    view_as(client, finance)
    for address in (reverse("kb:index"), "/nothing/here/", reverse("kb:workbench")):
        page = client.get(address).content.decode()
        assert "You see what <strong>Finance</strong> sees" in page, address
    here = articles["board"].get_absolute_url()
    response = client.post(reverse("kb:stop_viewing_as"), {"next": here})
    assert response["Location"] == here
    assert client.get(here).status_code == 200


def test_opening_the_address_that_ends_it_does_not(client: Client, editor: User, finance: Audience) -> None:
    view_as(client, finance)
    assert client.get(reverse("kb:stop_viewing_as"))["Location"] == reverse("kb:index")
    assert CHOSEN in client.session


def test_who_only_looks_changes_nothing_and_is_told(
    client: Client, editor: User, finance: Audience, articles: dict[str, Article]
) -> None:
    view_as(client, finance)
    response = client.post(reverse("kb:vote", args=[articles["finance"].pk]), {"helpful": "yes"})
    assert response.status_code == 403
    assert "nothing that you send changes anything" in response.content.decode()
    assert not Vote.objects.exists()
    for method in (client.put, client.delete, client.patch):
        assert method(articles["finance"].get_absolute_url()).status_code == 403


def test_asking_still_works(client: Client, editor: User, finance: Audience) -> None:
    view_as(client, finance)
    response = client.post(reverse("search:ask"), {"text": " "})
    assert response.status_code == 422


def test_an_answer_quotes_only_what_the_audience_reads(
    client: Client, editor: User, finance: Audience, board: Audience
) -> None:
    small_company(restricted=finance)
    forget_replicas()
    reconcile()
    for audience, is_told in ((board, False), (finance, True)):
        view_as(client, audience)
        response = client.post(reverse("search:ask"), {"text": "When is the bonus run?"}, follow=True)
        assert ("third Friday" in response.content.decode()) is is_told, audience
    # What was answered while one looked as Finance is not shown to whoever looks as the board.
    address = response.request["PATH_INFO"]
    view_as(client, board)
    assert "third Friday" not in client.get(address).content.decode()
    forget_replicas()


def test_signing_out_still_works(client: Client, editor: User, finance: Audience) -> None:
    view_as(client, finance)
    client.post(reverse("account_logout"))
    assert CHOSEN not in client.session
    assert client.get(reverse("kb:index")).status_code == 302


def test_one_may_go_from_one_audience_to_another(
    client: Client, editor: User, finance: Audience, board: Audience, articles: dict[str, Article]
) -> None:
    view_as(client, finance)
    assert "Board" in client.get(reverse("kb:view_as")).content.decode()
    view_as(client, board)
    assert client.get(articles["board"].get_absolute_url()).status_code == 200
    assert client.get(articles["finance"].get_absolute_url()).status_code == 404


def test_another_audience_than_ones_own_is_as_unknown_as_any(client: Client, editor: User) -> None:
    AudienceFactory(name="Legal", slug="legal", groups=["Legal"])
    assert "Legal" not in client.get(reverse("kb:view_as")).content.decode()
    for slug in ("legal", "no-such-audience", "", "x" * 10_000):
        response = client.post(reverse("kb:view_as"), {"audience": slug})
        assert response.status_code == 404
    assert CHOSEN not in client.session


def test_it_ends_when_the_audience_is_not_ones_own_any_more(
    client: Client, editor: User, finance: Audience, articles: dict[str, Article]
) -> None:
    view_as(client, finance)
    editor.groups.remove(Group.objects.get(name="Finance"))
    page = client.get(reverse("kb:index")).content.decode()
    assert "Whose view this is" not in page
    assert client.get(articles["finance"].get_absolute_url()).status_code == 404
    assert client.get(articles["board"].get_absolute_url()).status_code == 200


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.AGENT, Role.LEAD])
def test_only_people_who_write_look_as_others_do(
    client: Client, finance: Audience, role: Role, people: dict[Role, User]
) -> None:
    client.force_login(people[role])
    assert client.get(reverse("kb:view_as")).status_code == 403
    assert client.post(reverse("kb:view_as"), {"audience": "everyone"}).status_code == 403
    assert "See what others see" not in client.get(reverse("kb:index")).content.decode()


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "x"])
def test_nobody_is_sent_elsewhere_by_it(
    client: Client, editor: User, finance: Audience, address: str
) -> None:
    for name in ("kb:view_as", "kb:stop_viewing_as"):
        response = client.post(reverse(name), {"audience": "finance", "next": address})
        assert response["Location"] == reverse("kb:index")


def test_the_api_answers_the_person_themselves(
    client: Client, editor: User, finance: Audience, articles: dict[str, Article]
) -> None:
    view_as(client, finance)
    assert client.get(f"/api/v1/articles/{articles['board'].pk}/").status_code == 200


def test_the_api_by_token_knows_nothing_of_it(
    api: APIClient, people: dict[Role, User], articles: dict[str, Article]
) -> None:
    assert api.get(f"/api/v1/articles/{articles['open'].pk}/").status_code == 200


def test_the_person_behind_stays_who_they_are(editor: User, finance: Audience) -> None:
    seen = as_member(editor, finance)
    assert seen.pk == editor.pk
    assert not seen.has_perm("kb.approve_revision")
    assert not seen.has_module_perms("kb")
    assert seen.has_perm("kb.view_article")
    assert editor.has_perm("kb.approve_revision")
    assert editor.is_staff
    assert not seen.is_staff


def test_who_does_not_look_as_others_pays_nothing_for_it(
    client: Client, editor: User, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    with django_assert_max_num_queries(6):  # type: ignore[attr-defined]
        client.get(reverse("kb:index"))


def test_an_audience_with_a_nul_is_none_of_ones_own(client: Client) -> None:
    client.force_login(UserFactory(role=Role.CONTRIBUTOR))
    assert client.post(reverse("kb:view_as"), {"audience": "\0"}).status_code == 404
