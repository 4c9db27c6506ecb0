"""Pages for reviewers: read what changed, say what you think line by line, decide."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import SignedInRequest
from kb import queries, reviewing, services
from kb.forms import CommentForm, DecisionForm
from kb.markdown import render as render_markdown
from kb.models import Audience, ReviewComment, Revision
from kb.promises import Why
from kb.workflow import OPEN_STATES, Refused, State

VIEWS = {"changes": "Changes", "reading": "As readers see it", "source": "Source"}
WAITING = (State.IN_REVIEW, State.SCHEDULED)

may_write = permission_required("kb.add_revision", raise_exception=True)
# Who signs in again on the way comes back with a GET: they land on the page, and nothing is done.
shown_or_posted = require_http_methods(["GET", "HEAD", "POST"])


@require_GET
@may_write
def review_queue(request: SignedInRequest) -> HttpResponse:
    """What waits for a reviewer: a part of their workbench."""
    return redirect(f"{reverse('kb:workbench')}?why={Why.REVIEW.value}")


@shown_or_posted
@may_write
def revision(request: SignedInRequest, pk: int) -> HttpResponse:
    """Read a revision in any state, and decide on it when it waits and somebody else wrote it."""
    found = get_object_or_404(reviewing.reviewable(request.user), pk=pk)
    if request.method != "POST":
        return _page(request, found)
    form = DecisionForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                done = _say_along(request, found) + _decide(request, found, form)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, done)
            return redirect("kb:review_queue")
    # What somebody else decided meanwhile is read anew, so that the page tells it.
    return _page(request, get_object_or_404(reviewing.reviewable(request.user), pk=pk), decision=form)


def _say_along(request: SignedInRequest, found: Revision) -> str:
    """Comments that were typed and not sent yet go with the decision; returns what to say of it."""
    said = ""
    for form in (_remark(request, "line"), _remark(request, "whole")):
        if str(form.data["text"]).strip():
            if not form.is_valid():
                raise Refused(" ".join(str(each) for errors in form.errors.values() for each in errors))
            services.comment(revision=found, by=request.user, **form.cleaned_data)
            said = "Your comment is sent. "
    return said


def _remark(request: SignedInRequest, about: str) -> CommentForm:
    """What is being said to a line, or to the whole text: both may be on their way at once."""
    if about == "whole":
        return CommentForm({"text": request.POST.get("whole", ""), "line": ""})
    return CommentForm({"text": request.POST.get("text", ""), "line": request.POST.get("line", "")})


def _unsent(form: CommentForm) -> CommentForm:
    """The same words without complaints, to go on typing."""
    return CommentForm(initial=dict(form.data))


def _decide(request: SignedInRequest, found: Revision, form: DecisionForm) -> str:
    """Do it; returns what was done, in words."""
    given = form.cleaned_data
    author = found.author.display_name
    if given["decision"] == "request_changes":
        services.request_changes(revision=found, by=request.user, reason=given["reason"])
        return f"“{found.title}” is back with {author}, with your reason."
    if given["decision"] == "reject":
        services.reject(revision=found, by=request.user, reason=given["reason"])
        return f"“{found.title}” is rejected. {author} can read why."
    services.approve(
        revision=found,
        by=request.user,
        reason=given["reason"],
        publish_at=given["publish_at"],
        review_by=given["review_by"],
        audience=Audience(pk=given["audience"]) if given["audience"] else None,
        governance=given["governance"],
    )
    if not given["publish_at"]:
        return f"“{found.title}” is live."
    at = date_format(timezone.localtime(given["publish_at"]), "j F Y, H:i")
    return f"“{found.title}” goes live on {at}."


def _page(
    request: SignedInRequest,
    found: Revision,
    *,
    decision: DecisionForm | None = None,
    remark: CommentForm | None = None,
) -> HttpResponse:
    """The review page, with what was typed into it when it did not go through."""
    user, article = request.user, found.article
    is_whole = remark is not None and not remark.data.get("line")
    line_form = remark if remark and not is_whole else _unsent(_remark(request, "line"))
    whole_form = remark if remark and is_whole else _unsent(_remark(request, "whole"))
    waits = found.state in WAITING
    against = reviewing.compared_with(found)
    shown = _view(request, has_changes=against is not None)
    remarks = reviewing.remarks_on(found, _asked_line(request, line_form))
    text = _text(request, found, against, shown, remarks)
    findings = reviewing.findings(user, found) if found.state in (*OPEN_STATES, *WAITING) else []
    refusal = reviewing.refusal(user, found) if waits else ""
    context: dict[str, Any] = text | {
        "revision": found,
        "article": article,
        "against": against,
        "view": shown,
        "views": {name: label for name, label in VIEWS.items() if against or name != "changes"},
        "remarks": remarks,
        "left_open": reviewing.left_open(found),
        "sent_back": reviewing.sent_back(found),
        "findings": findings,
        "todo": [finding for finding in findings if finding.level in ("must", "advice")],
        "must": [finding for finding in findings if finding.level == "must"],
        "unknown": [finding for finding in findings if finding.level == "note"],
        "good": [finding for finding in findings if finding.level == "good"],
        "rule": reviewing.rule(article),
        "refusal": refusal,
        "may_decide": waits and not refusal,
        "may_submit": found.state == State.DRAFT and _is_ones_own(request, found),
        "happened": reviewing.happened(found) if decision and decision.non_field_errors() else "",
        "decision": decision or _undecided(request),
        "next_review": reviewing.next_review(timezone.localdate()),
        "comment_form": line_form,
        # What was said to a line that is not there has nowhere else to stand.
        "whole_form": whole_form if remarks.asked or not remark else remark,
        "blank_form": CommentForm(),
    }
    failed = (decision and decision.errors) or (remark and remark.errors)
    return render(request, "kb/revision.html", context, status=422 if failed else 200)


def _undecided(request: SignedInRequest) -> DecisionForm:
    """The decision as far as it was typed, while a comment is sent."""
    proposed = reviewing.next_review(timezone.localdate()).isoformat()
    names = ("reason", "publish_at", "review_by")
    typed = {name: request.POST[name] for name in names if name in request.POST}
    return DecisionForm(initial={"review_by": proposed} | typed)


def _text(
    request: SignedInRequest,
    found: Revision,
    against: Revision | None,
    shown: str,
    remarks: reviewing.Remarks,
) -> dict[str, Any]:
    """What the middle of the page shows; from then on the remarks know which lines it has."""
    if shown == "changes" and against:
        return {"changes": reviewing.changes(against, found, remarks)}
    if shown == "source":
        return {"source": reviewing.source(found, remarks)}
    resolve = queries.link_resolver(request.user, found.body)
    return {"html": render_markdown(found.body, resolve_link=resolve).html}


def _view(request: SignedInRequest, *, has_changes: bool) -> str:
    """Which face of the text: what is asked for, else the changes; of a new article how it will read."""
    wanted = request.POST.get("view") or request.GET.get("view", "")
    if wanted in VIEWS and (has_changes or wanted != "changes"):
        return wanted
    return "changes" if has_changes else "reading"


def _asked_line(request: SignedInRequest, form: CommentForm) -> int | None:
    """The line that a comment is being written to."""
    given = (form.data or form.initial)["line"] or request.GET.get("line", "")
    return int(given) if given.isdecimal() and len(given) < 7 else None


def _is_ones_own(request: SignedInRequest, found: Revision) -> bool:
    """Who hands a draft in: its author, who asked for it to be generated, who answers for the article."""
    return request.user.pk in (found.author_id, found.requested_by_id, found.article.owner_id)


@shown_or_posted
@may_write
def submit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask for a review."""
    found = get_object_or_404(queries.workable_revisions(request.user), pk=pk)
    if request.method != "POST":
        return redirect("kb:revision", pk)
    try:
        services.submit(revision=found, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "Sent. It waits for a reviewer now.")
    return redirect("kb:revision", pk)


@shown_or_posted
@may_write
def comment(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say something to a line, or to the whole text."""
    found = get_object_or_404(reviewing.reviewable(request.user), pk=pk)
    if request.method != "POST":
        return redirect("kb:revision", pk)
    form = _remark(request, "whole" if request.POST.get("about") == "whole" else "line")
    if form.is_valid():
        try:
            said = services.comment(
                revision=found,
                by=request.user,
                text=form.cleaned_data["text"],
                line=form.cleaned_data["line"],
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            view = _view(request, has_changes=True)
            return redirect(f"{reverse('kb:revision', args=[pk])}?view={view}#comment-{said.pk}")
    return _page(request, found, remark=form)


@shown_or_posted
@may_write
def resolve_comment(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark what a comment asks for as done."""
    mine = queries.workable_revisions(request.user).values("pk")
    found = get_object_or_404(ReviewComment, pk=pk, revision__in=mine)
    if request.method == "POST":
        services.resolve_comment(comment=found, by=request.user)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("kb:revision", args=[found.revision_id])
    return redirect(f"{back.partition('#')[0]}#comment-{pk}")
