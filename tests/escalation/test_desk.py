import re
from html import unescape

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import OutgoingMail, User
from accounts.roles import Role
from escalation import services
from escalation.models import Ticket
from search.models import Conversation
from tests.escalation.factories import ask, calm_conversation, draft_of, open_ticket, show, story_article
from tests.factories import AudienceFactory, UserFactory, published_article

pytestmark = pytest.mark.django_db
QUEUE = "/help/desk/"


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    return people[Role.AGENT]


@pytest.fixture
def desk(client: Client, agent: User) -> Client:
    client.force_login(agent)
    return client


def shown(desk: Client, address: str) -> str:
    response = desk.get(address)
    assert response.status_code == 200, response.status_code
    return unescape(response.content.decode())


def address(ticket: Ticket, name: str = "desk_ticket") -> str:
    return reverse(f"escalation:{name}", args=[ticket.pk])


def test_the_queue_takes_the_same_queries_for_three_tickets_and_for_thirty(desk: Client, agent: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(desk, f"{QUEUE}?view=all")
        return len(captured)

    for _ in range(3):
        services.assign(ticket=open_ticket(article=story_article()), to=agent, by=agent)
    few = queries()
    for _ in range(27):
        services.assign(ticket=open_ticket(), to=agent, by=agent)
    assert queries() == few <= 16


def test_the_most_urgent_comes_first_then_the_one_that_waits_longest(desk: Client) -> None:
    for subject in ("First normal", "Second normal", "Whole team blocked", "No rush at all"):
        open_ticket(subject=subject, description="")
    page = shown(desk, QUEUE)
    order = ["Whole team blocked", "First normal", "Second normal", "No rush at all"]
    assert sorted(order, key=page.index) == order


def test_each_view_holds_what_its_name_says_with_its_count(desk: Client, agent: User) -> None:
    tickets = {name: open_ticket(subject=name) for name in ("Loose", "Taken", "Asked back", "Solved")}
    for name in ("Taken", "Asked back"):
        services.assign(ticket=tickets[name], to=agent, by=agent)
    services.reply(ticket=tickets["Asked back"], by=agent, body="Which?", wait=True)
    services.resolve(ticket=tickets["Solved"], by=agent)
    expected = {
        "unassigned": {"Loose"}, "mine": {"Taken", "Asked back"}, "waiting": {"Asked back"}, "resolved": {"Solved"},
        "late": set(), "all": set(tickets), "nonsense": {"Loose"},
    }  # fmt: skip
    for view, names in expected.items():
        page = shown(desk, f"{QUEUE}?view={view}")
        assert {name for name in tickets if f">{name}</a>" in page} == names, view
    assert Ticket.objects.all().view_counts(agent) == {
        "unassigned": 1, "mine": 2, "late": 0, "waiting": 1, "resolved": 1, "all": 4,
    }  # fmt: skip


def test_a_ticket_leads_with_its_story(desk: Client) -> None:
    person = UserFactory(first_name="Ada", last_name="Byron", job_title="Analyst")
    ticket = open_ticket(person, article=story_article(), description="I need it by 5pm")
    page = shown(desk, address(ticket))
    story = page.index("Ada Byron (Analyst) needs help: How do I reset my password?")
    tried = page.index("They asked once, were shown one article and opened 1.")
    why = page.index("Reads as high: There is a deadline: “by 5pm”. What was found did not help.")
    assert story < tried < why < page.index("Open the portal.") < page.index("I need it by 5pm", why + 200)


def test_what_nobody_said_is_gathered_in_one_quiet_line(desk: Client) -> None:
    page = shown(desk, address(open_ticket(article=story_article(), description="I need it by 5pm")))
    assert page.partition("Not said: ")[2].partition("<")[0] == "blocked, affected, tone, device"
    assert "<dt>Deadline</dt>" in page
    assert "<dt>Tone</dt>" not in page


def test_a_calm_story_says_so_and_quotes_steps_with_their_numbers(desk: Client) -> None:
    person = UserFactory()
    draft = draft_of(person, conversation=calm_conversation(person))
    page = shown(desk, address(services.open_ticket(requester=person, draft=draft)))
    assert "How urgent it reads, and why: normal" in page
    assert "Nothing in it says that it is urgent." in page
    assert "“1. Open the portal.\n2. Choose Forgot password.”" in page
    assert "**portal**" not in page


def test_a_story_that_reads_as_urgent_does_not_call_itself_calm(desk: Client) -> None:
    page = shown(desk, address(open_ticket(article=story_article(), description="I need it by 5pm")))
    assert "How urgent it reads, and why: high" in page
    assert "Nothing in it says that it is urgent." not in page


def test_an_agent_outside_the_audience_sees_that_something_restricted_was_there(desk: Client) -> None:
    insiders = AudienceFactory(groups=["Payroll"])
    ticket = open_ticket(UserFactory(groups=["Payroll"]), article=story_article(audience=insiders))
    page = shown(desk, address(ticket))
    assert "Reset your password" not in page
    assert "Open the portal." not in page
    assert "An article that is not available to you." in page
    assert "How do I reset my password?" in page


def test_an_agent_replies_notes_takes_it_and_moves_it_on(desk: Client, agent: User) -> None:
    ticket = open_ticket()
    desk.post(address(ticket, "desk_assign"), {"to_me": "1"})
    desk.post(address(ticket, "desk_reply"), {"body": "Which one?", "wait": "on"})
    desk.post(address(ticket, "desk_note"), {"body": "Seen before"})
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (agent, "waiting")
    page = shown(desk, address(ticket))
    for part in ("Which one?", "Seen before", "Internal note", "takes care of it"):
        assert part in page, part
    desk.post(address(ticket, "desk_status"), {"action": "resume"})
    desk.post(address(ticket, "desk_assign"), {"assignee": ""})
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.status) == (None, "open")


