"""Writing an article: the editor, and what it asks while somebody types. Everything works without JavaScript."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import SignedInRequest
from kb import merging, queries, reviewing, services, writing
from kb.images import MAX_BYTES, BadPicture
from kb.markdown import render as render_markdown
from kb.models import Article, WorkingCopy
from kb.services import Outdated, SavedElsewhere, Typed
from kb.views.reviewing import may_write, shown_or_posted
from kb.workflow import Refused
from kb.writing_forms import KindForm, NewArticleForm, PictureForm, WritingForm

WORDS = ("title", "summary", "body", "change_note")


@shown_or_posted
@may_write
def new(request: SignedInRequest) -> HttpResponse:
    """Choose what it is to be; the page that follows has its skeleton."""
    form = KindForm(request.POST) if request.method == "POST" else KindForm()
    if form.is_bound and form.is_valid():
        return redirect("kb:write", services.begin(author=request.user, kind=form.cleaned_data["kind"]).pk)
    begun = writing.copies_of(request.user).filter(article__isnull=True)
    context = {"form": form, "kinds": writing.KINDS, "begun": begun}
    return render(request, "kb/write_new.html", context, status=422 if form.is_bound else 200)


@require_safe
@may_write
def start(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change an article: go on with what one began, or begin with its newest text."""
    found = get_object_or_404(Article.objects.in_audience_of(request.user), pk=pk)
    return redirect("kb:write", services.work_on(article=found, author=request.user).pk)


@shown_or_posted
@may_write
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """The editor. Whatever is sent is kept first; then it is previewed, saved as a draft, or sent for review."""
    copy = _mine(request, pk)
    if request.method != "POST":
        return _page(request, copy)
    form = WritingForm(request.POST)
    if not form.is_valid():
        return _page(request, copy, form=form)
    try:
        copy = _kept(request, copy, form)
    except SavedElsewhere:
        return _both_tabs(request, pk, form)
    wanted = request.POST.get("then", "keep")
    if wanted in ("draft", "review"):
        return _hand_in(request, copy, form, submit=wanted == "review")
    if wanted == "preview":
        return _page(request, copy, is_previewed=True)
    if wanted == "links":
        asked = urlencode({"q": request.POST.get("q", "")[:200]})
        return redirect(f"{reverse('kb:find_links', args=[copy.pk])}?{asked}")
    messages.success(request, "Kept. Only you see it until you save it as a draft.")
    return redirect("kb:write", copy.pk)


def _hand_in(request: SignedInRequest, copy: WorkingCopy, form: WritingForm, *, submit: bool) -> HttpResponse:
    placement = _placement(request, copy, is_final=True)
    for name, asked in (("title", "Give it a title."), ("body", "Write the text.")):
        if not str(form.cleaned_data[name]).strip():
            form.add_error(name, asked)
    if form.errors or (placement and not placement.is_valid()):
        form.add_error(None, f"Kept, but not {'sent' if submit else 'saved as a draft'} yet. Missing:")
        return _page(request, copy, form=form, placement=placement)
    settings = placement.cleaned_data if placement else {}
    try:
        revision = services.hand_in(working_copy=copy, by=request.user, submit=submit, **settings)
    except Outdated as outdated:
        messages.warning(request, f"{outdated} Here are both texts, put together.")
        return redirect("kb:merge", copy.pk)
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, copy, form=form)
    done = "It waits for a reviewer now." if submit else "Submit it when it is ready for a review."
    messages.success(request, f"Saved as revision {revision.number}. {done}")
    return redirect("kb:revision", revision.pk)


def _both_tabs(request: SignedInRequest, pk: int, form: WritingForm) -> HttpResponse:
    """Another tab saved: its text and this one's, put together to be read and saved as one."""
    copy = _mine(request, pk)
    together = writing.put_together(copy, _typed(form.cleaned_data))
    form.add_error(None, "You saved this in another tab meanwhile.")
    return _page(request, copy, form=form, together=together)


