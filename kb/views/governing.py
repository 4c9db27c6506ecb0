"""What stands around a text: settings, confirming, archiving, flags, and the audit trail."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import SignedInRequest
from kb import queries, reviewing, services
from kb import trail as trails
from kb.governing_forms import ArchiveForm, CloseFlagForm, ConfirmForm, SettingsForm
from kb.markdown import render as render_markdown
from kb.models import Article, Flag
from kb.services.lifecycle import answers_for_drafts
from kb.services.links import backlinks
from kb.views.workbench import back_to_workbench, numbered
from kb.workbench import named
from kb.workflow import Refused

EVENTS_PER_PAGE = 50
LONGEST_SEARCH = 200

form_page = require_http_methods(["GET", "HEAD", "POST"])
for_editors = permission_required("kb.add_revision", raise_exception=True)


@form_page
@for_editors
def settings(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who reads an article, who answers for it, until when it holds."""
    if request.method == "POST":
        form, is_saved = _save_settings(request, pk)
    else:
        form, is_saved = SettingsForm(article=_article(request, pk), by=request.user), False
    found = form.article
    if is_saved:
        messages.success(request, "Saved. It holds from now on.")
        return _back(request, found)
    may = services.may_decide(request.user, found) or answers_for_drafts(request.user, found)
    return _page(request, "kb/settings.html", found, form, refusal="" if may else reviewing.rule(found))


@transaction.atomic
def _save_settings(request: SignedInRequest, pk: int) -> tuple[SettingsForm, bool]:
    """Under the article's lock, so that what is compared with what the page showed is what is there."""
    Article.objects.locked(_article(request, pk).pk)
    form = SettingsForm(request.POST, article=_article(request, pk), by=request.user)
    is_valid = form.is_valid()
    for name in form.collided:
        form.add_error(name, _changed_meanwhile(request, form, name))
    if not is_valid or form.collided:
        return form, False
    try:
        services.govern(
            article=form.article, by=request.user, reason=form.cleaned_data["reason"], **form.wanted()
        )
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return form, False
    return form, True


def _changed_meanwhile(request: SignedInRequest, form: SettingsForm, name: str) -> str:
    """Who changed a setting after the page was shown, and to what: to save again is to have seen it."""
    event = trails.last_change_of(form.article, name)
    if event is None:
        return "This was changed after you opened the page. Save again if it is to be as you chose."
    known = trails.known_to(request.user, [event])
    after = next(change.after for change in trails.changes_of(event, known) if change.field == name)
    return (
        f"{event.actor_name} changed this to “{after}” after you opened the page, and that holds now. "
        "Save again if it is to be as you chose."
    )


@form_page
@for_editors
def confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say of a live text, which the page shows, that it is still right."""
    found = _article(request, pk)
    form = ConfirmForm(
        request.POST or None, initial={"review_by": reviewing.next_review(timezone.localdate())}
    )
    if request.method == "POST" and form.is_valid():
        try:
            # What the person read: another text may have gone live while they did.
            read = found.revisions.filter(pk=numbered(request.POST.get("revision", ""))).first()
            services.confirm(article=found, by=request.user, revision=read, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, f"Confirmed. It is due again on {form.cleaned_data['review_by']:%-d %B %Y}."
            )
            return _back(request, found)
    text = found.live_revision
    resolve = queries.link_resolver(request.user, text.body if text else "")
    html = render_markdown(text.body, resolve_link=resolve).html if text else ""
    return _page(request, "kb/confirm.html", found, form, html=html, refusal=_why_not_confirm(request, found))


def _why_not_confirm(request: SignedInRequest, article: Article) -> str:
    if article.live_revision_id is None:
        return "Only a published article can be confirmed."
    return "" if services.may_decide(request.user, article) else reviewing.rule(article)


@form_page
@for_editors
def archive(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take an article out of everybody's sight. The search button only looks, and keeps what was typed."""
    found = _article(request, pk)
    others = queries.readable(request.user).exclude(pk=found.pk)
    form = ArchiveForm(request.POST or None, others=others)
    searches = "search" in request.POST
    if request.method == "POST" and not searches and form.is_valid():
        try:
            services.archive(
                article=found, by=request.user, reason=form.cleaned_data["reason"], replaced_by=form.chosen
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Archived. Nobody is shown it any more; its history stays.")
            return back_to_workbench(request.GET.get("from", ""))
    if searches:
        form.errors.clear()
    return _page(request, "kb/archive.html", found, form, linking=backlinks(request.user, found))


@form_page
@for_editors
def close_flag(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer whoever raised a flag, and be done with it."""
    mine = Article.objects.in_audience_of(request.user).values("pk")
    flags = Flag.objects.filter(article__in=mine).select_related(
        "article__audience", "article__live_revision", "revision", "raised_by", "closed_by"
    )
    flag = get_object_or_404(flags, pk=pk)
    found = _article(request, flag.article_id)
    form = CloseFlagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.close_flag(flag=flag, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Closed. {flag.raised_by.display_name} is told what you wrote.")
            return _back(request, found)
    answers = found.owner_id == request.user.pk or services.may_decide(request.user, found)
    who_answers = "" if answers else "Its owner answers this, or somebody who decides on the article."
    return _page(request, "kb/flag.html", found, form, flag=flag, refusal=who_answers)


@require_safe
@for_editors
def trail(request: SignedInRequest) -> HttpResponse:
    """Who did what to the articles of one's audiences, when and why."""
    person, action = (request.GET.get(name, "")[:LONGEST_SEARCH].strip() for name in ("person", "action"))
    article = _article(request, numbered(request.GET["article"])) if request.GET.get("article") else None
    events = trails.events_for(request.user)
    found = trails.narrowed(events, article=article, person=person, action=action)
    page = Paginator(found, EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    known = trails.known_to(request.user, page)
    context = {
        "page_obj": page,
        "events": [(event, list(trails.changes_of(event, known))) for event in page],
        "article": article,
        "person": person,
        "action": action,
        "actions": trails.actions(),
    }
    return render(request, "kb/trail.html", context)


def _article(request: SignedInRequest, pk: int) -> Article:
    """In any state, with its title; outside one's audiences there is no such page."""
    mine = Article.objects.in_audience_of(request.user).select_related(
        "live_revision__reviewed_by", "audience", "category", "owner", "replaced_by__live_revision"
    )
    found: Article = get_object_or_404(named(mine), pk=pk)
    return found


def _page(
    request: SignedInRequest, template: str, article: Article, form: object, **more: object
) -> HttpResponse:
    """A form about an article; 422 when it comes back."""
    context = {
        "article": article,
        "form": form,
        "is_readable": queries.readable(request.user).filter(pk=article.pk).exists(),
        "back": request.GET.get("from", ""),
        **more,
    }
    failed = request.method == "POST" and bool(getattr(form, "errors", None))
    return render(request, template, context, status=422 if failed else 200)


def _back(request: SignedInRequest, article: Article) -> HttpResponse:
    """To where somebody came from: the workbench as it was narrowed, or the article."""
    if "from" in request.GET:
        return back_to_workbench(request.GET["from"])
    seen = queries.readable(request.user).filter(pk=article.pk).first()
    return redirect(seen.get_absolute_url() if seen else "kb:workbench")
