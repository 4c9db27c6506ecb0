"""Who hears of an article, where its links lead, and who said that it is still right: nobody is promised who can't."""

import html
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import OutgoingMail, User
from accounts.roles import Role
from kb import services
from kb.models import Article
from kb.services.links import broken_links
from kb.services.reminders import send_digests
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
def maria(db: None) -> User:
    return UserFactory(role=Role.CONTRIBUTOR, first_name="Maria", last_name="Lenz")


@pytest.fixture
def reader(client: Client) -> User:
    person = UserFactory(role=Role.EMPLOYEE)
    client.force_login(person)
    return person


@pytest.fixture
def grace(db: None) -> User:
    return UserFactory(role=Role.PUBLISHER, first_name="Grace", last_name="Whitlock")


def day(days: int = 0):
    return timezone.localdate() + timedelta(days=days)


def words(response: HttpResponse) -> str:
    return " ".join(html.unescape(response.content.decode()).split())


def page_of(client: Client, article: Article) -> str:
    return words(client.get(article.get_absolute_url()))


def archived(article: Article, replaced_by: Article | None = None) -> None:
    by = UserFactory(role=Role.PUBLISHER)
    services.archive(article=article, by=by, reason="One for all", replaced_by=replaced_by)


class TestOwnersWhoCannotAct:
    def test_the_lead_is_told_at_once_when_the_owner_may_not_write(self, maria: User) -> None:
        lead = UserFactory(role=Role.LEAD)
        published_article("Late", owner=maria, review_by=day(-1), category=CategoryFactory(lead=lead))
        maria.groups.set(Group.objects.filter(name=Role.EMPLOYEE))
        send_digests()
        assert set(OutgoingMail.objects.values_list("to", flat=True)) == {lead.email}

    def test_what_was_sent_back_to_somebody_who_writes_no_more_reaches_the_coaches(self, maria: User) -> None:
        coach = UserFactory(role=Role.COACH)
        revision = draft_article("Half done", author=maria).revisions.get()
        services.submit(revision=revision, by=maria)
        services.request_changes(
            revision=revision, by=UserFactory(role=Role.PUBLISHER), reason="Name the menu."
        )
        maria.groups.clear()
        send_digests()
        assert set(OutgoingMail.objects.values_list("to", flat=True)) == {coach.email}

    @pytest.mark.parametrize("gone", ["left", "writes no more", "reads no more"])
    def test_readers_are_not_promised_their_answer(
        self, client: Client, reader: User, maria: User, gone: str
    ) -> None:
        audience = AudienceFactory(groups=["Finance"])
        for person in (maria, reader):
            person.groups.add(Group.objects.get(name="Finance"))
        article = published_article("Order a laptop", author=maria, audience=audience)
        assert "Maria Lenz answers for it" in page_of(client, article)
        if gone == "left":
            User.objects.filter(pk=maria.pk).update(is_active=False)
        elif gone == "writes no more":
            maria.groups.remove(Group.objects.get(name=Role.CONTRIBUTOR))
        else:
            maria.groups.remove(Group.objects.get(name="Finance"))
        services.vote(article=article, user=reader, helpful=False, reason="wrong", note="Mac is missing.")
        page = page_of(client, article)
        assert "answers for it" not in page
        assert "Maria Lenz reads it" not in page
        assert "Whoever looks after this article will read this and answer you." in page


class TestMailOfOne:
    def test_one_article_is_one(self, maria: User) -> None:
        published_article("Late", owner=maria, review_by=day(-1))
        send_digests()
        mail = OutgoingMail.objects.get()
        assert "this article waits for you:" in mail.body
        assert "these" not in mail.body

    def test_one_that_nobody_looks_after_is_one(self, maria: User) -> None:
        UserFactory(role=Role.COACH)
        article = published_article("Late", review_by=day(-1))
        Article.objects.filter(pk=article.pk).update(owner=None)
        send_digests()
        mail = OutgoingMail.objects.get()
        assert "this one has nobody who looks after it, or has waited for two weeks:" in mail.body

    def test_two_are_two(self, maria: User) -> None:
        published_article("Late", owner=maria, review_by=day(-1))
        published_article("Later", owner=maria, review_by=day(-2))
        send_digests()
        assert "these articles wait for you:" in OutgoingMail.objects.get().body


