"""What pages read about people."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from knox.models import AuthToken

from accounts.models import User
from accounts.roles import Role

ROLE_NAMES = [role.value for role in Role]


def demo_people() -> Sequence[User]:
    """The people of the demo that anyone may sign in as, in the order of roles; nobody outside a demo."""
    if not settings.DEMO:
        return []
    people = User.objects.filter(demo_role__isnull=False, is_active=True, is_system=False)
    return sorted(people, key=lambda person: ROLE_NAMES.index(person.demo_role or ""))


def roles_of(user: User) -> list[str]:
    """The names of a person's roles; the other groups they are in are not roles."""
    names = set(user.groups.values_list("name", flat=True))
    return [name for name in ROLE_NAMES if name in names]


def tokens_of(user: User) -> QuerySet[AuthToken]:
    """A person's tokens that still work, the newest first."""
    lasting = Q(expiry__isnull=True) | Q(expiry__gt=timezone.now())
    return AuthToken.objects.filter(lasting, user=user).order_by("-created", "digest")
