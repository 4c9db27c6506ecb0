from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Audience, Revision, RevisionIsImmutable, Vote
from kb.signals import article_published, article_withdrawn
from kb.workflow import Governance, Refused, State
from tests.factories import (
    AudienceFactory,
    UserFactory,
    draft_article,
    everyone,
    new_revision,
    published_article,
)

pytestmark = pytest.mark.django_db


def test_an_article_is_seen_only_once_somebody_else_approved_it(people: dict[Role, User]) -> None:
    article = draft_article()
    assert not Article.objects.visible_to(people[Role.EMPLOYEE]).exists()
    services.submit(revision=article.revisions.get(), by=article.revisions.get().author)
    assert not Article.objects.visible_to(people[Role.EMPLOYEE]).exists()
    services.approve(revision=article.revisions.get(), by=people[Role.PUBLISHER])
    assert Article.objects.visible_to(people[Role.EMPLOYEE]).get() == article


def test_a_publisher_cannot_approve_what_they_wrote(people: dict[Role, User]) -> None:
    publisher = people[Role.PUBLISHER]
    article = draft_article(author=publisher)
    revision = services.submit(revision=article.revisions.get(), by=publisher)
    with pytest.raises(Refused, match="You wrote"):
        services.approve(revision=revision, by=publisher)


def test_not_even_a_superuser_approves_their_own(db: None) -> None:
    root = UserFactory(is_superuser=True)
    revision = services.submit(revision=draft_article(author=root).revisions.get(), by=root)
    with pytest.raises(Refused):
        services.approve(revision=revision, by=root)


def test_the_database_itself_refuses_a_self_approval(people: dict[Role, User]) -> None:
    revision = draft_article().revisions.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(reviewed_by=revision.author)


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.CANDIDATE, Role.AGENT, Role.LEAD])
def test_who_does_not_validate_cannot_approve(role: Role, people: dict[Role, User]) -> None:
    with pytest.raises(Refused, match="role"):
        services.approve(revision=_submitted(draft_article()), by=people[role])


@pytest.mark.parametrize("role", [Role.CONTRIBUTOR, Role.COACH, Role.PUBLISHER])
def test_those_who_work_with_articles_validate_each_others(role: Role, people: dict[Role, User]) -> None:
    assert services.approve(revision=_submitted(draft_article()), by=people[role]).state == State.PUBLISHED


@pytest.mark.parametrize("restriction", ["compliance", "external"])
def test_what_answers_to_an_office_or_leaves_the_company_needs_a_publisher(
    restriction: str, people: dict[Role, User]
) -> None:
    governed = {"governance": Governance.COMPLIANCE} if restriction == "compliance" else {}
    audience = everyone()
    Audience.objects.filter(pk=audience.pk).update(external=restriction == "external")
    revision = _submitted(draft_article(audience=audience, **governed))
    with pytest.raises(Refused, match="role"):
        services.approve(revision=revision, by=people[Role.COACH])
    assert services.approve(revision=revision, by=people[Role.PUBLISHER]).state == State.PUBLISHED


def _submitted(article: Article) -> Revision:
    revision = article.revisions.get()
    return services.submit(revision=revision, by=revision.author)


def test_an_employee_cannot_write(people: dict[Role, User]) -> None:
    article = published_article()
    with pytest.raises(PermissionDenied):
        services.write_revision(article=article, author=people[Role.EMPLOYEE], title="Mine", body="x")


def test_a_new_revision_supersedes_the_live_one_in_the_same_moment() -> None:
    article = published_article(body="Old.\n")
    former = article.live_revision
    new_revision(article, body="New.\n")
    assert [r.state for r in article.revisions.order_by("number")] == [State.SUPERSEDED, State.PUBLISHED]
    assert article.live_revision != former
    assert article.live_revision.body == "New.\n"


def test_the_live_text_stays_while_a_new_one_is_written() -> None:
    article = published_article(body="Old.\n")
    author = UserFactory(role=Role.CONTRIBUTOR)
    services.write_revision(article=article, author=author, title="T", body="Draft.\n")
    article.refresh_from_db()
    assert article.live_revision.body == "Old.\n"


def test_two_reviewers_at_once_one_wins_and_the_other_is_told(people: dict[Role, User]) -> None:
    article = draft_article()
    revision = services.submit(revision=article.revisions.get(), by=article.revisions.get().author)
    services.approve(revision=revision, by=people[Role.PUBLISHER])
    with pytest.raises(Refused, match="it is published"):
        services.reject(revision=revision, by=UserFactory(role=Role.PUBLISHER), reason="No.")


@pytest.mark.parametrize("field", ["title", "body", "summary", "number"])
def test_the_words_of_a_revision_never_change(field: str) -> None:
    revision = Revision.objects.get(pk=draft_article().revisions.get().pk)
    setattr(revision, field, 99 if field == "number" else "Something else")
    with pytest.raises(RevisionIsImmutable):
        revision.save()


@pytest.mark.parametrize("manager", ["objects", "_base_manager"])
@pytest.mark.parametrize(
    "change", [{"body": "x"}, {"title": "x"}, {"number": 9}, {"article": 1}, {"digest": ""}]
)
def test_nor_do_they_change_many_at_a_time(manager: str, change: dict[str, object]) -> None:
    revision = draft_article().revisions.get()
    with pytest.raises(RevisionIsImmutable):
        getattr(Revision, manager).filter(pk=revision.pk).update(**change)


