"""Two questions, for whoever has the link from the mail: no sign-in, and only what is sent is recorded."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from escalation.forms.base import problems_of
from escalation.forms.surveys import SurveyForm
from escalation.models import Survey
from escalation.services import surveys


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """The questions with the choice of the mail; opening them records nothing: scanners of mail open links too."""
    found = get_object_or_404(Survey.objects.select_related("ticket"), token=token)
    form = SurveyForm(request.POST if request.method == "POST" else None, initial=_chosen(request))
    if surveys.is_open(found) and form.is_valid():
        surveys.answer(survey=found, **form.cleaned_data)
        return redirect("escalation:survey", token)
    context = {
        "survey": found,
        "is_open": surveys.is_open(found),
        # A link that was passed on says what it is about to nobody else.
        "is_theirs": request.user.pk == found.ticket.requester_id,
        "form": form,
        "problems": problems_of([form] if form.is_bound else []),
    }
    return render(request, "escalation/survey.html", context, status=422 if form.errors else 200)


def _chosen(request: HttpRequest) -> dict[str, str]:
    """What the link in the mail stands for."""
    chosen = request.GET.get("s", "")
    return {"satisfaction": chosen} if chosen in map(str, Survey.Satisfaction.values) else {}
