"""What solved a ticket, and what the knowledge base learns from it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.requests import SignedInRequest
from escalation import queries, services
from escalation.forms import problems_of
from escalation.forms.solving import ArticleForm
from escalation.models import Ticket
from escalation.posting import posted
from escalation.views.ticket import page
from escalation.workflow import Refused
from kb.forms import FlagForm
from kb.models import Article
from kb.queries import readable
from kb.workflow import Refused as RefusedByArticles


@posted(page="escalation:desk_ticket")
def resolve(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say what solved it. The search button only looks for articles and keeps what was typed."""
    found = page.find(request, pk)
    pack = queries.pack_for(found, request.user)
    form = page.resolve_form(request, pack, request.POST)
    if "search" in request.POST or not form.is_valid():
        return page.show(request, found, pack=pack, resolve_form=form)
    try:
        services.resolve(ticket=found, by=request.user, article=form.chosen, body=form.cleaned_data["body"])
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return page.show(request, found, pack=pack, resolve_form=form)
    name = found.requester.display_name
    messages.success(request, f"Resolved. {name} is told.")
    if form.chosen and not queries.can_read(found.requester, form.chosen):
        messages.warning(request, f"{name} may not read this article, so their mail does not name it.")
    return redirect("escalation:desk_ticket", pk)


@posted(page="escalation:desk_ticket")
def refer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note down an article that was of use."""
    found, article = _ticket_and_article(request, pk)
    services.refer_to(ticket=found, article=article, by=request.user)
    messages.success(request, "Noted as a reference. Search learns nothing from that.")
    return redirect("escalation:desk_ticket", pk)


@posted(page="escalation:desk_ticket")
def drop_reference(request: SignedInRequest, pk: int) -> HttpResponse:
    """It was of no use after all."""
    found, article = _ticket_and_article(request, pk)
    services.drop_reference(ticket=found, article=article, by=request.user)
    return redirect("escalation:desk_ticket", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def flag(request: SignedInRequest, pk: int, article: int) -> HttpResponse:
    """Tell whoever answers for an article what this ticket showed to be wrong with it."""
    found = page.find(request, pk)
    named = get_object_or_404(readable(request.user), pk=article)
    form = FlagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.flag_article(ticket=found, article=named, by=request.user, **form.cleaned_data)
        messages.success(request, "Flagged. You find the answer under “My notes on articles”.")
        return redirect("escalation:desk_ticket", pk)
    may_edit = request.user.has_perm("kb.add_revision")
    context = {
        "ticket": found,
        "article": named,
        "form": form,
        "may_edit": may_edit,
        "problems": problems_of([form]),
    }
    return render(request, "escalation/flag_article.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: SignedInRequest, pk: int) -> HttpResponse:
    """Write the article that was missing: what was said, without what tells of people, as the draft to begin with."""
    found = page.find(request, pk)
    if not request.user.has_perm("kb.add_revision"):
        raise PermissionDenied("Writing an article takes the role of a Candidate.")
    if found.queue and found.queue.confidential:
        raise Http404
    if request.method != "POST":
        form = ArticleForm(initial=_first_words(found, request), writer=request.user)
        return _write_page(request, found, form)
    form = ArticleForm(request.POST, writer=request.user)
    if not form.is_valid():
        return _write_page(request, found, form)
    submit = "submit" in request.POST
    try:
        article = services.write_article(ticket=found, by=request.user, submit=submit, **form.cleaned_data)
    except (Refused, RefusedByArticles) as refusal:
        form.add_error("body", str(refusal))
        return _write_page(request, found, form)
    if submit:
        messages.success(request, "Sent to review. It goes live once somebody else approves it.")
        return redirect("escalation:desk_ticket", pk)
    messages.success(request, "Saved as a draft.")
    return redirect("kb:edit", article.pk)


def _ticket_and_article(request: SignedInRequest, pk: int) -> tuple[Ticket, Article]:
    named = request.POST.get("article", "")
    article = (
        readable(request.user).filter(pk=named).first() if named.isdecimal() and len(named) < 18 else None
    )
    if article is None:
        raise Http404
    return page.find(request, pk), article


def _first_words(ticket: Ticket, request: SignedInRequest) -> dict[str, object]:
    return {
        "title": services.title_of_article(ticket),
        "body": services.draft_of_article(ticket, by=request.user),
    }


def _write_page(request: SignedInRequest, ticket: Ticket, form: ArticleForm) -> HttpResponse:
    context = {"ticket": ticket, "form": form, "problems": problems_of([form])}
    return render(request, "escalation/write_article.html", context, status=422 if form.errors else 200)
