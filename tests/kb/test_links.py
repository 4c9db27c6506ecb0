"""What texts link to is kept when they go live, and told to those who can mend it when it is gone."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.roles import Role
from kb import link_checking, services
from kb.link_checking import Outcome
from kb.links import MOST_LINKS, Target, links_of
from kb.models import Article, Attachment, Link
from kb.reaching import NO_SUCH_NAME
from kb.services import links
from tests.factories import AudienceFactory, UserFactory, draft_article, new_revision, published_article

KEY = "0123456789abcdef" * 2
PICTURE = f"![A window](/articles/attachments/{KEY})"
SITE = "https://site.example/a"


def test_links_are_those_that_a_page_shows() -> None:
    body = f"""
# See [one](article:one#steps), <article:two>, [again](article:one) and [this][ref] {PICTURE}

`[code](article:code)` <!-- [hidden](article:hidden) --> [bad](javascript:alert(1)) [mail](mailto:it@x.example)

| a |
|---|
| [cell]({SITE}?q=ü#part) |

[ref]: HTTPS://Site.example/b
"""
    assert links_of(body) == [
        Target("article", "one"),
        Target("article", "two"),
        Target("web", "HTTPS://Site.example/b"),
        Target("attachment", KEY),
        Target("web", f"{SITE}?q=%C3%BC"),
    ]


def test_a_text_of_links_alone_has_an_end() -> None:
    body = "\n\n".join(f"[x](article:number-{number})" for number in range(MOST_LINKS + 100))
    assert len(links_of(body)) == MOST_LINKS
    assert links_of("[x](" + "https://x.example/" + "a" * 3000 + ")") == []
    assert links_of("[" * 100_000) == []


@given(st.text(alphabet="[]()<>!:#/ahtps.articl\\`\n-e|", max_size=200) | st.text(max_size=100))
def test_any_text_has_links_or_none(body: str) -> None:
    assert all(target.name and len(target.name) <= 2000 for target in links_of(body))


def attach(article: Article) -> Attachment:
    return Attachment.objects.create(
        key=KEY, article=article, name="window.png", media_type="image/png", width=1, height=1, digest="x"
    )


def kept(article: Article) -> list[tuple[str, str]]:
    return list(article.words.links.order_by("pk").values_list("kind", "target"))


@pytest.mark.django_db
class TestKept:
    def test_links_are_kept_from_the_moment_a_text_goes_live(self) -> None:
        draft = draft_article(body=f"[a]({SITE})")
        assert not Link.objects.filter(revision__article=draft).exists()
        article = published_article(body=f"[a]({SITE}) [b](article:b)")
        assert kept(article) == [("web", SITE), ("article", "b")]
        links.record(article.words)
        assert len(kept(article)) == 2

    def test_texts_from_before_links_were_kept_are_caught_up_with(self) -> None:
        article, plain = published_article(body=f"[a]({SITE})"), published_article(body="No links.")
        draft_article(body=f"[a]({SITE})")
        Link.objects.all().delete()
        assert links.record_missing() == 1
        assert kept(article) == [("web", SITE)]
        assert kept(plain) == []
        assert links.record_missing() == 0

    def test_what_is_known_of_an_address_goes_along_with_the_next_text(self) -> None:
        article = published_article(body=f"[a]({SITE})")
        since = timezone.now() - timedelta(days=3)
        Link.objects.update(checked_at=since, broken_since=since, problem="Gone.")
        new_revision(article, body=f"[a]({SITE}) and [b](https://other.example/)")
        known, new = article.words.links.order_by("pk")
        assert (known.broken_since, known.problem) == (since, "Gone.")
        assert (new.broken_since, new.problem, new.checked_at) == (None, "", None)


@pytest.mark.django_db
class TestBroken:
    def test_a_link_to_what_readers_can_not_reach_is_broken_in_the_same_words(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        draft_article(external_id="draft")
        published_article(external_id="expired", expires_at=timezone.now() - timedelta(minutes=1))
        published_article(external_id="there")
        article = published_article(
            body="[a](article:draft) [b](article:expired) [c](article:nowhere) [d](article:there)"
        )
        fine = published_article(body="[d](article:there)")
        with django_assert_num_queries(1):
            found = links.broken_links([article.pk, fine.pk])
        assert [each.target for each in found.pop(article.pk)] == ["draft", "expired", "nowhere"]
        assert found == {}
        assert len({each.problem for each in links.broken_links([article.pk])[article.pk]}) == 1

    def test_a_picture_counts_where_it_belongs(self) -> None:
        article, other = published_article(body=PICTURE), published_article(body=PICTURE)
        attach(article)
        assert list(links.broken_links([article.pk, other.pk])) == [other.pk]

    def test_only_the_live_text_counts(self) -> None:
        article = published_article(body="[a](article:nowhere)")
        new_revision(article, body="Nothing.")
        assert links.broken_links([article.pk]) == {}

    def test_backlinks_are_those_that_the_reader_may_read(self) -> None:
        target = published_article(external_id="target", body="[myself](article:target)")
        open_one = published_article("Open", body="[a](article:target) [b](article:target#part)")
        hidden = published_article(
            "Hidden", body="[a](article:target)", audience=AudienceFactory(groups=["Payroll"])
        )
        assert links.backlinks(UserFactory(), target) == [open_one]
        assert links.backlinks(UserFactory(groups=["Payroll"]), target) == [hidden, open_one]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Outcome]:
    """What each address says when it is asked; the rest are fine."""
    told: dict[str, Outcome] = {}

    def check(url: str, **_: object) -> Outcome:
        return told.get(url, Outcome("fine", status=200))

    monkeypatch.setattr(link_checking, "check", check)
    monkeypatch.setattr(links, "PAUSE_BETWEEN", 0)
    return told


@pytest.fixture
def night() -> Callable[[int], int]:
    """Ask all that is due, so many days from now."""
    begin = timezone.now().replace(hour=2)

    def pass_(days: int) -> int:
        with time_machine.travel(begin + timedelta(days=days), tick=True):
            return links.check_web_links(links.due_for_check(), seconds=60)

    return pass_


@pytest.mark.django_db
class TestChecking:
    def test_a_link_is_broken_once_it_was_broken_on_two_days(
        self, answers: dict[str, Outcome], night: Callable[[int], int]
    ) -> None:
        article = published_article(body=f"[a]({SITE})")
        answers[SITE] = Outcome("broken", "There is no such page.", 404)
        assert night(0) == 1
        assert night(0) == 0
        assert links.broken_links([article.pk]) == {}
        with time_machine.travel(timezone.now().replace(hour=4), tick=True):
            links.check_web_links([SITE], seconds=60)
        assert night(1) == 1
        (found,) = links.broken_links([article.pk])[article.pk]
        assert (found.kind, found.target, found.problem) == ("web", SITE, "There is no such page.")
        night(2)
        assert links.broken_links([article.pk])[article.pk] == [found]
        answers.clear()
        night(3)
        assert links.broken_links([article.pk]) == {}
        answers[SITE] = Outcome("broken", "There is no such page.", 404)
        night(4)
        assert links.broken_links([article.pk]) == {}

    def test_twice_on_one_day_is_once(self, answers: dict[str, Outcome]) -> None:
        article = published_article(body=f"[a]({SITE})")
        answers[SITE] = Outcome("broken", "There is no such page.", 404)
        with time_machine.travel(timezone.now().replace(hour=12), tick=True):
            for _ in range(3):
                links.check_web_links([SITE], seconds=60)
        assert links.broken_links([article.pk]) == {}

    def test_an_answer_that_proves_nothing_changes_nothing(
        self, answers: dict[str, Outcome], night: Callable[[int], int]
    ) -> None:
        article = published_article(body=f"[a]({SITE})")
        answers[SITE] = Outcome("unknown", "There was no answer in time.")
        night(0)
        night(1)
        assert links.broken_links([article.pk]) == {}
        answers[SITE] = Outcome("broken", "There is no such page.", 404)
        night(2)
        night(3)
        answers[SITE] = Outcome("unknown", "There was no answer in time.")
        night(4)
        assert links.broken_links([article.pk])

    def test_a_machine_that_knows_no_names_outside_finds_nothing_broken(
        self, answers: dict[str, Outcome], night: Callable[[int], int]
    ) -> None:
        article = published_article(body=f"[a]({SITE}) [b](https://other.example/)")
        answers[SITE] = answers["https://other.example/"] = Outcome("broken", NO_SUCH_NAME)
        night(0)
        night(1)
        assert links.broken_links([article.pk]) == {}
        del answers[SITE]
        night(2)
        night(3)
        (found,) = links.broken_links([article.pk])[article.pk]
        assert found.target == "https://other.example/"

    def test_an_address_is_asked_once_for_all_texts_and_not_for_what_is_not_live(
        self, answers: dict[str, Outcome], night: Callable[[int], int], settings: Settings
    ) -> None:
        settings.SITE_URL = "https://support.example"
        first, second = published_article(body=f"[a]({SITE}#x)"), published_article(body=f"[a]({SITE}#y)")
        old = published_article(body="[a](https://old.example/)")
        new_revision(old, body=f"[a]({SITE}) [ourselves](https://support.example/articles/)")
        answers[SITE] = Outcome("broken", "There is no such page.", 404)
        assert night(0) == 1
        assert night(1) == 1
        assert set(links.broken_links([first.pk, second.pk, old.pk])) == {first.pk, second.pk, old.pk}

    def test_the_longest_unasked_comes_first_and_time_has_an_end(self, answers: dict[str, Outcome]) -> None:
        published_article(body="[a](https://a.example/) [b](https://b.example/) [c](https://c.example/)")
        now = timezone.now()
        Link.objects.filter(target="https://a.example/").update(checked_at=now - timedelta(days=2))
        Link.objects.filter(target="https://c.example/").update(checked_at=now - timedelta(days=3))
        due = ["https://b.example/", "https://c.example/", "https://a.example/"]
        assert links.due_for_check() == due
        assert links.check_web_links(due, seconds=-1) == 0
        assert links.due_for_check() == due

    def test_one_server_is_asked_once_a_second(
        self, answers: dict[str, Outcome], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pauses: list[float] = []
        monkeypatch.setattr(links, "PAUSE_BETWEEN", 1)
        monkeypatch.setattr(time, "sleep", pauses.append)
        same = [f"https://x.example/{number}" for number in range(3)]
        assert links.check_web_links([*same, "https://other.example/"], seconds=60) == 4
        assert pauses == [1, 1]

    def test_the_command_records_asks_and_tells(
        self, answers: dict[str, Outcome], capsys: pytest.CaptureFixture[str]
    ) -> None:
        published_article("Scanner", body=f"[a]({SITE}) [b](article:nowhere)")
        Link.objects.all().delete()
        call_command("check_links")
        told = capsys.readouterr().out
        assert "1 address asked" in told
        assert "Scanner: nowhere" in told
        call_command("check_links")
        assert "0 addresses asked" in capsys.readouterr().out
        call_command("check_links", again=True)
        assert "1 address asked" in capsys.readouterr().out


@pytest.mark.django_db
def test_a_restored_article_has_the_links_of_its_restored_text() -> None:
    article = published_article(body="[a](article:one)")
    old = article.words
    new_revision(article, body="[a](article:two)")
    draft = services.restore(revision=old, by=UserFactory(role=Role.CONTRIBUTOR))
    services.submit(revision=draft, by=draft.author)
    services.approve(revision=draft, by=UserFactory(role=Role.PUBLISHER))
    article.refresh_from_db()
    assert kept(article) == [("article", "one")]
