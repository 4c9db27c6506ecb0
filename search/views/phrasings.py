"""What an article is found by because it answered it before: for its editors to prune, and to write more of."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import SignedInRequest
from kb.models import Article
from kb.queries import readable
from kb.workbench import named
from search.forms import ChangePhrasingForm, PhrasingsForm
from search.phrasings import CAP
from search.queries import phrasings_for
from search.services import phrasings as services

PER_PAGE = 50
SAID = {
    "prune": "Taken off. The article is not found by it any more; you can bring it back.",
    "bring_back": "Brought back.",
    "open": "Readers of the article may be offered these words while they type.",
    "close": "Only editors see these words now.",
}
for_editors = permission_required("kb.add_revision", raise_exception=True)


@require_http_methods(["GET", "HEAD", "POST"])
@for_editors
def phrasings(request: SignedInRequest, article: int) -> HttpResponse:
    """The questions that an article answered, and a box to write down more, one a line."""
    found = get_object_or_404(named(Article.objects.in_audience_of(request.user)), pk=article)
    form = PhrasingsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        count = services.write_own(
            article=found,
            lines=form.cleaned_data["lines"],
            by=request.user,
            for_readers=form.cleaned_data["for_readers"],
        )
        messages.success(request, _told(count))
        return redirect("search:phrasings", found.pk)
    return _page(request, found, form)


def _told(count: int) -> str:
    if not count:
        return "They were on the list already."
    return f"{count} added. In a moment the article is found by {'it' if count == 1 else 'them'}."


def _page(request: SignedInRequest, article: Article, form: PhrasingsForm) -> HttpResponse:
    listed = phrasings_for(request.user).filter(article=article)
    pruned = request.GET.get("show") == "pruned"
    page = Paginator(listed.filter(pruned_at__isnull=not pruned), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "article": article,
        "form": form,
        "page_obj": page,
        "pruned": pruned,
        "others": listed.filter(pruned_at__isnull=pruned).count(),
        "cap": CAP,
        "is_readable": readable(request.user).filter(pk=article.pk).exists(),
    }
    return render(request, "search/phrasings.html", context, status=422 if form.errors else 200)


@require_POST
@for_editors
def change_phrasing(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take one off the list or bring it back; open it to readers or close it."""
    phrasing = get_object_or_404(phrasings_for(request.user), pk=pk)
    form = ChangePhrasingForm(request.POST)
    if form.is_valid():
        what = form.cleaned_data["what"]
        if what == "prune":
            services.prune(phrasing=phrasing, by=request.user)
        elif what == "bring_back":
            services.bring_back(phrasing=phrasing)
        else:
            services.suggest_to_readers(phrasing=phrasing, for_readers=what == "open")
        messages.success(request, SAID[what])
    address = reverse("search:phrasings", args=[phrasing.article_id])
    return redirect(f"{address}?{request.GET.urlencode()}" if request.GET else address)
