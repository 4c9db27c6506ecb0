"""The readers' voice: what they say under an article, who hears it, and what they are answered."""

import html
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
from kb.models import Article, Audience, Flag, Reason, Vote
from kb.services.links import record
from tests.factories import AudienceFactory, CategoryFactory, UserFactory, new_revision, published_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(db: None) -> User:
    return UserFactory(role=Role.CONTRIBUTOR, first_name="Maria", last_name="Lenz")


@pytest.fixture
def article(maria: User) -> Article:
    return published_article("Order a laptop", author=maria)


@pytest.fixture
def reader(client: Client) -> User:
    person = UserFactory(role=Role.EMPLOYEE, groups=["Finance"])
    client.force_login(person)
    return person


def text_of(client: Client, address: str) -> str:
    """What a page says, as one line of words."""
    response = client.get(address)
    assert response.status_code == 200
    page = response.content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def say(client: Client, article: Article, **said: str) -> None:
    response = client.post(reverse("kb:vote", args=[article.pk]), said)
    assert response.status_code == 302
    assert response["Location"] == f"{article.get_absolute_url()}#did-this-help"


class TestDidThisHelp:
    def test_yes_is_one_click(self, client: Client, reader: User, article: Article) -> None:
        say(client, article, helpful="yes")
        assert Vote.objects.get().helpful
        assert "Thank you. You said that this helped" in text_of(client, article.get_absolute_url())

    def test_no_says_who_will_answer_and_where_to_go_on(
        self, client: Client, reader: User, article: Article
    ) -> None:
        published_article("Order a phone", category=article.category)
        say(client, article, helpful="no", reason=Reason.OUTDATED, note="The form has moved.")
        page = text_of(client, article.get_absolute_url())
        assert "Maria Lenz, who answers for it, will read this and answer you" in page
        assert "You wrote" in page
        assert "The form has moved." in page
        assert "Not answered yet" in page
        assert "These may help instead Order a phone" in page
        assert "Talk to a human about this" in page
        task = Flag.objects.get()
        assert (task.reason, task.note, task.raised_by) == (Reason.OUTDATED, "The form has moved.", reader)

    def test_a_no_without_a_note_asks_for_one(self, client: Client, reader: User, article: Article) -> None:
        say(client, article, helpful="no", reason=Reason.UNCLEAR)
        assert "Maria Lenz sees that. Say what was missing or wrong" in text_of(
            client, article.get_absolute_url()
        )
        assert not Flag.objects.exists()

    def test_an_article_that_only_a_machine_owns_promises_nobody_by_name(
        self, client: Client, reader: User, article: Article
    ) -> None:
        importer = UserFactory(first_name="Importer", is_system=True)
        Article.objects.update(owner=importer)
        say(client, article, helpful="no", note="The form has moved.")
        page = text_of(client, article.get_absolute_url())
        assert "Whoever looks after this article will read this" in page

    def test_what_can_not_be_kept_stays_on_the_page_with_the_reason(
        self, client: Client, reader: User, article: Article
    ) -> None:
        said = {"helpful": "no", "reason": "wrong", "note": "x" * 2_001}
        response = client.post(reverse("kb:vote", args=[article.pk]), said)
        page = response.content.decode()
        assert response.status_code == 422
        assert "At most 2,000 characters" in page
        assert "x" * 2_001 in page
        assert 'value="wrong" checked' in page
        assert not Vote.objects.exists()

    @pytest.mark.parametrize("said", [{}, {"helpful": "maybe"}, {"helpful": "no", "reason": "boredom"}])
    def test_nonsense_is_no_vote(
        self, client: Client, reader: User, article: Article, said: dict[str, str]
    ) -> None:
        assert client.post(reverse("kb:vote", args=[article.pk]), said).status_code == 422
        assert not Vote.objects.exists()

    def test_a_vote_belongs_to_the_text_it_was_cast_on(
        self, client: Client, reader: User, article: Article
    ) -> None:
        say(client, article, helpful="no", note="The form has moved.")
        article = new_revision(article, body="The form is in the portal.\n")
        page = text_of(client, article.get_absolute_url())
        assert "Did this help?" in page
        assert "You said that an earlier text of this article did not help" in page
        say(client, article, helpful="yes")
        assert "You said that this helped" in text_of(client, article.get_absolute_url())
        assert [vote.helpful for vote in Vote.objects.order_by("revision__number")] == [False, True]

    def test_whoever_signed_in_on_the_way_lands_on_the_article(
        self, client: Client, reader: User, article: Article
    ) -> None:
        response = client.get(reverse("kb:vote", args=[article.pk]))
        assert response["Location"] == article.get_absolute_url()
        assert not Vote.objects.exists()

    def test_nobody_sees_what_somebody_else_said(
        self, client: Client, reader: User, article: Article
    ) -> None:
        services.vote(article=article, user=UserFactory(), helpful=False, note="Mine alone.")
        assert "Mine alone." not in text_of(client, article.get_absolute_url())
        assert "Mine alone." not in text_of(client, reverse("kb:my_notes"))

    def test_markup_in_a_note_stays_words(self, client: Client, reader: User, article: Article) -> None:
        say(client, article, helpful="no", note="<script>alert(1)</script>")
        for address in (article.get_absolute_url(), reverse("kb:my_notes")):
            assert "<script>alert" not in client.get(address).content.decode()


