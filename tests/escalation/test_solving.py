"""What a ticket gives back to the knowledge base, in each of the ways in which it can be resolved."""

from html import unescape

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from escalation import services
from escalation.events import Event
from escalation.models import Queue, Ticket
from escalation.services.consequences import happened
from escalation.workflow import Refused
from kb.models import Article, Flag
from kb.workflow import State
from search.models import Phrasing
from tests.escalation.factories import open_ticket
from tests.factories import AudienceFactory, CategoryFactory, UserFactory, everyone, published_article

pytestmark = pytest.mark.django_db
ASKED = "The badge reader blinks red at door three"


@pytest.fixture
def agent() -> User:
    return UserFactory(role=Role.AGENT, groups=["Candidate"], first_name="Daan", last_name="Visser")


@pytest.fixture
def person() -> User:
    return UserFactory(role=Role.EMPLOYEE, first_name="Robin", last_name="Kane", username="rkane")


@pytest.fixture
def ticket(person: User) -> Ticket:
    return open_ticket(person, subject=ASKED, description="Robin Kane waits outside, call 0113 496 0123.")


@pytest.fixture
def article() -> Article:
    return published_article("Door readers", "Hold the badge for three seconds.\n")


@pytest.fixture
def desk(client: Client, agent: User) -> Client:
    client.force_login(agent)
    return client


def go(name: str, *args: int) -> str:
    return reverse(f"escalation:{name}", args=args)


def learnt(article: Article) -> list[str]:
    return list(Phrasing.objects.filter(article=article).exclude(text="").values_list("text", flat=True))


def write(ticket: Ticket, agent: User, **fields: object) -> Article:
    body = services.draft_of_article(ticket, by=agent)
    given = {
        "title": "Red light at a door",
        "category": CategoryFactory(),
        "audience": everyone(),
        "body": body,
    }
    return services.write_article(ticket=ticket, by=agent, **{**given, **fields})


def test_one_click_resolves_with_an_article_which_learns_the_question(
    desk: Client, ticket: Ticket, article: Article
) -> None:
    desk.post(go("desk_resolve", ticket.pk), {"other": str(article.pk)})
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolved_by_article) == ("resolved", article)
    assert ASKED in learnt(article)[0]
    assert "Robin" not in learnt(article)[0]


def test_a_reference_stands_on_the_page_and_teaches_nothing(
    desk: Client, ticket: Ticket, article: Article, agent: User
) -> None:
    desk.post(go("desk_refer", ticket.pk), {"article": str(article.pk)})
    services.resolve(ticket=ticket, by=agent, body="We changed the battery.")
    assert list(ticket.references.all()) == [article]
    assert learnt(article) == []
    page = unescape(desk.get(go("desk_ticket", ticket.pk)).content.decode())
    assert "Refers to" in page
    assert article.title in page
    desk.post(go("desk_drop_reference", ticket.pk), {"article": str(article.pk)})
    assert not ticket.references.exists()


def test_a_flag_tells_the_owner_with_the_number_and_resolving_still_teaches(
    desk: Client, ticket: Ticket, article: Article, agent: User
) -> None:
    address = go("desk_flag", ticket.pk, article.pk)
    assert "fix it yourself" in desk.get(address).content.decode()
    assert desk.post(address, {"reason": "wrong", "note": " "}).status_code == 422
    desk.post(address, {"reason": "wrong", "note": "It takes five seconds."})
    flag = Flag.objects.get()
    assert (flag.article, flag.raised_by, flag.note) == (
        article,
        agent,
        f"It takes five seconds. ({ticket.number})",
    )
    assert list(ticket.references.all()) == [article]
    services.resolve(ticket=ticket, by=agent, article=article)
    assert len(learnt(article)) == 1


def test_a_draft_has_what_was_said_without_what_tells_of_people(ticket: Ticket, agent: User) -> None:
    services.reply(
        ticket=ticket, by=agent, body="Hello Robin,\n1. Hold the badge longer.\nKind regards,\nDaan Visser"
    )
    services.add_note(ticket=ticket, by=agent, body="He shouted at me.")
    body = services.draft_of_article(ticket, by=agent)
    assert body.index("waits outside") < body.index("## Cause") < body.index("1. Hold the badge longer.")
    for private in ("Robin", "Kane", "0113", "Daan", "Visser", "shouted"):
        assert private not in body


