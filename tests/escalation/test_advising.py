"""What is suggested beside a ticket: similar ones, articles, and a reply that a machine drafted and nobody has sent."""

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.roles import Role
from escalation import services
from escalation.advising import advice_for
from escalation.models import Message, Queue, Sensitivity, Ticket
from escalation.services import neighbours
from escalation.similar import similar_open, similar_resolved
from kb.models import Article
from search import calibration, engine, retrieval
from search import services as search
from search.calibration import Judgement
from search.confidence import Level
from search.services import advising
from tests.escalation.factories import open_ticket
from tests.factories import AudienceFactory, UserFactory, published_article
from tests.search.articles import small_company
from tests.search.llm.server import saying, scripted_server

pytestmark = pytest.mark.django_db
FORGOT = "I forgot my password on my laptop, how do I reset it?"


@pytest.fixture
def articles() -> dict[str, Article]:
    made = small_company(restricted=AudienceFactory(groups=["Finance"]))
    search.reconcile()
    return made


@pytest.fixture
def agent() -> User:
    return UserFactory(role=Role.AGENT, groups=["Finance"])


@pytest.fixture
def person() -> User:
    return UserFactory(role=Role.EMPLOYEE, first_name="Robin")


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is found answers: what may be drafted from it is the matter here."""
    monkeypatch.setattr(calibration, "judge", lambda found: Judgement(0.9, Level.ANSWER))


def solved(subject: str, agent: User, **how: object) -> Ticket:
    ticket = open_ticket(UserFactory(role=Role.EMPLOYEE), subject=subject, description="")
    return services.resolve(ticket=ticket, by=agent, **how)


def part(client: Client, ticket: Ticket, **query: str) -> str:
    response = client.get(reverse("escalation:desk_suggested", args=[ticket.pk]), query)
    assert response.status_code == 200
    return unescape(response.content.decode())


@pytest.mark.usefixtures("articles")
def test_a_draft_quotes_an_article_with_its_address_and_sends_nothing(
    client: Client, agent: User, person: User
) -> None:
    ticket = open_ticket(person, subject=FORGOT, description="")
    advice = advice_for(ticket, agent=agent)
    assert advice.articles[0].article.title == "Reset a forgotten password"
    assert advice.draft.startswith("Hello Robin,\n\n")
    assert "I forgot my password" in advice.draft
    assert "From “Reset a forgotten password”: http" in advice.draft
    assert not advice.can_be_worded
    client.force_login(agent)
    page = part(client, ticket)
    assert "A reply that a machine drafted" in page
    assert "Quoted from articles" in page
    assert not Message.objects.exists()


@pytest.mark.usefixtures("articles", "sure")
def test_what_the_person_may_not_read_is_named_to_the_agent_and_quoted_to_nobody(
    client: Client, agent: User, person: User
) -> None:
    asked = "When does the secret bonus run start, and when do I close the ledger BON-991?"
    ticket = open_ticket(person, subject=asked, description="")
    advice = advice_for(ticket, agent=agent)
    payroll = advice.articles[0]
    assert (payroll.article.title, payroll.is_shared) == ("Payroll bonus run", False)
    assert "third Friday" not in advice.draft
    assert "Payroll" not in advice.draft
    client.force_login(agent)
    assert "Robin Person" in (page := part(client, ticket))
    assert "may not read this one" in page
    client.force_login(UserFactory(role=Role.AGENT))
    assert "Payroll bonus run" not in part(client, ticket)


@pytest.mark.usefixtures("articles")
def test_what_people_handle_gets_no_draft(agent: User, person: User) -> None:
    ticket = open_ticket(person, subject=FORGOT, description="")
    ticket.sensitivity = Sensitivity.HARASSMENT
    assert advice_for(ticket, agent=agent).draft == ""


@pytest.mark.usefixtures("articles")
def test_nothing_near_means_no_draft(agent: User, person: User) -> None:
    ticket = open_ticket(person, subject="What is the nature of the big bang theory?", description="")
    assert advice_for(ticket, agent=agent).draft == ""


@pytest.mark.usefixtures("articles")
class TestWordedByAModel:
    SAID = "To reset a forgotten password on a laptop, use the sign-in screen. [1]\nCall the queen of France. [1]"

    def ask(self, settings: Settings, ticket: Ticket, agent: User, said: str = SAID) -> tuple[str, int]:
        with scripted_server() as server:
            settings.LLM_BASE_URL, settings.LLM_MODEL = server.base_url, "scripted"
            server.behaviour = saying(said)
            return advice_for(ticket, agent=agent, by_model=True).draft, len(server.received)

    def test_only_what_an_article_says_is_in_the_draft(
        self, settings: Settings, agent: User, person: User, sure: None
    ) -> None:
        ticket = open_ticket(person, subject=FORGOT, description="")
        draft, asked = self.ask(settings, ticket, agent)
        assert asked == 1
        assert "use the sign-in screen.\n\nFrom" in draft
        assert "queen" not in draft

    def test_a_model_that_says_nothing_of_use_leaves_the_quotes(
        self, settings: Settings, agent: User, person: User
    ) -> None:
        draft, asked = self.ask(
            settings, open_ticket(person, subject=FORGOT, description=""), agent, "ABSTAIN"
        )
        assert asked == 1
        assert "I forgot my password" in draft

    def test_a_confidential_ticket_goes_to_no_other_server(
        self, settings: Settings, agent: User, person: User
    ) -> None:
        queue = Queue.objects.create(name="People", confidential=True)
        queue.members.add(agent)
        ticket = open_ticket(person, subject=FORGOT, description="")
        ticket.queue = queue
        ticket.save(update_fields=["queue"])
        assert self.ask(settings, ticket, agent)[1] == 0

    def test_nobody_is_asked_before_an_agent_asks(
        self, settings: Settings, agent: User, person: User
    ) -> None:
        with scripted_server() as server:
            settings.LLM_BASE_URL = server.base_url
            advice = advice_for(open_ticket(person, subject=FORGOT, description=""), agent=agent)
            assert advice.can_be_worded
            assert not server.received

    def test_an_article_withdrawn_meanwhile_is_worded_to_nobody(
        self, settings: Settings, agent: User, person: User, sure: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(advising, "are_live", lambda revisions, user: False)
        ticket = open_ticket(person, subject=FORGOT, description="")
        with scripted_server() as server:
            settings.LLM_BASE_URL, settings.LLM_MODEL = server.base_url, "scripted"
            server.behaviour = saying(self.SAID)
            assert not advice_for(ticket, agent=agent, by_model=True).is_worded


def test_with_search_down_the_page_and_the_similar_tickets_still_work(
    client: Client, agent: User, person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("The index is gone")

    monkeypatch.setattr(retrieval, "retrieve", broken)
    solved("The printer eats paper in room four", agent, body="Opened the flap.")
    ticket = open_ticket(person, subject="The printer eats paper again", description="")
    client.force_login(agent)
    assert client.get(reverse("escalation:desk_ticket", args=[ticket.pk])).status_code == 200
    page = part(client, ticket)
    assert "Search is not available right now" in page
    assert "Opened the flap." in page


def test_similar_tickets_come_with_how_they_were_solved(agent: User, person: User) -> None:
    article = published_article("Printer problems")
    by_article = solved("Printer eats paper in Leeds", agent, article=article)
    in_words = solved("Why does the printer eat paper?", agent, body="Pulled it out.")
    solved("My chair squeaks", agent, body="Oiled.")
    ticket = open_ticket(person, subject="The printer eats my paper", description="")
    found = {each.ticket: each for each in similar_resolved(ticket, agent)}
    assert set(found) == {by_article, in_words}
    assert found[by_article].article == article
    assert (found[in_words].article, found[in_words].answer) == (None, "Pulled it out.")


def test_tickets_that_mean_the_same_in_other_words_are_similar(agent: User, person: User) -> None:
    other = solved("Paper jam in the copier", agent, body="Pulled it out.")
    hidden = solved("Paper jam in the copier of the board", agent, body="Hush.")
    Ticket.objects.filter(pk=hidden.pk).update(queue=Queue.objects.create(name="Board", confidential=True))
    ticket = open_ticket(person, subject="My copying machine is jammed", description="")
    assert similar_resolved(ticket, agent) == []
    neighbours.make_vectors(Ticket.objects.all(), engine.embedder())
    assert [each.ticket for each in similar_resolved(ticket, agent)] == [other]


def test_an_article_that_the_agent_may_not_read_is_not_named_as_the_solution(person: User) -> None:
    finance = UserFactory(role=Role.AGENT, groups=["Finance"])
    hidden = published_article("Ledger printing", audience=AudienceFactory(groups=["Finance"]))
    solved("Printer eats the ledger", finance, article=hidden)
    ticket = open_ticket(person, subject="Printer eats a ledger", description="")
    [found] = similar_resolved(ticket, UserFactory(role=Role.AGENT))
    assert found.article is None


def test_tickets_of_a_confidential_queue_are_like_nothing_for_others(agent: User, person: User) -> None:
    queue = Queue.objects.create(name="People", confidential=True)
    hidden = solved("Shouted at by the printer team", agent, body="We talked.")
    Ticket.objects.filter(pk=hidden.pk).update(queue=queue)
    ticket = open_ticket(person, subject="Shouted at by the printer team again", description="")
    assert similar_resolved(ticket, agent) == []
    queue.members.add(agent)
    assert [each.ticket for each in similar_resolved(ticket, agent)] == [hidden]


def test_open_tickets_that_may_be_the_same_are_offered(agent: User, person: User) -> None:
    twin = open_ticket(UserFactory(role=Role.EMPLOYEE), subject="Lift in Leeds stuck", description="")
    ticket = open_ticket(person, subject="The lift in Leeds is stuck", description="")
    assert similar_open(ticket, agent) == [twin]


def test_similar_tickets_take_the_same_queries_however_many(
    agent: User, person: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(8):
        solved(f"Printer eats paper {number}", agent, body="Pulled it out.")
    ticket = open_ticket(person, subject="The printer eats paper", description="")
    with django_assert_max_num_queries(8):
        assert len(similar_resolved(ticket, agent)) == 5


def test_the_suggestions_are_a_part_for_a_script_and_a_page_without_one(
    client: Client, agent: User, person: User
) -> None:
    ticket = open_ticket(person, subject="", description="?")
    client.force_login(agent)
    assert "<html" in part(client, ticket)
    address = reverse("escalation:desk_suggested", args=[ticket.pk])
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert 'id="suggested"' in fragment
