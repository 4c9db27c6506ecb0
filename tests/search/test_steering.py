"""Synonyms and pins: what they do to a question, who may change them, and what is on record."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from kb.models import Article, AuditEvent
from kb.services import archive
from search import retrieval, services
from search.models import Pin, Question, Synonym
from tests.factories import AudienceFactory, UserFactory, published_article

pytestmark = pytest.mark.django_db
WORDS = "search:words_and_pins"
ODD = "Kingfisher"


@pytest.fixture
def editor(client: Client, people: dict[Role, User]) -> User:
    """Signed in, in the browser."""
    client.force_login(people[Role.CONTRIBUTOR])
    return people[Role.CONTRIBUTOR]


def first(question: str, user: User) -> Article | None:
    found = retrieval.retrieve(question, user=user)
    return found.articles[found.ranked[0].article_id] if found.ranked else None


def pin(article: Article, words: str, by: User, **more) -> Pin:
    return services.keep_pin(article=article, words=words, until=more.get("until"), by=by)


def test_a_synonym_brings_an_article_that_has_none_of_the_words(
    articles: dict[str, Article], people: dict[Role, User]
) -> None:
    employee = people[Role.EMPLOYEE]
    before = retrieval.retrieve(f"{ODD} is broken", user=employee).ranked
    assert not any(each.lexical for each in before)
    services.keep_synonyms(words=f"{ODD}, paper jam, toner", by=people[Role.COACH])
    found = retrieval.retrieve(f"{ODD} is broken", user=employee)
    assert found.ranked[0].article_id == articles["printer"].pk
    assert found.ranked[0].lexical > 0
    nearness = {each.article_id: each.cosine for each in before}
    assert found.ranked[0].cosine > nearness[articles["printer"].pk] + 0.1


def test_before_the_first_group_editors_read_who_sees_the_words(client: Client, editor: User) -> None:
    empty = client.get(reverse("search:words_and_pins")).text
    form = client.get(reverse("search:add_synonyms")).text
    for page in (empty, form):
        assert "Everybody who searches is shown them" in page


def test_what_is_deleted_counts_no_more(articles: dict[str, Article], people: dict[Role, User]) -> None:
    group = services.keep_synonyms(words=f"{ODD}, toner", by=people[Role.COACH])
    assert first(ODD, people[Role.EMPLOYEE]) == articles["printer"]
    services.delete_synonyms(group=group, by=people[Role.COACH])
    assert not any(each.lexical for each in retrieval.retrieve(ODD, user=people[Role.EMPLOYEE]).ranked)


def test_a_pinned_article_comes_first_and_makes_search_no_surer(
    articles: dict[str, Article], people: dict[Role, User]
) -> None:
    question = "toner is low in the printer"
    before = services.ask(user=people[Role.EMPLOYEE], text=question)
    pin(articles["vpn"], "printer toner", people[Role.COACH])
    after = services.ask(user=people[Role.EMPLOYEE], text=question)
    assert after.shown.first().article == articles["vpn"]
    assert after.outcome == Question.Outcome.MAYBE
    assert (after.confidence or 0) <= (before.confidence or 0)
    assert not any(each.quotes for each in after.shown.all())


def test_a_pin_on_what_comes_first_anyway_changes_nothing_that_is_quoted(
    articles: dict[str, Article], people: dict[Role, User]
) -> None:
    question = "I forgot my password on my laptop, how do I reset it?"
    before = services.ask(user=people[Role.EMPLOYEE], text=question)
    assert before.outcome == Question.Outcome.ANSWERED
    pin(articles["password"], "forgot password", people[Role.COACH])
    after = services.ask(user=people[Role.EMPLOYEE], text=question)
    assert after.outcome == Question.Outcome.ANSWERED
    assert after.confidence == pytest.approx(before.confidence)
    assert [each.quotes for each in after.shown.all()] == [each.quotes for each in before.shown.all()]


def test_the_page_says_who_picked_it(
    client: Client, articles: dict[str, Article], people: dict[Role, User]
) -> None:
    pin(articles["vpn"], "zebra", people[Role.COACH])
    client.force_login(people[Role.EMPLOYEE])
    asked = client.post(reverse("search:ask"), {"text": "zebra"}, follow=True)
    assert "Picked by the editors" in asked.text
    assert "Picked by the editors" in client.get(reverse("search:search"), {"q": "zebra"}).text
    assert "Picked by the editors" not in client.get(reverse("search:search"), {"q": "vpn"}).text


def test_nobody_is_shown_a_pinned_article_that_they_may_not_read(
    client: Client, articles: dict[str, Article], people: dict[Role, User]
) -> None:
    pin(articles["payroll"], "zebra", people[Role.COACH])
    assert articles["payroll"].pk not in retrieval.retrieve("zebra", user=people[Role.EMPLOYEE]).articles
    client.force_login(people[Role.EMPLOYEE])
    assert "Payroll" not in client.get(reverse("search:search"), {"q": "zebra"}).text
    assert first("zebra", UserFactory(groups=["Finance"])) == articles["payroll"]


def test_a_pin_counts_until_the_end_of_its_day(
    articles: dict[str, Article], people: dict[Role, User]
) -> None:
    today = timezone.localdate()
    found = pin(articles["vpn"], "zebra", people[Role.COACH], until=today)
    assert first("zebra", people[Role.EMPLOYEE]) == articles["vpn"]
    Pin.objects.filter(pk=found.pk).update(until=today - timedelta(days=1))
    assert not any(each.pinned for each in retrieval.retrieve("zebra", user=people[Role.EMPLOYEE]).ranked)


def test_an_archived_articles_pin_is_shown_as_idle_and_does_nothing(
    client: Client, editor: User, articles: dict[str, Article], people: dict[Role, User]
) -> None:
    pin(articles["vpn"], "zebra", editor)
    archive(article=articles["vpn"], by=people[Role.PUBLISHER], reason="The VPN is gone.")
    assert not any(each.pinned for each in retrieval.retrieve("zebra", user=editor).ranked)
    assert "Idle: the article is archived." in client.get(reverse(WORDS)).text


def test_editors_add_change_and_delete_a_group_and_all_of_it_is_on_record(
    client: Client, editor: User, people: dict[Role, User]
) -> None:
    client.post(reverse("search:add_synonyms"), {"words": "VPN,  tunnel"})
    group = Synonym.objects.get()
    assert (group.words, group.changed_by) == ("VPN, tunnel", editor)
    address = reverse("search:synonyms", args=[group.pk])
    client.post(address, {"words": "VPN, tunnel, remote access"})
    client.post(address, {"words": "VPN, tunnel, remote access"})
    client.post(address, {"delete": "1"})
    assert not Synonym.objects.exists()
    told = AuditEvent.objects.order_by("pk").values_list("actor", "action", "details")
    assert [(actor, action) for actor, action, _ in told] == [
        (editor.pk, "added synonyms"),
        (editor.pk, "changed synonyms"),
        (editor.pk, "deleted synonyms"),
    ]
    assert told[1][2] == {"synonyms": ["VPN, tunnel", "VPN, tunnel, remote access"]}
    assert "deleted synonyms" in client.get(reverse(WORDS)).text


def test_editors_pin_change_and_unpin_an_article_and_its_history_tells(
    client: Client, editor: User, articles: dict[str, Article]
) -> None:
    article, until = articles["vpn"], timezone.localdate() + timedelta(days=9)
    add = reverse("search:add_pin", args=[article.pk])
    client.post(add, {"words": "home  office", "until": until.isoformat()})
    found = Pin.objects.get()
    assert (found.words, found.until, found.changed_by) == ("home office", until, editor)
    assert "home office" in client.get(article.get_absolute_url()).text
    address = reverse("search:pin", args=[found.pk])
    client.post(address, {"words": "working from home", "until": ""})
    client.post(address, {"delete": "1"})
    assert not Pin.objects.exists()
    told = AuditEvent.objects.filter(article=article.pk, actor=editor.pk).order_by("pk")
    assert [each.action for each in told] == ["pinned", "changed a pin", "unpinned"]
    history = client.get(reverse("kb:trail"), {"article": article.pk}).text
    assert "home office" in history
    assert "working from home" in history


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "two words or more"),
        ("VPN", "two words or more"),
        ("VPN, vpn, VPNs", "two words or more"),
        ("VPN, the", "says too little"),
        ("VPN, how do I get there when nothing works", "is a sentence"),
        (", ".join(f"word{number}" for number in range(20)), "At most 12"),
        ("toner, cartridge", "this group already"),
        ("x" * 501, "At most 500 characters"),
    ],
)
def test_a_group_that_would_do_harm_is_refused_and_stays_in_the_box(
    words: str, said: str, client: Client, editor: User
) -> None:
    services.keep_synonyms(words="toner, cartridge", by=editor)
    response = client.post(reverse("search:add_synonyms"), {"words": words})
    assert response.status_code == 422
    assert said in response.text
    assert words in response.text
    assert Synonym.objects.count() == 1


@pytest.mark.parametrize(
    ("words", "until", "said"),
    [
        ("", "", "Write the words"),
        ("the of", "", "say too little"),
        ("zebra", "2020-01-01", "Choose a day to come"),
        ("zebra", "tomorrow", "Give a day"),
        ("Paper JAM", "", "pinned to these words already"),
    ],
)
def test_a_pin_that_can_not_count_is_refused_and_stays_in_the_box(
    words: str, until: str, said: str, client: Client, editor: User, articles: dict[str, Article]
) -> None:
    pin(articles["printer"], "paper jam", editor)
    address = reverse("search:add_pin", args=[articles["printer"].pk])
    response = client.post(address, {"words": words, "until": until})
    assert response.status_code == 422
    assert said in response.text
    assert f'value="{words}"' in response.text or not words
    assert Pin.objects.count() == 1


def test_a_pin_that_has_ended_can_be_kept_or_given_another_day(
    client: Client, editor: User, articles: dict[str, Article]
) -> None:
    found = pin(articles["printer"], "paper jam", editor)
    Pin.objects.filter(pk=found.pk).update(until="2020-01-01")
    response = client.post(
        reverse("search:pin", args=[found.pk]), {"words": "paper jams", "until": "2020-01-01"}
    )
    assert response.status_code == 302
    assert "Ended on 1 January 2020" in client.get(reverse(WORDS)).text


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.AGENT, Role.CANDIDATE])
def test_only_those_who_decide_on_articles_steer(
    role: Role, client: Client, people: dict[Role, User], articles: dict[str, Article]
) -> None:
    client.force_login(people[role])
    group = services.keep_synonyms(words="VPN, tunnel", by=people[Role.COACH])
    found = pin(articles["vpn"], "zebra", people[Role.COACH])
    for address in (
        reverse(WORDS),
        reverse("search:add_synonyms"),
        reverse("search:synonyms", args=[group.pk]),
        reverse("search:add_pin", args=[articles["vpn"].pk]),
        reverse("search:pin", args=[found.pk]),
    ):
        assert client.get(address).status_code == 403
        assert client.post(address, {"delete": "1", "words": "a b, c d"}).status_code in (403, 405)
    assert Synonym.objects.count() == Pin.objects.count() == 1


def test_editors_see_and_change_only_pins_of_articles_in_their_audiences(
    client: Client, editor: User, people: dict[Role, User]
) -> None:
    hidden = published_article("Secret bonus", audience=AudienceFactory(groups=["Board"]))
    found = pin(hidden, "secret zebra", people[Role.PUBLISHER])
    page = client.get(reverse(WORDS)).text
    assert "Secret bonus" not in page
    assert "secret zebra" not in page
    assert client.get(reverse("search:pin", args=[found.pk])).status_code == 404
    assert client.post(reverse("search:pin", args=[found.pk]), {"delete": "1"}).status_code == 404
    assert client.get(reverse("search:add_pin", args=[hidden.pk])).status_code == 404


def test_editors_try_what_a_question_finds_and_pin_from_there(
    client: Client, editor: User, articles: dict[str, Article]
) -> None:
    services.keep_synonyms(words="tunnel, VPN", by=editor)
    page = client.get(reverse(WORDS), {"q": "tunnel error"}).text
    assert "Also looked for: VPN." in page
    assert f"{reverse('search:add_pin', args=[articles['vpn'].pk])}?words=tunnel%20error" in page


def test_a_list_of_pins_asks_the_database_as_often_for_many_as_for_one(
    client: Client, editor: User, django_assert_max_num_queries
) -> None:
    for number in range(6):
        pin(published_article(f"Article {number}"), f"zebra {number}", editor)
    with django_assert_max_num_queries(14):
        client.get(reverse(WORDS))
