"""What stands around a text: its settings, its end, its flags, and the trail of all that was done."""

import html
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Audience, AuditEvent, Category, Flag, Reason
from kb.services.links import record
from kb.workflow import Governance
from tests.factories import (
    PASSWORD,
    AudienceFactory,
    CategoryFactory,
    UserFactory,
    draft_article,
    everyone,
    new_revision,
    published_article,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(db: None) -> User:
    return UserFactory(role=Role.CONTRIBUTOR, first_name="Maria", last_name="Lenz")


@pytest.fixture
def grace(client: Client) -> User:
    """A Publisher, who is signed in."""
    user = UserFactory(role=Role.PUBLISHER, first_name="Grace", last_name="Whitlock", groups=["Finance"])
    client.force_login(user)
    return user


@pytest.fixture
def finance(db: None) -> Audience:
    return AudienceFactory(name="Finance team", groups=["Finance"])


@pytest.fixture
def article(maria: User) -> Article:
    return published_article("Order a laptop", "Ask your lead.\n", author=maria)


def today(days: int = 0):
    return timezone.localdate() + timedelta(days=days)


def words(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


def as_sent(article: Article, **changed) -> dict[str, str]:
    """The form of the settings as a browser sends it."""
    at = article.expires_at
    sent = {
        "audience": article.audience_id,
        "owner": article.owner_id or "",
        "review_by": article.review_by or "",
        "expires_at": timezone.localtime(at).strftime("%Y-%m-%dT%H:%M") if at else "",
        "category": article.category_id,
        "kind": article.kind,
        "governance": article.governance,
        "reason": "",
    }
    return {name: str(value) for name, value in {**sent, **changed}.items()}


class TestSettings:
    def test_every_setting_is_changed_and_told_of(
        self, client: Client, grace: User, article: Article, finance: Audience
    ) -> None:
        shelf = CategoryFactory()
        at = (timezone.localtime() + timedelta(days=30)).replace(second=0, microsecond=0)
        wanted = {
            "audience": finance.pk, "owner": grace.pk, "review_by": today(90), "category": shelf.pk,
            "expires_at": at.strftime("%Y-%m-%dT%H:%M"), "kind": "policy", "governance": "compliance",
            "reason": "It is about money",
        }  # fmt: skip
        address = reverse("kb:settings", args=[article.pk])
        assert "A change holds at once" in words(client.get(address))
        response = client.post(address, as_sent(article, **wanted))
        assert response.status_code == 302
        article.refresh_from_db()
        assert (article.audience, article.owner, article.category) == (finance, grace, shelf)
        assert (article.review_by, article.expires_at) == (today(90), at)
        assert (article.kind, article.governance) == ("policy", Governance.COMPLIANCE)
        event = AuditEvent.objects.get(action="changed settings")
        assert (event.actor, event.reason) == (grace, "It is about money")
        assert event.details["audience"] == ["Everyone", "Finance team"]

    def test_saving_what_is_there_changes_nothing(
        self, client: Client, grace: User, article: Article
    ) -> None:
        services.govern(article=article, by=grace, expires_at=timezone.now() + timedelta(days=3, seconds=7.5))
        Article.objects.filter(pk=article.pk).update(review_by=today(-20))  # overdue, and still may stay
        article.refresh_from_db()
        events = AuditEvent.objects.count()
        sent = client.post(reverse("kb:settings", args=[article.pk]), as_sent(article))
        assert sent.status_code == 302
        assert AuditEvent.objects.count() == events

    def test_a_change_of_audience_holds_at_once(
        self, client: Client, grace: User, article: Article, finance: Audience
    ) -> None:
        article.owner = grace
        client.post(reverse("kb:settings", args=[article.pk]), as_sent(article, audience=finance.pk))
        reader = Client()
        reader.force_login(UserFactory(role=Role.EMPLOYEE))
        assert reader.get(article.get_absolute_url()).status_code == 404

    def test_only_ones_own_audiences_are_offered(self, client: Client, grace: User, article: Article) -> None:
        board = AudienceFactory(name="Board of directors")
        address = reverse("kb:settings", args=[article.pk])
        assert "Board of directors" not in words(client.get(address))
        assert client.post(address, as_sent(article, audience=board.pk)).status_code == 422
        article.refresh_from_db()
        assert article.audience == everyone()

    def test_whoever_answers_for_it_has_to_be_able_to_read_it(
        self, client: Client, grace: User, maria: User, article: Article, finance: Audience
    ) -> None:
        sent = client.post(reverse("kb:settings", args=[article.pk]), as_sent(article, audience=finance.pk))
        assert sent.status_code == 422
        assert "Maria Lenz is not in the audience Finance team" in words(sent)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("review_by", "2001-01-01"),
            ("review_by", "soon"),
            ("expires_at", "2001-01-01T10:00"),
            ("expires_at", "9999-12-31T23:59"),
            ("expires_at", "0001-01-01T00:00"),
            ("owner", "9" * 40),
            ("category", "top shelf"),
            ("category", "\0"),
            ("kind", "novel"),
            ("reason", "x" * 2_001),
        ],
    )
    def test_what_makes_no_sense_comes_back_with_what_was_typed(
        self, client: Client, grace: User, article: Article, name: str, value: str
    ) -> None:
        sent = {**as_sent(article, reason="My words"), name: value}
        response = client.post(reverse("kb:settings", args=[article.pk]), sent)
        assert response.status_code == 422
        assert name == "reason" or "My words" in words(response)
        assert not AuditEvent.objects.filter(action="changed settings").exists()

    def test_who_may_not_decide_reads_them_and_is_told_who_does(
        self, client: Client, maria: User, article: Article
    ) -> None:
        Article.objects.filter(pk=article.pk).update(governance=Governance.COMPLIANCE)
        client.force_login(maria)
        address = reverse("kb:settings", args=[article.pk])
        page = words(client.get(address))
        assert "a Publisher decides" in page
        assert "Save the settings" not in page
        assert client.post(address, as_sent(article, kind="faq")).status_code == 422

    def test_settings_of_another_audience_are_no_page_at_all(self, client: Client, maria: User) -> None:
        insider = UserFactory(role=Role.PUBLISHER, groups=["Payroll"])
        hidden = published_article("Bonus run", author=insider, audience=AudienceFactory(groups=["Payroll"]))
        flag = services.flag(article=hidden, by=insider, reason=Reason.WRONG, note="No.")
        client.force_login(maria)
        for name in ("kb:settings", "kb:confirm", "kb:archive"):
            assert client.get(reverse(name, args=[hidden.pk])).status_code == 404
            assert client.get(reverse(name, args=[10**30])).status_code == 404
        assert client.get(reverse("kb:close_flag", args=[flag.pk])).status_code == 404
        assert client.get(reverse("kb:trail"), {"article": hidden.pk}).status_code == 404

    def test_readers_have_no_such_pages(self, client: Client, article: Article) -> None:
        flag = services.flag(article=article, by=UserFactory(), reason=Reason.WRONG, note="No.")
        client.force_login(UserFactory(role=Role.EMPLOYEE))
        for name in ("kb:settings", "kb:confirm", "kb:archive"):
            assert client.get(reverse(name, args=[article.pk])).status_code == 403
        assert client.get(reverse("kb:close_flag", args=[flag.pk])).status_code == 403

    def test_whoever_came_from_the_workbench_goes_back_to_it_as_it_was(
        self, client: Client, grace: User, article: Article
    ) -> None:
        address = f"{reverse('kb:settings', args=[article.pk])}?from=why%3Ddue%26mine%3Dall%0D%0AX%3A+y"
        sent = client.post(address, as_sent(article, kind="faq"))
        assert sent["Location"].startswith(f"{reverse('kb:workbench')}?why=due&mine=all")
        assert "\n" not in sent["Location"]
        elsewhere = client.post(
            f"{reverse('kb:settings', args=[article.pk])}?from=//evil.example", as_sent(article)
        )
        assert elsewhere["Location"].startswith(reverse("kb:workbench"))


