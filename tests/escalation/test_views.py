import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.roles import Role
from escalation import services
from escalation.models import Ticket
from escalation.services import LONGEST_TEXT
from escalation.views.handoff import LOOK_AGAIN
from search.models import Conversation
from tests.escalation.factories import (
    ask,
    calm_conversation,
    conversation_about,
    draft_of,
    open_ticket,
    story_article,
)
from tests.factories import AudienceFactory, UserFactory

pytestmark = pytest.mark.django_db
HANDOFF = "/help/"


@pytest.fixture
def person(people: dict[Role, User]) -> User:
    return people[Role.EMPLOYEE]


@pytest.fixture
def web(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return unescape(found.group(1))


def filled(page: str, **changes: object) -> dict[str, object]:
    """The form as a browser would send it, with every box as it stands."""
    kept = re.findall(r'name="keep" value="([^"]+)" checked', page)
    subject = re.search(r'name="subject"[^>]*?value="([^"]*)"', page)
    fields = {
        "draft": hidden(page, "draft"),
        "key": hidden(page, "key"),
        "subject": unescape(subject.group(1)) if subject else "",
        "description": "",
        "keep": kept,
    }
    return fields | changes


def shown(web: Client, address: str) -> str:
    response = web.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_one_click_opens_a_form_that_is_already_filled(web: Client, person: User) -> None:
    conversation = conversation_about(story_article(), person)
    page = unescape(shown(web, f"{HANDOFF}?conversation={conversation.pk}"))
    for part in ("How do I reset my password?", "Open the portal.", "“Reset your password”",
                 "A person from the support team", "Too few tickets have been answered"):  # fmt: skip
        assert part in page, part
    assert page.count('name="keep"') == page.count("checked")


def test_a_quote_on_the_form_keeps_its_step_numbers_and_loses_its_markdown(web: Client, person: User) -> None:
    page = unescape(shown(web, f"{HANDOFF}?conversation={calm_conversation(person).pk}"))
    assert "“1. Open the portal.\n2. Choose Forgot password.”" in page
    assert "**portal**" not in page


def test_the_form_says_so_when_nothing_reads_as_urgent(web: Client, person: User) -> None:
    says_so = "It reads as normal: nothing in it says that it is urgent."
    assert says_so in shown(web, f"{HANDOFF}?conversation={calm_conversation(person).pk}")
    urgent = conversation_about(story_article(), person, "I can't work")
    page = shown(web, f"{HANDOFF}?conversation={urgent.pk}")
    assert "nothing in it says that it is urgent" not in page
    assert "With every line, it reads as high." in page


def test_sending_untouched_needs_nothing_else(web: Client, person: User) -> None:
    conversation = conversation_about(story_article(), person)
    address = f"{HANDOFF}?conversation={conversation.pk}"
    response = web.post(address, filled(shown(web, address)), follow=True)
    ticket = Ticket.objects.get()
    receipt = unescape(response.content.decode())
    assert response.redirect_chain[-1][0] == reverse("escalation:receipt", args=[ticket.pk])
    for part in (ticket.number, "Open the portal.", "What happens next", person.email):
        assert part in receipt, part


def test_what_was_previewed_is_what_is_sent_whatever_happened_since(web: Client, person: User) -> None:
    conversation = conversation_about(story_article(), person)
    address = f"{HANDOFF}?conversation={conversation.pk}"
    page = shown(web, address)
    ask(conversation, "Something else entirely")
    conversation.questions.first().delete()
    web.post(address, filled(page))
    sent = str(Ticket.objects.get().pack.content)
    assert "How do I reset my password?" in sent
    assert "Something else entirely" not in sent


def test_an_unticked_line_is_not_sent(web: Client, person: User) -> None:
    conversation = conversation_about(story_article(), person)
    second = ask(conversation, "My salary is wrong", outcome="unsure")
    address = f"{HANDOFF}?conversation={conversation.pk}"
    form = filled(shown(web, address))
    keep = [line for line in form["keep"] if line != f"q{second.pk}"]  # type: ignore[attr-defined]
    receipt = web.post(address, form | {"keep": keep, "subject": "My laptop"}, follow=True).content.decode()
    ticket = Ticket.objects.get()
    assert "salary" not in receipt
    assert "salary" not in f"{ticket.subject} {ticket.pack.content}"
    assert "2 lines left out" in receipt


def test_with_nothing_asked_a_person_can_still_write(web: Client) -> None:
    page = shown(web, HANDOFF)
    assert "Nothing was asked before" in page
    web.post(HANDOFF, filled(page, description="My chair broke"))
    assert Ticket.objects.get().subject == "My chair broke"


def test_a_form_with_no_words_at_all_comes_back_saying_so(web: Client) -> None:
    response = web.post(HANDOFF, filled(shown(web, HANDOFF)))
    assert response.status_code == 422
    assert "Say in a few words" in response.content.decode()


def test_a_text_that_is_too_long_comes_back_whole(web: Client) -> None:
    text = "word " * (LONGEST_TEXT // 5) + "END"
    response = web.post(HANDOFF, filled(shown(web, HANDOFF), description=text))
    page = response.content.decode()
    assert response.status_code == 422
    assert "At most 10000 can be sent" in page
    assert "END" in page
    assert not Ticket.objects.exists()


@pytest.mark.parametrize("broken", ["", "nonsense", "foreign"])
def test_without_a_true_preview_nothing_is_sent_and_nothing_typed_is_lost(
    web: Client, person: User, broken: str
) -> None:
    conversation = conversation_about(story_article(), person)
    address = f"{HANDOFF}?conversation={conversation.pk}"
    form = filled(shown(web, address), description="It beeps, twice")
    left = form["keep"][0]  # type: ignore[index]
    form["keep"] = [left]
    if broken == "foreign":
        other = Client()
        other.force_login(UserFactory())
        broken = hidden(shown(other, HANDOFF), "draft")
    response = web.post(address, form | {"draft": broken})
    page = unescape(response.content.decode())
    assert response.status_code == 422
    assert not Ticket.objects.exists()
    for part in (LOOK_AGAIN, "It beeps, twice", "How do I reset my password?"):
        assert part in page, part
    assert filled(page)["keep"] == [left]
    web.post(address, filled(page, description="It beeps, twice"))
    assert Ticket.objects.get().description == "It beeps, twice"


def test_sending_the_same_form_twice_opens_one_ticket(web: Client) -> None:
    form = filled(shown(web, HANDOFF), description="Help")
    addresses = {web.post(HANDOFF, form).headers["Location"] for _ in range(2)}
    assert len(addresses) == Ticket.objects.count() == 1


def test_going_back_and_sending_again_leads_to_the_same_receipt(web: Client, person: User) -> None:
    address = f"{HANDOFF}?conversation={conversation_about(story_article(), person).pk}"
    forms = [filled(shown(web, address), description="Help") for _ in range(2)]
    assert forms[0]["key"] != forms[1]["key"]
    receipts = {web.post(address, form).headers["Location"] for form in forms}
    assert len(receipts) == Ticket.objects.count() == 1


def test_a_box_says_how_much_goes_with_it_and_the_rest_stands_below_it(web: Client, person: User) -> None:
    conversation = conversation_about(story_article(), person)
    page = shown(web, f"{HANDOFF}?conversation={conversation.pk}")
    question, answer = (
        page.index(f'value="q{conversation.questions.get().pk}{end}"') for end in ("", ".answer")
    )
    assert "Unticking this also leaves out the 6 lines that rest on it" in page[question:answer]
    assert page[question:answer].count('<ul class="strike-list">') == 1
    assert page.count('name="keep"') == len(draft_of(person, conversation=conversation).pack.lines)


def test_a_subject_that_repeats_a_struck_question_comes_back_with_all_that_was_typed(
    web: Client, person: User
) -> None:
    conversation = conversation_about(story_article(), person)
    address = f"{HANDOFF}?conversation={conversation.pk}"
    form = filled(shown(web, address), keep=[], description="Please call me")
    response = web.post(address, form)
    page = unescape(response.content.decode())
    assert response.status_code == 422
    assert not Ticket.objects.exists()
    assert "<title>Error: Talk to a human" in page
    assert '<a href="#handoffform_subject">What do you need? This still repeats a question' in page
    assert "Please call me" in page
    assert filled(page)["keep"] == []
    web.post(address, form | {"subject": "A laptop thing"})
    assert Ticket.objects.get().subject == "A laptop thing"


def test_the_form_and_the_receipt_say_that_added_words_are_read_for_urgency(web: Client) -> None:
    page = shown(web, HANDOFF)
    assert "We also read how urgent it is from what you add." in page
    response = web.post(
        HANDOFF, filled(page, subject="A chair", description="I need it before Friday"), follow=True
    )
    receipt = unescape(response.content.decode())
    assert "Deadline, read from the words that were added" in receipt
    assert "There is a deadline: “before Friday”" in receipt


def test_only_agents_read_revision_numbers_and_scores(web: Client, client: Client, person: User) -> None:
    ticket = open_ticket(person, article=story_article())
    for name in ("ticket", "receipt"):
        page = unescape(shown(web, reverse(f"escalation:{name}", args=[ticket.pk])))
        assert "“Reset your password”" in page
        assert "revision 1" not in page
    client.force_login(UserFactory(role=Role.AGENT))
    assert "revision 1, match 0.82" in shown(client, reverse("escalation:desk_ticket", args=[ticket.pk]))


@pytest.mark.parametrize("name", ["reply", "reopen", "close"])
def test_an_address_that_takes_posts_leads_to_the_ticket_when_it_is_opened(
    web: Client, person: User, name: str
) -> None:
    ticket = open_ticket(person)
    response = web.get(reverse(f"escalation:{name}", args=[ticket.pk]))
    assert response.headers["Location"] == ticket.get_absolute_url()
    assert web.put(reverse(f"escalation:{name}", args=[ticket.pk])).status_code == 405


def test_how_long_ago_is_told_in_one_unit(web: Client, person: User) -> None:
    ticket = open_ticket(person)
    assert "just now" in shown(web, ticket.get_absolute_url())
    Ticket.objects.update(opened_at=timezone.now() - timedelta(days=3, hours=14))
    page = shown(web, ticket.get_absolute_url()).replace("\xa0", " ")
    assert ">3 days ago<" in page


def test_another_persons_conversation_is_as_if_it_were_not_there(web: Client) -> None:
    conversation = conversation_about(story_article(), UserFactory(), "Somebody's secret")
    assert "secret" not in shown(web, f"{HANDOFF}?conversation={conversation.pk}")


def test_an_article_outside_the_audience_leaves_no_trace(web: Client) -> None:
    article = story_article(audience=AudienceFactory())
    page = shown(web, f"{HANDOFF}?article={article.pk}&from={article.get_absolute_url()}")
    assert "Reset your password" not in page
    assert "reset-your-password" not in page


@pytest.mark.parametrize(
    "query", ["conversation=abc", "conversation=²", "article=999999999999999999999", "from=//evil"]
)
def test_a_link_with_nonsense_still_opens_the_form(web: Client, query: str) -> None:
    assert "evil" not in shown(web, f"{HANDOFF}?{query}").replace(f"?{query}", "")


def test_from_an_article_the_story_names_it_and_the_subject_does_not(web: Client) -> None:
    article = story_article()
    page = unescape(shown(web, f"{HANDOFF}?article={article.pk}&from={article.get_absolute_url()}"))
    assert page.count("“Reset your password”") == 1
    assert "What it is about" in page
    assert "What was asked" not in page
    assert filled(page)["subject"] == ""
    response = web.post(f"{HANDOFF}?article={article.pk}", filled(page))
    assert "Say in a few words what you need" in response.content.decode()
    web.post(f"{HANDOFF}?article={article.pk}", filled(page, description="Step two is gone"))
    assert Ticket.objects.get().subject == "Step two is gone"


def test_anyone_elses_ticket_does_not_exist(web: Client) -> None:
    pk = open_ticket(UserFactory()).pk
    for name in ("ticket", "receipt", "desk_ticket"):
        assert web.get(reverse(f"escalation:{name}", args=[pk])).status_code == 404
    for name in (
        "reply",
        "reopen",
        "close",
        "desk_reply",
        "desk_note",
        "desk_assign",
        "desk_status",
        "desk_resolve",
    ):
        response = web.post(reverse(f"escalation:{name}", args=[pk]), {"body": "x", "action": "close"})
        assert response.status_code == 404, name
    assert web.get(reverse("escalation:queue")).status_code == 403


def test_a_visitor_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(HANDOFF).status_code == 302


def test_a_person_follows_replies_reopens_and_closes(
    web: Client, person: User, people: dict[Role, User]
) -> None:
    ticket = open_ticket(person, article=story_article())
    address = ticket.get_absolute_url()
    services.add_note(ticket=ticket, by=people[Role.AGENT], body="Checks the gateway log")
    services.resolve(ticket=ticket, by=people[Role.AGENT], article=story_article(), body="Try this")
    page = shown(web, address)
    assert "Try this" in page
    assert "Solved with the article" in page
    assert "gateway log" not in page
    web.post(f"{address}reopen/", {"body": "Not yet"})
    assert "Not yet" in shown(web, address)
    web.post(f"{address}reply/", {"body": "Thank you"})
    web.post(f"{address}close/")
    assert "Closed" in shown(web, reverse("escalation:my_tickets"))
    assert Ticket.objects.get().status == "closed"


def test_an_empty_reply_comes_back_with_a_reason(web: Client, person: User) -> None:
    response = web.post(f"{open_ticket(person).get_absolute_url()}reply/", {"body": " "})
    assert response.status_code == 422
    page = response.content.decode()
    assert '<a href="#replyform_body">Your reply: Write something first.</a>' in page
    assert "<title>Error:" in page


def test_my_tickets_are_listed_in_a_constant_number_of_queries(
    web: Client, person: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        open_ticket(person)
    with django_assert_max_num_queries(8):
        assert shown(web, reverse("escalation:my_tickets")).count("TZ-") == 12


def test_the_pages_carry_no_inline_style_or_script(web: Client, person: User) -> None:
    ticket = open_ticket(person, article=story_article())
    conversation = Conversation.objects.get()
    for address in (f"{HANDOFF}?conversation={conversation.pk}", ticket.get_absolute_url(),
                    f"{ticket.get_absolute_url()}sent/"):  # fmt: skip
        page = shown(web, address)
        assert not re.search(r"\sstyle=|\son\w+=|<script(?![^>]*src=)", page), address


def test_a_nul_in_what_is_known_or_typed_stops_nothing(web: Client) -> None:
    page = shown(web, f"{HANDOFF}?from=/foo%00bar")
    sent = filled(page, subject="Print\0er", description="It\0 hums")
    assert web.post(f"{HANDOFF}?from=/foo%00bar", sent).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.description) == ("Printer", "It hums")
    assert "/foobar" in str(ticket.pack.content)


@pytest.mark.parametrize("referrer", ["http://[bad", "http://testserver/foo%00bar", "//["])
def test_no_referrer_stops_the_form(web: Client, referrer: str) -> None:
    assert web.get(HANDOFF, headers={"referer": referrer}).status_code == 200
