"""Choices of tickets that somebody looks at every day, kept under a name."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.requests import SignedInRequest
from escalation.forms.base import problems_of
from escalation.forms.queue import NarrowForm, SavedViewForm
from escalation.services import saved_views


@require_POST
@permission_required("escalation.work_ticket", raise_exception=True)
def keep(request: SignedInRequest) -> HttpResponse:
    """Keep the choice that the form came with."""
    query = NarrowForm(QueryDict(request.POST.get("query", "")[:1000]), user=request.user).query
    form = SavedViewForm(request.POST)
    if form.is_valid():
        name, shared = form.cleaned_data["name"], form.cleaned_data["shared"]
        kept = saved_views.keep(by=request.user, name=name, query=query, shared=shared)
        messages.success(request, f"Kept as “{kept.name}”{'' if kept.owner_id else ', for everybody'}.")
    for problem in problems_of([form]):
        messages.error(request, problem.text)
    return redirect(f"{reverse('escalation:queue')}?{query}")


@require_POST
@permission_required("escalation.work_ticket", raise_exception=True)
def forget(request: SignedInRequest, pk: int) -> HttpResponse:
    """Drop one's own view, or as a lead one of everybody's."""
    found = get_object_or_404(saved_views.may_forget(request.user), pk=pk)
    messages.success(request, f"“{found.name}” is forgotten.")
    found.delete()
    return redirect("escalation:queue")
