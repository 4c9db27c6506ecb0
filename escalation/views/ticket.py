"""One ticket with its story, for whoever works on it."""

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from escalation import queries, services
from escalation.forms import (
    AgentReplyForm,
    AssignForm,
    CloseForm,
    NoteForm,
    ResolveForm,
    StatusForm,
    problems_of,
)
from escalation.handoff.pack import Pack
from escalation.models import Ticket
from escalation.posting import posted
from escalation.workflow import Action, Refused, Status, possible


@require_safe
def ticket(request: SignedInRequest, pk: int) -> HttpResponse:
    """The story in three lines, then all that is known."""
    return _page(request, _ticket(request, pk))


@posted(page="escalation:desk_ticket")
def reply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer the person."""
    found = _ticket(request, pk)
    form = AgentReplyForm(request.POST)
    if not form.is_valid():
        return _page(request, found, reply_form=form)
    services.reply(ticket=found, by=request.user, **form.cleaned_data)
    messages.success(request, f"Sent to {found.requester.display_name}.")
    return redirect("escalation:desk_ticket", pk)


@posted(page="escalation:desk_ticket")
def note(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write something down for the desk."""
    found = _ticket(request, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, note_form=form)
    services.add_note(ticket=found, by=request.user, body=form.cleaned_data["body"])
    messages.success(request, "Note kept. Only the desk sees it.")
    return redirect("escalation:desk_ticket", pk)


@posted(page="escalation:desk_ticket")
def assign(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take it, or hand it to somebody."""
    found = _ticket(request, pk)
    if "to_me" in request.POST:
        services.assign(ticket=found, to=request.user, by=request.user)
        return redirect("escalation:desk_ticket", pk)
    form = AssignForm(request.POST)
    if not form.is_valid():
        return _page(request, found, assign_form=form)
    services.assign(ticket=found, to=form.chosen, by=request.user)
    return redirect("escalation:desk_ticket", pk)


@posted(page="escalation:desk_ticket")
def set_status(request: SignedInRequest, pk: int) -> HttpResponse:
    """Move it on."""
    found = _ticket(request, pk)
    if request.POST.get("action") == Action.CLOSE:
        return _close(request, found)
    form = StatusForm(request.POST)
    try:
        if form.is_valid():
            action = Action(form.cleaned_data["action"])
            services.set_status(ticket=found, by=request.user, action=action)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("escalation:desk_ticket", pk)


@posted(page="escalation:desk_ticket")
def resolve(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say what solved it. The search button only looks for articles and keeps what was typed."""
    found = _ticket(request, pk)
    pack = queries.pack_for(found, request.user)
    form = _resolve_form(request, pack)
    if "search" in request.POST or not form.is_valid():
        return _page(request, found, pack=pack, resolve_form=form)
    try:
        services.resolve(ticket=found, by=request.user, article=form.chosen, body=form.cleaned_data["body"])
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return _page(request, found, pack=pack, resolve_form=form)
    name = found.requester.display_name
    messages.success(request, f"Resolved. {name} is told.")
    if form.chosen and not queries.can_read(found.requester, form.chosen):
        messages.warning(request, f"{name} may not read this article, so their mail does not name it.")
    return redirect("escalation:desk_ticket", pk)


def _close(request: SignedInRequest, ticket: Ticket) -> HttpResponse:
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _page(request, ticket, close_form=form)
    try:
        services.close(ticket=ticket, by=request.user, body=form.cleaned_data["body"])
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Closed. {ticket.requester.display_name} is told why.")
    return redirect("escalation:desk_ticket", ticket.pk)


def _ticket(request: SignedInRequest, pk: int) -> Ticket:
    """A ticket for an agent; for anybody else there is no such page."""
    if not request.user.has_perm("escalation.work_ticket"):
        raise Http404
    tickets = Ticket.objects.visible_to(request.user).select_related("requester", "assignee", "pack")
    return get_object_or_404(tickets, pk=pk)


def _resolve_form(request: SignedInRequest, pack: Pack) -> ResolveForm:
    """Offers what the person was shown, then what the agent searched for."""
    data = request.POST if request.method == "POST" and "other" in request.POST else None
    return ResolveForm(data, shown=queries.articles_of(pack, request.user), reader=request.user)


def _page(
    request: SignedInRequest, ticket: Ticket, *, pack: Pack | None = None, **forms: Form
) -> HttpResponse:
    pack = pack or queries.pack_for(ticket, request.user)
    searching = "search" in request.POST
    context = {
        "ticket": ticket,
        "problems": [] if searching else problems_of(forms.values()),
        "pack": pack,
        "story": queries.story_of(ticket, pack),
        "thread": queries.thread(ticket, with_notes=True),
        "article": queries.solving_article(ticket, request.user),
        "actions": possible(Status(ticket.status)),
        "reply_form": AgentReplyForm(),
        "note_form": NoteForm(),
        "close_form": CloseForm(),
        "assign_form": AssignForm(initial={"assignee": ticket.assignee_id or ""}),
        **forms,
    }
    context.setdefault("resolve_form", _resolve_form(request, pack))
    return render(request, "escalation/desk_ticket.html", context, status=422 if forms else 200)
