"""Replies that are used again and again: a list, and a page for each."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import SignedInRequest
from escalation import queries, services
from escalation.forms import problems_of
from escalation.forms.canned import CannedReplyForm
from escalation.models import CannedReply
from escalation.working.placeholders import GAPS

for_the_desk = permission_required("escalation.work_ticket", raise_exception=True)


@require_safe
@for_the_desk
def replies(request: SignedInRequest) -> HttpResponse:
    """One's own, and everybody's."""
    found = queries.canned_replies(request.user)
    own = [reply for reply in found if reply.owner_id is not None]
    shared = [reply for reply in found if reply.owner_id is None]
    return render(request, "escalation/canned_replies.html", {"own": own, "shared": shared})


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_desk
def add(request: SignedInRequest) -> HttpResponse:
    """A new one."""
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_desk
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change one, or throw it away."""
    reply = get_object_or_404(queries.canned_replies(request.user), pk=pk)
    services.require_may_change(request.user, reply)
    if "delete" in request.POST:
        services.drop_canned_reply(reply=reply, by=request.user)
        messages.success(request, f"Deleted: {reply.title}.")
        return redirect("escalation:canned_replies")
    return _edit(request, reply)


def _edit(request: SignedInRequest, reply: CannedReply | None) -> HttpResponse:
    form = CannedReplyForm(request.POST or None, writer=request.user, initial=_as_it_is(reply))
    if request.method == "POST" and form.is_valid():
        services.keep_canned_reply(by=request.user, reply=reply, **{"shared": False, **form.cleaned_data})
        messages.success(request, "Kept. It is offered on every ticket that it is for.")
        return redirect("escalation:canned_replies")
    context = {"form": form, "reply": reply, "gaps": GAPS, "problems": problems_of([form])}
    return render(request, "escalation/canned_reply.html", context, status=422 if form.errors else 200)


def _as_it_is(reply: CannedReply | None) -> dict[str, object]:
    if reply is None:
        return {}
    is_shared = reply.owner_id is None
    return {"title": reply.title, "body": reply.body, "queue": reply.queue_id, "shared": is_shared}
