"""Seeing the site as one of one's own audiences sees it: the same person, with less to see and less to do."""

from copy import copy
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Permission
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied

from accounts.models import User
from accounts.roles import Role
from kb.models import Audience

CHOSEN = "viewing_as"


def as_member(user: User, audience: Audience) -> User:
    """The person as somebody who is in this audience alone and has no role but an employee's.

    Who they really are stays at `behind`. What the model below reads of the copy narrows every list and page.
    """
    seen: Any = copy(user)
    seen.behind, seen.viewing_as = user, audience
    seen.is_staff = seen.is_superuser = False
    return seen


def chosen(session: SessionBase, user: User) -> Audience | None:
    """The audience that somebody looks at the site as; none from the moment on when it is not theirs any more."""
    pk = session.get(CHOSEN)
    audience = Audience.objects.of(user).filter(pk=pk).first() if pk else None
    if pk and not audience:
        del session[CHOSEN]
    return audience


class OnlyAnEmployee:
    """An authentication backend, asked before the others: it refuses who views what their own roles would allow."""

    def authenticate(self, request: object, **credentials: object) -> None:
        """Nobody signs in by it."""

    def has_perm(self, user: AbstractBaseUser | AnonymousUser, perm: str, obj: object = None) -> bool:
        """PermissionDenied ends the question; False hands it on."""
        if getattr(user, "viewing_as", None) and perm not in _employees_permissions(user):
            raise PermissionDenied
        return False

    def has_module_perms(self, user: AbstractBaseUser | AnonymousUser, app_label: str) -> bool:
        """As for one permission: for the administration, which is no employee's."""
        if getattr(user, "viewing_as", None):
            raise PermissionDenied
        return False


def _employees_permissions(user: Any) -> frozenset[str]:
    """Asked once a request."""
    if not hasattr(user, "_employees_permissions"):
        found = Permission.objects.filter(group__name=Role.EMPLOYEE)
        names = found.values_list("content_type__app_label", "codename")
        user._employees_permissions = frozenset(f"{app}.{codename}" for app, codename in names)
    return user._employees_permissions
