"""Addresses that only take what is posted, and still lead somewhere when they are opened."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.requests import SignedInRequest

TicketView = Callable[Concatenate[SignedInRequest, int, ...], HttpResponse]


def posted(*, page: str) -> Callable[[TicketView], TicketView]:
    """Takes posts. Who opens the address, as one does after signing in again on the way, lands on the ticket's page."""

    def decorate(view: TicketView) -> TicketView:
        post_only = require_POST(view)

        @wraps(view)
        def either(request: SignedInRequest, pk: int, **kwargs: Any) -> HttpResponse:
            if request.method in ("GET", "HEAD"):
                return redirect(page, pk)
            return post_only(request, pk, **kwargs)

        return either

    return decorate
