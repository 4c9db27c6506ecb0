"""The workbench: what waits, for whom, why and until when; the same change to many articles."""

import html
import re
from datetime import timedelta
from itertools import product

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Audience, AuditEvent, Link, Reason, Revision, WorkingCopy
from kb.promises import Why
from kb.services.bulk import one_by_one
from kb.workbench import Person, Place, Waiting, grouped, waiting_for
from kb.workflow import Governance, Refused, State, needs_publisher
from tests.factories import (
    AudienceFactory,
    CategoryFactory,
    UserFactory,
    draft_article,
    everyone,
    published_article,
)

pytestmark = pytest.mark.django_db

PAGE = "/articles/workbench/"


@pytest.fixture
def maria(db: None) -> User:
    return UserFactory(role=Role.CONTRIBUTOR, first_name="Maria", last_name="Lenz")


@pytest.fixture
def grace(db: None) -> User:
    return UserFactory(role=Role.PUBLISHER, first_name="Grace", last_name="Whitlock")


@pytest.fixture
def finance(db: None) -> Audience:
    return AudienceFactory(groups=["Finance"])


def in_days(days: int):
    return timezone.now() + timedelta(days=days)


def today(days: int = 0):
    return timezone.localdate() + timedelta(days=days)


def healthy(title: str, **fields) -> Article:
    """An article with nothing to do about it."""
    return published_article(title, **{"review_by": today(100), **fields})


def submitted(title: str, author: User, **fields) -> Revision:
    article = draft_article(title, author=author, review_by=today(100), **fields)
    return services.submit(revision=article.revisions.get(), by=author)


def whys(user: User, *, mine: bool = True) -> dict[Why, Waiting]:
    return {row.why: row for row in waiting_for(user) if row.is_mine or not mine}


def show(client: Client, user: User, query: str = "") -> str:
    client.force_login(user)
    response = client.get(f"{reverse('kb:workbench')}{query}")
    assert response.status_code == 200
    return html.unescape(response.content.decode())