def test_an_impossible_step_is_told_on_the_page(desk: Client) -> None:
    ticket = open_ticket()
    response = desk.post(address(ticket, "desk_status"), {"action": "reopen"}, follow=True)
    assert "You can't reopen this ticket" in unescape(response.content.decode())


def test_it_is_resolved_with_an_article_that_the_person_was_shown(desk: Client) -> None:
    article = story_article()
    ticket = open_ticket(article=article)
    assert f'name="article" value="{article.pk}"' in shown(desk, address(ticket))
    desk.post(
        address(ticket, "desk_resolve"), {"article": article.pk, "other": "", "words": "", "body": "Done"}
    )
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolved_by_article) == ("resolved", article)


def test_searching_for_an_article_keeps_what_was_typed(desk: Client) -> None:
    ticket = open_ticket()
    found, restricted = (
        published_article("Clean the printer"),
        published_article("Printer budget", audience=AudienceFactory()),
    )
    form = {"article": "", "other": "", "words": "printer", "body": "Half a sentence", "search": "1"}
    page = unescape(desk.post(address(ticket, "desk_resolve"), form).content.decode())
    assert "Half a sentence" in page
    assert f'value="{found.pk}"' in page
    assert f'name="article" value="{restricted.pk}"' not in page
    assert "Printer budget" not in page
    assert Ticket.objects.get().status == "open"
    del form["search"]
    desk.post(address(ticket, "desk_resolve"), form | {"article": found.pk})
    assert Ticket.objects.get().resolved_by_article == found


@pytest.mark.parametrize("named", ["address", "path", "id", "external"])
def test_an_article_is_named_by_its_address_its_number_or_its_name(desk: Client, named: str) -> None:
    article = published_article("Clean the printer", external_id="printer-7")
    pasted = {
        "address": f"https://help.fernhill.example{article.get_absolute_url()}?conversation=3#top",
        "path": article.get_absolute_url(),
        "id": str(article.pk),
        "external": "printer-7",
    }[named]
    ticket = open_ticket()
    desk.post(address(ticket, "desk_resolve"), {"article": "", "other": pasted, "words": "", "body": ""})
    assert Ticket.objects.get().resolved_by_article == article


def test_a_restricted_article_is_as_unknown_as_none(desk: Client) -> None:
    article = published_article("Printer budget", audience=AudienceFactory())
    ticket = open_ticket()
    form = {"article": "", "other": str(article.pk), "words": "", "body": "Kept"}
    response = desk.post(address(ticket, "desk_resolve"), form)
    page = unescape(response.content.decode())
    assert response.status_code == 422
    assert "No article that you may read" in page
    assert "Kept" in page
    assert "Printer budget" not in page


def test_resolving_takes_an_article_or_words(desk: Client) -> None:
    ticket = open_ticket()
    form = {"article": "", "other": "", "words": "", "body": " "}
    response = desk.post(address(ticket, "desk_resolve"), form)
    page = unescape(response.content.decode())
    assert response.status_code == 422
    assert '<a href="#resolveform_article">Which article solved it? Name the article' in page
    assert 'id="resolveform_article"' in page
    assert Ticket.objects.get().status == "open"
    page = unescape(desk.post(address(ticket, "desk_resolve"), form | {"search": "1"}).content.decode())
    assert "Name the article" not in page


def test_an_article_that_the_person_may_not_read_is_told_to_the_agent(desk: Client, agent: User) -> None:
    insiders = AudienceFactory(groups=["Payroll"])
    agent.groups.add(Group.objects.get(name="Payroll"))
    person = UserFactory(first_name="Ada", last_name="Byron")
    form = {"article": "", "other": str(story_article(audience=insiders).pk), "words": "", "body": "Done"}
    response = desk.post(address(open_ticket(person), "desk_resolve"), form, follow=True)
    assert "Ada Byron may not read this article" in unescape(response.content.decode())
    form["other"] = str(story_article().pk)
    response = desk.post(address(open_ticket(person), "desk_resolve"), form, follow=True)
    assert "may not read this article" not in response.content.decode()


