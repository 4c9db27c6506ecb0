"""Pages for whoever asked: what was sent, and where it stands."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from escalation import queries, services
from escalation.forms import ReopenForm, ReplyForm, problems_of
from escalation.models import Ticket
from escalation.posting import posted
from escalation.reopening import is_too_late, may_be_reopened_until
from escalation.services.surveys import open_survey_of
from escalation.workflow import Refused

PER_PAGE = 50


@require_safe
def my_tickets(request: SignedInRequest) -> HttpResponse:
    """What one has sent, and where it stands."""
    page = Paginator(queries.own_tickets(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "escalation/my_tickets.html", {"page_obj": page})


@require_safe
def receipt(request: SignedInRequest, pk: int) -> HttpResponse:
    """The number, what was sent, and what happens next."""
    found = _own(request, pk)
    context = {
        "ticket": found,
        "pack": queries.pack_for(found, request.user),
        "answer_time": queries.answer_time_in_words(),
    }
    return render(request, "escalation/receipt.html", context)


@require_safe
def ticket(request: SignedInRequest, pk: int) -> HttpResponse:
    """One's own ticket: status, what was said, what was sent. An agent is led to the desk's page of another's."""
    found = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    if found.requester_id != request.user.pk:
        return redirect("escalation:desk_ticket", found.pk)
    return _ticket_page(request, found)


@posted(page="escalation:ticket")
def reply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Add something to one's own ticket."""
    found = _own(request, pk)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return _ticket_page(request, found, reply_form=form)
    try:
        services.reply(ticket=found, by=request.user, body=form.cleaned_data["body"])
    except Refused as refusal:
        form.add_error("body", str(refusal))
        return _ticket_page(request, found, reply_form=form)
    messages.success(request, "Added. The person who works on this sees it.")
    return redirect(found)


@posted(page="escalation:ticket")
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """It is not solved after all."""
    found = _own(request, pk)
    form = ReopenForm(request.POST)
    if not form.is_valid():
        return _ticket_page(request, found, reopen_form=form)
    try:
        services.reopen(ticket=found, by=request.user, body=form.cleaned_data["body"])
    except Refused as refusal:
        form.add_error("body", str(refusal))
        return _ticket_page(request, found, reopen_form=form)
    messages.success(request, "Opened again. A person will look at it.")
    return redirect(found)


@posted(page="escalation:ticket")
def close(request: SignedInRequest, pk: int) -> HttpResponse:
    """It is solved."""
    found = _own(request, pk)
    try:
        services.close(ticket=found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Closed. If it comes back, open it again here.")
    return redirect(found)


def _own(request: SignedInRequest, pk: int) -> Ticket:
    return get_object_or_404(queries.own_tickets(request.user).select_related("pack", "queue"), pk=pk)


def _ticket_page(
    request: SignedInRequest,
    ticket: Ticket,
    *,
    reply_form: ReplyForm | None = None,
    reopen_form: ReopenForm | None = None,
) -> HttpResponse:
    context = {
        "ticket": ticket,
        "thread": queries.thread(ticket, with_notes=False),
        "pack": queries.pack_for(ticket, request.user),
        "article": queries.solving_article(ticket, request.user),
        "problems": problems_of(form for form in (reply_form, reopen_form) if form),
        "reply_form": reply_form or ReplyForm(),
        "reopen_form": reopen_form or ReopenForm(),
        "answer_time": "" if ticket.first_replied_at or ticket.is_done else queries.answer_time_in_words(),
        "reopen_until": may_be_reopened_until(ticket),
        "is_too_late": is_too_late(ticket),
        "survey": open_survey_of(ticket) if ticket.is_done else None,
    }
    return render(
        request, "escalation/ticket.html", context, status=422 if reply_form or reopen_form else 200
    )
