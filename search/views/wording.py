"""An answer worded by a language model: streamed to a script, or made before the page comes back."""

import json
from collections.abc import Iterator

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.requests import SignedInRequest
from search import services
from search.models import Question
from search.queries import questions_of
from search.turns import turn_views

JSON_LINES = "application/x-ndjson"


@require_POST
def word(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Word an answer of one's own, once. It costs something, so it is a POST, with the form's token."""
    question = get_object_or_404(questions_of(request.user), pk=pk)
    if JSON_LINES in request.headers.get("Accept", ""):
        return _stream(request, question)
    services.word_whole(question=question, user=request.user)
    return _back(question)


def _stream(request: SignedInRequest, question: Question) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_lines(request, question), content_type=JSON_LINES)
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would hold the sentences back
    return response


def _lines(request: SignedInRequest, question: Question) -> Iterator[str]:
    """{"sentence": …} for each as it comes, then {"html": …}: the whole as the page shows it from then on."""
    user = request.user
    for sentence in services.word(question=question, user=user):
        yield _line("sentence", sentence.text)
    # Read again: while a model writes, an article may be withdrawn, or the conversation deleted.
    for turn in turn_views(questions_of(user).filter(pk=question.pk), user=user):
        yield _line("html", render_to_string("search/_worded.html", {"turn": turn}, request))


def _line(name: str, value: str) -> str:
    return json.dumps({name: value}) + "\n"


def _back(question: Question) -> HttpResponse:
    page = reverse("search:conversation", args=[question.conversation_id])
    return redirect(f"{page}#question-{question.pk}")
