"""Mail that waits for a person, and files that came with tickets."""

import logging

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import SignedInRequest
from escalation.forms.incoming import HeldMailForm
from escalation.incoming.reading import read
from escalation.models import IncomingMail, TicketFile
from escalation.services import incoming as services
from escalation.workflow import Refused

logger = logging.getLogger(__name__)

PER_PAGE = 50


@require_safe
def file(request: SignedInRequest, key: str) -> HttpResponseBase:
    """A file of a ticket, to save: a browser never shows it as a page of ours."""
    found = get_object_or_404(TicketFile.objects.visible_to(request.user), key=key)
    try:
        content = found.file.open("rb")
    except OSError:
        logger.exception("File %s is gone: %s", found.key, found.file.name)
        raise Http404 from None
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return FileResponse(
        content, as_attachment=True, filename=found.name, content_type=found.media_type, headers=headers
    )


@require_safe
@permission_required("escalation.lead_ticket", raise_exception=True)
def held_mails(request: SignedInRequest) -> HttpResponse:
    """Mail that nobody could be sure of: from an address without an account, or not as it should be."""
    held = IncomingMail.objects.filter(state=IncomingMail.State.HELD).defer("raw")
    page = Paginator(held, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "escalation/held_mails.html", {"page_obj": page})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("escalation.lead_ticket", raise_exception=True)
def held_mail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One of them: say whose it is, or put it away."""
    mail = get_object_or_404(IncomingMail, pk=pk, state=IncomingMail.State.HELD)
    letter = read(bytes(mail.raw))
    form = HeldMailForm(request.POST or None, initial={"username": mail.sender})
    try:
        if "put_away" in request.POST:
            services.put_away(mail=mail)
            messages.success(request, "Put away. It is kept, and on no list.")
            return redirect("escalation:held_mails")
        if form.is_valid():
            ticket = services.take_held(mail=mail, sender=form.cleaned_data["username"])
            messages.success(request, f"It is on {ticket.number} now.")
            return redirect("escalation:held_mails")
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("escalation:held_mails")
    context = {"mail": mail, "letter": letter, "form": form}
    return render(request, "escalation/held_mail.html", context, status=422 if form.is_bound else 200)
