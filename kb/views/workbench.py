"""What waits for the people who keep articles true, and the same change to many articles at once."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.requests import SignedInRequest
from kb import services
from kb.governing_forms import (
    AudienceForm,
    CategoryForm,
    ConfirmForm,
    OwnerForm,
    ReasonForm,
    ReviewDayForm,
    may_read,
    not_a_reader,
)
from kb.models import Article, Revision
from kb.promises import Why, told
from kb.reviewing import next_review
from kb.services.bulk import one_by_one
from kb.workbench import EXPLAINED, Group, Narrowing, Waiting, grouped, named, waiting_for
from kb.workflow import Refused

SHOWN_OF_EACH = 8
PER_PAGE = 50
BULK_AT_MOST = 200
LONGEST_NUMBER = 18  # digits: more than any article's, and no database is asked for more
LONGEST_QUERY = 1_000  # of an address that every row carries along
REPORT = "bulk_report"

# What is said when the last of its kind has been dealt with.
ALL_DONE = {
    Why.REVIEW.value: "All reviewed",
    Why.CHANGE.value: "All changed",
    Why.FLAGGED.value: "All answered",
    Why.OVERDUE.value: "No review is overdue",
    Why.BROKEN.value: "Every link leads somewhere",
}

SORTS = [("promise", "Oldest promise first"), ("minutes", "Quickest first"), ("title", "By title")]


@require_safe
@permission_required("kb.add_revision", raise_exception=True)
def workbench(request: SignedInRequest) -> HttpResponse:
    """What waits for me, grouped by why; or for everybody in my audiences."""
    narrowing = _narrowing(request.GET)
    everybodys = waiting_for(request.user)
    mine = [row for row in everybodys if row.is_mine]
    everybody = request.GET.get("mine") == "all"
    rows = everybodys if everybody else mine
    admitted = [row for row in rows if narrowing.admits(row)]
    shown = [row for row in admitted if narrowing.why in ("", row.why)]
    groups = grouped(shown, sort=narrowing.sort)
    today = timezone.localdate()
    page = (
        Paginator(groups[0].rows, PER_PAGE).get_page(request.GET.get("page"))
        if narrowing.why and groups
        else None
    )
    context = {
        "narrowing": narrowing,
        "everybody": everybody,
        "counts": {"mine": len(mine), "everybody": len(everybodys)},
        "views": _views(admitted, narrowing.why),
        "total": len(admitted),
        "shown": len(shown),
        "late": sum(row.promised is not None and row.promised < today for row in shown),
        "time": told(sum(row.minutes for row in shown)),
        "sections": [_section(group, page) for group in groups],
        "all_done": ALL_DONE.get(narrowing.why, "Nothing like that waits"),
        "page_obj": page,
        "categories": _names(row.place.category for row in rows),
        "audiences": _names(row.place.audience for row in rows),
        "sorts": SORTS,
        "actions": [(name, each.words) for name, each in BULK.items()],
        "is_tickable": any(EXPLAINED[group.why].is_of_articles for group in groups),
        "ticked": request.GET.get("tick", ""),
        "here": request.GET.urlencode()[:LONGEST_QUERY] or "mine=1",
    }
    return render(request, "kb/workbench.html", context)


def _section(group: Group, page: Page[Waiting] | None) -> dict[str, Any]:
    """The first rows of a reason, or a page of all of them."""
    return {
        "why": group.why,
        "explained": EXPLAINED[group.why],
        "rows": page or group.rows[:SHOWN_OF_EACH],
        "count": len(group.rows),
        "time": told(group.minutes),
        "is_cut": page is None and len(group.rows) > SHOWN_OF_EACH,
    }


def _narrowing(asked: QueryDict) -> Narrowing:
    why, sort = asked.get("why", ""), asked.get("sort", "")
    return Narrowing(
        why=why if why in set(Why) else "",
        category=asked.get("category", ""),
        audience=asked.get("audience", ""),
        words=" ".join(asked.get("q", "")[:LONGEST_QUERY].split()),
        sort=sort if sort in dict(SORTS) else "promise",
    )


def _views(rows: list[Waiting], chosen: str) -> list[tuple[str, str, int]]:
    """The reasons that there are, with how much waits for each; the chosen one also when nothing does."""
    counts = Counter(row.why for row in rows)
    return [(why.value, EXPLAINED[why].title, counts[why]) for why in Why if counts[why] or why == chosen]


def _names(found: Any) -> list[str]:
    return sorted({name for name in found if name})


# --- many at once -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bulk:
    """Something that can be done to many articles: in words, what it asks for, and how each is done."""

    words: str
    done: str
    form: Callable[..., forms.Form]
    act: Callable[[Article, User, Mapping[str, Any]], object]


def _confirm(article: Article, by: User, given: Mapping[str, Any]) -> None:
    services.confirm(
        article=article,
        by=by,
        review_by=given["review_by"],
        reason=given["reason"],
        revision=given["shown"].get(article.pk),
    )


def _own(article: Article, by: User, given: Mapping[str, Any]) -> None:
    owner: User = given["owner"]
    if not may_read(owner, article.audience):
        raise Refused(not_a_reader(owner, article.audience))
    services.govern(article=article, by=by, reason=given["reason"], owner=owner)


def _open_to(article: Article, by: User, given: Mapping[str, Any]) -> None:
    audience, owner = given["audience"], article.owner
    if owner and audience != article.audience and not may_read(owner, audience):
        raise Refused(not_a_reader(owner, audience))
    services.set_audience(article=article, by=by, reason=given["reason"], audience=audience)


def _govern(name: str) -> Callable[[Article, User, Mapping[str, Any]], object]:
    def act(article: Article, by: User, given: Mapping[str, Any]) -> None:
        services.govern(article=article, by=by, reason=given["reason"], **{name: given[name]})

    return act


def _archive(article: Article, by: User, given: Mapping[str, Any]) -> None:
    services.archive(article=article, by=by, reason=given["reason"])


BULK: dict[str, Bulk] = {
    "confirm": Bulk("Say that they are still right", "Confirmed", ConfirmForm, _confirm),
    "owner": Bulk("Change who answers for them", "Given to somebody else", OwnerForm, _own),
    "review_by": Bulk("Set when they are reviewed", "Review day set", ReviewDayForm, _govern("review_by")),
    "audience": Bulk("Change who may read them", "Audience changed", AudienceForm, _open_to),
    "category": Bulk("Move them to a category", "Moved", CategoryForm, _govern("category")),
    "archive": Bulk("Archive them", "Archived", ReasonForm, _archive),
}


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required("kb.add_revision", raise_exception=True)
def bulk(request: SignedInRequest) -> HttpResponse:
    """Ask what a change to the ticked articles needs to know, do it one by one, and report item by item."""
    if request.method != "POST":
        return _report(request)
    chosen = BULK.get(request.POST.get("action", ""))
    articles = _ticked(request)
    if chosen is None or not articles:
        messages.error(request, "Tick the articles first, and choose what to do with them.")
        return back_to_workbench(request.POST.get("back", ""))
    going = "go" in request.POST
    form = _form(chosen, request.user, request.POST if going else None)
    if going and form.is_valid():
        given = {**form.cleaned_data, "shown": _shown(request, articles)}
        outcomes = one_by_one(articles, lambda each: chosen.act(each, request.user, given))
        request.session[REPORT] = {
            "done": chosen.done,
            "items": [[outcome.article_id, outcome.refusal] for outcome in outcomes],
            "back": request.POST.get("back", ""),
        }
        return redirect("kb:bulk")
    context = {
        "form": form,
        "action": request.POST["action"],
        "words": chosen.words,
        "articles": articles,
        "at_most": BULK_AT_MOST if len(request.POST.getlist("article")) > BULK_AT_MOST else 0,
        "back": request.POST.get("back", ""),
    }
    return render(request, "kb/workbench_bulk.html", context, status=422 if form.errors else 200)


def _form(chosen: Bulk, by: User, data: QueryDict | None) -> forms.Form:
    options: dict[str, Any] = {"by": by} if chosen.form in (AudienceForm, CategoryForm) else {}
    if chosen.form in (ConfirmForm, ReviewDayForm):
        options["initial"] = {"review_by": next_review(timezone.localdate())}
    return chosen.form(data, **options)


def _ticked(request: SignedInRequest) -> list[Article]:
    """The ticked articles that the person may work on, by title; each once, and no more than can be done at once."""
    numbers = list(dict.fromkeys(map(numbered, request.POST.getlist("article"))))
    mine = Article.objects.in_audience_of(request.user).select_related("audience", "owner", "live_revision")
    return list(named(mine.filter(pk__in=numbers[:BULK_AT_MOST])).order_by("shown_title", "pk"))


def _shown(request: SignedInRequest, articles: list[Article]) -> dict[int, Revision]:
    """The text of each article that was live when the page listed it."""
    numbers = [numbered(request.POST.get(f"shown-{each.pk}", "")) for each in articles]
    found = Revision.objects.filter(pk__in=numbers, article__in=articles).defer("body", "summary")
    return {revision.article_id: revision for revision in found}


def _report(request: SignedInRequest) -> HttpResponse:
    """What became of each: kept until the next report, with no title in it, as articles may change hands meanwhile."""
    report = request.session.get(REPORT)
    if not report:
        return redirect("kb:workbench")
    mine = named(Article.objects.in_audience_of(request.user)).filter(
        pk__in=[pk for pk, _ in report["items"]]
    )
    known = {article.pk: article for article in mine}
    items = [(known[pk], refusal) for pk, refusal in report["items"] if pk in known]
    context = {
        "done_words": report["done"],
        "done": [article for article, refusal in items if not refusal],
        "refused": [(article, refusal) for article, refusal in items if refusal],
        "back": report["back"],
    }
    return render(request, "kb/workbench_report.html", context)


def back_to_workbench(query: str) -> HttpResponseRedirect:
    """The workbench as somebody left it: `query` narrows it, whatever a browser sent."""
    asked = QueryDict(query[:LONGEST_QUERY]).urlencode()
    return HttpResponseRedirect(f"{reverse('kb:workbench')}?{asked}".rstrip("?"))


def numbered(text: str) -> int:
    """The number of an article as a form sends it; 0, which no article has, of anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else 0
