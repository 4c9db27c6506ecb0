"""Every revision of an article, compared and restored."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import SignedInRequest
from kb import queries, reviewing, services
from kb.models import Article, Revision
from kb.views.reviewing import may_write

PER_PAGE = 50


@require_safe
@may_write
def history(request: SignedInRequest, pk: int) -> HttpResponse:
    """Every text that an article ever had, in any state, also of one that is archived."""
    article = _article(request, pk)
    page = Paginator(reviewing.past(article), PER_PAGE).get_page(request.GET.get("page"))
    revisions = list(page)
    context = {
        "article": article,
        "title": article.title,
        "page_obj": page,
        "revisions": revisions,
        "waiting": reviewing.open_revision(article),
        "archiving": reviewing.archiving(article),
        "replaced_by": reviewing.replacement(request.user, article),
        "newer": revisions[0].number if revisions else None,
        "older": revisions[1].number if len(revisions) > 1 else None,
    }
    return render(request, "kb/history.html", context)


@require_safe
@may_write
def compare(request: SignedInRequest, pk: int) -> HttpResponse:
    """Any two texts of an article, whichever way round they are chosen: read from the older to the newer."""
    article = _article(request, pk)
    every = list(article.revisions.select_related("author").defer("body", "summary").order_by("-number"))
    chosen = sorted(_chosen(request, every))
    old, new = (get_object_or_404(article.revisions, number=number) for number in (chosen[0], chosen[-1]))
    context = {
        "article": article,
        "title": article.title,
        "every": every,
        "changes": reviewing.changes(old, new) if old != new else None,
        "old": old,
        "new": new,
    }
    return render(request, "kb/compare.html", context)


def _chosen(request: SignedInRequest, every: list[Revision]) -> tuple[int, int]:
    """The numbers asked for; what is left out is the newest, and the one before the other."""
    numbers = [revision.number for revision in every]
    new = _number(request, "to") or numbers[0]
    before = [number for number in numbers if number < new]
    return _number(request, "from") or (before[0] if before else new), new


def _number(request: SignedInRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 7 else None


@require_http_methods(["GET", "HEAD", "POST"])
@may_write
def restore(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take up an earlier text again, as a new draft. Who comes here by address sees what it was."""
    found = get_object_or_404(queries.workable_revisions(request.user), pk=pk)
    if request.method != "POST":
        return redirect("kb:revision", pk)
    draft = services.restore(revision=found, by=request.user)
    messages.success(
        request,
        f"Revision {draft.number} has the words of revision {found.number}. Submit it when it is right.",
    )
    return redirect("kb:revision", draft.pk)


def _article(request: SignedInRequest, pk: int) -> Article:
    mine = Article.objects.in_audience_of(request.user)
    return get_object_or_404(
        mine.select_related("live_revision", "audience", "category", "owner", "replaced_by"), pk=pk
    )
