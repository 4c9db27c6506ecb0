"""Asking: what is answered, what comes near, what was answered before, and what a human is handed."""

from collections.abc import Iterator
from functools import partial

from django.urls import reverse

from accounts.roles import Role
from audit.ground import Ground
from audit.standing import Place, Reader
from audit.visiting import Errand, Probe, Visitor
from escalation.handoff.keys import new_key
from escalation.models import HandoffPack, Ticket
from kb.models import Article
from kb.outline import plain_text
from search.models import Conversation

# Said before the words of a hidden article: what comes back without it came from the article, not from who asked.
POLITELY = "Please explain"
LONGEST_SENTENCE = 30


def asking(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Ask for hidden articles in their own words. Answers depend on audiences alone, so one role asks for all."""
    if probe.role is not Role.EMPLOYEE and not probe.viewing_as:
        return
    most = ground.few if probe.viewing_as else ground.some
    for place in ground.a_few_hidden(probe.reader, most):
        yield partial(_ask_for, place)


def _ask_for(place: Place, visitor: Visitor) -> None:
    for words in questions_of(place):
        text = f"{POLITELY} {words}"
        visitor.says = (text, f"{POLITELY} {place.title}")
        visitor.post(reverse("search:ask"), {"text": text})
        asked = Conversation.objects.filter(user=visitor.user).order_by("-pk").first()
        turn = asked.questions.first() if asked else None
        if turn:
            visitor.compare("get", "search:open", [turn.pk, place.pk], [turn.pk, 10**15])
            visitor.post(
                reverse("search:feedback", args=[turn.pk]), {"helpful": "no", "reason": "Wrong topic"}
            )
            visitor.get(reverse("escalation:handoff"), conversation=turn.conversation_id)
    form = new_key()
    visitor.post(reverse("escalation:offers"), {"key": form, "subject": f"{POLITELY} {place.title}"})
    visitor.compare("get", "escalation:offered_article", [form, place.pk], [form, 10**15])
    visitor.post(reverse("escalation:solved_by_offered"), {"key": form, "solved_by": str(place.pk)})
    with visitor.asking_for_parts():
        visitor.post(reverse("search:ask"), {"text": f"{POLITELY} {place.title}"})
    for name in ("search:search", "search:suggest", "api-search:search", "api-search:suggestions"):
        visitor.get(reverse(name), q=f"{POLITELY} {place.title}")
    visitor.post(reverse("api-search:ask"), {"text": f"{POLITELY} {place.title}", "worded": False}, json=True)
    visitor.says = ()


def questions_of(place: Place) -> list[str]:
    """What somebody would ask who knows a hidden article: its title, and a sentence of its text."""
    newest = Article.objects.get(pk=place.pk).revisions.order_by("-number").first()
    body = plain_text(newest.body).split() if newest else []
    sentence = " ".join(body[len(body) // 2 :][:LONGEST_SENTENCE])
    return [words for words in (place.title, sentence) if words]


def tickets_for_the_desk(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """Every ticket as an agent of this audience reads it; and the desk's own search for hidden articles."""
    if probe.role is not Role.AGENT:
        return
    tickets = Ticket.objects.order_by("pk")
    for ticket in tickets if ground.thorough else tickets[: ground.some * 5]:
        yield partial(_work_on, ticket.pk, formerly_meant_for(ground, probe.reader, ticket))
    any_ticket = tickets.first()
    if any_ticket:
        for place in ground.a_few_hidden(probe.reader):
            yield partial(_look_for, any_ticket.pk, place)


def formerly_meant_for(ground: Ground, reader: Reader, ticket: Ticket) -> frozenset[int]:
    """Former texts of articles that this person may read, which were for them when the ticket was sent."""
    pack = HandoffPack.objects.filter(ticket=ticket).first()
    shown = {place.pk for place in ground.knowledge.shown_to(reader)}
    refs = [line.ref for line in pack.as_pack().lines if line.ref] if pack else []
    mine = [ref for ref in refs if ref.article_id in shown and ref.audience_id in reader.audiences]
    return frozenset(ref.revision_id for ref in mine)


def _work_on(pk: int, knows: frozenset[int], visitor: Visitor) -> None:
    visitor.knows = knows
    for name in (
        "escalation:desk_ticket", "escalation:ticket", "escalation:desk_suggested", "escalation:desk_write",
        "api-escalation:ticket-detail",
    ):  # fmt: skip
        visitor.get(reverse(name, args=[pk]))
    visitor.knows = frozenset()


def _look_for(pk: int, place: Place, visitor: Visitor) -> None:
    address = reverse("escalation:desk_resolve", args=[pk])
    visitor.post(address, {"other": "", "words": place.title, "search": "1"})
    for named in (str(place.pk), place.name, reverse("kb:article", args=[place.pk, "article"])):
        visitor.post(address, {"other": named, "words": "", "body": ""})
    visitor.compare("get", "escalation:desk_flag", [pk, place.pk], [pk, 10**15])
    for name in ("escalation:desk_refer", "escalation:desk_drop_reference"):
        visitor.post(reverse(name, args=[pk]), {"article": str(place.pk)})


def own_past(ground: Ground, probe: Probe) -> Iterator[Errand]:
    """What somebody of this site was answered and sent before, opened today."""
    pk = probe.reader.pk
    if pk is None:
        return
    for name in ("search:ask", "search:history", "escalation:my_tickets", "kb:my_notes"):
        yield partial(_open, name)
    for conversation in Conversation.objects.filter(user=pk).order_by("pk").values_list("pk", flat=True):
        yield partial(_read_again, conversation)
    for ticket in Ticket.objects.filter(requester=pk).order_by("pk"):
        yield partial(_open_own, ticket.pk, formerly_meant_for(ground, probe.reader, ticket))


def _open_own(pk: int, knows: frozenset[int], visitor: Visitor) -> None:
    visitor.knows = knows
    for name in ("escalation:ticket", "escalation:receipt", "api-escalation:ticket-detail"):
        visitor.get(reverse(name, args=[pk]))
    visitor.knows = frozenset()


def _open(name: str, visitor: Visitor) -> None:
    visitor.get(reverse(name))


def _read_again(conversation: int, visitor: Visitor) -> None:
    visitor.get(reverse("search:conversation", args=[conversation]))
    visitor.get(reverse("escalation:handoff"), conversation=conversation)
