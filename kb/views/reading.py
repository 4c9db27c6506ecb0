"""Pages for readers: browse, read, say whether it helped, and what became of it."""

from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.requests import SignedInRequest
from kb import queries, services
from kb.addresses import moved_to
from kb.forms import FlagForm, VoteForm
from kb.markdown import render as render_markdown
from kb.models import Article, Category
from kb.services.links import backlinks
from kb.workflow import Refused

NOTES_ON_A_PAGE = 20
# Readers plan with it: whoever needs the article next month is told that it won't be there.
EXPIRES_SOON = timedelta(days=30)


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
        raise Http404
    return render(request, "kb/category.html", {"category": found, "articles": articles})


@require_safe
def article(request: SignedInRequest, pk: int, slug: str) -> HttpResponse:
    """Read an article. An old title in the address leads to today's, and what has moved to where it is."""
    found = queries.readable(request.user).with_confidence().filter(pk=pk).first()
    elsewhere = moved_to(request.user, request.path) if found is None or slug != found.slug else None
    if elsewhere:
        return redirect(elsewhere)
    if found is None:
        raise Http404
    if slug != found.slug:
        return redirect(f"{found.get_absolute_url()}?{request.GET.urlencode()}".rstrip("?"))
    return _page(request, found)


def _readable_or_404(request: SignedInRequest, pk: int) -> Article:
    return get_object_or_404(queries.readable(request.user).with_confidence(), pk=pk)


def _page(request: SignedInRequest, found: Article, form: VoteForm | None = None) -> HttpResponse:
    """The article; with a form, what a reader sent that can't be kept, for them to put right."""
    revision = found.words
    rendered = render_markdown(revision.body, resolve_link=queries.link_resolver(request.user, revision.body))
    context = {
        "article": found,
        "revision": revision,
        "expires_soon": found.expires_at and found.expires_at < timezone.now() + EXPIRES_SOON,
        "html": rendered.html,
        "headings": rendered.headings,
        "related": queries.related(request.user, found),
        "confirmed": queries.last_confirmed(revision),
        "human_url": _human_url(request, found),
        # Called by the page, for those whose work it is.
        "for_editors": partial(_for_editors, request.user, found),
        **_voice(request.user, found, form),
    }
    return render(request, "kb/article.html", context, status=422 if form else 200)


def _voice(user: User, article: Article, form: VoteForm | None) -> dict[str, object]:
    """What this reader said of the text, of one before it, and what they were answered."""
    last = queries.last_vote_of(user, article)
    vote = last if last and last.revision_id == article.live_revision_id else None
    said = {"reason": vote.reason, "note": vote.note} if vote else {}
    return {
        "vote": vote,
        "earlier_vote": None if vote else last,
        "note": queries.notes_of(user).filter(article=article).first(),
        "form": form or VoteForm(initial=said),
        # Then what is related stands where the reader is looking, and not a second time beside it.
        "is_sent_on": vote is not None and not vote.helpful and form is None,
        "answerer": _answerer(article),
    }


def _answerer(article: Article) -> str:
    """Who reads what readers say; nobody's name for an article whose owner is gone or can do nothing about it."""
    answerer = queries.answerer_of(article)
    return answerer.display_name if answerer else ""


def _for_editors(user: User, article: Article) -> dict[str, object]:
    """What people who work with articles see beside one."""
    return {
        "flags": list(queries.open_flags(article)),
        "closes_flags": article.owner_id == user.pk or services.may_decide(user, article),
        "figures": queries.helpful_figures(article.words),
        "backlinks": backlinks(user, article),
    }


def _human_url(request: SignedInRequest, article: Article) -> str:
    """Keeps the conversation that led here, so that the person need not tell it again."""
    known = {"article": str(article.pk), "from": article.get_absolute_url()}
    conversation = request.GET.get("conversation", "")
    if conversation.isdigit():
        known["conversation"] = conversation
    return f"{reverse('escalation:handoff')}?{urlencode(known)}"


@require_http_methods(["GET", "HEAD", "POST"])
def vote(request: SignedInRequest, pk: int) -> HttpResponse:
    """Did this help? A "no" with a note is a task for whoever answers for the article."""
    found = _readable_or_404(request, pk)
    if request.method != "POST":
        return redirect(found)  # whoever had to sign in on the way comes back to the address of the form
    form = VoteForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    helpful = form.cleaned_data["helpful"] == "yes"
    said = {name: form.cleaned_data[name] for name in ("reason", "note")}
    services.vote(article=found, user=request.user, helpful=helpful, **said)
    return redirect(f"{found.get_absolute_url()}#did-this-help")


@require_http_methods(["GET", "HEAD", "POST"])
def flag(request: SignedInRequest, pk: int) -> HttpResponse:
    """Flag it or fix it: tell whoever answers for an article what is to be put right."""
    found = _readable_or_404(request, pk)
    form = FlagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.flag(article=found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("note", str(refusal))
        else:
            messages.success(request, "Flagged. You find the answer here, and under “My notes on articles”.")
            return redirect(found)
    context = {"article": found, "form": form, "answerer": _answerer(found)}
    return render(request, "kb/raise_flag.html", context, status=422 if form.errors else 200)


@require_safe
def my_notes(request: SignedInRequest) -> HttpResponse:
    """What one said of articles, and what was answered. An article that one may no longer read is not named."""
    page = Paginator(queries.notes_of(request.user), NOTES_ON_A_PAGE).get_page(request.GET.get("page"))
    of_articles = {note.article_id for note in page}
    readable = set(queries.readable(request.user).filter(pk__in=of_articles).values_list("pk", flat=True))
    notes = [(note, note.article if note.article_id in readable else None) for note in page]
    return render(request, "kb/notes.html", {"notes": notes, "page_obj": page})
