"""The queue, for whoever works on tickets."""

from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from escalation import queries
from escalation.models import VIEWS, Ticket

PER_PAGE = 50


@require_safe
@permission_required("escalation.work_ticket", raise_exception=True)
def queue(request: SignedInRequest) -> HttpResponse:
    """The tickets of one view, the most urgent first."""
    view = request.GET.get("view", "unassigned")
    view = view if view in VIEWS else "unassigned"
    counts = Ticket.objects.visible_to(request.user).view_counts(request.user)
    context = {
        "view": view,
        "title": VIEWS[view],
        "views": [(name, words, counts[name]) for name, words in VIEWS.items()],
        "page_obj": Paginator(queries.queue(request.user, view), PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "escalation/queue.html", context)
