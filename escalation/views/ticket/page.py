"""One ticket with its story, for whoever works on it."""

from typing import Any

from django.forms import Form
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from escalation import queries, services
from escalation.forms import AgentReplyForm, AssignForm, CloseForm, NoteForm, ResolveForm, problems_of
from escalation.forms.duplicates import MergeForm
from escalation.handoff.pack import Pack
from escalation.models import Ticket
from escalation.workflow import Status, possible
from kb.models import Article
from kb.queries import readable


@require_safe
def ticket(request: SignedInRequest, pk: int) -> HttpResponse:
    """The story in three lines, then all that is known."""
    return show(request, find(request, pk))


def find(request: SignedInRequest, pk: int) -> Ticket:
    """A ticket for an agent; for anybody else there is no such page."""
    if not request.user.has_perm("escalation.work_ticket"):
        raise Http404
    tickets = Ticket.objects.workable_by(request.user)
    return get_object_or_404(tickets.select_related("requester", "assignee", "pack", "queue"), pk=pk)


def resolve_form(request: SignedInRequest, pack: Pack, data: QueryDict | None = None) -> ResolveForm:
    """Offers what the person was shown, then what the agent searched for; `data` is what was sent of this form."""
    return ResolveForm(data, shown=queries.articles_of(pack, request.user), reader=request.user)


def presence_state(others: list[services.Other], newer: int = 0) -> str:
    """The same for as long as the page has nothing new to say of who else is there."""
    return " ".join([str(newer), *(f"{other.name}{'…' if other.is_typing else ''}" for other in others)])


def show(
    request: SignedInRequest, ticket: Ticket, *, pack: Pack | None = None, status: int = 0, **changed: Any
) -> HttpResponse:
    """The page; `changed` are the forms that came back, and what else there is to say of what did not go through."""
    pack = pack or queries.pack_for(ticket, request.user)
    forms = [each for each in changed.values() if isinstance(each, Form)]
    others = services.be_here(ticket=ticket, agent=request.user)
    assign_form = AssignForm(initial={"assignee": ticket.assignee_id or ""}, ticket=ticket)
    context = {
        "ticket": ticket,
        "problems": [] if "search" in request.POST else problems_of(forms),
        "pack": pack,
        "story": queries.story_of(ticket, pack),
        "thread": queries.thread(ticket, with_notes=True),
        "article": queries.solving_article(ticket, request.user),
        "actions": possible(Status(ticket.status)),
        "colleagues": assign_form.people.values(),
        "others": others,
        "presence_state": presence_state(others),
        "seen": queries.last_message(ticket),
        "note_form": NoteForm(),
        "close_form": CloseForm(),
        "assign_form": assign_form,
        **_around(request, ticket),
        **changed,
    }
    if "reply_form" not in changed:
        context["reply_form"] = AgentReplyForm(
            initial={"seen": context["seen"], "wait": True},
            canned=queries.canned_replies_for(request.user, ticket),
        )
    if "resolve_form" not in changed:
        context["resolve_form"] = resolve_form(request, pack)
    return render(request, "escalation/desk_ticket.html", context, status=status or (422 if forms else 200))


def _around(request: SignedInRequest, ticket: Ticket) -> dict[str, object]:
    """What stands beside the ticket: who watches it, what it refers to, what was merged."""
    mine = Ticket.objects.workable_by(request.user)
    watchers = list(ticket.watchers.all())
    return {
        "watchers": watchers,
        "is_watching": request.user in watchers,
        "references": list(readable(request.user).filter(referring_tickets=ticket)),
        "written": _written(request, ticket),
        "may_write": request.user.has_perm("kb.add_revision"),
        "merged_into": mine.filter(merged=ticket).first() if ticket.merged_into_id else None,
        "merged": list(mine.filter(merged_into=ticket).select_related("requester").order_by("pk")),
        "merge_form": MergeForm(ticket=ticket, reader=request.user),
    }


def _written(request: SignedInRequest, ticket: Ticket) -> Article | None:
    """The article that was begun here, for whoever may see drafts of its audience."""
    if ticket.written_article_id is None:
        return None
    return Article.objects.in_audience_of(request.user).filter(pk=ticket.written_article_id).first()
