"""The same thing done to the ticked tickets of the queue, and told item by item."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import SignedInRequest
from escalation import services
from escalation.forms.queue import GiveToForm, IncidentForm, MoveToForm
from escalation.forms.ticket import CloseForm
from escalation.handoff.urgency import Level
from escalation.models import Ticket
from escalation.services import incidents, routing
from escalation.services.bulk import one_by_one
from escalation.workflow import Action, Refused

AT_MOST = 200
LONGEST_QUERY = 1000
REPORT = "desk_bulk_report"


@dataclass(frozen=True)
class Bulk:
    """Something that can be done to many tickets: in words, how each is done, and the form of what it asks for."""

    words: str
    done: str
    act: Callable[[Ticket, User, Mapping[str, Any]], object]
    form: type[forms.Form] = forms.Form

    @property
    def asks(self) -> bool:
        return bool(self.form.base_fields)


def _take(ticket: Ticket, by: User, given: Mapping[str, Any]) -> None:
    services.assign(ticket=ticket, to=by, by=by)


def _give(ticket: Ticket, by: User, given: Mapping[str, Any]) -> None:
    services.assign(ticket=ticket, to=given["assignee"], by=by)


def _move(action: Action) -> Callable[[Ticket, User, Mapping[str, Any]], object]:
    def act(ticket: Ticket, by: User, given: Mapping[str, Any]) -> None:
        services.set_status(ticket=ticket, by=by, action=action)

    return act


def _close(ticket: Ticket, by: User, given: Mapping[str, Any]) -> None:
    services.close(ticket=ticket, by=by, body=given["body"])


def _queue(ticket: Ticket, by: User, given: Mapping[str, Any]) -> None:
    routing.move(ticket=ticket, to=given["queue"], priority=Level(ticket.priority), by=by)


def _link(ticket: Ticket, by: User, given: Mapping[str, Any]) -> None:
    if not incidents.link(incident=given["incident"], tickets=[ticket], by=by):
        raise Refused("It is linked to an incident already.")


BULK: dict[str, Bulk] = {
    "take": Bulk("Assign them to me", "Assigned to you", _take),
    "give": Bulk("Assign them to somebody", "Assigned", _give, GiveToForm),
    "queue": Bulk("Move them to a queue", "Moved", _queue, MoveToForm),
    "wait": Bulk("Wait for an answer", "Waiting for an answer", _move(Action.WAIT)),
    "resume": Bulk("Go on with them", "Going on", _move(Action.RESUME)),
    "incident": Bulk("Link them to an incident", "Linked", _link, IncidentForm),
    "close": Bulk("Close without resolving", "Closed", _close, CloseForm),
}


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("escalation.work_ticket", raise_exception=True)
def bulk(request: SignedInRequest) -> HttpResponse:
    """Ask what it takes, if it takes anything; do it one by one; then tell what became of each."""
    if request.method != "POST":
        return _report(request)
    chosen = BULK.get(request.POST.get("action", ""))
    ticked = list(dict.fromkeys(_numbers(request.POST.getlist("ticket"))))
    if chosen is None or not ticked:
        messages.error(request, "Tick the tickets first, and choose what to do with them.")
        return redirect(f"{reverse('escalation:queue')}?{_back(request)}")
    going = "go" in request.POST or not chosen.asks
    form = chosen.form(request.POST if going else None)
    if going and form.is_valid():
        given = form.cleaned_data
        outcomes = one_by_one(
            ticked[:AT_MOST], request.user, lambda each: chosen.act(each, request.user, given)
        )
        request.session[REPORT] = {
            "done": chosen.done,
            "items": [[outcome.ticket_id, outcome.refusal] for outcome in outcomes],
            "left": max(0, len(ticked) - AT_MOST),
            "back": _back(request),
        }
        return redirect("escalation:bulk")
    visible = Ticket.objects.workable_by(request.user).in_bulk(ticked[:AT_MOST])
    context = {
        "form": form,
        "action": request.POST["action"],
        "words": chosen.words,
        "tickets": list(visible.values()),
        "at_most": AT_MOST if len(ticked) > AT_MOST else 0,
        "back": _back(request),
    }
    return render(request, "escalation/desk_bulk.html", context, status=422 if form.errors else 200)


def _report(request: SignedInRequest) -> HttpResponse:
    """What became of each: kept until the next report, without words, as tickets may change hands meanwhile."""
    report = request.session.get(REPORT)
    if not report:
        return redirect("escalation:queue")
    known = Ticket.objects.workable_by(request.user).in_bulk([pk for pk, _ in report["items"]])
    items = [(known[pk], refusal) for pk, refusal in report["items"] if pk in known]
    done = [pk for pk, refusal in report["items"] if not refusal]
    context = {
        "done_words": report["done"],
        "done": [known[pk] for pk in done if pk in known],
        "done_count": len(done),
        "unseen": sum(pk not in known for pk in done),
        "refused": [(ticket, refusal) for ticket, refusal in items if refusal],
        "left": report["left"],
        "back": report["back"],
    }
    return render(request, "escalation/desk_bulk_report.html", context)


def _back(request: SignedInRequest) -> str:
    """The list as somebody left it: a query and nothing else, whatever a browser sent."""
    return QueryDict(request.POST.get("back", "")[:LONGEST_QUERY]).urlencode()


def _numbers(texts: list[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 18]
