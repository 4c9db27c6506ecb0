"""What is said on a ticket: replies, and notes that only the desk sees."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.requests import SignedInRequest
from escalation import queries, services
from escalation.forms import AgentReplyForm, NoteForm
from escalation.models import Ticket
from escalation.posting import posted
from escalation.views.ticket import page
from escalation.working.mentions import mentions_in

# What the buttons of the reply box are called: they put words into it, and send nothing.
FILLING = ("insert", "use_draft")


@posted(page="escalation:desk_ticket")
def reply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer the person; or put a reply of the desk's own, or one that was drafted, into the box to be edited."""
    found = page.find(request, pk)
    canned = queries.canned_replies_for(request.user, found)
    form = AgentReplyForm(request.POST, canned=canned)
    if any(name in request.POST for name in FILLING):
        return page.show(request, found, status=200, reply_form=_filled(request, found, form))
    if not form.is_valid():
        return page.show(request, found, reply_form=form)
    words = {name: form.cleaned_data[name] for name in ("body", "wait", "seen")}
    try:
        services.reply(ticket=found, by=request.user, **words)
    except services.SaidMeanwhile as said:
        # The second time it is sent, these words have been read.
        kept = AgentReplyForm(initial={**form.cleaned_data, "seen": said.replies[-1].pk}, canned=canned)
        return page.show(request, found, status=409, reply_form=kept, said_meanwhile=said.replies)
    messages.success(request, f"Sent to {found.requester.display_name}.")
    return redirect("escalation:desk_ticket", pk)


@posted(page="escalation:desk_ticket")
def note(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write something down for the desk; who is named in it is told."""
    found = page.find(request, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return page.show(request, found, note_form=form)
    kept = services.add_note(ticket=found, by=request.user, body=form.cleaned_data["body"])
    told = [person.display_name for person in kept.mentions.all() if person != request.user]
    also = f" {', '.join(told)} {'is' if len(told) == 1 else 'are'} told." if told else ""
    messages.success(request, f"Note kept. Only the desk sees it.{also}")
    for name in mentions_in(kept.body, queries.named_agents(found)).unknown:
        messages.warning(
            request, f"“@{name}” is nobody here, several people, or somebody who may not see this ticket."
        )
    return redirect("escalation:desk_ticket", pk)


@posted(page="escalation:desk_ticket")
def watch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Be told of what happens on a ticket, or no more."""
    found = page.find(request, pk)
    if "stop" in request.POST:
        services.unwatch(ticket=found, user=request.user)
    else:
        services.watch(ticket=found, user=request.user)
        messages.success(request, "You are told by mail of replies, and of how it stands.")
    return redirect("escalation:desk_ticket", pk)


def _filled(request: SignedInRequest, ticket: Ticket, form: AgentReplyForm) -> AgentReplyForm:
    """The box with words added to what was typed; what a machine drafted is marked so."""
    typed = form.typed
    if "use_draft" in request.POST:
        added = form.data.get("draft", "")
    else:
        chosen = form.chosen
        added = services.words_for(chosen, ticket=ticket, by=request.user) if chosen else ""
    body = "\n\n".join(part for part in (typed["body"].rstrip(), added.strip()) if part)
    is_drafted = typed["drafted"] or "use_draft" in request.POST
    initial = {
        **typed,
        "body": body,
        "drafted": is_drafted,
        "seen": typed["seen"] or queries.last_message(ticket),
    }
    return AgentReplyForm(initial=initial, canned=list(form.offered.values()))
