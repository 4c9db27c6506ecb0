"""Mail becomes a ticket or a reply, once, of whoever may write it."""

import re

import pytest
from django.core import mail as sent
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import outbox
from accounts.models import OutgoingMail, User
from accounts.roles import Role
from escalation import services
from escalation.models import FIRST_NUMBER, IncomingMail, Message, Queue, Ticket, TicketFile
from escalation.services import incoming
from tests.escalation.factories import open_ticket
from tests.escalation.incoming.letters import letter, with_files
from tests.escalation.incoming.test_files import picture
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
State = IncomingMail.State


@pytest.fixture
def ana() -> User:
    return UserFactory(email="ana@tierzero.example")


@pytest.fixture
def agent() -> User:
    return UserFactory(role=Role.AGENT, email="ines@tierzero.example")


def come(raw: bytes) -> IncomingMail:
    mail = incoming.take_in(raw)
    incoming.settle(mail_id=mail.pk)
    mail.refresh_from_db()
    return mail


def test_a_mail_of_somebody_with_an_account_opens_a_ticket_with_a_pack_and_tells_its_number(
    ana: User,
) -> None:
    mail = come(letter("The printer on floor 2 hums.", subject="Fwd: Printer"))
    ticket = Ticket.objects.get()
    assert (mail.state, mail.ticket) == (State.TAKEN, ticket)
    assert (ticket.requester, ticket.subject, ticket.channel) == (ana, "Printer", "mail")
    assert ticket.description == "The printer on floor 2 hums."
    assert ticket.pack.is_intact
    assert OutgoingMail.objects.get().subject == f"[{ticket.number}] Printer"


def test_the_same_mail_again_changes_nothing(ana: User) -> None:
    raw = letter()
    first, second = come(raw), come(raw)
    assert first == second
    assert Ticket.objects.count() == 1
    assert IncomingMail.objects.count() == 1


def test_an_answer_to_our_mail_lands_on_its_ticket_without_what_it_answers_to(ana: User, agent: User) -> None:
    ticket = open_ticket(ana)
    services.reply(ticket=ticket, by=agent, body="Off and on?", wait=True)
    outbox.send_waiting()
    answered = sent.outbox[-1]
    assert re.fullmatch(r"<mail-\d+\.[0-9a-f]{16}@[\w.-]+>", answered.extra_headers["Message-ID"])
    text = "Still hums.\n\nOn Mon, 3 Nov 2026 at 10:00, Support <s@x.example> wrote:\n> Off and on?\n"
    mail = come(letter(text, subject="Re: Printer", in_reply_to=answered.extra_headers["Message-ID"]))
    said = ticket.messages.filter(kind="reply").last()
    assert said is not None
    assert (said.author, said.body, said.channel) == (ana, "Still hums.", "mail")
    assert (mail.ticket, mail.message) == (ticket, said)
    ticket.refresh_from_db()
    assert ticket.status == "open"


def test_the_number_in_the_subject_is_enough_for_whoever_may_see_the_ticket(ana: User) -> None:
    ticket = open_ticket(ana)
    come(letter("Louder now.", subject=f"AW: [{ticket.number}] Printer"))
    assert ticket.messages.get(kind="reply").body == "Louder now."


def test_somebody_elses_number_opens_a_ticket_of_ones_own(ana: User) -> None:
    other = open_ticket()
    come(letter("Let me in.", subject=f"Re: [{other.number}] Printer"))
    assert not other.messages.exists()
    own = Ticket.objects.get(requester=ana)
    assert own.subject == "Printer"


def test_what_an_agent_mails_is_a_note_that_the_person_never_sees(ana: User, agent: User) -> None:
    ticket = open_ticket(ana)
    come(with_files(("plan.txt", "text/plain", b"secret"), text="Ask Ben first.", **{
        "from": agent.email, "subject": f"[{ticket.number}]",
    }))  # fmt: skip
    note = ticket.messages.get(kind=Message.Kind.NOTE)
    assert note.body == "Ask Ben first."
    file = TicketFile.objects.get()
    assert not TicketFile.objects.visible_to(ana).exists()
    assert list(TicketFile.objects.visible_to(agent)) == [file]


@pytest.mark.parametrize(
    ("headers", "state"),
    [
        ({"auto_submitted": "auto-replied"}, State.IGNORED),
        ({"sender": "stranger@evil.example"}, State.HELD),
        ({"sender": ""}, State.IGNORED),
    ],
)
def test_machines_are_ignored_and_strangers_wait_for_a_person_and_nobody_is_answered(
    ana: User, headers: dict[str, str], state: State
) -> None:
    mail = come(letter(**headers))
    assert mail.state == state
    assert mail.why
    assert not Ticket.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_a_sender_that_our_server_can_not_vouch_for_waits_for_a_person(ana: User, settings: Settings) -> None:
    settings.MAIL_IN_AUTHSERV = "mx.tierzero.example"
    assert come(letter()).state == State.HELD
    good = letter("Again.", authentication_results="mx.tierzero.example; dmarc=pass")
    assert come(good).state == State.TAKEN


