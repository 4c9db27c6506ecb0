"""Moving a ticket to where it belongs."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.requests import SignedInRequest
from escalation.forms.routing import MoveForm
from escalation.handoff.urgency import Level
from escalation.models import Ticket
from escalation.posting import posted
from escalation.services import routing


@posted(page="escalation:desk_ticket")
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Do what was suggested, or what the agent says instead: the next tickets like it follow."""
    if not request.user.has_perm("escalation.work_ticket"):
        raise Http404
    ticket = get_object_or_404(Ticket.objects.workable_by(request.user), pk=pk)
    if "accept" in request.POST:
        return _done(request, routing.accept(ticket=ticket, by=request.user))
    form = MoveForm(request.POST)
    if not form.is_valid():
        problems = (str(error) for errors in form.errors.values() for error in errors)
        messages.error(request, " ".join(problems))
        return redirect("escalation:desk_ticket", pk)
    moved = routing.move(
        ticket=ticket,
        to=form.cleaned_data["queue"],
        priority=Level(form.cleaned_data["priority"]),
        by=request.user,
        why=form.cleaned_data["why"],
    )
    return _done(request, moved)


def _done(request: SignedInRequest, ticket: Ticket) -> HttpResponse:
    where = (
        f"{ticket.number} is with {ticket.queue.name}" if ticket.queue else f"{ticket.number} is to be sorted"
    )
    messages.success(request, f"{where}, priority {ticket.priority}.")
    if Ticket.objects.workable_by(request.user).filter(pk=ticket.pk).exists():
        return redirect("escalation:desk_ticket", ticket.pk)
    messages.info(request, "Only the people of that queue see it from now on.")
    return redirect("escalation:queue")
