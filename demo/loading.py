"""Filling an empty site with the demo company: its people, its articles, and a few tickets with real packs."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from demo.promises import load_promises
from demo.queues import load_queues
from demo.upkeep import load_upkeep
from escalation import services as desk
from escalation.handoff.urgency import Level
from escalation.models import CannedReply, Endpoint, Incident, Queue, Ticket
from escalation.services import incidents
from escalation.services.routing import move
from escalation.workflow import Action
from kb.models import Article, Audience, Category, Vote
from search import services as search
from search.models import Conversation, Question
from search.progress import reconcile_with_progress

FOLDER = Path(__file__).parent
APPROVER = "grace.whitlock"


def is_wanted() -> bool:
    """Whether the site is empty, or a load of the demo was cut off before its tickets."""
    started_here = User.objects.filter(demo_role__isnull=False).exists()
    return (started_here or not Article.objects.exists()) and not Ticket.objects.exists()


def load(*, stream: Any) -> None:
    """Fill the site, showing progress on `stream`. Each part may be run again."""
    content = _read("people.toml")
    load_people(content)
    load_shelves(content)
    call_command(
        "import_articles",
        str(FOLDER / "articles"),
        publish=True,
        approver=APPROVER,
        stdout=stream,
        stderr=stream,
    )
    reconcile_with_progress(stream)
    load_upkeep_once(_read("upkeep.toml"))
    load_outside(_read("outside.toml"))
    load_replies(_read("replies.toml")["replies"])
    load_queues(_read("queues.toml"))
    load_tickets(_read("tickets.toml")["tickets"])
    load_promises(_read("promises.toml"))


def load_upkeep_once(content: dict[str, Any]) -> None:
    """Not again when a load that was cut off goes on: votes would stay, but revisions would be written twice."""
    if not Vote.objects.exists():
        load_upkeep(content)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


@transaction.atomic
def load_people(content: dict[str, Any]) -> None:
    """Everybody with their role and groups; nobody has a password, one of each role can be looked at by a click."""
    for person in content["people"]:
        first, _, last = person["name"].partition(" ")
        user, _ = User.objects.update_or_create(
            username=person["username"],
            defaults={
                "first_name": first,
                "last_name": last,
                "email": person["email"],
                "job_title": person["job_title"],
                "demo_role": person["role"] if person.get("demo") else None,
            },
        )
        user.set_unusable_password()
        user.save(update_fields=["password"])
        user.groups.set(
            Group.objects.get_or_create(name=name)[0] for name in [person["role"], *person["groups"]]
        )


@transaction.atomic
def load_shelves(content: dict[str, Any]) -> None:
    """Audiences with their groups, and categories in their order."""
    for audience in content["audiences"]:
        made, _ = Audience.objects.update_or_create(
            slug=audience["slug"],
            defaults={
                "name": audience["name"],
                "description": audience["description"],
                "everyone": audience.get("everyone", False),
            },
        )
        made.groups.set(Group.objects.get_or_create(name=name)[0] for name in audience["groups"])
    for position, category in enumerate(content["categories"]):
        Category.objects.update_or_create(
            slug=category["slug"],
            defaults={"name": category["name"], "description": category["description"], "position": position},
        )


@transaction.atomic
def load_outside(content: dict[str, Any]) -> None:
    """A system that could be told of tickets and is not, and an incident of the past, once."""
    endpoint = content["endpoint"]
    Endpoint.objects.get_or_create(name=endpoint["name"], defaults={**endpoint, "active": False})
    incident = content["incident"]
    if Incident.objects.filter(title=incident["title"]).exists():
        return
    at = timezone.now() - timedelta(days=incident["days_ago"])
    declared = incidents.declare(
        by=User.objects.get(username=incident["declared_by"]),
        title=incident["title"],
        words=incident["words"],
        keywords=incident["keywords"].strip(),
        at=at,
    )
    for update in incident["updates"]:
        incidents.say(
            incident=declared,
            by=User.objects.get(username=update["author"]),
            words=update["words"],
            ends=update.get("ends", False),
            at=at + timedelta(hours=update["hours_after"]),
        )


@transaction.atomic
def load_replies(replies: list[dict[str, str]]) -> None:
    """The words that the desk sends again and again."""
    for reply in replies:
        owner = User.objects.get(username=reply["owner"]) if "owner" in reply else None
        CannedReply.objects.update_or_create(
            title=reply["title"], owner=owner, defaults={"body": reply["body"].strip()}
        )


@transaction.atomic
def load_tickets(tickets: list[dict[str, Any]]) -> None:
    """All tickets or none, oldest first, so that their numbers go with their days."""
    for ticket in sorted(tickets, key=lambda each: -each["days_ago"]):
        _load_ticket(ticket, at=timezone.now() - timedelta(days=ticket["days_ago"]))


def _load_ticket(content: dict[str, Any], *, at: datetime) -> None:
    requester = User.objects.get(username=content["requester"])
    conversation = _converse(requester, content, at=at)
    draft = desk.prepare_handoff(user=requester, conversation=conversation)
    ticket = desk.open_ticket(
        requester=requester,
        draft=draft,
        subject=content["subject"],
        description=content["description"],
        at=at,
    )
    Ticket.objects.filter(pk=ticket.pk).update(priority=content["priority"])
    agent = User.objects.filter(username=content.get("assignee")).first()
    if agent:
        desk.assign(ticket=ticket, to=agent, by=agent, at=at + timedelta(minutes=20))
    if agent and "queue" in content:
        to = Queue.objects.get(name=content["queue"])
        move(
            ticket=ticket, to=to, priority=Level(content["priority"]), by=agent, at=at + timedelta(minutes=21)
        )
    last = _discuss(ticket, content["messages"], at=at)
    if agent and content["status"] == "waiting":
        desk.set_status(ticket=ticket, by=agent, action=Action.WAIT, at=last)
    if agent and content["status"] == "resolved":
        solved_by = Article.objects.get(external_id=content["resolved_by"])
        desk.resolve(ticket=ticket, by=agent, article=solved_by, at=last + timedelta(minutes=5))


def _converse(requester: User, content: dict[str, Any], *, at: datetime) -> Conversation | None:
    """Ask what they asked, so that the pack holds what this very site answers."""
    conversation = None
    for text in content["questions"]:
        question = search.ask(user=requester, text=text, conversation=conversation)
        conversation = question.conversation
        for article in Article.objects.filter(external_id__in=content["opened"]):
            search.mark_opened(question=question, article=article)
        question.shown.filter(article__external_id__in=content["unhelpful"]).update(rejected=True)
    if conversation:
        Conversation.objects.filter(pk=conversation.pk).update(started_at=at)
        Question.objects.filter(conversation=conversation).update(asked_at=at - timedelta(minutes=3))
    return conversation


def _discuss(ticket: Ticket, messages: list[dict[str, Any]], *, at: datetime) -> datetime:
    """Say what was said; returns when the last of it was."""
    last = at
    for message in messages:
        last = at + timedelta(hours=message["hours_after"])
        author = User.objects.get(username=message["author"])
        say = desk.add_note if message["kind"] == "note" else desk.reply
        say(ticket=ticket, by=author, body=message["text"], at=last)
    return last