def test_nor_by_a_bulk_update_or_a_bulk_create_that_meets_an_older_one() -> None:
    revision = draft_article().revisions.get()
    revision.body = "Something else"
    with pytest.raises(RevisionIsImmutable), transaction.atomic():
        Revision.objects.bulk_update([revision], ["body"])
    with pytest.raises(RevisionIsImmutable):
        Revision.objects.bulk_create(
            [revision], update_conflicts=True, update_fields=["body"], unique_fields=["id"]
        )
    assert Revision.objects.get().body == "Open the portal.\n"


def test_nor_by_a_new_one_with_the_key_of_an_old_one() -> None:
    old = draft_article().revisions.get()
    new = Revision(
        pk=old.pk, article=old.article, number=2, title="T", body="Something else", author=old.author
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        new.save()
    assert Revision.objects.get().body == "Open the portal.\n"


def test_nor_by_saving_one_under_the_key_of_another() -> None:
    other = draft_article().revisions.get()
    revision = draft_article(body="Something else").revisions.get()
    revision.pk = other.pk
    with pytest.raises(RevisionIsImmutable):
        revision.save()


def test_nor_by_words_that_were_not_fetched() -> None:
    draft_article()
    revision = Revision.objects.defer("body").get()
    revision.body = "Something else"
    with pytest.raises(RevisionIsImmutable):
        revision.save()


def test_words_fetched_late_are_no_change() -> None:
    draft_article()
    revision = Revision.objects.only("state").get()
    assert revision.body
    revision.change_note = "Why"
    revision.save()
    assert Revision.objects.update(change_note="Because") == 1


@pytest.mark.parametrize("state", [State.PUBLISHED, State.ARCHIVED])
def test_the_database_itself_refuses_a_text_that_nobody_reviewed(state: State) -> None:
    draft_article()
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.update(state=state)


def test_a_decision_is_stamped_with_who_when_and_why(people: dict[Role, User]) -> None:
    article = draft_article()
    revision = services.submit(revision=article.revisions.get(), by=article.revisions.get().author)
    services.request_changes(revision=revision, by=people[Role.PUBLISHER], reason="Name the menu.")
    revision.refresh_from_db()
    assert revision.state == State.CHANGES_REQUESTED
    assert (revision.reviewed_by, revision.review_reason) == (people[Role.PUBLISHER], "Name the menu.")
    assert revision.reviewed_at


def test_an_archived_article_is_gone_and_its_words_stay_on_record(people: dict[Role, User]) -> None:
    article = published_article()
    withdrawn: list[int] = []

    def note(article_id: int, **_: object) -> None:
        withdrawn.append(article_id)

    article_withdrawn.connect(note)
    services.archive(article=article, by=people[Role.PUBLISHER], reason="The old VPN is switched off.")
    assert withdrawn == [article.pk]
    assert not Article.objects.visible_to(people[Role.EMPLOYEE]).exists()
    assert article.revisions.get().state == State.ARCHIVED


def test_an_expired_article_is_gone_at_that_minute(people: dict[Role, User]) -> None:
    article = published_article(expires_at=timezone.now() + timedelta(minutes=1))
    assert Article.objects.visible_to(people[Role.EMPLOYEE]).exists()
    Article.objects.filter(pk=article.pk).update(expires_at=timezone.now())
    assert not Article.objects.visible_to(people[Role.EMPLOYEE]).exists()


def test_only_members_of_an_audience_see_its_articles() -> None:
    finance = AudienceFactory(groups=["Finance"])
    article = published_article(audience=finance)
    outsider = UserFactory(role=Role.LEAD)
    assert not Article.objects.visible_to(outsider).exists()
    assert Article.objects.visible_to(UserFactory(groups=["Finance"])).get() == article


def test_somebody_in_two_groups_of_an_audience_sees_an_article_once() -> None:
    published_article(audience=AudienceFactory(groups=["Finance", "Managers"]))
    assert Article.objects.visible_to(UserFactory(groups=["Finance", "Managers"])).count() == 1


def test_changing_the_audience_takes_effect_at_once_and_is_announced(people: dict[Role, User]) -> None:
    article = published_article()
    announced: list[int] = []

    def note(article_id: int, **_: object) -> None:
        announced.append(article_id)

    article_published.connect(note)
    services.set_audience(article=article, audience=AudienceFactory(), by=people[Role.PUBLISHER])
    assert not Article.objects.visible_to(people[Role.EMPLOYEE]).exists()
    assert announced == [article.pk]


def test_a_person_who_was_switched_off_sees_nothing() -> None:
    published_article()
    assert not Article.objects.visible_to(UserFactory(is_active=False)).exists()


def test_a_second_vote_replaces_the_first_and_a_new_revision_starts_without() -> None:
    article, reader = published_article(), UserFactory()
    services.vote(article=article, user=reader, helpful=True)
    services.vote(article=article, user=reader, helpful=False, note="Menu moved.")
    assert Vote.objects.get().helpful is False
    new_revision(article)
    services.vote(article=article, user=reader, helpful=True)
    assert Vote.objects.count() == 2