class TestConfirming:
    def test_what_is_still_right_is_confirmed_where_it_is_read(
        self, client: Client, grace: User, article: Article
    ) -> None:
        address = reverse("kb:confirm", args=[article.pk])
        page = words(client.get(address))
        assert "Ask your lead." in page
        sent = client.post(address, {"review_by": today(100).isoformat(), "reason": "Ordered one"})
        assert sent["Location"] == article.get_absolute_url()
        article.refresh_from_db()
        assert article.review_by == today(100)
        assert AuditEvent.objects.get(action="confirmed").reason == "Ordered one"

    def test_a_text_that_was_never_published_has_nothing_to_confirm(
        self, client: Client, grace: User
    ) -> None:
        draft = draft_article("Not yet")
        address = reverse("kb:confirm", args=[draft.pk])
        assert "Only a published article can be confirmed." in words(client.get(address))
        assert client.post(address, {"review_by": today(100).isoformat()}).status_code == 422

    def test_the_words_of_what_it_links_to_stay_hidden(self, client: Client, maria: User) -> None:
        insider = UserFactory(role=Role.PUBLISHER, groups=["Payroll"])
        published_article(
            "Bonus run", author=insider, audience=AudienceFactory(groups=["Payroll"]), external_id="bonus"
        )
        article = published_article("Pay", "See [this](article:bonus).\n", author=maria)
        client.force_login(maria)
        page = words(client.get(reverse("kb:confirm", args=[article.pk])))
        assert "Bonus run" not in page
        assert "article:bonus" not in page


