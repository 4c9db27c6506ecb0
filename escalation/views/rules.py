"""Pages for those who lead the desk: queues with their people, and rules that say where tickets go."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import SignedInRequest
from escalation.forms.base import problems_of
from escalation.forms.routing import NOT_THEIRS, QueueForm, RuleForm
from escalation.models import Queue, RoutingRule
from escalation.routing.rules import words_of
from escalation.services import leading, ruling
from kb.queries import shelves

for_leads = permission_required("escalation.lead_ticket", raise_exception=True)
form_page = require_http_methods(["GET", "HEAD", "POST"])
SHOWN_ON_TRIAL = 20
WORDS_SHOWN = 5


@require_safe
@for_leads
def rules(request: SignedInRequest) -> HttpResponse:
    """All queues, and all rules in the order in which they are asked."""
    queues = Queue.objects.annotate(people=Count("members"))
    found = RoutingRule.objects.select_related("queue", "assignee", "category", "audience", "group")
    own = set(shelves(request.user).values_list("pk", flat=True))
    rows = [(each, _in_words(each, own)) for each in found]
    return render(request, "escalation/rules.html", {"queues": queues, "rules": rows})


@form_page
@for_leads
def queue(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """A new queue, or one to change."""
    found = get_object_or_404(Queue, pk=pk) if pk else None
    if found and not leading.may_change(found, request.user):
        messages.info(request, f"{found.name} is confidential: only its own people change it.")
        return redirect("escalation:rules")
    if request.method == "POST":
        form = QueueForm(request.POST, queue=found)
    else:
        form = QueueForm.of(found) if found else QueueForm()
    if form.is_valid():
        kept = leading.keep_queue(queue=found, by=request.user, **form.cleaned_data)
        messages.success(request, f"Kept: {kept.name}.")
        return redirect("escalation:rules")
    context = {"form": form, "queue": found, "problems": problems_of([form] if form.is_bound else [])}
    return render(request, "escalation/queue_settings.html", context, status=422 if form.errors else 200)


@form_page
@for_leads
def rule(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """A new rule, or one to change. Trying it shows the tickets that it would have been for, and keeps nothing."""
    found = get_object_or_404(RoutingRule, pk=pk) if pk else None
    form = RuleForm(request.POST if request.method == "POST" else None, instance=found, by=request.user)
    if not form.is_valid():
        return _rule_page(request, form, status=422 if form.errors else 200)
    if "try" in request.POST:
        return _rule_page(request, form, tried=ruling.on_trial(form.save(commit=False), reader=request.user))
    kept = leading.keep_rule(rule=form.save(commit=False), by=request.user)
    messages.success(
        request, f"Kept: {kept.name}. {'It holds.' if kept.active else 'It is not switched on yet.'}"
    )
    return redirect("escalation:rule", kept.pk)


@require_POST
@for_leads
def change_rule(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switch a rule on or off, ask it earlier, or delete it."""
    found = get_object_or_404(RoutingRule, pk=pk)
    if "raise" in request.POST:
        leading.raise_rule(rule=found, by=request.user)
    elif "delete" in request.POST:
        leading.delete_rule(rule=found, by=request.user)
        messages.success(request, f"Deleted: {found.name}. What it did stays done.")
    elif "on" in request.POST or "off" in request.POST:
        leading.switch_rule(rule=found, active="on" in request.POST, by=request.user)
        messages.success(
            request, f"{found.name} {'holds from now on' if 'on' in request.POST else 'is off'}."
        )
    return redirect("escalation:rules")


def _in_words(rule: RoutingRule, own_shelves: set[int]) -> str:
    """A rule in one sentence."""
    words = [f"“{word}”" for word in words_of(rule.words)]
    more = " or others" if len(words) > WORDS_SHOWN else ""
    shelf = rule.category.name if rule.category and rule.category_id in own_shelves else NOT_THEIRS
    conditions = [
        words and f"they write {' or '.join(words[:WORDS_SHOWN])}{more}",
        rule.category_id and f"it is about {shelf}",
        rule.audience and f"they belong to {rule.audience.name}",
        rule.group and f"they are in {rule.group.name}",
        rule.sentiment and f"it {rule.get_sentiment_display().lower()}",
        rule.sensitivity and f"it is a matter for people ({rule.get_sensitivity_display().lower()})",
    ]
    effects = [
        rule.queue and f"into {rule.queue.name}",
        rule.priority and f"with priority {rule.priority} at least",
        rule.assignee and f"to {rule.assignee.display_name}",
    ]
    held = " and ".join(part for part in conditions if part)
    return f"When {held}: {', '.join(part for part in effects if part)}."


def _rule_page(
    request: SignedInRequest, form: RuleForm, *, tried: Any = None, status: int = 200
) -> HttpResponse:
    """Before a rule that is kept is switched on, its page shows what it would do."""
    if tried is None and form.instance.pk and not form.is_bound:
        tried = ruling.on_trial(form.instance, reader=request.user)
    context = {
        "form": form,
        "rule": form.instance if form.instance.pk else None,
        "problems": problems_of([form] if form.errors else []),
        "tried": tried,
        "shown": tried[:SHOWN_ON_TRIAL] if tried else [],
        "tried_on": ruling.TRIED_ON,
    }
    return render(request, "escalation/rule.html", context, status=status)
