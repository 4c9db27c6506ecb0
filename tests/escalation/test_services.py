import json
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.models import OutgoingMail, User
from accounts.roles import Role
from escalation import services
from escalation.handoff.draft import seal, unseal
from escalation.handoff.pack import Kind, Pack
from escalation.models import HandoffPack, Message, PackIsImmutable, Ticket
from escalation.queries import pack_for
from escalation.services.handoff import SENT_AGAIN
from escalation.workflow import Action, Refused
from kb import services as kb_services
from search.models import Conversation
from tests.escalation.factories import ask, conversation_about, draft_of, open_ticket, show, story_article
from tests.factories import AudienceFactory, UserFactory, everyone, new_revision, published_article

pytestmark = pytest.mark.django_db


def text_of(pack: Pack) -> str:
    return json.dumps(pack.to_json(), ensure_ascii=False)


def stored(ticket: Ticket) -> str:
    """Every character that the hand-off left in the database."""
    rows = [ticket.subject, ticket.description, json.dumps(ticket.pack.content, ensure_ascii=False)]
    return " ".join([*rows, *OutgoingMail.objects.values_list("body", flat=True)])


@pytest.fixture
def agent(people: dict[Role, User]) -> User:
    return people[Role.AGENT]


@pytest.fixture
def person(people: dict[Role, User]) -> User:
    return people[Role.EMPLOYEE]


def test_all_that_the_database_knows_is_in_the_draft(person: User) -> None:
    article = story_article()
    other = published_article("Passwords and you", "Choose well.\n")
    kb_services.vote(article=other, user=person, helpful=False, note="Not my case")
    conversation = conversation_about(article, person, "How do I get in again?")
    show(conversation.questions.get(), other, score=0.41)
    draft = draft_of(
        person, conversation=conversation, article=other, came_from=f"{article.get_absolute_url()}?q=private"
    )
    known = text_of(draft.pack)
    for part in (
        "How do I get in again?", "sure that they answer (91%)", "“Reset your password”, revision 1, match 0.82",
        "Open the portal.", "“Passwords and you”, revision 1, match 0.41", "Wrong topic", "Not my case",
        "the article “Reset your password”", "The conversation started on /articles/",
    ):  # fmt: skip
        assert part in known, part
    assert "private" not in known
    assert {line.kind for line in draft.pack.lines} >= {Kind.OPENED, Kind.REJECTED, Kind.NEAREST, Kind.ORIGIN}
    assert draft.subject == "How do I get in again?"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"outcome": "unavailable", "confidence": None}, "unavailable"),
        ({"outcome": "unsure", "confidence": 0.1}, "missing"),
        ({"outcome": "maybe", "confidence": 0.2}, "unsure"),
        ({"helpful": False}, "not_helpful"),
        ({}, "asked"),
    ],
)
def test_why_a_person_is_read_from_the_last_turn(
    person: User, fields: dict[str, object], reason: str
) -> None:
    conversation = Conversation.objects.create(user=person)
    ask(conversation, "Help?", **fields)
    assert draft_of(person, conversation=conversation).reason == reason


def test_a_draft_holds_nothing_that_its_owner_may_no_longer_read(person: User) -> None:
    article = story_article()
    conversation = conversation_about(article, person)
    kb_services.set_audience(article=article, audience=AudienceFactory(), by=UserFactory(is_superuser=True))
    draft = draft_of(person, conversation=conversation, article=None)
    assert "Reset your password" not in text_of(draft.pack)
    assert "Open the portal" not in text_of(draft.pack)
    assert "How do I reset my password?" in text_of(draft.pack)


def test_a_story_that_cannot_be_read_is_left_out_and_the_draft_is_there(person: User) -> None:
    conversation = conversation_about(story_article(), person)
    conversation.questions.get().shown.update(quotes=["not a span"], passage=[1])
    pack = draft_of(person, conversation=conversation).pack
    assert [line.text for line in pack.of(Kind.QUESTION)] == ["How do I reset my password?"]


def test_opening_a_ticket_keeps_the_pack_and_queues_the_confirmation(person: User) -> None:
    article = story_article()
    ticket = open_ticket(person, article=article)
    assert ticket.number == f"TZ-{1000 + ticket.pk}"
    assert ticket.subject == "How do I reset my password?"
    assert ticket.reason == "not_helpful"
    assert ticket.pack.is_intact
    mail = ticket.mails.get()
    assert mail.to == person.email
    assert ticket.number in mail.subject
    assert f"/help/tickets/{ticket.pk}/" in mail.body
    assert "Reset your password" not in mail.body


def test_somebody_without_an_address_gets_a_ticket_and_no_mail() -> None:
    assert not open_ticket(UserFactory(email="")).mails.exists()


