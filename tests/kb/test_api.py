import pytest
from rest_framework.test import APIClient

from tests.factories import AudienceFactory, CategoryFactory, UserFactory, draft_article, published_article

pytestmark = pytest.mark.django_db


def test_the_api_needs_an_account(db: None) -> None:
    assert APIClient().get("/api/v1/articles/").status_code == 401


def test_lists_and_details_hold_only_what_one_may_read(api: APIClient) -> None:
    seen = published_article("Open")
    hidden = published_article("Bonus run", audience=AudienceFactory(groups=["Finance"]))
    draft = draft_article("Not yet")
    listed = api.get("/api/v1/articles/").json()
    assert [each["title"] for each in listed["results"]] == ["Open"]
    assert listed["count"] == 1
    assert api.get(f"/api/v1/articles/{seen.pk}/").json()["body"] == seen.live_revision.body
    answers = [api.get(f"/api/v1/articles/{pk}/") for pk in (hidden.pk, draft.pk, 10**6)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_the_source_of_an_article_tells_no_more_than_its_page(api: APIClient) -> None:
    published_article("Bonus run", external_id="bonus", audience=AudienceFactory(groups=["Finance"]))
    article = published_article("Pay", "See [this](article:bonus).<!-- Ask Finance first. -->\n")
    assert api.get(f"/api/v1/articles/{article.pk}/").json()["body"] == "See this.\n"


def test_a_member_reads_it(db: None) -> None:
    hidden = published_article("Bonus run", audience=AudienceFactory(groups=["Finance"]))
    api = APIClient()
    api.force_authenticate(UserFactory(groups=["Finance"]))
    assert api.get(f"/api/v1/articles/{hidden.pk}/").json()["title"] == "Bonus run"


def test_a_category_narrows_the_list(api: APIClient) -> None:
    shelf = CategoryFactory(slug="printing")
    published_article("Toner", category=shelf)
    published_article("VPN")
    assert [a["title"] for a in api.get("/api/v1/articles/?category=printing").json()["results"]] == ["Toner"]


def test_a_category_that_no_database_could_hold_is_a_mistake_of_the_caller(api: APIClient) -> None:
    published_article("VPN")
    assert api.get("/api/v1/articles/?category=%00").status_code == 400


def test_the_list_costs_the_same_queries_however_long(
    api: APIClient, django_assert_max_num_queries: object
) -> None:
    for number in range(10):
        published_article(f"Article {number}")
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        api.get("/api/v1/articles/")