class TestWhatWaits:
    def test_what_somebody_else_submitted_waits_for_whoever_may_decide(
        self, maria: User, grace: User
    ) -> None:
        revision = submitted("Order a laptop", maria)
        row = whys(grace)[Why.REVIEW]
        assert (row.title, row.target, row.who_waits) == ("Order a laptop", revision.pk, "Maria Lenz")
        assert row.to_do == "Review what Maria Lenz wrote"
        assert row.promised > today()

    def test_nobody_is_to_review_what_they_wrote_or_asked_for(self, maria: User, grace: User) -> None:
        submitted("Order a laptop", maria)
        assert Why.REVIEW not in whys(maria)
        assert whys(maria, mine=False)[Why.REVIEW].to_do == "Waits for somebody else to review it"
        asked = draft_article("Generated", author=maria, requested_by=grace, generated_by="a writer")
        services.submit(revision=asked.revisions.get(), by=maria)
        assert {row.title for row in waiting_for(grace) if row.is_mine} == {"Order a laptop"}

    def test_a_compliance_governed_text_waits_for_a_publisher(self, maria: User, grace: User) -> None:
        submitted("Expenses", maria, governance=Governance.COMPLIANCE)
        contributor = UserFactory(role=Role.CONTRIBUTOR)
        assert whys(contributor) == {}
        assert whys(contributor, mine=False)[Why.REVIEW].to_do == "Waits for a Publisher"
        assert Why.REVIEW in whys(grace)

    @pytest.mark.parametrize("role", [Role.CANDIDATE, Role.CONTRIBUTOR, Role.COACH, Role.PUBLISHER])
    def test_who_decides_is_as_the_services_say(self, role: Role) -> None:
        user = UserFactory(role=role)
        for governance, external in product(Governance, (False, True)):
            article = Article(governance=governance, audience=Audience(external=external))
            place = Place(needs_publisher=needs_publisher(governance, audience_is_external=external))
            assert Person.of(user).decides(place) == services.may_decide(user, article)

    def test_an_author_is_to_change_what_a_reviewer_asked_for(self, maria: User, grace: User) -> None:
        revision = submitted("Order a laptop", maria)
        services.request_changes(revision=revision, by=grace, reason="Which form?")
        row = whys(maria)[Why.CHANGE]
        assert (row.to_do, row.detail) == ("Change what Grace Whitlock asked for", "Which form?")
        assert row.url == reverse("kb:edit", args=[revision.article_id])
        assert Why.CHANGE not in whys(grace)

    def test_drafts_and_working_copies_are_their_authors_alone(self, maria: User, grace: User) -> None:
        draft_article("A draft", author=maria, review_by=today(100))
        WorkingCopy.objects.create(author=maria, title="Just begun")
        assert {row.title for row in waiting_for(maria)} == {"A draft", "Just begun"}
        assert waiting_for(grace) == []

    def test_a_text_that_is_being_changed_waits_once(self, maria: User, grace: User) -> None:
        revision = submitted("Order a laptop", maria)
        services.request_changes(revision=revision, by=grace, reason="Which form?")
        WorkingCopy.objects.create(author=maria, article=revision.article, title="Order a laptop")
        assert [row.why for row in waiting_for(maria)] == [Why.CHANGE]

    def test_a_flag_waits_for_the_owner_the_lead_and_the_coaches(self, maria: User, grace: User) -> None:
        lead, coach = UserFactory(role=Role.CONTRIBUTOR), UserFactory(role=Role.COACH)
        article = healthy("Wi-Fi", author=maria, category=CategoryFactory(lead=lead))
        reader = UserFactory(role=Role.EMPLOYEE, first_name="Tom", last_name="Reed")
        flag = services.flag(article=article, by=reader, reason=Reason.WRONG, note="The name is old.")
        for person in (maria, lead, coach):
            row = whys(person)[Why.FLAGGED]
            assert (row.to_do, row.detail) == ("Answer Tom Reed: “It is wrong”", "The name is old.")
            assert row.url == reverse("kb:close_flag", args=[flag.pk])
        assert whys(grace) == {}
        assert Why.FLAGGED in whys(grace, mine=False)

    def test_readers_of_an_archived_article_still_wait_for_their_answer(
        self, maria: User, grace: User
    ) -> None:
        article = healthy("Wi-Fi", author=maria)
        services.flag(article=article, by=UserFactory(), reason=Reason.OTHER, note="Which floor?")
        services.archive(article=article, by=grace, reason="Nobody needs it.")
        assert list(whys(maria)) == [Why.FLAGGED]

    def test_what_did_not_help_enough_readers_is_to_be_improved(self, maria: User) -> None:
        article = healthy("Wi-Fi", author=maria)
        for number in range(5):
            services.vote(article=article, user=UserFactory(), helpful=number < 2)
        assert whys(maria)[Why.UNHELPFUL].to_do == "Improve it: it helped 2 of 5 readers"

    def test_late_and_coming_reviews_and_ends_stand_by_their_day(self, maria: User) -> None:
        healthy("Late", author=maria, review_by=today(-3))
        healthy("Soon", author=maria, review_by=today(14))
        healthy("Later", author=maria, review_by=today(15))
        healthy("Ends", author=maria, expires_at=in_days(5))
        healthy("Over", author=maria, expires_at=in_days(-1), review_by=today(-50))
        rows = {row.title: row for row in waiting_for(maria)}
        assert {title: row.why for title, row in rows.items()} == {
            "Late": Why.OVERDUE, "Soon": Why.DUE, "Ends": Why.EXPIRING, "Over": Why.EXPIRING,
        }  # fmt: skip
        assert rows["Late"].days_late == 3
        assert rows["Over"].to_do.startswith("It has expired")

    def test_an_article_that_nobody_answers_for_waits_for_whoever_decides(
        self, maria: User, grace: User
    ) -> None:
        article = published_article("Orphan", author=maria)
        Article.objects.filter(pk=article.pk).update(owner=None)
        assert set(whys(grace)) == {Why.UNOWNED, Why.UNDATED}
        assert whys(UserFactory(role=Role.CANDIDATE)) == {}

    def test_broken_links_are_told_without_naming_what_they_led_to(self, maria: User) -> None:
        article = healthy("Wi-Fi", author=maria)
        Link.objects.create(revision=article.words, kind=Link.Kind.ARTICLE, target="secret-plan-2345")
        row = whys(maria)[Why.BROKEN]
        assert row.to_do == "Mend a link that leads nowhere"
        assert "secret-plan" not in row.detail

    def test_nothing_of_another_audience_waits(self, maria: User, finance: Audience) -> None:
        insider = UserFactory(role=Role.PUBLISHER, groups=["Finance"])
        article = published_article("Bonus run", author=insider, audience=finance, review_by=today(-3))
        services.flag(article=article, by=insider, reason=Reason.WRONG, note="No.")
        submitted("Month end", insider, audience=finance)
        Article.objects.filter(pk=article.pk).update(owner=maria)
        WorkingCopy.objects.create(author=maria, article=article, title="Bonus run")
        assert waiting_for(maria) == []

    def test_a_healthy_knowledge_base_has_an_empty_workbench(self, client: Client, maria: User) -> None:
        healthy("Wi-Fi", author=maria)
        assert "Nothing waits for you" in show(client, maria)
        assert "Nothing waits for anybody" in show(client, maria, "?mine=all")


