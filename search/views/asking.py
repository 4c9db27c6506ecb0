"""Pages of search: ask, read on, say whether it helped, one's own history."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import push_url

from accounts.requests import SignedInRequest
from kb.models import WorkingCopy
from kb.queries import categories_for, readable
from search import calibration, duplicates, services
from search.forms import REASONS, AskForm, FeedbackForm, SimilarForm
from search.models import Conversation
from search.queries import conversations_of, examples_for, questions_of
from search.turns import TurnView, turn_views


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: SignedInRequest) -> HttpResponse:
    """The home page: one box. A question is answered on the page of its conversation."""
    if request.method != "POST":
        return _home(request, AskForm(initial={"text": request.GET.get("q", "")}))
    form = AskForm(request.POST)
    valid = form.is_valid()
    number = form.cleaned_data.get("conversation")
    conversation = conversations_of(request.user).filter(pk=number).first() if number else None
    if not valid:
        page = _conversation(request, conversation, form) if conversation else _home(request, form)
        page.status_code = 422
        return page
    question = services.ask(
        user=request.user,
        text=form.cleaned_data["text"],
        conversation=conversation,
        came_from=form.cleaned_data["came_from"],
        anyway=form.cleaned_data["anyway"],
    )
    address = reverse("search:conversation", args=[question.conversation_id])
    if request.htmx:
        return push_url(_conversation(request, question.conversation, AskForm()), address)
    return redirect(f"{address}#question-{question.pk}")


@require_safe
def conversation(request: SignedInRequest, pk: int) -> HttpResponse:
    """A conversation of one's own, to read again or to go on with."""
    return _conversation(request, get_object_or_404(conversations_of(request.user), pk=pk), AskForm())


def _home(request: SignedInRequest, form: AskForm) -> HttpResponse:
    context = {
        "form": form,
        "turns": [],
        "conversation": None,
        "examples": examples_for(request.user),
        "categories": categories_for(request.user),
        "human_url": reverse("escalation:handoff"),
    }
    return render(request, "search/ask.html", context)


def _conversation(request: SignedInRequest, found: Conversation, form: AskForm) -> HttpResponse:
    turns = turn_views(questions_of(request.user).filter(conversation=found), user=request.user)
    context = {
        "form": form,
        "turns": turns,
        "is_cautious": _is_cautious(turns) and request.user.has_perm("kb.add_revision"),
        "conversation": found,
        "human_url": f"{reverse('escalation:handoff')}?{urlencode({'conversation': found.pk})}",
    }
    return render(request, "search/ask.html", context)


def _is_cautious(turns: Sequence[TurnView]) -> bool:
    """Whether the last search was judged with more caution than usual, because nothing was fitted to its model."""
    fingerprint = next(
        (each.question.fingerprint for each in reversed(turns) if each.question.fingerprint), ""
    )
    return bool(fingerprint) and calibration.is_cautious(fingerprint)


@require_safe
def open_article(request: SignedInRequest, question: int, article: int) -> HttpResponse:
    """Note that an article was opened from an answer, and lead to its section."""
    turn = get_object_or_404(questions_of(request.user), pk=question)
    found = get_object_or_404(readable(request.user), pk=article)
    services.mark_opened(question=turn, article=found)
    section = request.GET.get("section", "")
    address = f"{found.get_absolute_url()}?{urlencode({'conversation': turn.conversation_id})}"
    return redirect(f"{address}#{section}" if section else address)


@require_POST
def feedback(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whether an answer solved it."""
    turn = get_object_or_404(questions_of(request.user), pk=pk)
    form = FeedbackForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        services.say_helpful(
            question=turn, helpful=said["helpful"] == "yes", note=said["reason"], article=said["article"]
        )
    if request.htmx:
        (view,) = turn_views([turn], user=request.user)
        return render(request, "search/_feedback.html", {"turn": view, "reasons": REASONS})
    return redirect(f"{reverse('search:conversation', args=[turn.conversation_id])}#question-{turn.pk}")


@require_safe
def history(request: SignedInRequest) -> HttpResponse:
    """What one has asked: nobody else's."""
    return render(request, "search/history.html", {"conversations": conversations_of(request.user)})


@require_POST
def delete_conversation(request: SignedInRequest, pk: int) -> HttpResponse:
    """Forget one conversation."""
    services.forget_conversation(conversation=get_object_or_404(conversations_of(request.user), pk=pk))
    messages.success(request, "Deleted. What you sent to a human stays with that ticket.")
    return redirect("search:history")


@require_POST
def delete_history(request: SignedInRequest) -> HttpResponse:
    """Forget everything that one asked."""
    services.forget_history(user=request.user)
    messages.success(request, "Your questions are deleted. What you sent to a human stays with that ticket.")
    return redirect("search:history")


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("kb.add_revision", raise_exception=True)
def similar(request: SignedInRequest) -> HttpResponse:
    """Articles about the same as a text that is being written: of those that its author may read."""
    form = SimilarForm(request.POST)
    words = form.cleaned_data if form.is_valid() else {}
    title, summary, body = (words.get(name) or "" for name in ("title", "summary", "body"))
    copies = WorkingCopy.objects.filter(author=request.user)
    copy = copies.filter(pk=words.get("copy") or 0).first()
    context = {
        "copy": copy.pk if copy else None,
        "is_told": bool(duplicates.draft_text(title, summary, body)),
        "similar": duplicates.similar_to(
            title, summary, body, user=request.user, besides=copy.article_id if copy else words.get("article")
        ),
    }
    return render(request, "search/_similar.html" if request.htmx else "search/similar.html", context)
