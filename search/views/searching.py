"""Pages that look for something: the search page, and suggestions while somebody types."""

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from search import searching, suggesting
from search.forms import SearchForm
from search.searching import Findings, Narrowing

PER_PAGE = 10


@require_safe
def search(request: SignedInRequest) -> HttpResponse:
    """What is found for some words, narrowed down; without words, everything that the person may read."""
    form = SearchForm(request.GET)
    if not form.is_valid():
        return render(request, "search/search.html", {"form": form}, status=422)
    words = form.cleaned_data["q"]
    try:
        findings = searching.find(words, user=request.user)
    except searching.Unavailable:
        context = {"form": form, "words": words, "human_url": _human_url(request, words)}
        return render(request, "search/search.html", context | {"is_unavailable": True}, status=503)
    choices = searching.choices(request.user)
    narrowing, unknown = narrowed_by(request.GET.dict(), choices)
    numbers = findings.narrowed(narrowing)
    page = Paginator(numbers, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "words": words,
        "synonyms": findings.synonyms,
        "unnamed": findings.unnamed,
        "choices": choices,
        "narrowing": narrowing,
        "has_unknown": unknown,
        "page_obj": page,
        "total": len(numbers),
        "are_cut": findings.are_cut,
        "hits": searching.hits(page.object_list, findings, user=request.user),
        **({} if numbers else _instead(request, findings)),
    }
    return render(request, "search/search.html", context)


def narrowed_by(asked: dict[str, str], choices: dict[str, list[tuple[str, str]]]) -> tuple[Narrowing, bool]:
    """The filters of an address that mean something to this person, and whether others were left out.

    What the person may not know of is left out as what does not exist.
    """
    given = {name: asked[name] for name in choices if asked.get(name)}
    known = {name: value for name, value in given.items() if value in dict(choices[name])}
    return Narrowing(**known), known != given


def _instead(request: SignedInRequest, findings: Findings) -> dict[str, object]:
    """What to try where nothing was found."""
    words = findings.words
    return {
        "unfiltered": findings.articles.count(),
        "spelt": suggesting.spelt(words, user=request.user) if words else "",
        "human_url": _human_url(request, words),
    }


def _human_url(request: SignedInRequest, words: str) -> str:
    """Where a human takes over, told what was looked for."""
    typed = f"{request.path}?{urlencode({'q': words})}" if words else request.path
    return f"{reverse('escalation:handoff')}?{urlencode({'from': typed, 'about': words})}"


@require_safe
def suggest(request: SignedInRequest) -> HttpResponse:
    """Titles and known questions for what is being typed, as options of a list. A script asks for it."""
    suggestions = suggesting.suggest(request.GET.get("q", ""), user=request.user)
    return render(request, "search/_suggestions.html", {"suggestions": suggestions})