class TestArchiving:
    def test_an_article_goes_with_a_reason_and_sends_its_readers_elsewhere(
        self, client: Client, grace: User, article: Article
    ) -> None:
        other = published_article("Order any computer")
        address = reverse("kb:archive", args=[article.pk])
        found = client.post(address, {"reason": "One for all", "words": "any comp", "search": "1"})
        assert found.status_code == 200
        page = words(found)
        assert "Order any computer" in page
        assert "One for all" in page
        client.post(address, {"reason": "One for all", "words": "any comp", "replaced_by": other.pk})
        article.refresh_from_db()
        assert article.archived_at
        assert article.replaced_by == other
        assert "is archived" in words(client.get(address))

    def test_a_choice_stays_when_one_searches_again(
        self, client: Client, grace: User, article: Article
    ) -> None:
        other = published_article("Order any computer")
        data = {"reason": "", "words": "nothing such", "replaced_by": other.pk, "search": "1"}
        page = words(client.post(reverse("kb:archive", args=[article.pk]), data))
        assert f'value="{other.pk}" checked' in page
        assert "No title has all of these words." in page

    def test_a_reason_is_asked_for(self, client: Client, grace: User, article: Article) -> None:
        sent = client.post(reverse("kb:archive", args=[article.pk]), {"reason": " "})
        assert sent.status_code == 422
        assert "Say why" in words(sent)

    def test_what_one_may_not_read_takes_no_place(
        self, client: Client, maria: User, article: Article, finance: Audience
    ) -> None:
        insider = UserFactory(role=Role.PUBLISHER, groups=["Finance"])
        hidden = published_article("Laptops of the board", author=insider, audience=finance)
        client.force_login(maria)
        address = reverse("kb:archive", args=[article.pk])
        page = words(client.post(address, {"words": "laptops", "search": "1"}))
        assert "Laptops of the board" not in page
        sent = client.post(address, {"reason": "Gone", "replaced_by": hidden.pk})
        assert sent.status_code == 422
        article.refresh_from_db()
        assert article.archived_at is None

    def test_who_links_here_is_told_before(self, client: Client, grace: User, article: Article) -> None:
        other = published_article("First day", f"See [it](article:{article.external_id}).\n")
        record(other.words)
        page = words(client.get(reverse("kb:archive", args=[article.pk])))
        assert "1 article links here" in page
        assert "First day" in page


