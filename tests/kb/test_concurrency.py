"""Fifty editors at the same moment: whoever is first wins, the others are told, and nobody's words are lost."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier, Thread
from time import sleep
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Attachment, AuditEvent, Flag, ReviewComment, Revision, Vote, WorkingCopy
from kb.workflow import OPEN_STATES, State
from tests.factories import (
    AudienceFactory,
    CategoryFactory,
    UserFactory,
    draft_article,
    everyone,
    published_article,
)
from tests.kb.hostile_uploads import picture

pytestmark = pytest.mark.django_db(transaction=True)

EDITORS = 50


@pytest.fixture
def editors(transactional_db: None) -> list[User]:
    return [UserFactory(role=[Role.CONTRIBUTOR, Role.PUBLISHER][n % 2]) for n in range(EDITORS)]


def at_once(users: Sequence[User], act: Callable[[Client, int], Any]) -> list[Any]:
    """Each in a thread and with a connection of its own, from the same moment on; answers in the users' order."""
    together = Barrier(len(users))

    def one(client: Client, number: int) -> Any:
        try:
            together.wait()
            return act(client, number)
        finally:
            connection.close()

    clients = []
    for user in users:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        clients.append(client)
    with ThreadPoolExecutor(len(users)) as pool:
        return list(pool.map(one, clients, range(len(users))))


def typed(number: int, version: int = 0) -> dict[str, Any]:
    """What an editor sends: words that no other has."""
    return {"title": f"Title {number}", "body": f"Words of {number}.\n", "version": version}


def test_of_fifty_who_change_one_article_one_is_first_and_all_words_stay(editors: list[User]) -> None:
    article = published_article()
    copies = [services.work_on(article=article, author=editor) for editor in editors]

    def save(client: Client, number: int) -> Any:
        return client.post(reverse("kb:write", args=[copies[number].pk]), typed(number) | {"then": "draft"})

    responses = at_once(editors, save)
    assert Counter(response.status_code for response in responses) == {302: EDITORS}
    written = article.revisions.get(number=2)
    left = WorkingCopy.objects.filter(article=article)
    assert left.count() == EDITORS - 1
    assert {written.body, *left.values_list("body", flat=True)} == {typed(n)["body"] for n in range(EDITORS)}
    told = [response.url for response in responses if "/merge/" in response.url]
    assert len(told) == EDITORS - 1


def test_of_fifty_tabs_of_one_text_one_saves_and_the_others_are_told(editors: list[User]) -> None:
    copy = services.begin(author=editors[0], kind="faq")
    address = reverse("kb:autosave", args=[copy.pk])
    responses = at_once([editors[0]] * EDITORS, lambda client, number: client.post(address, typed(number)))
    assert Counter(response.status_code for response in responses) == {204: 1, 409: EDITORS - 1}
    first = next(number for number, response in enumerate(responses) if response.status_code == 204)
    copy.refresh_from_db()
    assert (copy.body, copy.version) == (typed(first)["body"], 1)


def test_fifty_new_articles_are_fifty_articles_in_review(editors: list[User]) -> None:
    category, copies = CategoryFactory(), [services.begin(author=editor, kind="how-to") for editor in editors]
    published_article(category=category)  # a shelf that one sees

    def submit(client: Client, number: int) -> Any:
        settings = {
            "kind": "how-to", "category": category.pk, "audience": everyone().pk, "owner": editors[number].pk,
            "then": "review",
        }  # fmt: skip
        return client.post(reverse("kb:write", args=[copies[number].pk]), typed(number) | settings)

    responses = at_once(editors, submit)
    assert Counter(response.status_code for response in responses) == {302: EDITORS}
    waiting = Revision.objects.filter(state=State.IN_REVIEW)
    assert {(r.author_id, r.body) for r in waiting} == {
        (e.pk, typed(n)["body"]) for n, e in enumerate(editors)
    }
    assert not WorkingCopy.objects.exists()


def test_of_fifty_reviewers_one_decides_and_the_others_are_told(editors: list[User]) -> None:
    article = draft_article()
    revision = article.revisions.get()
    services.submit(revision=revision, by=revision.author)
    address = reverse("kb:revision", args=[revision.pk])
    decisions = ["approve", "request_changes", "reject"]
    responses = at_once(
        editors, lambda client, n: client.post(address, {"decision": decisions[n % 3], "reason": f"Because {n}."})
    )  # fmt: skip
    assert Counter(response.status_code for response in responses) == {302: 1, 422: EDITORS - 1}
    first = next(number for number, response in enumerate(responses) if response.status_code == 302)
    revision.refresh_from_db()
    assert revision.reviewed_by == editors[first]
    assert revision.review_reason == f"Because {first}."
    told = AuditEvent.objects.filter(action__in=["approved", "requested changes", "rejected"])
    assert [event.actor_id for event in told] == [editors[first].pk]
    # What the others typed is kept on the page that tells them.
    assert all(f"Because {n}." in r.content.decode() for n, r in enumerate(responses) if n != first)