def test_a_struck_line_leaves_no_trace_anywhere(person: User) -> None:
    conversation = Conversation.objects.create(user=person, came_from="/")
    ask(conversation, "How do I print?", outcome="unsure")
    secret = ask(
        conversation, "My whole team knows about the zebra project", outcome="unsure", helpful_note="zebra"
    )
    draft = draft_of(person, conversation=conversation)
    ticket = services.open_ticket(
        requester=person,
        draft=draft,
        subject=draft.subject,
        left_out={f"q{secret.pk}"},
        description="Printer",
    )
    assert "zebra" not in stored(ticket)
    assert "whole team" not in stored(ticket)
    assert ticket.subject == "How do I print?"
    assert ticket.pack.content["left_out"] > 0


def test_with_everything_struck_out_the_added_words_make_the_subject(person: User) -> None:
    draft = draft_of(person, conversation=conversation_about(story_article(), person))
    every_line = {line.id for line in draft.pack.lines}
    ticket = services.open_ticket(
        requester=person, draft=draft, subject=draft.subject, description="Call me", left_out=every_line
    )
    assert ticket.subject == "Call me"
    assert (
        services.open_ticket(requester=person, draft=draft, left_out=every_line).subject
        == "A request for help"
    )


def test_priority_comes_from_the_story_and_from_what_is_added(person: User) -> None:
    assert open_ticket(person).priority == "normal"
    assert open_ticket(person, description="The whole team can't work").priority == "urgent"
    assert open_ticket(person, subject="No rush").priority == "low"


def test_the_same_key_opens_one_ticket_and_later_words_become_a_reply(person: User) -> None:
    first = open_ticket(person, key="a", description="It hums.")
    again = open_ticket(person, key="a", description="It hums.")
    changed = open_ticket(person, key="a", description="It hums, and it smokes.")
    open_ticket(person, key="a", description="It hums, and it smokes.")
    assert first == again == changed
    assert [message.body for message in first.messages.all()] == ["It hums, and it smokes."]
    assert open_ticket(UserFactory(), key="a") != first


def test_the_same_words_and_lines_sent_again_are_the_same_ticket(person: User) -> None:
    conversation = conversation_about(story_article(), person)

    def send(description: str = "It hums.") -> Ticket:
        draft = draft_of(person, conversation=conversation)
        return services.open_ticket(requester=person, draft=draft, description=description)

    first = send()
    assert send() == first
    assert OutgoingMail.objects.count() == 1
    assert send("It smokes.") != first
    struck = draft_of(person, conversation=conversation)
    other = services.open_ticket(
        requester=person, draft=struck, description="It hums.", left_out={"origin.start"}
    )
    assert other != first


def test_the_same_words_open_another_ticket_once_the_first_is_old_or_done(person: User, agent: User) -> None:
    first = open_ticket(person, description="It hums.")
    services.resolve(ticket=first, by=agent, body="Oiled.")
    second = open_ticket(person, description="It hums.")
    assert second != first
    Ticket.objects.filter(pk=second.pk).update(opened_at=timezone.now() - SENT_AGAIN)
    assert open_ticket(person, description="It hums.") not in (first, second)
    assert open_ticket(UserFactory(), description="It hums.").requester != person


