"""Articles offered beside the form: once, quietly, and recorded for what became of it."""

from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from escalation.models import Offer, Ticket
from search import services as search
from tests.escalation.factories import draft_of
from tests.escalation.test_views import HANDOFF, filled, shown
from tests.factories import AudienceFactory, UserFactory, published_article

pytestmark = pytest.mark.django_db
WORDS = "How do I connect the scanner to the Wi-Fi?"
BODY = "Open **Settings** on the scanner, choose *Wi-Fi* and connect it to the staff network.\n"
OFFERS = "/help/offers/"


@pytest.fixture
def person(people: dict[Role, User]) -> User:
    return people[Role.EMPLOYEE]


@pytest.fixture
def web(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


@pytest.fixture
def warm(db: None, person: User) -> Callable[..., None]:
    """Publish and ask something, so that this process has its model and index at hand."""

    def publish(title: str = "Connect the scanner to the Wi-Fi", **fields: object) -> None:
        published_article(title, BODY, **fields)
        search.reconcile()
        search.ask(user=person, text="is this thing on, and warm?")

    return publish


def typed(page: str, **changes: object) -> dict[str, object]:
    return filled(page, subject=WORDS, **changes)


def test_what_may_help_is_offered_once_and_what_was_opened_is_noted(
    web: Client, warm: Callable[..., None]
) -> None:
    warm()
    form = typed(shown(web, HANDOFF))
    first = web.post(OFFERS, form)
    assert "Connect the scanner to the Wi-Fi" in first.content.decode()
    assert "autofocus" not in first.content.decode()
    assert "Connect the scanner" not in web.post(OFFERS, form).content.decode()
    offer = Offer.objects.get()
    opened = web.get(reverse("escalation:offered_article", args=[form["key"], offer.article_id]))
    assert opened.headers["Location"] == offer.article.get_absolute_url()
    offer.refresh_from_db()
    assert offer.opened_at
    assert (offer.helped_at, offer.ticket) == (None, None)


def test_sent_anyway_is_noted_as_that_and_the_agent_reads_it(
    web: Client, client: Client, warm: Callable[..., None]
) -> None:
    warm()
    form = typed(shown(web, HANDOFF))
    web.post(OFFERS, form)
    assert web.post(HANDOFF, form).status_code == 302
    ticket = Ticket.objects.get()
    assert Offer.objects.get().ticket == ticket
    client.force_login(UserFactory(role=Role.AGENT))
    page = client.get(reverse("escalation:desk_ticket", args=[ticket.pk])).content.decode()
    assert "not opened, sent anyway" in page


def test_what_helped_is_noted_and_nothing_is_sent(web: Client, warm: Callable[..., None]) -> None:
    warm()
    form = typed(shown(web, HANDOFF))
    web.post(OFFERS, form)
    offer = Offer.objects.get()
    solved = {"key": form["key"], "solved_by": offer.article_id}
    page = web.post(reverse("escalation:solved_by_offered"), solved, follow=True).content.decode()
    assert "Nothing was sent to a person." in page
    offer.refresh_from_db()
    assert offer.helped_at
    assert not Ticket.objects.exists()


def test_without_a_script_it_is_shown_once_on_the_way_with_all_that_was_typed(
    web: Client, warm: Callable[..., None]
) -> None:
    warm()
    blank = shown(web, HANDOFF)
    assert "Not sent yet" not in blank
    form = typed(blank, description="It hums.", look_first="yes")
    step = web.post(HANDOFF, form)
    page = unescape(step.content.decode())
    assert step.status_code == 200
    assert "Does one of these help?" in page
    assert "It hums." in page
    assert "<title>Not sent yet: " in page
    assert '<a href="#offers">This article may help</a>; if not, send it.' in page
    assert web.post(HANDOFF, filled(page, subject=WORDS, look_first="yes")).status_code == 302


def test_enter_in_a_field_sends_to_a_person_and_nothing_else(web: Client, warm: Callable[..., None]) -> None:
    warm()
    page = web.post(OFFERS, typed(shown(web, HANDOFF))).content.decode()
    assert page.count('type="submit" form="solved-form"') == page.count('type="submit"') == 1


def test_a_process_that_would_have_to_load_a_model_offers_nothing(web: Client) -> None:
    published_article("Connect the scanner to the Wi-Fi", BODY)
    form = typed(shown(web, HANDOFF))
    assert "Connect the scanner" not in web.post(OFFERS, form).content.decode()
    assert web.post(HANDOFF, form | {"look_first": "yes"}).status_code == 302


def test_nobody_is_offered_an_article_that_they_may_not_read_nor_led_to_it(
    web: Client, warm: Callable[..., None]
) -> None:
    warm(audience=AudienceFactory(groups=["Finance"]))
    form = typed(shown(web, HANDOFF))
    assert "Connect the scanner" not in web.post(OFFERS, form).content.decode()
    hidden = published_article("Hidden", audience=AudienceFactory(groups=["Finance"]))
    assert web.get(reverse("escalation:offered_article", args=[form["key"], hidden.pk])).status_code == 404
    solved = {"key": form["key"], "solved_by": hidden.pk}
    assert web.post(reverse("escalation:solved_by_offered"), solved).status_code == 404


def test_once_it_is_known_what_it_is_about_the_first_questions_are_asked_and_their_answers_sent(
    web: Client,
) -> None:
    page = shown(web, HANDOFF)
    assert 'name="asked_' not in page
    asked = web.post(OFFERS, filled(page, subject="The printer is broken")).content.decode()
    assert asked.count('name="asked_') == 2
    sent = filled(page, subject="The printer is broken", asked_which="LDS-3-07", asked_error="")
    assert web.post(OFFERS, sent).status_code == 204
    web.post(HANDOFF, sent)
    lines = [line.text for line in Ticket.objects.get().pack.as_pack().lines if line.kind == "intake"]
    assert lines == ["Which one is it: its name or number, and where does it stand? “LDS-3-07”"]


def test_what_people_handle_is_offered_no_article(web: Client, warm: Callable[..., None]) -> None:
    warm("What to do when your laptop was stolen")
    form = filled(shown(web, HANDOFF), subject="My laptop was stolen on the train")
    assert web.post(OFFERS, form).status_code == 204


@pytest.mark.parametrize("fields", [{}, {"key": "../../x"}, {"key": "0" * 32, "draft": "rubbish"}])
def test_rubbish_gets_nothing(web: Client, fields: dict[str, str]) -> None:
    assert web.post(OFFERS, fields).status_code == 204
    assert web.post(reverse("escalation:solved_by_offered"), {"solved_by": "x"}).status_code == 404


def test_a_stranger_is_led_to_the_sign_in(client: Client, person: User) -> None:
    assert draft_of(person)
    for response in (
        client.post(OFFERS),
        client.get(f"{OFFERS}{'0' * 32}/1/"),
        client.post(f"{OFFERS}solved/"),
    ):
        assert response.headers["Location"].startswith("/accounts/")