class TestLinksToWhatWasReplaced:
    def test_they_lead_readers_on_and_are_not_broken(self, client: Client, reader: User) -> None:
        old, between, new = (published_article(title) for title in ("Old", "Between", "New"))
        source = published_article("Guide", f"See [the way](article:{old.external_id}).\n")
        archived(old, between)
        archived(between, new)
        assert broken_links([source.pk]) == {}
        assert f'<a href="{new.get_absolute_url()}">the way</a>' in page_of(client, source)

    def test_a_replacement_that_is_gone_too_makes_them_broken(self, client: Client, reader: User) -> None:
        old, new = published_article("Old"), published_article("New")
        source = published_article("Guide", f"See [the way](article:{old.external_id}).\n")
        archived(old, new)
        archived(new)
        assert set(broken_links([source.pk])) == {source.pk}
        assert '">the way</a>' not in page_of(client, source)

    def test_nobody_is_led_to_what_they_may_not_read(self, client: Client, reader: User) -> None:
        old = published_article("Old")
        insider = UserFactory(role=Role.PUBLISHER, groups=["Board"])
        hidden = published_article("Merger", author=insider, audience=AudienceFactory(groups=["Board"]))
        source = published_article("Guide", f"See [the way](article:{old.external_id}).\n")
        archived(old, hidden)
        page = page_of(client, source)
        assert hidden.get_absolute_url() not in page
        assert '">the way</a>' not in page

    def test_replacements_in_a_circle_lead_nowhere(self, client: Client, reader: User) -> None:
        one, other = published_article("One"), published_article("Other")
        source = published_article("Guide", f"See [the way](article:{one.external_id}).\n")
        archived(one, other)
        archived(other, one)
        assert set(broken_links([source.pk])) == {source.pk}
        assert '">the way</a>' not in page_of(client, source)


class TestConfirmed:
    def test_readers_see_who_confirmed_it_and_when(self, client: Client, reader: User, grace: User) -> None:
        article = published_article("Order a laptop")
        assert "confirmed in" not in page_of(client, article)
        services.confirm(article=article, by=grace, review_by=day(100))
        page = page_of(client, article)
        assert f"{timezone.localdate():%B %Y}</time> by Grace Whitlock, due again in" in page
        assert ", confirmed in <time" in page

    def test_a_newer_text_was_not_confirmed(self, client: Client, reader: User, grace: User) -> None:
        article = published_article("Order a laptop")
        services.confirm(article=article, by=grace, review_by=day(100))
        assert "confirmed in" not in page_of(client, new_revision(article))

    def test_what_was_not_read_is_not_confirmed(self, client: Client, grace: User) -> None:
        article = published_article("Order a laptop")
        read = article.live_revision_id
        client.force_login(grace)
        address = reverse("kb:confirm", args=[article.pk])
        assert f'name="revision" value="{read}"' in words(client.get(address))
        new_revision(article, body="Other words.\n")
        sent = client.post(
            address, {"review_by": day(100).isoformat(), "revision": read, "reason": "Tried it"}
        )
        assert sent.status_code == 422
        page = words(sent)
        assert "Another text has gone live since you opened this." in page
        assert "Tried it" in page
        assert "Other words." in page

    def test_neither_are_many_at_once(self, client: Client, grace: User) -> None:
        changed, same = published_article("Order a laptop"), published_article("Order a screen")
        client.force_login(grace)
        ticked = {"action": "confirm", "article": [changed.pk, same.pk], "back": ""}
        asked = words(client.post(reverse("kb:bulk"), ticked))
        shown = {f"shown-{each.pk}": each.live_revision_id for each in (changed, same)}
        assert all(f'name="{name}" value="{value}"' in asked for name, value in shown.items())
        new_revision(changed)
        sent = {**ticked, **shown, "go": "1", "review_by": day(100).isoformat()}
        report = words(client.post(reverse("kb:bulk"), sent, follow=True))
        assert "Another text has gone live since you opened this." in report
        same.refresh_from_db()
        changed.refresh_from_db()
        assert same.review_by == day(100)
        assert changed.review_by != day(100)


def test_after_a_no_what_may_help_instead_is_shown_once(client: Client, reader: User, maria: User) -> None:
    article = published_article("Order a laptop", author=maria)
    published_article("Order a screen", category=article.category)
    assert page_of(client, article).count("Order a screen") == 1
    services.vote(article=article, user=reader, helpful=False)
    page = page_of(client, article)
    assert "These may help instead" in page
    assert page.count("Order a screen") == 1


def test_whoever_has_reviewed_all_is_told_what_else_waits(client: Client, grace: User) -> None:
    published_article("Late", owner=grace, review_by=day(-1))
    client.force_login(grace)
    page = words(client.get(reverse("kb:workbench"), {"why": "review"}))
    assert "All reviewed" in page
    assert "1 other thing to do waits for you." in page
    assert 'href="?mine=1">See what else waits' in page