@pytest.mark.django_db(transaction=True)
def test_a_double_click_opens_one_ticket(person: User) -> None:
    draft, barrier, opened = draft_of(person), Barrier(2), []

    def click() -> None:
        barrier.wait()
        opened.append(services.open_ticket(requester=person, draft=draft, description="Help", key="k").pk)
        connection.close()

    threads = [Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 2
    assert Ticket.objects.count() == OutgoingMail.objects.count() == HandoffPack.objects.count() == 1


def test_a_conversation_deleted_after_the_preview_does_not_stop_it(person: User) -> None:
    conversation = conversation_about(story_article(), person)
    draft = draft_of(person, conversation=conversation)
    conversation.delete()
    ticket = services.open_ticket(requester=person, draft=draft)
    assert ticket.conversation is None
    assert "How do I reset my password?" in stored(ticket)


def test_deleting_a_conversation_leaves_its_ticket(person: User) -> None:
    ticket = open_ticket(person, article=story_article())
    Conversation.objects.all().delete()
    ticket.refresh_from_db()
    assert ticket.conversation is None
    assert "How do I reset my password?" in stored(ticket)


def test_a_pack_never_changes(person: User) -> None:
    pack = open_ticket(person).pack
    with pytest.raises(PackIsImmutable):
        pack.save()
    with pytest.raises(PackIsImmutable):
        pack.delete()
    with pytest.raises(PackIsImmutable):
        HandoffPack.objects.update(content={})
    with pytest.raises(PackIsImmutable):
        HandoffPack.objects.all().delete()
    for write in (
        lambda: pack.save(update_fields=["content"]),
        lambda: HandoffPack(pk=pack.pk, ticket=pack.ticket, content={}).save(force_update=True),
        lambda: HandoffPack(pk=pack.pk, ticket=pack.ticket, content={}).save(update_fields=["content"]),
        lambda: HandoffPack.objects.bulk_create(
            [pack], update_conflicts=True, update_fields=["content"], unique_fields=["id"]
        ),
        lambda: HandoffPack.objects.bulk_update([pack], ["content"]),
        lambda: HandoffPack._base_manager.update(content={}),
        lambda: HandoffPack._base_manager.all().delete(),
        lambda: HandoffPack.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(PackIsImmutable):
            write()
    with pytest.raises(ProtectedError):
        pack.ticket.delete()


def test_a_pack_that_somebody_changed_in_the_database_is_found_out(person: User) -> None:
    pack = open_ticket(person, article=story_article()).pack
    pack.content["lines"] = pack.content["lines"][1:]
    assert not pack.is_intact


def test_a_new_pack_never_takes_the_place_of_one_that_is_there(person: User) -> None:
    pack = open_ticket(person, article=story_article()).pack
    with pytest.raises(IntegrityError), transaction.atomic():
        HandoffPack(pk=pack.pk, ticket=pack.ticket, content={}).save()
    assert HandoffPack.objects.get().content == pack.content


def test_a_description_that_somebody_changed_is_found_out(person: User) -> None:
    ticket = open_ticket(person, description="It hums.")
    assert HandoffPack.objects.get().is_intact
    Ticket.objects.update(description="It sings.")
    pack = HandoffPack.objects.get()
    assert not pack.is_intact
    assert pack.as_pack().description == "It hums."
    assert ticket.pack.content["description"] == "It hums."


def test_what_somebody_added_to_a_pack_in_the_database_is_found_out(person: User) -> None:
    pack = open_ticket(person).pack
    pack.content["more"] = "words"
    assert not pack.is_intact


def test_each_reader_gets_the_pack_as_they_may_read_it(person: User, agent: User) -> None:
    insiders = AudienceFactory(groups=["Payroll"])
    insider = UserFactory(role=Role.EMPLOYEE, groups=["Payroll"])
    ticket = open_ticket(insider, article=story_article(audience=insiders))
    assert "Open the portal." in text_of(pack_for(ticket, insider))
    masked = text_of(pack_for(ticket, agent))
    assert "Open the portal." not in masked
    assert "Reset your password" not in masked
    assert "not available to you" in masked
    assert "How do I reset my password?" in masked


def test_opening_an_article_to_all_opens_no_earlier_text_of_it(agent: User) -> None:
    finance = AudienceFactory(groups=["Finance"])
    insider = UserFactory(role=Role.EMPLOYEE, groups=["Finance"])
    article = published_article("Secret title", "Secret words.\n", audience=finance)
    ticket = open_ticket(insider, article=article)
    new_revision(article, "Clean title", "Clean words.\n")
    kb_services.set_audience(article=article, audience=everyone(), by=UserFactory(is_superuser=True))
    assert "Secret" not in text_of(pack_for(ticket, agent))
    assert "Secret words." in text_of(pack_for(ticket, insider))


def test_after_an_ordinary_edit_agents_still_read_what_the_person_was_shown(agent: User) -> None:
    article = story_article()
    ticket = open_ticket(article=article)
    new_revision(article)
    assert "Open the portal." in text_of(pack_for(ticket, agent))
    kb_services.archive(article=article, by=UserFactory(is_superuser=True), reason="Gone")
    assert "Open the portal." not in text_of(pack_for(ticket, agent))


def test_a_draft_quotes_nothing_that_the_article_no_longer_says(person: User) -> None:
    article = story_article()
    conversation = conversation_about(article, person)
    new_revision(article, "Passwords")
    pack = draft_of(person, conversation=conversation).pack
    assert "Reset your password" not in text_of(pack)
    assert "Open the portal" not in text_of(pack)
    assert [line.text for line in pack.of(Kind.QUOTED)] == [
        "“Passwords”, revision 2; its text has changed since"
    ]


def test_a_sealed_draft_opens_for_its_owner_only(person: User) -> None:
    draft = draft_of(person, conversation=conversation_about(story_article(), person))
    sealed = seal(draft, user=person)
    assert unseal(sealed, user=person) == draft
    assert unseal(sealed, user=UserFactory()) is None
    assert unseal(sealed[:-2] + "xx", user=person) is None
    assert unseal("", user=person) is None


def test_an_agents_first_reply_is_stamped_and_mailed(person: User, agent: User) -> None:
    ticket = open_ticket(person)
    services.reply(ticket=ticket, by=agent, body="Which one?", wait=True)
    first = Ticket.objects.get().first_replied_at
    services.reply(ticket=ticket, by=agent, body="Still there?")
    ticket.refresh_from_db()
    assert ticket.first_replied_at == first is not None
    assert ticket.status == "waiting"
    assert [mail.body.count("Which one?") for mail in OutgoingMail.objects.order_by("pk")] == [0, 1, 0]


def test_a_reply_by_the_person_wakes_a_ticket(person: User, agent: User) -> None:
    ticket = open_ticket(person)
    services.reply(ticket=ticket, by=agent, body="Which one?", wait=True)
    services.reply(ticket=ticket, by=person, body="The blue one.")
    assert Ticket.objects.get().status == "open"
    services.resolve(ticket=ticket, by=agent)
    services.reply(ticket=ticket, by=person, body="No.")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolved_at) == ("open", None)


def test_resolving_names_an_article_that_the_agent_may_read(person: User, agent: User) -> None:
    ticket = open_ticket(person)
    with pytest.raises(PermissionDenied):
        services.resolve(ticket=ticket, by=agent, article=story_article(audience=AudienceFactory()))
    services.resolve(ticket=ticket, by=agent, article=story_article(), body="Like this.")
    ticket.refresh_from_db()
    assert ticket.status == "resolved"
    assert ticket.resolved_at is not None
    assert ticket.first_replied_at is not None
    mail = OutgoingMail.objects.last()
    assert mail is not None
    assert "Like this." in mail.body
    assert "Reset your password" in mail.body


def test_the_mail_names_no_article_that_the_person_may_not_read(
    person: User, people: dict[Role, User]
) -> None:
    insider = UserFactory(role=Role.AGENT, groups=["Payroll"])
    ticket = open_ticket(person)
    services.resolve(
        ticket=ticket, by=insider, article=story_article(audience=AudienceFactory(groups=["Payroll"]))
    )
    assert not OutgoingMail.objects.filter(body__contains="Reset your password").exists()
    assert not Message.objects.filter(body__contains="Reset your password").exists()


def test_closing_counts_as_solved_only_when_the_person_says_so(person: User, agent: User) -> None:
    mine, dropped = open_ticket(person), open_ticket(person)
    services.close(ticket=mine, by=person)
    services.close(ticket=dropped, by=agent, body="It is a duplicate.")
    mine.refresh_from_db()
    dropped.refresh_from_db()
    assert mine.resolved_at is not None
    assert dropped.resolved_at is None


def test_reopening_says_what_is_wrong_and_forgets_the_solution(person: User, agent: User) -> None:
    ticket = open_ticket(person)
    services.resolve(ticket=ticket, by=agent, article=story_article())
    services.reopen(ticket=ticket, by=person, body="It came back.")
    ticket.refresh_from_db()
    assert (ticket.status, ticket.resolved_at, ticket.resolved_by_article) == ("open", None, None)
    assert list(ticket.messages.values_list("event", flat=True)) == ["resolve", "reopen", ""]


def test_an_impossible_step_is_refused_in_words(person: User, agent: User) -> None:
    with pytest.raises(Refused, match="it is open"):
        services.set_status(ticket=open_ticket(person), by=agent, action=Action.REOPEN)


def test_a_stranger_can_do_nothing_to_a_ticket(person: User, agent: User) -> None:
    ticket, stranger = open_ticket(person), UserFactory(role=Role.EMPLOYEE)
    for refused in (
        lambda: services.reply(ticket=ticket, by=stranger, body="x"),
        lambda: services.add_note(ticket=ticket, by=person, body="x"),
        lambda: services.assign(ticket=ticket, to=agent, by=person),
        lambda: services.assign(ticket=ticket, to=person, by=agent),
        lambda: services.resolve(ticket=ticket, by=person),
        lambda: services.close(ticket=ticket, by=stranger),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    assert not Message.objects.exists()


def test_a_record_of_the_past_is_nobodys_news(person: User, agent: User) -> None:
    last_week = timezone.now() - timedelta(days=7)
    ticket = open_ticket(person, at=last_week)
    services.reply(ticket=ticket, by=agent, body="Done", at=last_week + timedelta(hours=1))
    services.resolve(ticket=ticket, by=agent, at=last_week + timedelta(hours=2))
    ticket.refresh_from_db()
    assert ticket.opened_at == last_week
    assert ticket.resolved_at == last_week + timedelta(hours=2)
    assert not OutgoingMail.objects.exists()
