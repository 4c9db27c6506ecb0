"""The mail of the day: one at most, of articles that its reader may read, and only when there is news."""

from datetime import date, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.core import mail as django_mail
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import outbox
from accounts.models import OutgoingMail, User
from accounts.roles import Role
from kb import services, tasks
from kb.models import Article, Link, Reminder, Revision
from kb.reminding import is_news
from kb.services.reminders import send_digests
from tests.factories import AudienceFactory, CategoryFactory, UserFactory, draft_article, published_article

pytestmark = pytest.mark.django_db


def day(days: int = 0) -> date:
    return timezone.localdate() + timedelta(days=days)


def mails() -> dict[str, str]:
    """Address → all that it was sent, with the subjects."""
    told: dict[str, str] = {}
    for row in OutgoingMail.objects.order_by("pk"):
        told[row.to] = told.get(row.to, "") + f"{row.subject}\n{row.body}"
    return told


@pytest.fixture
def owner(db: None) -> User:
    return UserFactory(role=Role.CONTRIBUTOR)


def flagged(article: Article) -> None:
    services.flag(article=article, by=UserFactory(), reason="wrong", note="The button has moved.")


def sent_back(owner: User, title: str) -> Revision:
    revision = draft_article(title, author=owner).revisions.get()
    services.submit(revision=revision, by=owner)
    return services.request_changes(
        revision=revision, by=UserFactory(role=Role.PUBLISHER), reason="Name the menu."
    )


def test_all_that_waits_for_somebody_comes_in_one_mail_with_what_to_do(owner: User) -> None:
    flagged(published_article("Flagged", owner=owner))
    published_article("Late", owner=owner, review_by=day(-1))
    published_article("Soon", owner=owner, review_by=day(14))
    published_article("Going", owner=owner, expires_at=timezone.now() + timedelta(days=14))
    published_article("Broken", owner=owner, body="[a](article:nowhere)")
    published_article("Fine", owner=owner, review_by=day(15))
    sent_back(owner, "Sent back")
    assert send_digests() == 1
    ((to, told),) = mails().items()
    assert to == owner.email
    assert told.startswith("6 articles wait for you\n")
    places = [told.index(title) for title in ("Sent back", "Flagged", "Late", "Broken", "Going", "Soon")]
    assert places == sorted(places)
    assert "* Fine" not in told
    assert "http://127.0.0.1:8000/articles/" in told
    assert "nowhere." in told
    assert "&" not in told


def test_one_mail_a_day_however_often_it_is_asked_for(owner: User) -> None:
    published_article("Late", owner=owner, review_by=day(-1))
    assert send_digests() == 1
    published_article("Later", owner=owner, review_by=day(-1))
    assert send_digests() == 0
    tasks.send_digests()
    assert OutgoingMail.objects.count() == Reminder.objects.count() == 1
    assert send_digests(today=day(1)) == 1


def test_the_same_is_told_again_after_a_week_and_not_before(owner: User) -> None:
    published_article("Late", owner=owner, review_by=day(-1))
    sent = [passed for passed in range(9) if send_digests(today=day(passed))]
    assert sent == [0, 7]


def test_another_flag_is_news(owner: User) -> None:
    article = published_article(owner=owner)
    flagged(article)
    assert send_digests() == 1
    assert send_digests(today=day(1)) == 0
    flagged(article)
    assert send_digests(today=day(2)) == 1
    assert "2 readers say" in mails()[owner.email]


def test_nobody_is_written_to_when_nothing_waits(owner: User) -> None:
    published_article(owner=owner, review_by=day(100))
    published_article(owner=owner, review_by=day(-1), expires_at=timezone.now() - timedelta(days=1))
    draft_article(author=owner, review_by=day(-1))
    assert send_digests() == 0


def test_what_nobody_dealt_with_reaches_the_lead_of_the_shelf(owner: User) -> None:
    lead, coach = UserFactory(role=Role.LEAD), UserFactory(role=Role.COACH)
    led, unled = CategoryFactory(lead=lead), CategoryFactory()
    published_article("Led", owner=owner, review_by=day(-1), category=led)
    published_article("Unled", owner=owner, review_by=day(-1), category=unled)
    send_digests()
    assert set(mails()) == {owner.email}
    send_digests(today=day(13))
    told = mails()
    assert "* Led" in told[lead.email]
    assert "* Unled" not in told[lead.email]
    assert "* Unled" in told[coach.email]
    assert "* Led" not in told[coach.email]


@pytest.mark.parametrize("gone", ["nobody", "left", "system", "outside"])
def test_an_article_that_nobody_looks_after_is_told_at_once(gone: str) -> None:
    coach = UserFactory(role=Role.COACH, groups=["Payroll"])
    owner = UserFactory(is_active=gone != "left", is_system=gone == "system")
    audience = AudienceFactory(groups=["Payroll"])
    article = published_article("Orphan", review_by=day(-1), audience=audience, owner=owner)
    if gone == "nobody":
        Article.objects.filter(pk=article.pk).update(owner=None)
    assert send_digests() == 1
    assert "* Orphan" in mails()[coach.email]


