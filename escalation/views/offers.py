"""Articles offered beside the form of a hand-off."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from escalation.handoff.draft import unseal
from escalation.handoff.keys import is_key
from escalation.services import offering
from kb.models import Article
from kb.queries import readable


@require_POST
def offers(request: SignedInRequest) -> HttpResponse:
    """What may answer the words as they are now, for the form to show once; nothing to show is an empty answer."""
    found = offered(request)
    if not found:
        return HttpResponse(status=204)
    return render(request, "escalation/_offers.html", {"offered": found, "key": request.POST["key"]})


def offered(request: SignedInRequest) -> list[Article]:
    """The articles for a form as it was sent."""
    key, draft = request.POST.get("key", ""), unseal(request.POST.get("draft", ""), user=request.user)
    if not is_key(key):
        return []
    words = f"{request.POST.get('subject', '')}\n{request.POST.get('description', '')}"
    shown = draft.pack.article_ids if draft else ()
    return offering.offer(user=request.user, key=key, words=words, besides=shown)


@require_safe
def open_offered(request: SignedInRequest, key: str, article: int) -> HttpResponse:
    """Note that an offered article was opened, and lead to it."""
    found = get_object_or_404(readable(request.user), pk=article)
    offering.note_opened(user=request.user, key=key, article=found)
    return redirect(found)


@require_POST
def solved_by_offered(request: SignedInRequest) -> HttpResponse:
    """It is solved: nothing is sent."""
    number = request.POST.get("solved_by", "")
    found = get_object_or_404(
        readable(request.user), pk=int(number) if number.isdecimal() and len(number) < 18 else 0
    )
    offering.note_helped(user=request.user, key=request.POST.get("key", ""), article=found)
    messages.success(request, "Good. Nothing was sent to a person.")
    return redirect(found)