class TestThePage:
    def test_the_oldest_promise_stands_first(self, client: Client, maria: User, grace: User) -> None:
        healthy("Quite late", author=grace, review_by=today(-3))
        healthy("Very late", author=grace, review_by=today(-30))
        submitted("Fresh", maria)
        rows = [row for row in waiting_for(grace) if row.is_mine]
        groups = grouped(rows, sort="promise")
        assert [group.why for group in groups] == [Why.OVERDUE, Why.REVIEW]
        assert [row.title for row in groups[0].rows] == ["Very late", "Quite late"]
        page = show(client, grace)
        assert page.index("Very late") < page.index("Quite late") < page.index("Fresh")
        assert "30 days late" in page
        assert "3 things to do" in page

    def test_it_is_narrowed_by_reason_category_audience_and_words(
        self, client: Client, maria: User, finance: Audience
    ) -> None:
        maria.groups.add(*finance.groups.all())
        shelf = CategoryFactory(name="Printing & paper")
        healthy("Paper jam", author=maria, review_by=today(-3), category=shelf)
        healthy("Month end", author=maria, review_by=today(-3), audience=finance)
        draft_article("Toner", author=maria, review_by=today(100))
        assert "Paper jam" not in show(client, maria, "?why=draft")
        by_shelf = show(client, maria, "?category=Printing+%26+paper")
        assert "Paper jam" in by_shelf
        assert "Month end" not in by_shelf
        by_audience = show(client, maria, f"?audience={finance.name}")
        assert "Month end" in by_audience
        assert "Paper jam" not in by_audience
        by_words = show(client, maria, "?q=TONER")
        assert "Toner" in by_words
        assert "Paper jam" not in by_words
        assert "Nothing like that waits" in show(client, maria, "?q=nothing+like+it")

    @pytest.mark.parametrize(
        "query", ["?why=x&sort=y&mine=z&page=x", "?page=999999999999", "?why=review&tick=x"]
    )
    def test_what_means_nothing_is_left_out(self, client: Client, maria: User, query: str) -> None:
        healthy("Wi-Fi", author=maria, review_by=today(-3))
        show(client, maria, query)

    def test_another_audience_leaves_no_trace(self, client: Client, maria: User, finance: Audience) -> None:
        shelf = CategoryFactory(name="Bonuses")
        insider = UserFactory(role=Role.PUBLISHER, groups=["Finance"])
        published_article("Bonus run", author=insider, audience=finance, category=shelf)
        page = show(client, maria, "?mine=all")
        for secret in ("Bonus", finance.name):
            assert secret not in page

    def test_a_long_list_is_read_in_a_few_queries(
        self, client: Client, maria: User, grace: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        client.force_login(grace)
        for number in range(12):
            article = healthy(f"Late {number}", author=grace, review_by=today(-number - 1))
            services.flag(article=article, by=maria, reason=Reason.WRONG, note="No.")
            Link.objects.create(revision=article.words, kind=Link.Kind.ARTICLE, target="gone")
            submitted(f"New {number}", maria)
        with django_assert_max_num_queries(15):
            page = client.get(reverse("kb:workbench"), {"mine": "all"}).content.decode()
        assert "All 12" in page
        with django_assert_max_num_queries(15):
            one = client.get(reverse("kb:workbench"), {"why": "overdue"}).content.decode()
        assert one.count('class="list-row work-row"') == 12

    def test_readers_have_no_workbench(self, client: Client) -> None:
        client.force_login(UserFactory(role=Role.EMPLOYEE))
        for name in ("kb:workbench", "kb:bulk", "kb:trail"):
            assert client.get(reverse(name)).status_code == 403
        assert client.post(reverse("kb:bulk")).status_code == 403

    def test_all_of_a_reason_are_ticked_by_a_link(self, client: Client, maria: User) -> None:
        for number in range(3):
            healthy(f"Late {number}", author=maria, review_by=today(-3))
        assert show(client, maria).count("checked>") == 0
        assert show(client, maria, "?tick=overdue").count("checked>") == 3


def send(client: Client, action: str, *articles: Article, **fields) -> str:
    """Tick, choose, fill in, and read the report."""
    data = {"action": action, "article": [article.pk for article in articles], "go": "1", **fields}
    response = client.post(reverse("kb:bulk"), data, follow=True)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


class TestManyAtOnce:
    def test_many_articles_are_confirmed_at_once(self, client: Client, grace: User) -> None:
        articles = [healthy(f"Late {number}", review_by=today(-3)) for number in range(3)]
        client.force_login(grace)
        page = send(client, "confirm", *articles, review_by=today(90).isoformat(), reason="Read them")
        assert "3 done" in page
        assert set(Article.objects.values_list("review_by", flat=True)) == {today(90)}
        assert AuditEvent.objects.filter(action="confirmed", actor=grace, reason="Read them").count() == 3

    def test_what_is_refused_stops_no_other_and_says_why(self, client: Client) -> None:
        contributor = UserFactory(role=Role.CONTRIBUTOR)
        mine, theirs = healthy("Wi-Fi"), healthy("Expenses", governance=Governance.COMPLIANCE)
        client.force_login(contributor)
        page = send(client, "archive", mine, theirs, reason="Nobody needs it.")
        assert "1 done, 1 not" in page
        assert "Your role does not let you archive this revision." in page
        mine.refresh_from_db()
        theirs.refresh_from_db()
        assert mine.archived_at
        assert theirs.live_revision

    def test_an_owner_has_to_be_a_reader(self, client: Client, maria: User, finance: Audience) -> None:
        publisher = UserFactory(role=Role.PUBLISHER, groups=["Finance"])
        secret, open_to_all = healthy("Bonus run", audience=finance), healthy("Wi-Fi")
        client.force_login(publisher)
        page = send(client, "owner", secret, open_to_all, owner=maria.pk)
        assert "Maria Lenz is not in the audience" in page
        assert Article.objects.get(pk=open_to_all.pk).owner == maria
        assert Article.objects.get(pk=secret.pk).owner != maria
        page = send(client, "audience", open_to_all, audience=finance.pk)
        assert "Maria Lenz is not in the audience" in page
        assert Article.objects.get(pk=open_to_all.pk).audience == everyone()

    @pytest.mark.parametrize("name", ["category", "review_by", "audience", "owner"])
    def test_settings_are_changed_together(
        self, client: Client, maria: User, finance: Audience, name: str
    ) -> None:
        publisher = UserFactory(role=Role.PUBLISHER, groups=["Finance"])
        maria.groups.add(*finance.groups.all())
        shelf = CategoryFactory()
        articles = [healthy("Wi-Fi", author=maria), healthy("VPN", author=maria)]
        wanted = {"category": shelf, "review_by": today(50), "audience": finance, "owner": publisher}[name]
        client.force_login(publisher)
        value = wanted.isoformat() if name == "review_by" else wanted.pk
        assert "2 done" in send(client, name, *articles, **{name: value})
        assert {getattr(article, name) for article in Article.objects.all()} == {wanted}

    def test_what_it_needs_to_know_is_asked_first(self, client: Client, grace: User) -> None:
        article = healthy("Wi-Fi")
        client.force_login(grace)
        data = {"action": "archive", "article": [article.pk]}
        asked = client.post(reverse("kb:bulk"), data)
        assert "Why are they no longer needed?" in asked.content.decode()
        again = client.post(reverse("kb:bulk"), {**data, "go": "1", "reason": ""})
        assert again.status_code == 422
        article.refresh_from_db()
        assert article.archived_at is None

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"action": "archive"},
            {"action": "destroy", "article": ["1"]},
            {"action": "archive", "article": ["x", "-1", "1" * 40, "٣"]},
        ],
    )
    def test_without_articles_or_action_nothing_happens(
        self, client: Client, grace: User, data: dict
    ) -> None:
        client.force_login(grace)
        response = client.post(reverse("kb:bulk"), {**data, "back": "why=due\r\nX: y&mine=all"}, follow=True)
        assert response.status_code == 200
        assert "Tick the articles first" in response.content.decode()

    def test_an_article_of_another_audience_is_not_touched_and_not_told_of(
        self, client: Client, grace: User, finance: Audience
    ) -> None:
        secret, known = healthy("Bonus run", audience=finance), healthy("Wi-Fi")
        client.force_login(grace)
        asked = client.post(reverse("kb:bulk"), {"action": "archive", "article": [secret.pk, known.pk]})
        assert "Bonus" not in asked.content.decode()
        page = send(client, "archive", secret, known, reason="Nobody needs it.")
        assert "1 done" in page
        assert "Bonus" not in page
        secret.refresh_from_db()
        assert secret.archived_at is None

    def test_a_report_names_only_what_one_may_still_read(
        self, client: Client, grace: User, finance: Audience
    ) -> None:
        article = healthy("Wi-Fi")
        client.force_login(grace)
        send(client, "confirm", article, review_by=today(90).isoformat())
        Article.objects.filter(pk=article.pk).update(audience=finance)
        assert "Wi-Fi" not in client.get(reverse("kb:bulk")).content.decode()

    def test_there_is_no_report_before_there_was_anything(self, client: Client, grace: User) -> None:
        client.force_login(grace)
        assert client.get(reverse("kb:bulk"))["Location"] == reverse("kb:workbench")

    def test_each_is_a_transaction_of_its_own(self, maria: User, grace: User) -> None:
        articles = [healthy("One"), healthy("Two"), healthy("Three")]

        def change(article: Article) -> None:
            services.archive(article=article, by=grace, reason="Nobody needs it.")
            if article == articles[1]:
                raise Refused("Not this one.")

        outcomes = one_by_one(articles, change)
        assert [outcome.refusal for outcome in outcomes] == ["", "Not this one.", ""]


def test_the_list_of_reviews_is_part_of_the_workbench(client: Client, maria: User, grace: User) -> None:
    submitted("Order a laptop", maria)
    client.force_login(grace)
    response = client.get(reverse("kb:review_queue"), follow=True)
    assert response.redirect_chain == [(f"{PAGE}?why=review", 302)]
    assert "Order a laptop" in response.content.decode()


def test_every_reason_leads_somewhere(maria: User, grace: User) -> None:
    submitted("Order a laptop", maria)
    article = healthy("Wi-Fi", author=grace, review_by=today(-1), expires_at=in_days(3))
    services.flag(article=article, by=maria, reason=Reason.WRONG, note="No.")
    assert all(re.fullmatch(r"/[\w/-]+/", row.url) for row in waiting_for(grace))
    assert Revision.objects.filter(state=State.IN_REVIEW).count() == 1