def test_nobody_is_told_the_name_of_an_article_that_they_may_not_read(owner: User) -> None:
    lead, coach = UserFactory(), UserFactory(role=Role.COACH)
    insider = UserFactory(role=Role.COACH, groups=["Payroll"])
    article = published_article(
        "Merger bonus",
        owner=owner,
        review_by=day(-30),
        category=CategoryFactory(lead=lead),
        audience=AudienceFactory(groups=["Payroll"]),
        body="[a](article:nowhere)",
    )
    flagged(article)
    send_digests()
    assert set(mails()) == {insider.email}
    assert coach.email not in mails()


def test_whoever_loses_an_article_while_the_mail_is_written_is_told_nothing(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = published_article("Merger bonus", owner=owner, review_by=day(-1))
    hidden = AudienceFactory(groups=["Payroll"])

    def move(*args: Any, **options: Any) -> bool:
        Article.objects.filter(pk=article.pk).update(audience=hidden)
        return is_news(*args, **options)

    monkeypatch.setattr("kb.services.reminders.is_news", move)
    assert send_digests() == 0
    assert not Reminder.objects.exists()


def test_a_long_list_has_an_end(owner: User) -> None:
    for number in range(33):
        published_article(f"Late {number}", owner=owner, review_by=day(-1))
    send_digests()
    told = mails()[owner.email]
    assert told.startswith("33 articles")
    assert told.count("* Late") == 30
    assert "And 3 more." in told


def test_the_questions_to_the_database_do_not_grow_with_the_articles(
    owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        flagged(published_article(f"Late {number}", owner=owner, review_by=day(-1), body="[a](article:no)"))
    with django_assert_max_num_queries(16):
        assert send_digests() == 1


def test_somebody_without_an_address_has_the_workbench() -> None:
    published_article(owner=UserFactory(role=Role.CONTRIBUTOR, email=""), review_by=day(-1))
    assert send_digests() == 0
    assert not Reminder.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_one_mail() -> None:
    published_article("Late", owner=UserFactory(role=Role.CONTRIBUTOR), review_by=day(-1))
    both, counts = Barrier(2), list[int]()

    def send() -> None:
        both.wait()
        counts.append(send_digests())
        connection.close()

    threads = [Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 1]
    assert OutgoingMail.objects.count() == 1


# --- the answer to a flag ---------------------------------------------------------------------------------------


def close(article: Article, reader: User) -> None:
    flag = services.flag(article=article, by=reader, reason="wrong", note="The button has moved.")
    services.close_flag(flag=flag, by=article.owner, outcome="answered", answer="It is on the left now.")


def test_who_raised_a_flag_reads_the_answer_in_their_mail(owner: User) -> None:
    reader = UserFactory()
    close(published_article("Printing & scanning", owner=owner), reader)
    told = mails()[reader.email]
    assert told.startswith("Your note on “Printing & scanning”\n")
    for words in ("The button has moved.", "It is on the left now.", owner.display_name, "/articles/notes/"):
        assert words in told
    assert outbox.send_waiting() == 1
    assert django_mail.outbox[0].to == [reader.email]


def test_an_article_that_the_reader_has_lost_is_neither_named_nor_answered_about(owner: User) -> None:
    reader = UserFactory()
    article = published_article("Merger bonus", owner=owner)
    flag = services.flag(article=article, by=reader, reason="wrong", note="The button has moved.")
    Article.objects.filter(pk=article.pk).update(audience=AudienceFactory(groups=["Payroll"]))
    services.close_flag(flag=flag, by=owner, outcome="answered", answer="It is on the left now.")
    told = mails()[reader.email]
    assert "It is on the left now." not in told
    assert "Merger" not in told
    assert f"/articles/{article.pk}" not in told


def test_an_owner_who_closes_their_own_flag_gets_no_mail(owner: User) -> None:
    close(published_article(owner=owner), owner)
    assert not OutgoingMail.objects.exists()


# --- tasks ------------------------------------------------------------------------------------------------------


def test_a_text_goes_live_when_its_time_has_come() -> None:
    author, publisher = UserFactory(role=Role.CONTRIBUTOR), UserFactory(role=Role.PUBLISHER)
    article = draft_article(author=author)
    revision = services.submit(revision=article.revisions.get(), by=author)
    services.approve(revision=revision, by=publisher, publish_at=timezone.now() + timedelta(hours=1))
    tasks.publish_due()
    assert not Article.objects.live().exists()
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        tasks.publish_due()
        tasks.publish_due()
    assert Article.objects.live().get() == article


def test_the_nightly_run_records_and_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    published_article(body="[a](https://site.example/)")
    Link.objects.all().delete()
    asked = list[str]()
    monkeypatch.setattr("kb.services.links.check_web_links", lambda targets, **_: asked.extend(targets))
    tasks.check_links()
    assert asked == ["https://site.example/"]
