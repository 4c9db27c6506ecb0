"""The whole life of an article over the API, under the same rules as the pages."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Flag, Revision
from kb.workflow import State
from tests.factories import (
    AudienceFactory,
    CategoryFactory,
    UserFactory,
    draft_article,
    everyone,
    published_article,
)

pytestmark = pytest.mark.django_db
NEXT_YEAR = (timezone.localdate() + timedelta(days=365)).isoformat()
ARTICLES, REVISIONS = "/api/v1/articles/", "/api/v1/revisions/"


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def post(client: APIClient, address: str, expected: int, **body: Any) -> Any:
    response = client.post(address, body, format="json")
    assert response.status_code == expected, response.content
    return response.json() if response.content else None


@pytest.fixture
def writer(people: dict[Role, User]) -> APIClient:
    return signed_in(people[Role.CANDIDATE])


@pytest.fixture
def reviewer(people: dict[Role, User]) -> APIClient:
    return signed_in(people[Role.CONTRIBUTOR])


def start(writer: APIClient, **fields: Any) -> Any:
    given = {"title": "Pair a headset", "body": "Hold the button.\n", "category": CategoryFactory().slug}
    return post(writer, ARTICLES, 201, **given | {"audience": "everyone"} | fields)


def test_an_article_is_written_sent_back_changed_and_published(
    writer: APIClient, reviewer: APIClient, api: APIClient
) -> None:
    first = start(writer)
    assert post(writer, f"{REVISIONS}{first['id']}/submit/", 200)["state"] == "in_review"
    post(writer, f"{REVISIONS}{first['id']}/approve/", 409)
    post(reviewer, f"{REVISIONS}{first['id']}/comments/", 201, line=1, text="Which button?")
    back = post(reviewer, f"{REVISIONS}{first['id']}/request-changes/", 200, reason="Name the button.")
    assert (back["state"], back["review_reason"]) == ("changes_requested", "Name the button.")
    second = post(
        writer, REVISIONS, 201, article=first["article"], based_on=first["id"], title="Pair a headset",
        body="Hold the blue button.\n",
    )  # fmt: skip
    post(writer, f"{REVISIONS}{second['id']}/submit/", 200)
    assert api.get(f"{ARTICLES}{first['article']}/").status_code == 404
    assert (
        post(reviewer, f"{REVISIONS}{second['id']}/approve/", 200, review_by=NEXT_YEAR)["state"]
        == "published"
    )
    read = api.get(f"{ARTICLES}{first['article']}/").json()
    assert (read["body"], read["review_by"], read["confidence"]) == (
        "Hold the blue button.\n", NEXT_YEAR, "validated",
    )  # fmt: skip


def test_a_text_based_on_an_older_one_is_not_written_over_a_newer(
    writer: APIClient, people: dict[Role, User]
) -> None:
    first = start(writer)
    article = Article.objects.get(pk=first["article"])
    newest = services.write_revision(
        article=article, author=people[Role.COACH], title="Pair it", body="Theirs.\n"
    )
    words = {"article": article.pk, "based_on": first["id"], "title": "Pair", "body": "Mine.\n"}
    refusal = post(writer, REVISIONS, 409, **words)
    assert f"revision {newest.pk}" in refusal["errors"][0]["detail"]
    post(writer, REVISIONS, 201, **words | {"based_on": newest.pk})


def test_based_on_must_be_a_revision_of_that_article(writer: APIClient) -> None:
    first, other = start(writer), draft_article("Other").revisions.get()
    post(writer, REVISIONS, 400, article=first["article"], based_on=other.pk, title="x", body="y")


def test_a_policy_needs_a_publisher(writer: APIClient, reviewer: APIClient, people: dict[Role, User]) -> None:
    revision = start(writer, kind="policy")
    post(writer, f"{REVISIONS}{revision['id']}/submit/", 200)
    post(reviewer, f"{REVISIONS}{revision['id']}/approve/", 409)
    publisher = signed_in(people[Role.PUBLISHER])
    assert post(publisher, f"{REVISIONS}{revision['id']}/approve/", 200)["state"] == "published"


def test_approving_for_later_schedules(writer: APIClient, reviewer: APIClient, api: APIClient) -> None:
    revision = start(writer)
    post(writer, f"{REVISIONS}{revision['id']}/submit/", 200)
    later = post(reviewer, f"{REVISIONS}{revision['id']}/approve/", 200, publish_at=f"{NEXT_YEAR}T09:00:00Z")
    assert later["state"] == "scheduled"
    assert api.get(ARTICLES).json()["count"] == 0


def test_settings_are_read_and_changed_and_every_change_is_on_the_trail(
    reviewer: APIClient, people: dict[Role, User]
) -> None:
    article = published_article()
    address = f"{ARTICLES}{article.pk}/settings/"
    assert reviewer.get(address).json()["audience"] == "everyone"
    changed = reviewer.patch(
        address, {"review_by": NEXT_YEAR, "owner": "coach", "reason": "Moved"}, format="json"
    )
    assert (changed.json()["review_by"], changed.json()["owner"]) == (NEXT_YEAR, "coach")
    newest = reviewer.get("/api/v1/trail/").json()["results"][0]
    assert (newest["action"], newest["reason"]) == ("changed settings", "Moved")
    assert newest["details"]["review_by"] == [None, NEXT_YEAR]


def test_nobody_moves_an_article_into_an_audience_of_others(reviewer: APIClient) -> None:
    finance = AudienceFactory(groups=["Finance"])
    address = f"{ARTICLES}{published_article().pk}/settings/"
    assert reviewer.patch(address, {"audience": finance.slug}, format="json").status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"review_by": "2020-01-01"},
        {"review_by": "9999-12-31"},
        {"owner": "agent"},
        {"category": "nowhere"},
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, str], reviewer: APIClient) -> None:
    article = published_article()
    response = reviewer.patch(f"{ARTICLES}{article.pk}/settings/", change, format="json")
    assert response.status_code == 400
    assert next(iter(change)) in str(response.json()["errors"][0]["attr"])


def test_dates_of_decisions_lie_ahead(reviewer: APIClient) -> None:
    article, revision = published_article(), draft_article("Other").revisions.get()
    services.submit(revision=revision, by=revision.author)
    post(reviewer, f"{ARTICLES}{article.pk}/confirm/", 400, review_by="1990-01-01")
    post(reviewer, f"{REVISIONS}{revision.pk}/approve/", 400, review_by="1990-01-01")


def test_a_shelf_of_others_is_as_unknown_as_one_that_does_not_exist(reviewer: APIClient) -> None:
    hidden = CategoryFactory(name="Project Osprey")
    published_article(category=hidden, audience=AudienceFactory(groups=["Board"]))
    address = f"{ARTICLES}{published_article().pk}/settings/"
    told = [
        reviewer.patch(address, {"category": slug}, format="json").content.replace(slug.encode(), b"x")
        for slug in (hidden.slug, "unknown")
    ]
    assert told[0] == told[1]


def test_the_trail_names_no_audience_of_others(reviewer: APIClient, people: dict[Role, User]) -> None:
    article = published_article()
    board, back = AudienceFactory(name="Project Osprey layoffs", groups=["Board"]), everyone()
    for audience in (board, back):
        services.set_audience(article=article, audience=audience, by=people[Role.PUBLISHER])
    told = reviewer.get("/api/v1/trail/").json()
    assert told["results"][0]["details"]["audience"] == ["another audience", back.name]
    assert "Osprey" not in str(told)


def test_confirming_archiving_and_restoring(reviewer: APIClient, api: APIClient) -> None:
    article, other = published_article(), published_article("Successor")
    post(reviewer, f"{ARTICLES}{article.pk}/confirm/", 200, review_by=NEXT_YEAR)
    post(reviewer, f"{ARTICLES}{article.pk}/archive/", 204, reason="Switched off", replaced_by=other.pk)
    post(reviewer, f"{ARTICLES}{article.pk}/archive/", 409, reason="Again")
    assert api.get(f"{ARTICLES}{article.pk}/").status_code == 404
    back = post(reviewer, f"{REVISIONS}{article.revisions.get().pk}/restore/", 201)
    assert (back["state"], back["number"]) == ("draft", 2)


def test_a_no_with_a_note_becomes_a_flag_that_its_owner_answers(
    api: APIClient, people: dict[Role, User]
) -> None:
    article = published_article(author=people[Role.CONTRIBUTOR])
    post(api, f"{ARTICLES}{article.pk}/vote/", 204, helpful=False, reason="outdated", note="The menu moved.")
    owner = signed_in(people[Role.CONTRIBUTOR])
    flag = owner.get("/api/v1/flags/").json()["results"][0]
    assert (flag["note"], flag["reason"]) == ("The menu moved.", "outdated")
    assert api.get(f"{ARTICLES}{article.pk}/").json()["confidence"] == "not validated"
    post(
        owner,
        f"/api/v1/flags/{flag['id']}/close/",
        200,
        outcome="answered",
        answer="It says so now. Thank you.",
    )
    post(owner, f"/api/v1/flags/{flag['id']}/close/", 409, outcome="answered", answer="Twice.")
    assert api.get("/api/v1/flags/").json()["results"][0]["answer"] == "It says so now. Thank you."


def test_agents_flag_and_employees_vote(api: APIClient, people: dict[Role, User]) -> None:
    address = f"{ARTICLES}{published_article().pk}/flags/"
    post(api, address, 403, reason="wrong", note="It is wrong.")
    post(signed_in(people[Role.AGENT]), address, 201, reason="wrong", note="It is wrong.")
    assert Flag.objects.get().raised_by == people[Role.AGENT]


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.AGENT, Role.LEAD])
def test_who_does_not_write_gets_none_of_it(role: Role, people: dict[Role, User]) -> None:
    client, article = signed_in(people[role]), published_article()
    revision = article.revisions.get()
    for address in (
        REVISIONS,
        f"{REVISIONS}{revision.pk}/",
        "/api/v1/trail/",
        f"{ARTICLES}{article.pk}/settings/",
    ):
        assert client.get(address).status_code == 403, address
    for act in ("submit", "approve", "reject", "request-changes", "restore", "comments"):
        post(client, f"{REVISIONS}{revision.pk}/{act}/", 403, reason="x")


def test_what_is_for_others_is_the_same_as_what_does_not_exist(reviewer: APIClient) -> None:
    hidden = published_article(
        "Bonus", audience=AudienceFactory(groups=["Finance"]), author=UserFactory(role=Role.COACH)
    )
    revision = hidden.revisions.get()
    services.flag(article=hidden, by=revision.author, reason="wrong", note="Wrong.")
    assert reviewer.get(REVISIONS).json()["count"] == 0
    assert reviewer.get("/api/v1/trail/").json()["count"] == 0
    assert reviewer.get("/api/v1/flags/").json()["count"] == 0
    unknown = reviewer.get(f"{REVISIONS}99999/")
    known = reviewer.get(f"{REVISIONS}{revision.pk}/")
    assert (known.status_code, known.content) == (404, unknown.content)
    replaced = post(
        reviewer, f"{ARTICLES}{published_article().pk}/archive/", 400, reason="x", replaced_by=hidden.pk
    )
    assert "Bonus" not in str(replaced)


def test_revisions_are_listed_by_article_and_state(reviewer: APIClient) -> None:
    article = published_article(audience=everyone())
    draft_article("Other")
    listed = reviewer.get(f"{REVISIONS}?article={article.pk}&state={State.PUBLISHED}").json()["results"]
    assert [row["article"] for row in listed] == [article.pk]
    assert "body" not in listed[0]
    assert reviewer.get(f"{REVISIONS}?article=abc").status_code == 400
    assert Revision.objects.count() == 2


def test_lists_cost_the_same_queries_however_long(
    reviewer: APIClient, people: dict[Role, User], django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        article = published_article(f"Article {number}")
        services.flag(article=article, by=people[Role.AGENT], reason="wrong", note="Wrong.")
    for address in (REVISIONS, "/api/v1/flags/", "/api/v1/trail/", ARTICLES):
        with django_assert_max_num_queries(7):
            reviewer.get(address)