def _page(
    request: SignedInRequest,
    copy: WorkingCopy,
    *,
    form: WritingForm | None = None,
    placement: NewArticleForm | None = None,
    is_previewed: bool = False,
    together: Typed | None = None,
) -> HttpResponse:
    """The editor with what was typed; whatever went wrong, that stays in it."""
    failed = bool(form and form.errors)
    typed = together or _typed(form.data if form else vars(copy))
    context: dict[str, Any] = {
        "copy": copy,
        "form": form or WritingForm(initial={name: getattr(copy, name) for name in WORDS}),
        "typed": typed,
        "version": copy.version,
        "article": copy.article,
        "placement": placement or _placement(request, copy),
        "findings": writing.findings(request.user, copy, typed),
        "html": _rendered(request, typed),
        "is_previewed": is_previewed,
        "saved_elsewhere": _typed(vars(copy)) if together else None,
        "has_markers": merging.has_markers(typed.body),
        "standing": writing.standing(copy),
        "beside": _beside(request),
        "picture_form": PictureForm(),
    }
    return render(request, "kb/write.html", context, status=422 if failed else 200)


@require_POST
@may_write
def autosave(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep what is being typed. 409 when another tab saved meanwhile, 422 when it can't be kept: nothing is lost."""
    copy = _mine(request, pk)
    form = WritingForm(request.POST)
    if not form.is_valid():
        said = [str(error) for errors in form.errors.values() for error in errors]
        return HttpResponse(" ".join(said), status=422, content_type="text/plain; charset=utf-8")
    try:
        copy = _kept(request, copy, form)
    except SavedElsewhere as elsewhere:
        return HttpResponse(str(elsewhere), status=409, content_type="text/plain; charset=utf-8")
    told = {"X-Version": str(copy.version), "X-Meanwhile": quote(writing.meanwhile(copy))}
    return HttpResponse(status=204, headers=told)


@require_POST
@may_write
def preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """The text as readers will see it."""
    _mine(request, pk)
    return render(request, "kb/_write_preview.html", {"html": _rendered(request, _typed(request.POST))})


@require_POST
@may_write
def checklist(request: SignedInRequest, pk: int) -> HttpResponse:
    """What the content standard says of the text as it stands."""
    copy = _mine(request, pk)
    if not copy.article:
        copy.settings = {**copy.settings, **_settings(request)}
    found = writing.findings(request.user, copy, _typed(request.POST))
    return render(request, "kb/_write_checklist.html", {"findings": found})


@shown_or_posted
@may_write
def merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Somebody else saved meanwhile: both texts put together, and where they collide, for the author to choose."""
    copy = _mine(request, pk)
    newest = writing.newer_than(copy)
    if newest is None:
        return redirect("kb:write", pk)
    base = copy.based_on
    if request.method == "POST":
        form = WritingForm(request.POST)
        # What is sent was put together with one revision: when there is a newer one by now, it is done anew.
        is_of_newest = request.POST.get("newest") == str(newest.pk)
        if form.is_valid() and is_of_newest:
            return _taken_over(request, copy, form)
        messages.warning(
            request, f"{newest.author.display_name} saved another revision. Here it is with yours."
        )
    name = newest.author.display_name
    context = {
        "copy": copy,
        "newest": newest,
        "text": merging.merge(base.body if base else "", copy.body, newest.body, their_name=name),
        "title": merging.merge_line(base.title if base else "", copy.title, newest.title),
        "summary": merging.merge_line(base.summary if base else "", copy.summary, newest.summary),
        "changes": reviewing.changes(base, newest) if base else None,
    }
    return render(request, "kb/write_merge.html", context)


def _taken_over(request: SignedInRequest, copy: WorkingCopy, form: WritingForm) -> HttpResponse:
    newest = writing.newer_than(copy)
    typed = _typed(form.cleaned_data)
    try:
        if newest:
            version = form.cleaned_data["version"]
            services.take_over(working_copy=copy, version=version, typed=typed, newest=newest)
    except SavedElsewhere:
        return _both_tabs(request, copy.pk, form)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("kb:merge", copy.pk)
    if merging.has_markers(typed.body):
        messages.warning(request, "Both texts are in. Choose where they collide, then save.")
    else:
        messages.success(request, "Both texts are in. Read it once more, then save.")
    return redirect("kb:write", copy.pk)


@shown_or_posted
@may_write
def discard(request: SignedInRequest, pk: int) -> HttpResponse:
    """Throw away what was typed, when asked twice."""
    copy = _mine(request, pk)
    if request.method != "POST":
        return render(request, "kb/write_discard.html", {"copy": copy, "article": copy.article})
    article = copy.article
    services.discard(working_copy=copy)
    messages.success(request, "Discarded. What was saved before is as it was.")
    return redirect("kb:history", article.pk) if article else redirect("kb:workbench")


@require_POST
@may_write
def upload(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take in a picture. A script is told its address; without one it is added to the end of the text."""
    copy = _mine(request, pk)
    form = PictureForm(request.POST, request.FILES)
    is_script = request.headers.get("Accept", "").startswith("application/json")
    if not is_script and "version" in request.POST:
        # Without a script the text comes along: it is kept before anything can go wrong with the picture.
        words = WritingForm(request.POST)
        if not words.is_valid():
            return _page(request, copy, form=words)
        try:
            copy = _kept(request, copy, words)
        except SavedElsewhere:
            messages.error(request, "The picture is not added yet. Add it again when you have read the text.")
            return _both_tabs(request, pk, words)
    try:
        if not form.is_valid():
            raise BadPicture(" ".join(str(each) for errors in form.errors.values() for each in errors))
        picture = form.cleaned_data["picture"]
        content = picture.read(MAX_BYTES + 1)  # of what is too large, no more than shows that it is
        kept = services.attach(content=content, name=picture.name, by=request.user, article=copy.article)
    except BadPicture as bad:
        if is_script:
            return JsonResponse({"problem": str(bad)}, status=422)
        messages.error(request, str(bad))
        return redirect("kb:write", pk)
    if is_script:
        return JsonResponse({"url": kept.get_absolute_url(), "name": kept.name})
    alt = writing.plain(form.cleaned_data["alt"]) or "describe the picture"
    body = f"{copy.body.rstrip()}\n\n![{alt}]({kept.get_absolute_url()})\n".lstrip()
    typed = Typed(copy.title, copy.summary, body, copy.change_note)
    try:
        services.keep(working_copy=copy, version=copy.version, typed=typed)
    except SavedElsewhere:
        messages.error(request, "You saved this in another tab meanwhile. Add the picture again.")
        return redirect("kb:write", pk)
    messages.success(request, "The picture stands at the end of the text. Move its line to where it belongs.")
    return redirect("kb:write", pk)


@require_safe
@may_write
def find_links(request: SignedInRequest, pk: int) -> HttpResponse:
    """Articles to link to, by their titles."""
    copy = _mine(request, pk)
    asked = request.GET.get("q", "")[:200].strip()
    context = {"copy": copy, "asked": asked, "found": writing.linkable(request.user, asked, copy.article)}
    return render(request, "kb/_write_links.html" if request.htmx else "kb/write_links.html", context)


def _mine(request: SignedInRequest, pk: int) -> WorkingCopy:
    return get_object_or_404(writing.copies_of(request.user), pk=pk)


def _kept(request: SignedInRequest, copy: WorkingCopy, form: WritingForm) -> WorkingCopy:
    return services.keep(
        working_copy=copy,
        version=form.cleaned_data["version"],
        typed=_typed(form.cleaned_data),
        settings=None if copy.article else _settings(request),
    )


def _typed(data: Any) -> Typed:
    return Typed(**{name: str(data.get(name) or "") for name in WORDS})


def _settings(request: SignedInRequest) -> dict[str, str]:
    """What was chosen for a new article, complete or not. A NUL, which PostgreSQL can't keep, chooses nothing."""
    sent = {name: request.POST[name][:40] for name in NewArticleForm.base_fields if name in request.POST}
    return {name: value.replace("\0", "") for name, value in sent.items()}


def _placement(
    request: SignedInRequest, copy: WorkingCopy, *, is_final: bool = False
) -> NewArticleForm | None:
    """Where a new article is put; of one that is there, its settings page decides."""
    if copy.article:
        return None
    today = timezone.localdate()
    defaults = {"owner": request.user.pk, "review_by": reviewing.next_review(today)}
    chosen = {name: value for name, value in copy.settings.items() if value}
    return NewArticleForm(
        {**defaults, **chosen} if is_final else None,
        initial={**defaults, **chosen},
        categories=queries.shelves(request.user),
        audiences=writing.audiences(request.user),
    )


def _rendered(request: SignedInRequest, typed: Typed) -> str:
    resolve = queries.link_resolver(request.user, typed.body)
    return render_markdown(typed.body, resolve_link=resolve).html


def _beside(request: SignedInRequest) -> dict[str, Any] | None:
    """A similar article to read beside one's own text, if one may read it."""
    asked = request.GET.get("beside", "")
    number = int(asked) if asked.isdecimal() and len(asked) < 18 else 0
    found = queries.readable(request.user).filter(pk=number).first()
    if found is None:
        return None
    resolve = queries.link_resolver(request.user, found.words.body)
    return {
        "article": found,
        "html": render_markdown(found.words.body, resolve_link=resolve).html,
        "query": urlencode({"beside": found.pk}),
    }
