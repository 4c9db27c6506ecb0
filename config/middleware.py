"""What is refused before a view looks at it, and as whom somebody looks."""

from collections.abc import Callable
from urllib.parse import unquote

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.models import User
from kb.viewing_as import CHOSEN, as_member, chosen

NUL = "\0"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


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


class ViewingAs:
    """Shows the site as one of a person's audiences sees it, when they chose to. The API knows nothing of it.

    Whoever looks on changes nothing: they would do it as themselves, and not see what they did.
    """

    STILL_SENT = {"account_logout", "kb:stop_viewing_as", "kb:view_as", "search:ask"}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if CHOSEN in request.session and not request.path_info.startswith("/api/"):
            request.user = _as_chosen(request.user, request.session)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        audience = getattr(request.user, "viewing_as", None)
        if audience is None or request.method in SAFE_METHODS:
            return None
        match = request.resolver_match
        if match and match.view_name in self.STILL_SENT:
            return None
        return render(request, "kb/only_looking.html", {"audience": audience}, status=403)


def _as_chosen(user: User | AnonymousUser, session: SessionBase) -> User | AnonymousUser:
    if not isinstance(user, User):
        return user
    audience = chosen(session, user)
    return as_member(user, audience) if audience else user
