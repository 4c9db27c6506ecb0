"""What a ticket teaches search, and for how long."""

import pytest

from accounts.models import User
from accounts.roles import Role
from escalation import services
from escalation.models import Ticket
from escalation.workflow import Action
from kb.models import Article
from search.models import Conversation, Phrasing
from tests.escalation.factories import ask, draft_of
from tests.factories import UserFactory, published_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    return people[Role.AGENT]


@pytest.fixture
def person() -> User:
    return UserFactory(role=Role.EMPLOYEE, first_name="Robin", last_name="Kane", username="rkane")


@pytest.fixture
def printer() -> Article:
    return published_article("Printer problems", "Open the front flap.\n")


def opened(person: User, *questions: str, left_out: tuple[int, ...] = (), **words: str) -> Ticket:
    """A ticket from a conversation with these questions, of which those left out were struck from the pack."""
    conversation = Conversation.objects.create(user=person)
    asked = [ask(conversation, text) for text in questions]
    draft = draft_of(person, conversation=conversation)
    struck = [f"q{asked[index].pk}" for index in left_out]
    return services.open_ticket(requester=person, draft=draft, left_out=struck, **words)


def texts() -> set[str]:
    return set(Phrasing.objects.values_list("text", flat=True))


def test_a_resolved_ticket_teaches_what_was_asked_without_who_asked(
    person: User, agent: User, printer: Article
) -> None:
    ticket = opened(
        person,
        "why is the paper stuck?",
        subject="The printer eats paper",
        description="Hello, it sits in room 4 and Robin Kane needs it.\nKind regards,\nRobin Kane",
    )
    services.reply(ticket=ticket, by=agent, body="Try the flap.")
    services.resolve(ticket=ticket, by=agent, article=printer)
    assert texts() == {
        "The printer eats paper\nit sits in room 4 and [name] needs it.",
        "why is the paper stuck?",
    }
    learnt = Phrasing.objects.first()
    assert learnt is not None
    assert (learnt.article, learnt.origin, learnt.for_readers) == (printer, f"ticket:{ticket.pk}", False)


def test_the_name_of_an_agent_goes_as_well(person: User, agent: User, printer: Article) -> None:
    agent.first_name, agent.last_name = "Wilhelmina", "Ott"
    agent.save()
    ticket = opened(person, subject="Printer", description="Wilhelmina said that it is the flap, what now?")
    services.reply(ticket=ticket, by=agent, body="Try again.")
    services.resolve(ticket=ticket, by=agent, article=printer)
    assert texts() == {"Printer\n[name] said that it is the flap, what now?"}


def test_what_the_person_struck_out_is_not_learnt(person: User, agent: User, printer: Article) -> None:
    ticket = opened(person, "am I being fired?", "why is the paper stuck?", left_out=(0,))
    services.resolve(ticket=ticket, by=agent, article=printer)
    assert texts() == {"why is the paper stuck?"}


def test_a_ticket_without_words_teaches_nothing(person: User, agent: User, printer: Article) -> None:
    ticket = opened(person)
    services.resolve(ticket=ticket, by=agent, article=printer)
    assert not texts()


def test_a_ticket_that_no_article_solved_teaches_nothing(person: User, agent: User) -> None:
    services.resolve(ticket=opened(person, "why is the paper stuck?"), by=agent)
    assert not texts()


@pytest.mark.parametrize("by_reply", [False, True])
def test_reopening_it_undoes_what_was_learnt(
    person: User, agent: User, printer: Article, by_reply: bool
) -> None:
    ticket = opened(person, "why is the paper stuck?")
    services.resolve(ticket=ticket, by=agent, article=printer)
    if by_reply:
        services.reply(ticket=ticket, by=person, body="It still is.")
    else:
        services.reopen(ticket=ticket, by=person)
    assert not texts()


def test_another_article_that_solves_it_after_all_takes_it_over(
    person: User, agent: User, printer: Article
) -> None:
    ticket, other = opened(person, "why is the paper stuck?"), published_article("Paper", "Use thin paper.\n")
    services.resolve(ticket=ticket, by=agent, article=printer)
    services.reopen(ticket=ticket, by=person)
    services.resolve(ticket=ticket, by=agent, article=other)
    assert Phrasing.objects.get().article == other


def test_closing_it_keeps_what_was_learnt(person: User, agent: User, printer: Article) -> None:
    ticket = opened(person, "why is the paper stuck?")
    services.resolve(ticket=ticket, by=agent, article=printer)
    services.set_status(ticket=ticket, by=person, action=Action.CLOSE)
    assert texts()


def test_a_pack_of_a_later_version_stops_nobody_from_resolving(
    person: User, agent: User, printer: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = opened(person, "why is the paper stuck?", description="The flap is jammed as well.")
    monkeypatch.setattr("escalation.handoff.pack.VERSION", 99)
    services.resolve(ticket=ticket, by=agent, article=printer)
    assert any("The flap is jammed as well." in text for text in texts())