class TestFlags:
    @pytest.fixture
    def flag(self, article: Article) -> Flag:
        tom = UserFactory(role=Role.EMPLOYEE, first_name="Tom", last_name="Reed")
        return services.flag(article=article, by=tom, reason=Reason.OUTDATED, note="We lease them now.")

    def test_an_owner_reads_it_and_answers(
        self, client: Client, maria: User, article: Article, flag: Flag
    ) -> None:
        client.force_login(maria)
        address = reverse("kb:close_flag", args=[flag.pk])
        page = words(client.get(address))
        assert "We lease them now." in page
        assert reverse("kb:edit", args=[article.pk]) in page
        client.post(address, {"outcome": "answered", "answer": "It says so now."})
        flag.refresh_from_db()
        assert (flag.outcome, flag.answer, flag.closed_by) == ("answered", "It says so now.", maria)
        again = words(client.get(address))
        assert "It says so now." in again
        assert "Send the answer" not in again

    def test_it_tells_when_the_text_has_changed_since(
        self, client: Client, grace: User, article: Article, flag: Flag
    ) -> None:
        new_revision(article)
        page = words(client.get(reverse("kb:close_flag", args=[flag.pk])))
        assert "The text has changed since: readers see revision 2 now." in page

    def test_an_answer_is_asked_for(self, client: Client, grace: User, flag: Flag) -> None:
        sent = client.post(reverse("kb:close_flag", args=[flag.pk]), {"outcome": "fixed", "answer": ""})
        assert sent.status_code == 422
        assert "Answer the person who raised this" in words(sent)

    def test_the_second_to_answer_is_told_and_keeps_what_they_typed(
        self, client: Client, grace: User, maria: User, flag: Flag
    ) -> None:
        services.close_flag(flag=flag, by=maria, outcome="answered", answer="Done.")
        sent = client.post(
            reverse("kb:close_flag", args=[flag.pk]), {"outcome": "answered", "answer": "My long answer"}
        )
        assert sent.status_code == 422
        assert "Maria Lenz has closed this meanwhile." in words(sent)
        assert "My long answer" in words(sent)

    def test_a_candidate_who_does_not_own_it_reads_who_answers(self, client: Client, flag: Flag) -> None:
        client.force_login(UserFactory(role=Role.CANDIDATE))
        address = reverse("kb:close_flag", args=[flag.pk])
        assert "Its owner answers this" in words(client.get(address))
        assert client.post(address, {"outcome": "fixed", "answer": "x"}).status_code == 403