class TestAnswers:
    def test_the_answer_stands_on_the_article_and_among_ones_notes(
        self, client: Client, reader: User, maria: User, article: Article
    ) -> None:
        say(client, article, helpful="no", note="The form has moved.")
        services.close_flag(
            flag=Flag.objects.get(), by=maria, outcome="answered", answer="It is there again."
        )
        for address in (article.get_absolute_url(), reverse("kb:my_notes")):
            page = text_of(client, address)
            assert "Maria Lenz answered" in page
            assert "It is there again." in page
        assert "Order a laptop" in text_of(client, reverse("kb:my_notes"))

    def test_an_article_that_one_may_no_longer_read_is_not_named(
        self, client: Client, reader: User, maria: User
    ) -> None:
        finance = AudienceFactory(groups=["Finance"])
        article = published_article("Bonus run", author=maria, audience=finance)
        say(client, article, helpful="no", note="The date is wrong.")
        services.close_flag(flag=Flag.objects.get(), by=maria, outcome="answered", answer="Paid on the 12th.")
        reader.groups.clear()
        page = text_of(client, reverse("kb:my_notes"))
        assert "The date is wrong." in page
        assert "An article that you can't open any more" in page
        assert "Bonus run" not in page
        assert "Paid on the 12th." not in page
        assert article.get_absolute_url() not in client.get(reverse("kb:my_notes")).content.decode()

    @pytest.mark.parametrize("gone", ["archived", "expired"])
    def test_nor_is_one_that_is_gone(
        self, client: Client, reader: User, maria: User, article: Article, gone: str
    ) -> None:
        say(client, article, helpful="no", note="The form has moved.")
        if gone == "archived":
            services.archive(article=article, by=UserFactory(role=Role.PUBLISHER), reason="Over.")
        else:
            Article.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert "Order a laptop" not in text_of(client, reverse("kb:my_notes"))

    def test_without_notes_the_page_says_how_to_write_one(self, client: Client, reader: User) -> None:
        assert "Nothing yet" in text_of(client, reverse("kb:my_notes"))

    def test_the_page_costs_the_same_however_many_notes(
        self, client: Client, reader: User, django_assert_max_num_queries: Callable[[int], object]
    ) -> None:
        shelf = CategoryFactory()
        for number in range(12):
            found = published_article(f"Article {number}", category=shelf)
            services.flag(article=found, by=reader, reason=Reason.WRONG, note=f"Note {number}")
        with django_assert_max_num_queries(7):  # type: ignore[attr-defined]
            assert "Note 11" in text_of(client, reverse("kb:my_notes"))


class TestFlagIt:
    def test_somebody_who_used_an_article_flags_it(self, client: Client, article: Article) -> None:
        agent = UserFactory(role=Role.AGENT)
        client.force_login(agent)
        address = reverse("kb:flag", args=[article.pk])
        assert address in client.get(article.get_absolute_url()).content.decode()
        assert "Maria Lenz, who answers for it" in text_of(client, address)
        response = client.post(address, {"reason": Reason.WRONG, "note": "Step 2 fails."})
        assert response["Location"] == article.get_absolute_url()
        task = Flag.objects.get()
        assert (task.raised_by, task.reason, task.note) == (agent, Reason.WRONG, "Step 2 fails.")
        page = text_of(client, article.get_absolute_url())
        assert "Not validated" in page
        assert "It is wrong: Step 2 fails." in page

    def test_a_flag_without_words_keeps_the_page_and_says_so(self, client: Client, article: Article) -> None:
        client.force_login(UserFactory(role=Role.AGENT))
        for note in ("", "   "):
            response = client.post(reverse("kb:flag", args=[article.pk]), {"reason": "wrong", "note": note})
            assert response.status_code == 422
            assert "Say what is to be put right" in response.content.decode()
        assert not Flag.objects.exists()

    def test_nobody_flags_what_they_may_not_read(self, client: Client) -> None:
        client.force_login(UserFactory(role=Role.PUBLISHER))
        hidden = published_article("Bonus run", audience=AudienceFactory(groups=["Finance"]))
        for pk in (hidden.pk, 10**6):
            assert client.get(reverse("kb:flag", args=[pk])).status_code == 404
            said = {"reason": "wrong", "note": "Step 2 fails."}
            assert client.post(reverse("kb:flag", args=[pk]), said).status_code == 404
        assert not Flag.objects.exists()


