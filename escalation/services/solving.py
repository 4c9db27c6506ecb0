"""What a ticket gives back to the knowledge base: a reference, a flag, or an article of its own."""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from escalation.handoff.pack import Kind
from escalation.learning import names_on, teach
from escalation.models import Message, Ticket
from escalation.queries import pack_for
from escalation.services.working import record_event, require_agent
from escalation.workflow import Refused
from escalation.working.first_draft import KIND, first_draft
from kb import services as kb
from kb.models import Article, Audience, Category, Flag
from kb.queries import readable
from search.deidentification import deidentified

# What of the story says where it happens; a pack has those that its version knows.
ENVIRONMENT = ("device", "browser")
QUESTIONS = 3


@transaction.atomic
def refer_to(*, ticket: Ticket, article: Article, by: User) -> None:
    """Note down an article that was of use on the way. It did not solve it, so search learns nothing from it."""
    require_agent(by, ticket)
    if not readable(by).filter(pk=article.pk).exists():
        raise PermissionDenied("You may only name an article that you may read.")
    ticket.references.add(article)


@transaction.atomic
def drop_reference(*, ticket: Ticket, article: Article, by: User) -> None:
    """It was of no use after all."""
    require_agent(by, ticket)
    ticket.references.remove(article)


@transaction.atomic
def flag_article(*, ticket: Ticket, article: Article, reason: str, note: str, by: User) -> Flag:
    """Tell whoever answers for an article what this ticket showed to be wrong with it."""
    refer_to(ticket=ticket, article=article, by=by)
    return kb.flag(article=article, by=by, reason=reason, note=f"{note.strip()} ({ticket.number})")


def draft_of_article(ticket: Ticket, *, by: User) -> str:
    """What an article about this ticket could begin with, without what tells of the people on it."""
    require_agent(by, ticket)
    names, pack = names_on(ticket), pack_for(ticket, by)
    asked = list(dict.fromkeys(line.text for line in pack.of(Kind.QUESTION)))[-QUESTIONS:]
    told = [ticket.description] if ticket.description else []
    said = ticket.messages.filter(kind=Message.Kind.REPLY).exclude(author=ticket.requester_id)

    def without_people(texts: list[str]) -> list[str]:
        return [kept for kept in (deidentified(text, names=names) for text in texts) if kept]

    return first_draft(
        issue=without_people([*told, *asked] or [ticket.subject]),
        environment=without_people([line.text for line in pack.lines if line.kind in ENVIRONMENT]),
        resolution=without_people(list(said.values_list("body", flat=True))),
    )


def title_of_article(ticket: Ticket) -> str:
    """The subject, without what tells of the people on it."""
    return " ".join(deidentified(ticket.subject, names=names_on(ticket)).split())


@transaction.atomic
def write_article(
    *,
    ticket: Ticket,
    by: User,
    title: str,
    body: str,
    category: Category,
    audience: Audience,
    submit: bool = False,
) -> Article:
    """Start the article that was missing, as a draft that goes to review like any other; one for each ticket."""
    ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
    require_agent(by, ticket)
    if ticket.queue and ticket.queue.confidential:
        raise Refused("Nothing of a confidential ticket goes into an article.")
    if ticket.written_article_id:
        raise Refused("An article was written from this ticket already.")
    revision = kb.create_article(
        author=by,
        title=title,
        body=body,
        category=category,
        audience=audience,
        kind=KIND,
        change_note=f"Written from {ticket.number}.",
    )
    if submit:
        kb.submit(revision=revision, by=by)
    ticket.written_article = revision.article
    ticket.save(update_fields=["written_article"])
    record_event(ticket, by, "An article is being written about this.", "write")
    teach(ticket)
    return revision.article
