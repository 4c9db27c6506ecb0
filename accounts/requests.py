"""Who is asking."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class SignedInRequest(HttpRequest):
    """What a view is given, for the type checker: LoginRequiredMiddleware turns everybody else away."""

    user: User
    htmx: HtmxDetails