def test_fifty_doing_everything_at_once_lose_nothing_and_meet_no_error(editors: list[User]) -> None:
    articles = [published_article(f"Door {number}", "Left.\n\n- a\n- b\n") for number in range(5)]
    drafts = []
    for article in articles:
        revision = services.write_revision(
            article=article, author=UserFactory(role=Role.CONTRIBUTOR), title=article.title, body="Right.\n"
        )
        drafts.append(services.submit(revision=revision, by=revision.author))
    copies = [services.work_on(article=articles[n % 5], author=editor) for n, editor in enumerate(editors)]

    def article_page(name: str, number: int) -> str:
        return reverse(f"kb:{name}", args=[articles[number % 5].pk])

    def act(client: Client, n: int) -> list[Any]:
        draft = drafts[n % 5].pk
        shade = SimpleUploadedFile("a.png", picture("PNG", (4, 4), colour=(n, 3, 7)), "text/html")
        done = [
            client.post(article_page("flag", n), {"reason": "wrong", "note": f"Flag of {n}."}),
            client.post(reverse("kb:comment", args=[draft]), {"text": f"Comment of {n}.", "line": 1}),
            client.post(article_page("vote", n), {"helpful": "yes"}),
            client.post(reverse("kb:upload", args=[copies[n].pk]), {"picture": shade}),
        ]
        kinds: list[Callable[[], Any]] = [
            lambda: client.post(reverse("kb:revision", args=[draft]), {"decision": "approve"}),
            lambda: client.post(reverse("kb:write", args=[copies[n].pk]), typed(n, version=1) | {"then": "review"}),
            lambda: client.post(article_page("confirm", n), {"review_by": "2028-01-01"}),
            lambda: client.post(reverse("kb:restore", args=[articles[n % 5].revisions.last().pk])),
            lambda: client.get(reverse("kb:workbench")),
            lambda: client.post(article_page("archive", n), {"reason": "Old."} if n == 25 else {}),
        ]  # fmt: skip
        return [*done, kinds[n // 5 % len(kinds)]()]

    responses = [response for answers in at_once(editors, act) for response in answers]
    assert Counter(response.status_code // 100 for response in responses).keys() <= {2, 3, 4}
    assert not [r for r in responses if r.status_code in (400, 403, 405)]
    gone = Article.objects.filter(archived_at__isnull=False)
    of_live = Flag.objects.exclude(article__in=gone)
    assert of_live.filter(vote=None).count() >= 40
    assert Vote.objects.exclude(revision__article__in=gone).values("user").distinct().count() >= 40
    assert ReviewComment.objects.count() == EDITORS
    assert Attachment.objects.count() == EDITORS
    for article in Article.objects.all():
        states = Counter(article.revisions.values_list("state", flat=True))
        assert states[State.PUBLISHED] == (article.live_revision_id is not None)
        assert sum(states[state] for state in OPEN_STATES) <= 1
    # Those who saved have a revision or, being told that somebody was first, still have what they typed.
    for number in [n for n in range(EDITORS) if n // 5 % 6 == 1]:
        body = typed(number)["body"]
        kept = Revision.objects.filter(body=body).exists() or WorkingCopy.objects.filter(body=body).exists()
        assert kept, number


def test_whoever_waits_for_an_article_while_its_audience_changes_finds_it(transactional_db: None) -> None:
    article, publisher = published_article(), UserFactory(role=Role.PUBLISHER, groups=["Partners"])
    others = [AudienceFactory(["Partners"], name=name) for name in ("Partners", "Suppliers")]
    waiting, settled = Barrier(2), []

    def wait_for_it() -> None:
        waiting.wait()
        settled.append(services.confirm(article=article, by=publisher, review_by=date(2100, 1, 1)))
        connection.close()

    thread = Thread(target=wait_for_it)
    thread.start()
    for audience in others:
        with transaction.atomic():
            services.set_audience(article=article, audience=audience, by=publisher)
            if audience is others[0]:
                waiting.wait()
                sleep(0.5)  # long enough for the other to ask for the row that is held here
    thread.join()
    assert [found.audience for found in settled] in ([each] for each in others)
