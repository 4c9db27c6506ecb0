"""What happens to texts besides the way straight through: at a set time, called back, put away, brought back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Audience, AuditEvent, Revision, TrailIsImmutable
from kb.services import lifecycle
from kb.workflow import Confidence, Governance, Refused, State
from tests.factories import AudienceFactory, UserFactory, draft_article, new_revision, published_article

pytestmark = pytest.mark.django_db


def submitted(article: Article, body: str = "Other words.\n") -> Revision:
    author = UserFactory(role=Role.CONTRIBUTOR)
    revision = services.write_revision(article=article, author=author, title=article.title, body=body)
    return services.submit(revision=revision, by=author)


def scheduled(article: Article, hours: int = 1) -> Revision:
    at = timezone.now() + timedelta(hours=hours)
    return services.approve(revision=submitted(article), by=UserFactory(role=Role.PUBLISHER), publish_at=at)


def states(article: Article) -> list[str]:
    return list(article.revisions.order_by("number").values_list("state", flat=True))


def test_a_text_goes_live_at_its_time_and_not_before() -> None:
    article = published_article()
    revision = scheduled(article)
    assert services.publish_due() == 0
    assert states(article) == [State.PUBLISHED, State.SCHEDULED]
    assert services.publish_due(now=revision.publish_at) == 1
    article.refresh_from_db()
    assert article.live_revision == revision
    assert states(article) == [State.SUPERSEDED, State.PUBLISHED]
    assert services.publish_due(now=revision.publish_at) == 0


def test_one_that_can_not_go_live_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = (
        scheduled(published_article("Broken"), hours=1),
        scheduled(published_article("Fine"), hours=2),
    )
    go_live = lifecycle._go_live

    def fails_for_one(revision: Revision) -> None:
        if revision.pk == broken.pk:
            raise RuntimeError("The disk is full")
        go_live(revision)

    monkeypatch.setattr(lifecycle, "_go_live", fails_for_one)
    assert services.publish_due(now=fine.publish_at) == 1
    broken.refresh_from_db()
    assert broken.state == State.SCHEDULED


def test_a_text_that_is_approved_at_once_takes_the_place_of_one_that_waits_for_its_time() -> None:
    article = published_article()
    scheduled(article)
    new_revision(article, body="Newer still.\n")
    assert states(article) == [State.SUPERSEDED, State.SUPERSEDED, State.PUBLISHED]


def test_a_text_that_waits_for_its_time_can_be_called_back(people: dict[Role, User]) -> None:
    revision = scheduled(published_article())
    services.request_changes(revision=revision, by=people[Role.PUBLISHER], reason="The date has moved.")
    revision.refresh_from_db()
    assert (revision.state, revision.publish_at) == (State.CHANGES_REQUESTED, None)


def for_outsiders() -> Audience:
    audience = AudienceFactory(groups=["Partners"])
    Audience.objects.filter(pk=audience.pk).update(external=True)
    audience.refresh_from_db()
    return audience


def approved_for_later_by(approver: User) -> Revision:
    at = timezone.now() + timedelta(hours=1)
    return services.approve(revision=submitted(draft_article()), by=approver, publish_at=at)


def test_an_approval_for_later_ends_when_its_approver_may_not_decide_any_more(
    people: dict[Role, User],
) -> None:
    revision = approved_for_later_by(people[Role.CONTRIBUTOR])
    services.govern(article=revision.article, by=people[Role.PUBLISHER], audience=for_outsiders())
    revision.refresh_from_db()
    assert (revision.state, revision.publish_at) == (State.IN_REVIEW, None)


def test_an_approver_who_has_lost_the_role_is_asked_about_when_the_time_comes(
    people: dict[Role, User],
) -> None:
    revision = approved_for_later_by(people[Role.CONTRIBUTOR])
    people[Role.CONTRIBUTOR].groups.clear()
    assert services.publish_due(now=revision.publish_at) == 0
    revision.refresh_from_db()
    assert revision.state == State.IN_REVIEW


@pytest.mark.parametrize("later", [False, True])
def test_a_candidate_settles_nothing_of_a_text_that_is_in_review_or_approved(
    later: bool, people: dict[Role, User]
) -> None:
    article = draft_article(author=people[Role.CANDIDATE])
    revision = services.submit(revision=article.revisions.get(), by=people[Role.CANDIDATE])
    if later:
        at = timezone.now() + timedelta(hours=1)
        services.approve(revision=revision, by=people[Role.PUBLISHER], publish_at=at)
    for change in ({"audience": AudienceFactory()}, {"owner": people[Role.COACH]}, {"kind": "policy"}):
        with pytest.raises(Refused, match="role"):
            services.govern(article=article, by=people[Role.CANDIDATE], **change)


def test_a_draft_is_settled_by_those_who_write_it_and_by_nobody_else(people: dict[Role, User]) -> None:
    article = draft_article(author=people[Role.CANDIDATE])
    services.govern(article=article, by=people[Role.CANDIDATE], kind="faq")
    with pytest.raises(Refused, match="role"):
        services.govern(article=article, by=UserFactory(role=Role.CANDIDATE), owner=people[Role.COACH])


@pytest.mark.parametrize("shown", ["audience", "governance"])
def test_an_approval_is_for_the_readers_that_the_reviewer_was_shown(
    shown: str, people: dict[Role, User]
) -> None:
    revision = submitted(draft_article())
    before = {"audience": revision.article.audience, "governance": revision.article.governance}
    changes = {"audience": AudienceFactory(), "governance": Governance.COMPLIANCE}
    services.govern(article=revision.article, by=people[Role.PUBLISHER], **{shown: changes[shown]})
    with pytest.raises(Refused, match="Meanwhile"):
        services.approve(revision=revision, by=people[Role.PUBLISHER], **{shown: before[shown]})


def test_a_policy_is_compliance_governed_unless_a_publisher_says_otherwise(people: dict[Role, User]) -> None:
    article = published_article()
    services.govern(article=article, by=people[Role.CONTRIBUTOR], kind="faq")
    with pytest.raises(Refused):  # it would be a Publisher's to decide on from then on
        services.govern(article=article, by=people[Role.CONTRIBUTOR], kind="policy")
    services.govern(article=article, by=people[Role.PUBLISHER], kind="policy")
    article.refresh_from_db()
    assert article.governance == Governance.COMPLIANCE
    with pytest.raises(Refused, match="policy"):
        draft_article(author=people[Role.CANDIDATE], kind="policy", governance=Governance.EXPERIENCE)


def test_restored_words_stay_their_authors_own_and_generated(people: dict[Role, User]) -> None:
    first = draft_article(author=people[Role.COACH]).revisions.get()
    restored = services.restore(revision=first, by=people[Role.CANDIDATE])
    services.submit(revision=restored, by=people[Role.CANDIDATE])
    with pytest.raises(Refused, match="You wrote"):
        services.approve(revision=restored, by=people[Role.COACH])
    generated = services.write_revision(
        article=first.article, author=people[Role.CANDIDATE], title="Generated", body="By a machine.\n",
        generated_by="themes", requested_by=people[Role.PUBLISHER],
    )  # fmt: skip
    again = services.restore(revision=generated, by=people[Role.CANDIDATE])
    assert (again.generated_by, again.requested_by) == ("themes", people[Role.PUBLISHER])


def test_who_confirms_has_read_the_live_text_and_answered_its_readers(people: dict[Role, User]) -> None:
    article, day = published_article(), timezone.localdate() + timedelta(days=90)
    read = article.words
    new_revision(article)
    with pytest.raises(Refused, match="Another text"):
        services.confirm(article=article, by=people[Role.COACH], review_by=day, revision=read)
    services.flag(article=article, by=people[Role.AGENT], reason="wrong", note="It is wrong.")
    with pytest.raises(Refused, match="reader"):
        services.confirm(article=article, by=people[Role.COACH], review_by=day)


def test_fixed_is_said_of_a_text_that_changed(people: dict[Role, User]) -> None:
    article = published_article()
    flag = services.flag(article=article, by=people[Role.AGENT], reason="wrong", note="It is wrong.")
    assert services.flag(article=article, by=people[Role.AGENT], reason="wrong", note="It is wrong.") == flag
    with pytest.raises(Refused, match="no newer text"):
        services.close_flag(flag=flag, by=people[Role.COACH], outcome="fixed", answer="Done.")
    submitted(article)
    services.close_flag(flag=flag, by=people[Role.COACH], outcome="fixed", answer="Done.")


def test_an_approval_tells_the_trail_of_the_review_date_that_it_sets(people: dict[Role, User]) -> None:
    day = timezone.localdate() + timedelta(days=90)
    revision = submitted(published_article())
    services.approve(revision=revision, by=people[Role.PUBLISHER], review_by=day)
    assert AuditEvent.objects.first().details == {"review_by": [None, day.isoformat()]}


def test_a_draft_leaves_a_text_that_waits_for_its_time_alone() -> None:
    article = published_article()
    scheduled(article)
    submitted(article, "Later words.\n")
    assert states(article) == [State.PUBLISHED, State.SCHEDULED, State.IN_REVIEW]


def test_writing_over_a_newer_text_is_told_with_that_text() -> None:
    article = published_article()
    first, second = article.words, submitted(article)
    with pytest.raises(services.Outdated) as told:
        services.write_revision(
            article=article, author=second.author, title="Mine", body="Mine.\n", based_on=first
        )
    assert told.value.newest == second
    assert states(article) == [State.PUBLISHED, State.IN_REVIEW]


def test_an_archived_article_comes_back_by_an_approved_text(people: dict[Role, User]) -> None:
    article = published_article()
    services.archive(
        article=article, by=people[Role.PUBLISHER], reason="Gone.", replaced_by=published_article()
    )
    article.refresh_from_db()
    assert (article.confidence, article.live_revision) == (Confidence.ARCHIVED, None)
    back = services.restore(revision=article.revisions.get(), by=people[Role.CONTRIBUTOR])
    services.submit(revision=back, by=people[Role.CONTRIBUTOR])
    services.approve(revision=back, by=people[Role.PUBLISHER])
    article.refresh_from_db()
    assert (article.confidence, article.archived_at, article.replaced_by) == (
        Confidence.VALIDATED,
        None,
        None,
    )


def test_an_article_is_not_archived_without_a_reason_twice_or_into_itself(people: dict[Role, User]) -> None:
    article, publisher = published_article(), people[Role.PUBLISHER]
    for mistake in ({"reason": " "}, {"reason": "Gone.", "replaced_by": article}):
        with pytest.raises(Refused):
            services.archive(article=article, by=publisher, **mistake)
    services.archive(article=article, by=publisher, reason="Gone.")
    with pytest.raises(Refused, match="already"):
        services.archive(article=article, by=publisher, reason="Gone.")


def test_a_draft_is_put_away_by_its_owner_or_a_reviewer_alone(people: dict[Role, User]) -> None:
    article = draft_article(author=people[Role.CANDIDATE])
    with pytest.raises(Refused, match="owner"):
        services.archive(article=article, by=UserFactory(role=Role.CANDIDATE), reason="Not mine.")
    services.archive(article=article, by=people[Role.CANDIDATE], reason="A twin exists.")
    assert states(article) == [State.SUPERSEDED]


def test_who_asked_for_a_generated_text_does_not_approve_it(people: dict[Role, User]) -> None:
    revision = services.create_article(
        author=people[Role.CANDIDATE],
        title="Pair a headset",
        body="Hold the button.\n",
        category=published_article().category,
        audience=published_article().audience,
        generated_by="themes",
        requested_by=people[Role.PUBLISHER],
    )
    services.submit(revision=revision, by=people[Role.CANDIDATE])
    with pytest.raises(Refused, match="asked for"):
        services.approve(revision=revision, by=people[Role.PUBLISHER])
    assert services.approve(revision=revision, by=people[Role.COACH]).state == State.PUBLISHED


@pytest.mark.parametrize("line", [0, 4, 10**9])
def test_a_comment_stands_on_a_line_that_the_text_has(line: int, people: dict[Role, User]) -> None:
    revision = draft_article(body="One.\nTwo.\n").revisions.get()
    with pytest.raises(Refused, match="no line"):
        services.comment(revision=revision, by=people[Role.COACH], text="Here?", line=line)


def test_nobody_is_made_to_answer_for_what_they_can_not_read(people: dict[Role, User]) -> None:
    article = published_article(audience=AudienceFactory(groups=["Finance"]))
    with pytest.raises(Refused, match="could not read it"):
        services.govern(article=article, by=people[Role.PUBLISHER], owner=people[Role.COACH])


def test_the_trail_tells_each_step_with_its_person_and_reason(people: dict[Role, User]) -> None:
    article = published_article(approver=people[Role.PUBLISHER])
    services.archive(article=article, by=people[Role.PUBLISHER], reason="Switched off.")
    told = list(article.trail.order_by("pk").values_list("action", flat=True))
    assert told == ["wrote", "submitted", "approved", "archived"]
    newest = article.trail.first()
    assert (newest.actor, newest.reason) == (people[Role.PUBLISHER], "Switched off.")


def test_what_happened_can_be_neither_changed_nor_deleted(people: dict[Role, User]) -> None:
    published_article()
    event = AuditEvent.objects.get(action="approved")
    event.reason = "Something else"
    for attempt in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(reason="Something else"),
        lambda: AuditEvent.objects.bulk_update([event], ["reason"]),
    ):
        with pytest.raises(TrailIsImmutable):
            attempt()
