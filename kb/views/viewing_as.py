"""Looking at the site as one of one's audiences sees it."""

from django.contrib import messages
from django.contrib.auth import get_user
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.requests import SignedInRequest
from kb.models import Audience
from kb.viewing_as import CHOSEN


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: SignedInRequest) -> HttpResponse:
    """Choose one of one's own audiences. Another one is the same 404 as one that does not exist."""
    mine = Audience.objects.of(_themselves(request))
    if request.method != "POST":
        context = {"audiences": mine, "next": _next(request, request.GET.get("next", ""))}
        return render(request, "kb/view_as.html", context)
    wanted = request.POST.get("audience", "").replace("\0", "")  # which PostgreSQL can't look up
    audience = get_object_or_404(mine, slug=wanted[: Audience._meta.get_field("slug").max_length])
    request.session[CHOSEN] = audience.pk
    return redirect(_next(request, request.POST.get("next", "")))


@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: SignedInRequest) -> HttpResponse:
    """Be oneself again; a link to this address does nothing."""
    if request.method == "POST" and request.session.pop(CHOSEN, None):
        messages.success(request, "You see the site as yourself again.")
    return redirect(_next(request, request.POST.get("next", "")))


def _themselves(request: SignedInRequest) -> User:
    """Who it really is: while they look as one audience they may change to another one of theirs."""
    user = get_user(request)
    if not isinstance(user, User) or not user.has_perm("kb.add_revision"):
        raise PermissionDenied("Only people who write articles look at the site as others do.")
    return user


def _next(request: SignedInRequest, address: str) -> str:
    """Back to the page that somebody came from: one of this site's own, or the articles."""
    own = address.startswith("/") and url_has_allowed_host_and_scheme(
        address, {request.get_host()}, require_https=request.is_secure()
    )
    return address if own else reverse("kb:index")
