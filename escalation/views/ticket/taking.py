"""Who takes care of a ticket, and where it stands."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.requests import SignedInRequest
from escalation import services
from escalation.forms import AssignForm, CloseForm, StatusForm
from escalation.models import Ticket
from escalation.posting import posted
from escalation.views.ticket import page
from escalation.workflow import Action, Refused


@posted(page="escalation:desk_ticket")
def assign(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take it, or hand it to somebody."""
    found = page.find(request, pk)
    if "to_me" in request.POST:
        services.assign(ticket=found, to=request.user, by=request.user)
        return redirect("escalation:desk_ticket", pk)
    form = AssignForm(request.POST, ticket=found)
    if not form.is_valid():
        return page.show(request, found, assign_form=form)
    services.assign(ticket=found, to=form.chosen, by=request.user)
    return redirect("escalation:desk_ticket", pk)


@posted(page="escalation:desk_ticket")
def set_status(request: SignedInRequest, pk: int) -> HttpResponse:
    """Move it on."""
    found = page.find(request, pk)
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


def _close(request: SignedInRequest, ticket: Ticket) -> HttpResponse:
    form = CloseForm(request.POST)
    if not form.is_valid():
        return page.show(request, ticket, close_form=form)
    try:
        services.close(ticket=ticket, by=request.user, body=form.cleaned_data["body"])
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Closed. {ticket.requester.display_name} is told why.")
    return redirect("escalation:desk_ticket", ticket.pk)