class TestTheTrail:
    def test_it_tells_who_did_what_when_and_why(
        self, client: Client, grace: User, maria: User, article: Article
    ) -> None:
        services.confirm(article=article, by=grace, review_by=today(30), reason="Read it")
        page = words(client.get(reverse("kb:trail")))
        for part in ("Grace Whitlock", "confirmed", "Order a laptop", "“Read it”", "Review by:"):
            assert part in page

    def test_it_is_narrowed_by_article_person_and_action(
        self, client: Client, grace: User, maria: User, article: Article
    ) -> None:
        published_article("Wi-Fi")
        services.confirm(article=article, by=grace, review_by=today(30))
        of_article = words(client.get(reverse("kb:trail"), {"article": article.pk}))
        assert "Wi-Fi" not in of_article
        by_grace = words(client.get(reverse("kb:trail"), {"person": "whitl"}))
        assert "Maria Lenz" not in by_grace
        confirmed = client.get(reverse("kb:trail"), {"action": "confirmed"})
        assert len(confirmed.context["events"]) == 1
        assert "Nothing like that was done" in words(client.get(reverse("kb:trail"), {"person": "nobody"}))

    @pytest.mark.parametrize("query", ["article=x", f"article={10**40}", "article=-1", "article=٣"])
    def test_an_article_that_can_not_be_is_not_found(self, client: Client, grace: User, query: str) -> None:
        assert client.get(f"{reverse('kb:trail')}?{query}").status_code == 404

    def test_of_another_audience_it_tells_nothing(
        self, client: Client, maria: User, finance: Audience
    ) -> None:
        insider = UserFactory(role=Role.PUBLISHER, groups=["Finance"], last_name="Insider")
        published_article("Bonus run", author=insider, audience=finance)
        client.force_login(maria)
        page = words(client.get(reverse("kb:trail")))
        assert "Bonus run" not in page
        assert "Insider" not in page

    def test_it_names_no_audience_that_the_reader_is_not_in(
        self, client: Client, grace: User, maria: User, article: Article, finance: Audience
    ) -> None:
        services.set_audience(article=article, by=grace, audience=finance)
        services.set_audience(article=article, by=grace, audience=everyone())
        client.force_login(maria)
        page = words(client.get(reverse("kb:trail")))
        assert "Finance team" not in page
        assert "another audience" in page
        client.force_login(grace)
        assert "Finance team" in words(client.get(reverse("kb:trail")))

    def test_what_belongs_to_no_article_is_for_administrators(
        self, client: Client, grace: User, article: Article
    ) -> None:
        services.audit.record("changed an audience", by=grace, reason="Secret group")
        assert "Secret group" not in words(client.get(reverse("kb:trail")))
        client.force_login(UserFactory(is_superuser=True))
        assert "Secret group" in words(client.get(reverse("kb:trail")))

    def test_a_page_of_it_is_read_in_a_few_queries(
        self,
        client: Client,
        grace: User,
        maria: User,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for number in range(20):
            draft_article(f"Draft {number}", author=maria)
            published_article(f"Article {number}", author=maria, approver=grace)
        with django_assert_max_num_queries(12):
            page = words(client.get(reverse("kb:trail")))
        assert "Page 1 of 2" in page


class TestAdministration:
    @pytest.fixture
    def admin(self, client: Client) -> User:
        user = UserFactory(is_staff=True, is_superuser=True, first_name="Ada", last_name="Min")
        client.force_login(user)
        return user

    def test_a_changed_audience_is_told_of(self, client: Client, admin: User, finance: Audience) -> None:
        payroll = Group.objects.create(name="Payroll")
        data = {"name": finance.name, "slug": finance.slug, "description": "", "groups": [payroll.pk]}
        address = reverse("admin:kb_audience_change", args=[finance.pk])
        assert client.post(address, data).status_code == 302
        event = AuditEvent.objects.get(action="changed an audience")
        assert event.actor == admin
        assert event.details == {"groups": ["Finance", "Payroll"]}
        assert finance.slug in event.reason
        client.post(address, data)  # the same again
        assert AuditEvent.objects.filter(action="changed an audience").count() == 1

    def test_made_and_deleted_audiences_are_told_of(self, client: Client, admin: User) -> None:
        client.post(reverse("admin:kb_audience_add"), {"name": "Board", "slug": "board", "everyone": "on"})
        board = Audience.objects.get(slug="board")
        assert AuditEvent.objects.get(action="made an audience").details["everyone"] == [None, "yes"]
        client.post(reverse("admin:kb_audience_delete", args=[board.pk]), {"post": "yes"})
        spare = AudienceFactory()
        data = {"action": "delete_selected", "_selected_action": [spare.pk], "post": "yes"}
        client.post(reverse("admin:kb_audience_changelist"), data)
        assert not Audience.objects.filter(pk__in=[board.pk, spare.pk]).exists()
        assert AuditEvent.objects.filter(action="deleted an audience").count() == 2

    def test_a_category_gets_a_lead(self, client: Client, admin: User, maria: User) -> None:
        shelf = CategoryFactory()
        data = {"name": shelf.name, "slug": shelf.slug, "description": "", "position": 3, "lead": maria.pk}
        assert client.post(reverse("admin:kb_category_change", args=[shelf.pk]), data).status_code == 302
        assert Category.objects.get(pk=shelf.pk).lead == maria
        assert client.get(reverse("admin:kb_category_changelist")).status_code == 200

    def test_what_the_knowledge_base_refuses_is_refused_in_the_administration_too(
        self, client: Client, article: Article
    ) -> None:
        staff = UserFactory(is_staff=True, password=PASSWORD)
        staff.user_permissions.set(
            Permission.objects.filter(
                content_type__app_label="kb", codename__in=["change_article", "view_article"]
            )
        )
        client.force_login(staff)
        data = {
            "kind": "faq", "category": article.category_id, "audience": article.audience_id,
            "governance": article.governance, "owner": article.owner_id,
        }  # fmt: skip
        sent = client.post(reverse("admin:kb_article_change", args=[article.pk]), data, follow=True)
        assert sent.status_code == 200
        assert "Your role does not let you change the settings" in words(sent)
        article.refresh_from_db()
        assert article.kind == "how-to"
