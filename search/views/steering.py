"""Pages for editors: words that mean the same, and articles that come first for some words."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import SignedInRequest
from kb.models import Article
from kb.workbench import named
from search import searching, services
from search import steering as steered
from search.forms import SearchForm
from search.models import Pin, Synonym
from search.steering_forms import PinForm, SynonymsForm

# Whoever may decide what an article says may decide which words lead to it.
MAY_STEER = "kb.validate_revision"
PINS_PER_PAGE = 50
TRIED = 5

for_editors = permission_required(MAY_STEER, raise_exception=True)
form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@for_editors
def words_and_pins(request: SignedInRequest) -> HttpResponse:
    """All synonyms, the pins of articles in one's audiences, and a box to try what a question finds."""
    form = SearchForm(request.GET)
    pins = Paginator(steered.pins_for(request.user), PINS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "groups": Synonym.objects.select_related("changed_by"),
        "page_obj": pins,
        "pins": [(pin, steered.why_idle(pin)) for pin in pins],
        "changes": steered.last_changes(),
        **(_tried(request, form.cleaned_data["q"]) if form.is_valid() else {}),
    }
    return render(request, "search/steering.html", context, status=422 if form.errors else 200)


def _tried(request: SignedInRequest, question: str) -> dict[str, object]:
    """What a question finds at this moment, for whoever tries."""
    if not question:
        return {}
    findings = searching.find(question, user=request.user)
    first = findings.narrowed(searching.Narrowing())[:TRIED]
    return {
        "tried": question,
        "synonyms": findings.synonyms,
        "hits": searching.hits(first, findings, user=request.user),
    }


@form_page
@for_editors
def add_synonyms(request: SignedInRequest) -> HttpResponse:
    """A new group."""
    return _synonyms(request, None)


@form_page
@for_editors
def change_synonyms(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a group, or delete it."""
    group = get_object_or_404(Synonym, pk=pk)
    if "delete" in request.POST:
        services.delete_synonyms(group=group, by=request.user)
        messages.success(request, f"Deleted: {group.words}.")
        return redirect("search:words_and_pins")
    return _synonyms(request, group)


def _synonyms(request: SignedInRequest, group: Synonym | None) -> HttpResponse:
    initial = {"words": group.words} if group else {}
    form = SynonymsForm(request.POST or None, group=group, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.keep_synonyms(words=form.cleaned_data["words"], by=request.user, group=group)
        messages.success(request, "Kept. It holds from the next question on.")
        return redirect("search:words_and_pins")
    context = {"form": form, "group": group}
    return render(request, "search/steering_synonyms.html", context, status=422 if form.errors else 200)


@form_page
@for_editors
def add_pin(request: SignedInRequest, article: int) -> HttpResponse:
    """Pin an article; `words` in the address are those that were tried."""
    mine = named(Article.objects.in_audience_of(request.user))
    return _pin(request, get_object_or_404(mine, pk=article), None)


@form_page
@for_editors
def change_pin(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a pin, or take it away."""
    pin = get_object_or_404(steered.pins_for(request.user), pk=pk)
    if "delete" in request.POST:
        services.delete_pin(pin=pin, by=request.user)
        messages.success(request, "Taken away. The article comes where search puts it.")
        return redirect("search:words_and_pins")
    return _pin(request, pin.article, pin)


def _pin(request: SignedInRequest, article: Article, pin: Pin | None) -> HttpResponse:
    initial = (
        {"words": pin.words, "until": pin.until} if pin else {"words": request.GET.get("words", "")[:200]}
    )
    form = PinForm(request.POST or None, article=article, pin=pin, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.keep_pin(article=article, by=request.user, pin=pin, **form.cleaned_data)
        messages.success(
            request, "Pinned. It holds from the next question on, for those who may read the article."
        )
        return redirect("search:words_and_pins")
    context = {"form": form, "article": article, "pin": pin, "why_idle": steered.why_idle(pin) if pin else ""}
    return render(request, "search/steering_pin.html", context, status=422 if form.errors else 200)
