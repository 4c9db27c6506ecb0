"""Pages of the knowledge base: browse, read, vote, review."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.requests import SignedInRequest
from kb import queries, services
from kb.forms import DecisionForm, VoteForm
from kb.markdown import render as render_markdown
from kb.models import Category
from kb.workflow import Refused, State

DECISIONS = {
    "approve": services.approve,
    "request_changes": services.request_changes,
    "reject": services.reject,
}


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Every shelf that holds something for this person."""
    return render(request, "kb/index.html", {"categories": queries.categories_for(request.user)})


@require_safe
def category(request: SignedInRequest, slug: str) -> HttpResponse:
    """One shelf. A shelf with nothing for this person is the same 404 as one that does not exist."""
    found = get_object_or_404(Category, slug=slug)
    articles = list(queries.in_category(request.user, found))
    if not articles:
        return render(request, "404.html", status=404)
    return render(request, "kb/category.html", {"category": found, "articles": articles})


@require_safe
def article(request: SignedInRequest, pk: int, slug: str) -> HttpResponse:
    """Read an article. An old title in the address leads to today's."""
    found = get_object_or_404(queries.readable(request.user), pk=pk)
    revision = found.words
    if slug != (slugify(revision.title) or "article"):
        return redirect(f"{found.get_absolute_url()}?{request.GET.urlencode()}".rstrip("?"))
    rendered = render_markdown(revision.body, resolve_link=queries.link_resolver(request.user, revision.body))
    return render(
        request,
        "kb/article.html",
        {
            "article": found,
            "revision": revision,
            "html": rendered.html,
            "headings": rendered.headings,
            "related": queries.related(request.user, found),
            "vote": queries.vote_of(request.user, found),
            "vote_url": reverse("kb:vote", args=[found.pk]),
            "human_url": _human_url(request, found.pk),
        },
    )


def _human_url(request: SignedInRequest, article_pk: int) -> str:
    """Keeps the conversation that led here, so that the person need not tell it again."""
    known = {"article": str(article_pk), "from": request.path}
    conversation = request.GET.get("conversation", "")
    if conversation.isdigit():
        known["conversation"] = conversation
    return f"{reverse('escalation:handoff')}?{urlencode(known)}"


@require_POST
def vote(request: SignedInRequest, pk: int) -> HttpResponse:
    """Did this help?"""
    found = get_object_or_404(queries.readable(request.user), pk=pk)
    form = VoteForm(request.POST)
    if form.is_valid():
        helpful = form.cleaned_data["helpful"] == "yes"
        services.vote(article=found, user=request.user, helpful=helpful, note=form.cleaned_data["note"])
        messages.success(request, "Thank you. The owner of this article sees what readers say.")
    else:
        messages.error(request, "Choose yes or no, with a note of at most 2,000 characters.")
    return redirect(f"{found.get_absolute_url()}#did-this-help")


@require_GET
@permission_required(["kb.add_revision"], raise_exception=True)
def review_queue(request: SignedInRequest) -> HttpResponse:
    """What waits for a reviewer."""
    return render(request, "kb/review_queue.html", {"revisions": queries.waiting_for_review(request.user)})


@permission_required(["kb.add_revision"], raise_exception=True)
def revision(request: SignedInRequest, pk: int) -> HttpResponse:
    """Read a revision in any state, and decide on it when it waits and somebody else wrote it."""
    found = get_object_or_404(queries.workable_revisions(request.user), pk=pk)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        decide = DECISIONS[form.cleaned_data["decision"]]
        try:
            decide(revision=found, by=request.user, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, f"Done: “{found.title}” — {form.cleaned_data['decision'].replace('_', ' ')}."
            )
            return redirect("kb:review_queue")
    is_author = found.author_id == request.user.pk
    waits = found.state == State.IN_REVIEW
    context = {
        "revision": found,
        "article": found.article,
        "html": render_markdown(
            found.body, resolve_link=queries.link_resolver(request.user, found.body)
        ).html,
        "form": form,
        "may_decide": waits and not is_author and request.user.has_perm("kb.approve_revision"),
        "refusal": "You wrote this revision, so somebody else has to decide on it."
        if waits and is_author
        else "",
    }
    return render(request, "kb/revision.html", context, status=422 if form.errors else 200)
