"""Pages about oneself, and the demo's one-click sign-in."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import queries, services
from accounts.models import User
from accounts.requests import SignedInRequest


@login_not_required
@require_POST
def demo_sign_in(request: HttpRequest, role: str) -> HttpResponse:
    """Become the demo person of a role. Outside a demo this address does not exist."""
    if not settings.DEMO:
        raise Http404
    person = get_object_or_404(User, demo_role=role, is_active=True, is_system=False)
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(_next_page(request))


@require_safe
def profile(request: SignedInRequest) -> HttpResponse:
    """Who the site thinks one is, and one's API tokens."""
    return _profile(request)


@never_cache
@require_POST
def create_token(request: SignedInRequest) -> HttpResponse:
    """Make a token and show it, on this very response: it is stored nowhere that could show it again."""
    _, text = services.create_token(user=request.user)
    return _profile(request, new_token=text)


@require_POST
def revoke_token(request: SignedInRequest, key: str) -> HttpResponse:
    """End one of one's own tokens."""
    if not services.revoke_token(user=request.user, key=key):
        raise Http404
    messages.success(request, "The token no longer works.")
    return redirect("accounts:profile")


def _profile(request: SignedInRequest, new_token: str = "") -> HttpResponse:
    context = {
        "roles": queries.roles_of(request.user),
        "tokens": queries.tokens_of(request.user),
        "new_token": new_token,
    }
    return render(request, "accounts/profile.html", context)


def _next_page(request: HttpRequest) -> str:
    """Where the person was going, if that is a page of this site."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)
