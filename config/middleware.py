"""What is refused before anything else looks at it."""

from collections.abc import Callable
from urllib.parse import unquote

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

NUL = "\0"


class RefuseNul:
    """Answers 400 to an address or a cookie with a NUL: no page means one, and PostgreSQL can't look one up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path or _in_cookies(request) or (_in_query(request) and not _is_handoff(request)):
            raise BadRequest("The request holds a NUL.")
        return self.get_response(request)


def _in_query(request: HttpRequest) -> bool:
    return NUL in unquote(request.META.get("QUERY_STRING", ""))


def _in_cookies(request: HttpRequest) -> bool:
    """In quotes, a cookie may spell one in octal; the session's is looked up in the database."""
    return any(NUL in value for value in request.COOKIES.values())


def _is_handoff(request: HttpRequest) -> bool:
    """Talking to a human must work from anywhere, so that page cleans what it is given."""
    return request.path == reverse("escalation:handoff")
