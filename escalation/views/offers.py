"""Articles offered beside the form of a hand-off."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from escalation import services
from escalation.forms import HandoffForm
from escalation.forms.handoff import ASKED
from escalation.handoff.draft import unseal
from escalation.handoff.intake import Ask
from escalation.handoff.keys import is_key
from escalation.services import offering
from kb.models import Article
from kb.queries import readable


@require_POST
def offers(request: SignedInRequest) -> HttpResponse:
    """What may answer the words as they are now, and what to ask first; nothing to show is an empty answer."""
    found, asks = offered(request), _asks(request)
    if not (found or asks):
        return HttpResponse(status=204)
    context = {"offered": found, "key": request.POST.get("key", ""), "asking": HandoffForm(asks=asks)}
    return render(request, "escalation/_offers.html", context)


def offered(request: SignedInRequest) -> list[Article]:
    """The articles for a form as it was sent."""
    key, draft = request.POST.get("key", ""), unseal(request.POST.get("draft", ""), user=request.user)
    if not is_key(key):
        return []
    shown = draft.pack.article_ids if draft else ()
    return offering.offer(user=request.user, key=key, words=_words(request), besides=shown)


def _asks(request: SignedInRequest) -> tuple[Ask, ...]:
    """Once it is known what it is about, unless the form asks already."""
    asks_already = any(name.startswith(ASKED) for name in request.POST)
    return () if asks_already else services.asked_of(_words(request))


def _words(request: SignedInRequest) -> str:
    return f"{request.POST.get('subject', '')}\n{request.POST.get('description', '')}"


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
