"""Incidents: the desk declares them and tells of them; whoever is hit hides or follows them."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db.models import Count, F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import SignedInRequest
from escalation import notices
from escalation.forms import problems_of
from escalation.forms.incidents import DeclareForm, IncidentUpdateForm
from escalation.models import Incident, Ticket
from escalation.posting import posted
from escalation.services import incidents as services
from escalation.workflow import Refused

PER_PAGE = 50
HIDDEN = "hidden_incidents"

for_the_desk = permission_required("escalation.work_ticket", raise_exception=True)


@require_safe
@for_the_desk
def incidents(request: SignedInRequest) -> HttpResponse:
    """What is wrong now, and what was."""
    found = Incident.objects.annotate(linked=Count("tickets")).select_related("declared_by", "audience")
    in_order = found.order_by(F("ended_at").desc(nulls_first=True), "-declared_at", "-pk")
    page = Paginator(in_order, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "escalation/incidents.html", {"page_obj": page})


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_desk
def declare(request: SignedInRequest) -> HttpResponse:
    """Say that something is wrong."""
    sent = request.method == "POST"
    form = DeclareForm(request.POST if sent else None, by=request.user)
    if sent and form.is_valid():
        found = services.declare(by=request.user, **form.cleaned_data)
        messages.success(request, "Declared. Whoever is about to ask reads it from now on.")
        return redirect(found)
    context = {"form": form, "problems": problems_of([form] if sent else [])}
    return render(request, "escalation/declare_incident.html", context, status=422 if sent else 200)


@require_safe
@for_the_desk
def incident(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was said of it, which tickets are linked, and which look as if they should be."""
    return _page(request, get_object_or_404(Incident, pk=pk))


@posted(page="escalation:incident")
@for_the_desk
def say(request: SignedInRequest, pk: int) -> HttpResponse:
    """Tell everybody who is hit what is new, or that it is over."""
    found = get_object_or_404(Incident, pk=pk)
    form = IncidentUpdateForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        services.say(incident=found, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Everybody with a linked ticket is told.")
    return redirect(found)


@posted(page="escalation:incident")
@for_the_desk
def link(request: SignedInRequest, pk: int) -> HttpResponse:
    """Link the tickets that were ticked."""
    found = get_object_or_404(Incident, pk=pk)
    tickets = Ticket.objects.filter(pk__in=_ticked(request))
    linked = services.link(incident=found, tickets=list(tickets), by=request.user)
    if linked:
        messages.success(request, f"{linked} linked. Their people are told where it stands.")
    else:
        messages.info(request, "Nothing was linked: tick tickets that are not linked to an incident yet.")
    return redirect(found)


@posted(page="escalation:incident")
@for_the_desk
def resolve(request: SignedInRequest, pk: int) -> HttpResponse:
    """Resolve the tickets that were ticked, together."""
    found = get_object_or_404(Incident, pk=pk)
    try:
        resolved = services.resolve_together(incident=found, ticket_ids=_ticked(request), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{resolved} resolved.")
    return redirect(found)


@posted(page="escalation:desk_ticket")
@for_the_desk
def of_ticket(request: SignedInRequest, pk: int) -> HttpResponse:
    """Link one ticket to an incident, or take it off again."""
    ticket = get_object_or_404(Ticket.objects.workable_by(request.user), pk=pk)
    if "unlink" in request.POST:
        services.unlink(ticket=ticket, by=request.user)
    else:
        found = get_object_or_404(Incident.objects.open(), pk=_number(request.POST.get("incident")))
        if services.link(incident=found, tickets=[ticket], by=request.user):
            messages.success(request, f"Linked. {ticket.requester.display_name} is told where it stands.")
        else:
            messages.info(request, "It is linked to an incident already.")
    return redirect("escalation:desk_ticket", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: SignedInRequest, pk: int) -> HttpResponse:
    """One click: a ticket that is linked to it, so that they hear when it works again."""
    found = get_object_or_404(Incident.objects.told_to(request.user), pk=pk)
    if request.method != "POST":
        return redirect("escalation:handoff")
    try:
        ticket = services.follow(incident=found, by=request.user)
    except Refused as refusal:
        messages.info(request, str(refusal))
        return redirect("escalation:handoff")
    messages.success(request, "Noted. You are told when there is something new, and when it works again.")
    return redirect(ticket)


@require_http_methods(["GET", "HEAD", "POST"])
def hide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Not to be shown it again until they sign in anew."""
    if request.method == "POST":
        request.session[HIDDEN] = sorted({*request.session.get(HIDDEN, []), pk})
        if request.htmx:
            return HttpResponse("")
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else reverse("search:ask"))


def _page(request: SignedInRequest, found: Incident, form: IncidentUpdateForm | None = None) -> HttpResponse:
    linked = notices.linked_tickets(found, request.user)
    context = {
        "incident": found,
        "updates": found.updates.select_related("author"),
        "form": form or IncidentUpdateForm(),
        "problems": problems_of([form] if form else []),
        "linked": linked,
        "unsolved": [ticket for ticket in linked if not ticket.is_done],
        "like": notices.tickets_like(found, request.user),
    }
    return render(request, "escalation/incident.html", context, status=422 if form else 200)


def _ticked(request: SignedInRequest) -> list[int]:
    return [number for text in request.POST.getlist("ticket") if (number := _number(text))]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 18 else 0
