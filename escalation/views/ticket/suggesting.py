"""What is looked up after the page is there, so that nothing slow or broken stands in its way."""

import logging

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from escalation import queries, services
from escalation.advising import advice_for
from escalation.models import Ticket
from escalation.posting import posted
from escalation.similar import similar_open, similar_resolved
from escalation.views.ticket import page

logger = logging.getLogger(__name__)


@require_safe
def suggested(request: SignedInRequest, pk: int) -> HttpResponse:
    """Similar tickets, articles and a drafted reply: a part of the ticket's page, or without scripts a page."""
    found = page.find(request, pk)
    context: dict[str, object] = {"ticket": found, "seen": queries.last_message(found)}
    try:
        context["suggestion"] = advice_for(found, agent=request.user, by_model="worded" in request.GET)
    except Exception:
        # Whatever search trips over, the similar tickets still help.
        logger.exception("Nothing could be suggested for %s", found.number)
    if not found.is_done:
        context["similar_open"] = similar_open(found, request.user)
    context["similar"] = similar_resolved(found, request.user)
    template = "_suggested.html" if request.htmx else "suggested.html"
    return render(request, f"escalation/{template}", context)


@posted(page="escalation:desk_ticket")
def presence(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that one still has the page open, and perhaps types; who else has, and what was said meanwhile."""
    found = page.find(request, pk)
    others = services.be_here(ticket=found, agent=request.user, typing="typing" in request.POST)
    newer = _newer(request, found)
    state = page.presence_state(others, newer)
    if request.POST.get("state") == state:
        # A part that is the same is not put in again: a screen reader would read it out each time.
        return HttpResponse(status=204)
    context = {"ticket": found, "others": others, "newer": newer, "presence_state": state}
    return render(request, "escalation/_presence.html", context)


def _newer(request: SignedInRequest, ticket: Ticket) -> int:
    """How many replies of others have come since the page was opened."""
    seen = request.POST.get("seen", "")
    if not (seen.isdecimal() and len(seen) < 18):
        return 0
    return queries.replies_since(ticket, int(seen)).exclude(author=request.user).count()