def test_the_article_from_a_ticket_is_a_draft_that_learns_the_question_once_it_is_solved(
    ticket: Ticket, agent: User
) -> None:
    written = write(ticket, agent)
    ticket.refresh_from_db()
    assert ticket.written_article == written
    assert (written.kind, written.live_revision, written.revisions.get().state) == (
        "troubleshooting",
        None,
        State.DRAFT,
    )
    assert learnt(written) == []
    services.resolve(ticket=ticket, by=agent, body="Hold it longer.")
    assert ASKED in learnt(written)[0]
    services.reopen(ticket=ticket, by=ticket.requester)
    assert learnt(written) == []


def test_an_article_that_solved_it_goes_before_the_one_that_was_written(
    ticket: Ticket, agent: User, article: Article
) -> None:
    written = write(ticket, agent)
    services.resolve(ticket=ticket, by=agent, article=article)
    assert (len(learnt(article)), learnt(written)) == (1, [])


def test_one_ticket_makes_one_article(ticket: Ticket, agent: User) -> None:
    write(ticket, agent)
    with pytest.raises(Refused, match="already"):
        write(ticket, agent)


def test_the_page_prefills_and_sends_to_review(desk: Client, ticket: Ticket, agent: User) -> None:
    address = go("desk_write", ticket.pk)
    page = unescape(desk.get(address).content.decode())
    assert ASKED in page
    assert "waits outside" in page
    assert "0113" not in page
    shelf = CategoryFactory()
    form = {
        "title": "Red light",
        "category": shelf.pk,
        "audience": everyone().pk,
        "body": "## Issue\n\nRed light.\n",
    }
    assert desk.post(address, {**form, "audience": ""}).status_code == 422
    desk.post(address, {**form, "submit": "1"})
    ticket.refresh_from_db()
    assert ticket.written_article.revisions.get().state == State.IN_REVIEW
    assert "Red light" in unescape(desk.get(go("desk_ticket", ticket.pk)).content.decode())


def test_who_may_not_write_articles_is_told_what_it_takes(client: Client, ticket: Ticket) -> None:
    client.force_login(UserFactory(role=Role.AGENT))
    assert client.get(go("desk_write", ticket.pk)).status_code == 403
    assert "role of a Candidate" in client.get(go("desk_ticket", ticket.pk)).content.decode()


def test_an_audience_that_one_is_not_of_is_no_choice(desk: Client, ticket: Ticket) -> None:
    finance = AudienceFactory(groups=["Finance"])
    form = {"title": "x", "category": CategoryFactory().pk, "audience": finance.pk, "body": "x"}
    assert desk.post(go("desk_write", ticket.pk), form).status_code == 422
    assert finance.name not in desk.get(go("desk_write", ticket.pk)).content.decode()


def test_a_draft_is_named_on_the_page_only_for_its_audience(
    client: Client, ticket: Ticket, agent: User
) -> None:
    agent.groups.add(*AudienceFactory(groups=["Doors"]).groups.all())
    write(ticket, agent, audience=AudienceFactory(groups=["Doors"], name="Doors"), title="Codes of the doors")
    client.force_login(UserFactory(role=Role.AGENT))
    page = client.get(go("desk_ticket", ticket.pk)).content.decode()
    assert "One was written, for others than you." in page
    assert "Codes of the doors" not in page


def test_nothing_of_a_confidential_ticket_is_learnt_or_written(
    desk: Client, ticket: Ticket, agent: User, article: Article
) -> None:
    services.resolve(ticket=ticket, by=agent, article=article)
    assert len(learnt(article)) == 1
    queue = Queue.objects.create(name="People", confidential=True)
    queue.members.add(agent)
    ticket.refresh_from_db()
    ticket.queue = queue
    ticket.save(update_fields=["queue"])
    happened(ticket, Event.ROUTED, by=agent)
    assert learnt(article) == []
    assert desk.get(go("desk_write", ticket.pk)).status_code == 404
    with pytest.raises(Refused):
        write(ticket, agent)


def test_an_article_that_one_may_not_read_is_unknown(desk: Client, ticket: Ticket, agent: User) -> None:
    hidden = published_article("Payroll", audience=AudienceFactory(groups=["Finance"]))
    assert desk.get(go("desk_flag", ticket.pk, hidden.pk)).status_code == 404
    for odd in (str(hidden.pk), "", "x", "9" * 30):
        assert desk.post(go("desk_refer", ticket.pk), {"article": odd}).status_code == 404
    with pytest.raises(PermissionDenied):
        services.refer_to(ticket=ticket, article=hidden, by=agent)
