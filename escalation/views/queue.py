"""The queue, for whoever works on tickets."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from escalation.forms.queue import NarrowForm, SavedViewForm
from escalation.listing import page_of
from escalation.models import VIEWS, Ticket
from escalation.models.tickets import MOST_COUNTED
from escalation.services.saved_views import may_forget, views_of
from escalation.views.bulk import BULK


@require_safe
@permission_required("escalation.work_ticket", raise_exception=True)
def queue(request: SignedInRequest) -> HttpResponse:
    """The tickets that somebody chose to see, the most urgent first unless they say otherwise."""
    form = NarrowForm(request.GET, user=request.user)
    narrowing, query = form.narrowing, form.query
    after = request.GET.get("after", "")
    page = page_of(narrowing, request.user, after=int(after) if _is_number(after) else None)
    saved = list(views_of(request.user))
    counts = Ticket.objects.workable_by(request.user).view_counts(request.user)
    context = {
        "form": form,
        "view": narrowing.view,
        "title": next((each.name for each in saved if each.query == query), VIEWS[narrowing.view]),
        "views": [(name, words, _count(counts[name])) for name, words in VIEWS.items()],
        "saved": saved,
        "forgettable": {view.pk for view in may_forget(request.user)} if saved else set(),
        "saved_form": SavedViewForm(),
        "query": query,
        "page": page,
        "after": after,
        "actions": [(name, each.words) for name, each in BULK.items()],
        "ticked": "tick" in request.GET,
    }
    return render(request, "escalation/queue.html", context)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18


def _count(number: int) -> str:
    return f"{number:,}" if number < MOST_COUNTED else f"{MOST_COUNTED - 1:,}+"