def test_two_machines_that_no_header_gives_away_stop_after_some_mails(ana: User) -> None:
    states = [come(letter(f"Mail {number}")).state for number in range(incoming.MOST_IN_AN_HOUR + 2)]
    assert states.count(State.HELD) == 2
    assert states[-1] == State.HELD


def test_files_that_are_not_kept_are_named_with_the_reason(ana: User) -> None:
    come(with_files(("screen.png", "image/png", picture()), ("a.exe", "application/x-msdownload", b"MZ\0")))
    ticket = Ticket.objects.get()
    assert [file.name for file in ticket.files_sent] == ["screen.png"]
    assert "“a.exe”" in ticket.messages.get(event="files").body


def test_a_file_is_only_ever_saved_and_only_by_whoever_may_see_its_ticket(
    client: Client, ana: User, agent: User
) -> None:
    come(with_files(("x.html", "text/html", b"<script>alert(1)</script>")))
    address = TicketFile.objects.get().get_absolute_url()
    for reader, status in ((ana, 200), (agent, 200), (UserFactory(), 404)):
        client.force_login(reader)
        answer = client.get(address)
        assert answer.status_code == status
        if status == 200:
            assert answer["Content-Disposition"].startswith("attachment")
            assert answer["Content-Type"].startswith("text/plain")
            assert answer.getvalue() == b"<script>alert(1)</script>"
    Ticket.objects.update(queue=Queue.objects.create(name="People team", confidential=True))
    client.force_login(agent)
    assert client.get(address).status_code == 404


def test_a_mail_that_breaks_something_is_held_as_it_came(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(incoming, "open_ticket", breaks)
    mail = come(letter("It hums."))
    assert mail.state == State.HELD
    assert b"It hums." in bytes(mail.raw)


def test_two_accounts_with_one_address_are_nobody(ana: User) -> None:
    UserFactory(email="ANA@tierzero.example")
    assert come(letter()).state == State.HELD


class TestHeld:
    @pytest.fixture
    def lead(self, client: Client) -> User:
        lead = UserFactory(role=Role.LEAD)
        client.force_login(lead)
        return lead

    @pytest.fixture
    def held(self) -> IncomingMail:
        return come(letter("<b>Let me in</b>", sender="stranger@evil.example", subject="<i>Hello</i>"))

    def test_a_lead_says_whose_it_is(self, client: Client, lead: User, held: IncomingMail, ana: User) -> None:
        assert "&lt;i&gt;Hello" in client.get(reverse("escalation:held_mails")).content.decode()
        address = reverse("escalation:held_mail", args=[held.pk])
        assert "&lt;b&gt;Let me in" in client.get(address).content.decode()
        answer = client.post(address, {"username": "nobody-of-that-name"})
        assert answer.status_code == 422
        assert "nobody-of-that-name" in answer.content.decode()
        client.post(address, {"username": ana.username})
        assert Ticket.objects.get().requester == ana
        assert client.get(address).status_code == 404

    def test_the_desk_leads_to_it_and_says_how_much_waits(
        self, client: Client, lead: User, held: IncomingMail
    ) -> None:
        button = f'href="{reverse("escalation:held_mails")}">Mail that waits <span class="count">1</span>'
        assert button in client.get(reverse("escalation:queue")).content.decode()
        incoming.put_away(mail=held)
        assert (
            reverse("escalation:held_mails") not in client.get(reverse("escalation:queue")).content.decode()
        )

    def test_no_other_agent_is_led_to_it(self, client: Client, held: IncomingMail, agent: User) -> None:
        client.force_login(agent)
        assert (
            reverse("escalation:held_mails") not in client.get(reverse("escalation:queue")).content.decode()
        )

    def test_or_puts_it_away(self, client: Client, lead: User, held: IncomingMail) -> None:
        client.post(reverse("escalation:held_mail", args=[held.pk]), {"put_away": "1"})
        held.refresh_from_db()
        assert held.state == State.PUT_AWAY
        assert not Ticket.objects.exists()

    def test_nobody_else_comes_in(self, client: Client, held: IncomingMail, agent: User) -> None:
        for person in (agent, UserFactory()):
            client.force_login(person)
            assert client.get(reverse("escalation:held_mails")).status_code == 403
            assert client.post(reverse("escalation:held_mail", args=[held.pk])).status_code == 403


def test_the_command_says_what_is_missing(settings: Settings) -> None:
    settings.MAIL_IN_URL = ""
    with pytest.raises(CommandError, match="MAIL_IN_URL"):
        call_command("receive_mail", poll=True)
    with pytest.raises(CommandError, match="HOST:PORT"):
        call_command("receive_mail", listen="nowhere")


def test_numbers_of_tickets_are_those_that_people_read(ana: User) -> None:
    assert open_ticket(ana).number == f"TZ-{FIRST_NUMBER + Ticket.objects.get().pk}"


@pytest.mark.parametrize(
    ("address", "words"), [("help@tierzero.example", "answer this mail"), ("", "not read")]
)
def test_our_mail_says_whether_an_answer_to_it_is_read(
    ana: User, settings: Settings, address: str, words: str
) -> None:
    settings.MAIL_REPLY_TO = address
    open_ticket(ana)
    outbox.send_waiting()
    assert words in sent.outbox[-1].body
    assert sent.outbox[-1].reply_to == ([address] if address else [])
