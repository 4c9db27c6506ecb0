"""The page on which a person hands over to a human."""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.requests import SignedInRequest
from escalation import queries, services
from escalation.cleaning import split_address
from escalation.forms import HandoffForm, problems_of
from escalation.forms.handoff import ASKED
from escalation.handoff.draft import Draft, seal, unseal
from escalation.handoff.intake import ASKS, Ask
from escalation.handoff.keys import is_key, new_key
from escalation.handoff.pack import Kind
from escalation.handoff.redaction import mask
from escalation.handoff.story import as_subject
from escalation.views.offers import offered
from kb.models import Article
from kb.queries import readable
from search.queries import conversations_of

LOOK_AGAIN = (
    "What you typed is kept, but nothing was sent yet: the list of what will be sent had to be put together again. "
    "Please look at it, then send."
)


@require_http_methods(["GET", "HEAD", "POST"])
def handoff(request: SignedInRequest) -> HttpResponse:
    """The story as it will be sent, with a box for each line; then sends it."""
    if request.method != "POST":
        draft = _fresh_draft(request)
        subject = _about(request) or draft.subject
        return _handoff_page(
            request, draft, HandoffForm(initial={"subject": subject}, asks=_asks(request, draft))
        )
    previewed = unseal(request.POST.get("draft", ""), user=request.user)
    if previewed is None:
        messages.warning(request, LOOK_AGAIN)
        draft = _fresh_draft(request)
        return _handoff_page(request, draft, HandoffForm(request.POST, asks=_asks(request, draft)))
    left_out = {line.id for line in previewed.pack.lines} - set(request.POST.getlist("keep"))
    asks = _asks(request, previewed)
    form = HandoffForm(request.POST, struck=_struck_questions(previewed, left_out), asks=asks)
    if not form.is_valid():
        return _handoff_page(request, previewed, form)
    # Who has no script that offers beside the form is shown it once, on the way.
    if "look_first" in request.POST and (found := offered(request)):
        return _handoff_page(request, previewed, form, offered=found)
    ticket = services.open_ticket(
        requester=request.user,
        draft=previewed,
        subject=form.cleaned_data["subject"],
        description=form.cleaned_data["description"],
        left_out=left_out,
        answers=form.answers,
        key=_key(request),
    )
    return redirect("escalation:receipt", ticket.pk)


def _asks(request: SignedInRequest, draft: Draft) -> list[Ask]:
    """What to ask first by what is known, with what the form that is sent has asked already."""
    sent = [ask for key, ask in ASKS.items() if f"{ASKED}{key}" in request.POST]
    return sent or list(services.asked_first(draft, about=_about(request)))


def _struck_questions(draft: Draft, left_out: set[str]) -> list[str]:
    """As the subject would repeat them, unless the same was asked again and is sent."""
    questions = list(draft.pack.of(Kind.QUESTION))
    kept = {as_subject(line.text) for line in questions if line.id not in left_out}
    return [words for line in questions if (words := as_subject(line.text)) not in kept]


def _fresh_draft(request: SignedInRequest) -> Draft:
    """Only one's own conversation and articles that one may read; anything else is as if it were not there."""
    conversations = conversations_of(request.user)
    return services.prepare_handoff(
        user=request.user,
        conversation=conversations.filter(pk=_number(request.GET.get("conversation"))).first(),
        article=readable(request.user).filter(pk=_number(request.GET.get("article"))).first(),
        came_from=_came_from(request),
        user_agent=request.headers.get("User-Agent", ""),
    )


def _handoff_page(
    request: SignedInRequest, draft: Draft, form: HandoffForm, *, offered: Sequence[Article] = ()
) -> HttpResponse:
    pack = mask(draft.pack, queries.readable_revisions(request.user, draft.pack))
    again = request.method == "POST"
    written = replace(pack, description=str(form["description"].value() or ""))
    sensitivity = services.sensitivity_in(written, str(form["subject"].value() or ""))
    context = {
        "form": form,
        "problems": problems_of([form] if again else []),
        "pack": pack,
        "kept": set(request.POST.getlist("keep")) if again else {line.id for line in pack.lines},
        "sealed": seal(draft, user=request.user),
        "key": _key(request),
        "offered": offered,
        "answer_time": queries.answer_time_in_words(),
        "sensitivity": sensitivity,
        "confidants": services.confidential_queue_for(sensitivity),
    }
    return render(request, "escalation/handoff.html", context, status=422 if again and not offered else 200)


def _key(request: SignedInRequest) -> str:
    given = request.POST.get("key", "")
    return given if is_key(given) else new_key()


def _came_from(request: SignedInRequest) -> str:
    """The page that the link named, else the one that the browser names, if it is ours."""
    referrer = split_address(request.headers.get("Referer", ""))
    own = referrer.path if referrer.netloc == request.get_host() and referrer.path != request.path else ""
    return request.GET.get("from", "") or own


def _about(request: SignedInRequest) -> str:
    """What somebody typed before they came here, such as words that found nothing."""
    return " ".join(request.GET.get("about", "").split())[: services.LONGEST_SUBJECT]


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0
