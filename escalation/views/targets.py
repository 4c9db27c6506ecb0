"""The page on which leads say what is promised."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.requests import SignedInRequest
from escalation.forms.base import problems_of
from escalation.forms.targets import TargetsForm
from escalation.models import Holiday
from escalation.services import promises


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("escalation.lead_ticket", raise_exception=True)
def targets(request: SignedInRequest) -> HttpResponse:
    """How soon for which priority, when the desk is open, and its holidays."""
    form = TargetsForm(
        request.POST if request.method == "POST" else None,
        targets=promises.targets(),
        week=promises.opening_week(),
        holidays=dict(Holiday.objects.values_list("day", "name")),
    )
    if form.is_valid():
        promises.set_targets(lengths=form.targets, week=form.week, holidays=form.cleaned_data["holidays"])
        messages.success(request, "Kept. Open tickets get their times anew in a moment.")
        return redirect("escalation:targets")
    context = {
        "form": form,
        "problems": problems_of([form] if form.is_bound else []),
        "zone": settings.TIME_ZONE,
        "ahead": promises.AHEAD,
    }
    return render(request, "escalation/targets.html", context, status=422 if form.errors else 200)
