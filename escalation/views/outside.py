"""Where systems outside report how their ticket stands, and the page of what could not be told."""

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts import outbox
from accounts.requests import SignedInRequest
from escalation import undelivered
from escalation.models import Endpoint
from escalation.outside.own_signatures import JIRA_SIGNATURE, ZENDESK_SIGNATURE, ZENDESK_TIME
from escalation.outside.reports import Unreadable
from escalation.outside.signing import Unverified
from escalation.services import hearing, outside

logger = logging.getLogger(__name__)

LARGEST_REPORT = 64 * 1024
SIGNED = (
    *("webhook-id", "webhook-timestamp", "webhook-signature"),
    *(ZENDESK_SIGNATURE, ZENDESK_TIME, JIRA_SIGNATURE),
)


@csrf_exempt
@login_not_required
@require_POST
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a signed report. Whoever can't sign learns nothing, not even whether there is such an address."""
    if _size(request) > LARGEST_REPORT:
        return HttpResponse(status=413)
    endpoint = Endpoint.objects.filter(pk=pk, active=True).first()
    if endpoint is None:
        return HttpResponse(status=401)
    headers = {name: request.headers.get(name, "") for name in SIGNED}
    try:
        hearing.hear(endpoint=endpoint, headers=headers, body=request.body)
    except Unverified as reason:
        logger.warning("A report in the name of %s was refused: %s", endpoint, reason)
        return HttpResponse(status=401)
    except Unreadable as reason:
        return HttpResponse(str(reason), status=400, content_type="text/plain")
    except hearing.UnknownTicket:
        return HttpResponse("This ticket is not known.", status=404, content_type="text/plain")
    return HttpResponse(status=204)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("escalation.lead_ticket", raise_exception=True)
def not_delivered(request: SignedInRequest) -> HttpResponse:
    """What was given up, and to whom it should have gone; sends one of it or all of it again."""
    if request.method == "POST":
        return _send_again(request)
    context = {"letters": undelivered.letters_for(request.user)}
    return render(request, "escalation/not_delivered.html", context)


def _send_again(request: SignedInRequest) -> HttpResponse:
    chosen = undelivered.chosen(request.POST.getlist("letter"), everything="all" in request.POST)
    tried = outbox.send_again(chosen.mails) + outside.send_again(chosen.deliveries)
    if tried:
        messages.success(request, f"{tried} tried again. What fails comes back to this page.")
    else:
        messages.info(request, "Nothing was tried: choose what to send again.")
    return redirect("escalation:not_delivered")


def _size(request: HttpRequest) -> int:
    """As it was announced; what was not is as good as too large."""
    given = request.headers.get("Content-Length", "")
    is_number = given.isascii() and given.isdecimal() and len(given) < 10
    return int(given) if is_number else LARGEST_REPORT + 1