def test_articles_are_offered_as_they_were_shown_the_quoted_one_first(desk: Client) -> None:
    person = UserFactory()
    conversation = Conversation.objects.create(user=person)
    question = ask(conversation, "How?")
    near, quoted, nearer = (published_article(title, "Text.\n") for title in ("Near", "Quoted", "A last one"))
    show(question, near)
    show(question, quoted, quoted="Text.")
    show(question, nearer)
    ticket = services.open_ticket(requester=person, draft=draft_of(person, conversation=conversation))
    page = shown(desk, address(ticket))
    offered = re.findall(r'name="article" value="(\d+)"', page)
    assert offered == [str(article.pk) for article in (quoted, near, nearer)]


def test_closing_without_resolving_takes_a_reason_that_the_person_gets(desk: Client) -> None:
    ticket = open_ticket()
    response = desk.post(address(ticket, "desk_status"), {"action": "close", "body": ""})
    assert response.status_code == 422
    assert '<a href="#closeform_body">' in response.content.decode()
    desk.post(address(ticket, "desk_status"), {"action": "close", "body": "A duplicate of TZ-1."})
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolved_at) == ("closed", None)
    mail = OutgoingMail.objects.order_by("pk").last()
    assert mail is not None
    assert "A duplicate of TZ-1." in mail.body
    assert "A duplicate of TZ-1." in shown(desk, address(ticket))


def test_a_ticket_that_is_done_is_not_offered_to_be_closed(desk: Client, agent: User) -> None:
    ticket = open_ticket()
    assert "Close without resolving" in shown(desk, address(ticket))
    services.resolve(ticket=ticket, by=agent, body="Done")
    assert "Close without resolving" not in shown(desk, address(ticket))


@pytest.mark.parametrize(("name", "field"), [("reply", "agentreplyform"), ("note", "noteform")])
def test_an_empty_form_is_told_at_the_top_and_where_it_stands(desk: Client, name: str, field: str) -> None:
    ticket = open_ticket()
    assert f'{address(ticket, f"desk_{name}")}#{name}"' in shown(desk, address(ticket))
    response = desk.post(address(ticket, f"desk_{name}"), {"body": " "})
    page = unescape(response.content.decode())
    assert response.status_code == 422
    assert "<title>Error: TZ-" in page
    assert page.index(f'<a href="#{field}_body">') < page.index("<h1>") < page.index(f'id="{field}_body"')


@pytest.mark.parametrize("name", ["reply", "note", "assign", "status", "resolve"])
def test_an_address_that_takes_posts_leads_to_the_ticket_when_it_is_opened(desk: Client, name: str) -> None:
    ticket = open_ticket()
    assert desk.get(address(ticket, f"desk_{name}")).headers["Location"] == address(ticket)


def test_the_persons_own_words_stand_under_the_story(desk: Client) -> None:
    page = shown(desk, address(open_ticket(article=story_article(), description="It hums loudly.")))
    assert page.index("The story") < page.index("It hums loudly.") < page.index("What was sent")


def test_that_nobody_has_it_is_not_repeated_where_it_goes_without_saying(desk: Client) -> None:
    open_ticket()
    assert "Open, nobody has it</span>" not in shown(desk, QUEUE)
    assert "Open, nobody has it</span>" in shown(desk, f"{QUEUE}?view=all")


def test_resolving_twice_says_why_not(desk: Client) -> None:
    ticket = open_ticket()
    form = {"article": "", "other": "", "words": "", "body": "Done"}
    desk.post(address(ticket, "desk_resolve"), form)
    response = desk.post(address(ticket, "desk_resolve"), form)
    assert response.status_code == 422


def test_an_agent_who_follows_a_persons_link_lands_on_the_desk(desk: Client) -> None:
    ticket = open_ticket()
    assert desk.get(ticket.get_absolute_url()).headers["Location"] == address(ticket)


@pytest.mark.parametrize(
    "other", ["²", "http://[bad", "\0", "4\0", "/articles/99999999999999999999/x/", "9" * 30]
)
def test_what_names_no_article_is_refused_in_words_or_ignored(desk: Client, other: str) -> None:
    sent = desk.post(address(open_ticket(), "desk_resolve"), {"other": other, "words": ""})
    assert sent.status_code in (302, 422)


def test_a_search_of_titles_ignores_a_nul(desk: Client) -> None:
    story_article()
    ticket = open_ticket()
    page = desk.post(address(ticket, "desk_resolve"), {"other": "", "words": "\0Reset", "search": "1"})
    assert "Reset your password" in page.content.decode()