class TestBesideAnArticle:
    def test_a_reader_sees_nothing_of_it(self, client: Client, reader: User, article: Article) -> None:
        page = text_of(client, article.get_absolute_url())
        assert "For editors" not in page
        assert "Fix it" not in page

    def test_an_editor_sees_how_far_it_can_be_relied_on(
        self, client: Client, maria: User, article: Article
    ) -> None:
        for helpful in (True, True, False):
            services.vote(article=article, user=UserFactory(), helpful=helpful)
        services.flag(article=article, by=UserFactory(), reason=Reason.INCOMPLETE, note="Mac is missing.")
        client.force_login(maria)
        page = text_of(client, article.get_absolute_url())
        assert "It helped 2 of 3" in page
        assert "Open flags 1 Something is missing: Mac is missing." in page
        assert "Confidence Validated" in page
        assert "Owner Maria Lenz" in page
        assert "experience-governed" in page
        source = client.get(article.get_absolute_url()).content.decode()
        for name in ("kb:edit", "kb:flag", "kb:history", "kb:settings"):
            assert reverse(name, args=[article.pk]) in source
        assert reverse("kb:close_flag", args=[Flag.objects.get().pk]) in source

    def test_an_agent_may_flag_and_not_fix(self, client: Client, article: Article) -> None:
        client.force_login(UserFactory(role=Role.AGENT))
        source = client.get(article.get_absolute_url()).content.decode()
        assert reverse("kb:flag", args=[article.pk]) in source
        for name in ("kb:edit", "kb:history", "kb:settings"):
            assert reverse(name, args=[article.pk]) not in source
        assert reverse("kb:view_as") not in source

    def test_what_links_here_names_only_what_one_may_read(
        self, client: Client, maria: User, article: Article
    ) -> None:
        body = f"See [it](article:{article.external_id}).\n"
        for linking in (
            published_article("Start at the company", body),
            published_article("Board laptops", body, audience=AudienceFactory(groups=["Board"])),
        ):
            record(linking.words)
        client.force_login(maria)
        page = text_of(client, article.get_absolute_url())
        assert "What links here Start at the company" in page
        assert "Board laptops" not in page

    def test_one_click_shows_it_as_its_readers_see_it(
        self, client: Client, maria: User, article: Article
    ) -> None:
        client.force_login(maria)
        here = article.get_absolute_url()
        assert "See it as Everyone does" in text_of(client, here)
        response = client.post(reverse("kb:view_as"), {"audience": "everyone", "next": here})
        assert response["Location"] == here
        assert "For editors" not in text_of(client, here)

    def test_an_articles_page_costs_the_same_whatever_was_said_of_it(
        self,
        client: Client,
        maria: User,
        article: Article,
        django_assert_max_num_queries: Callable[[int], object],
    ) -> None:
        for _ in range(8):
            services.vote(article=article, user=UserFactory(), helpful=False, note="Mac is missing.")
            record(published_article(body=f"See [it](article:{article.external_id}).\n").words)
        client.force_login(maria)
        with django_assert_max_num_queries(18):  # type: ignore[attr-defined]
            client.get(article.get_absolute_url())


class TestTrust:
    def test_it_says_how_far_who_when_and_for_whom(
        self, client: Client, reader: User, maria: User, audience: Audience
    ) -> None:
        grace = UserFactory(role=Role.PUBLISHER, first_name="Grace", last_name="Whitlock")
        maria.groups.add(*audience.groups.all())
        due = timezone.localdate() + timedelta(days=180)
        article = published_article(author=maria, approver=grace, audience=audience, review_by=due)
        month = f"{timezone.localdate():%B %Y}"
        page = text_of(client, article.get_absolute_url())
        assert f"Validated reviewed in {month} by Grace Whitlock, due again in {due:%B %Y}" in page
        assert "Maria Lenz answers for it" in page
        assert "For Finance only" in page

    @pytest.fixture
    def audience(self, db: None) -> Audience:
        return AudienceFactory(name="Finance", groups=["Finance"])

    def test_an_overdue_article_says_so(self, client: Client, reader: User, article: Article) -> None:
        Article.objects.update(review_by=timezone.localdate() - timedelta(days=40))
        page = text_of(client, article.get_absolute_url())
        assert "Not validated" in page
        assert "Read with care. A review was due in" in page
        assert "Review overdue" in text_of(client, article.category.get_absolute_url())

    def test_a_flag_that_doubts_the_text_is_told_without_its_words(
        self, client: Client, reader: User, article: Article
    ) -> None:
        services.flag(article=article, by=UserFactory(), reason=Reason.WRONG, note="Robin says it fails.")
        page = text_of(client, article.get_absolute_url())
        assert "something in it is wrong or out of date. Maria Lenz was told" in page
        assert "Robin says" not in page

    @pytest.mark.parametrize(("days", "is_told"), [(10, True), (90, False)])
    def test_readers_are_told_of_an_end_that_is_near(
        self, client: Client, reader: User, article: Article, days: int, is_told: bool
    ) -> None:
        Article.objects.update(expires_at=timezone.now() + timedelta(days=days))
        assert ("then no more" in text_of(client, article.get_absolute_url())) is is_told
