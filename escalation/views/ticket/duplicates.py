"""Two tickets about the same."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.requests import SignedInRequest
from escalation import services
from escalation.forms.duplicates import MergeForm
from escalation.posting import posted
from escalation.views.ticket import page
from escalation.workflow import Refused


@posted(page="escalation:desk_ticket")
def merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Close it as a duplicate, and go on with the other."""
    found = page.find(request, pk)
    form = MergeForm(request.POST, ticket=found, reader=request.user)
    if not form.is_valid():
        return page.show(request, found, merge_form=form)
    try:
        services.merge(ticket=found, into=form.chosen, by=request.user)
    except Refused as refusal:
        form.add_error("other", str(refusal))
        return page.show(request, found, merge_form=form)
    messages.success(
        request, f"{found.number} is merged into this one, and {found.requester.display_name} is told."
    )
    return redirect("escalation:desk_ticket", form.chosen.pk)


@posted(page="escalation:desk_ticket")
def unmerge(request: SignedInRequest, pk: int) -> HttpResponse:
    """They are two after all."""
    found = page.find(request, pk)
    try:
        services.unmerge(ticket=found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"A ticket of its own again. {found.requester.display_name} is told.")
    return redirect("escalation:desk_ticket", pk)
