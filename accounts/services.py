"""Everything that changes people's accounts."""

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from knox.models import AuthToken

from accounts.models import User
from accounts.roles import Role


def system_account(*, username: str, name: str, roles: tuple[Role, ...]) -> User:
    """An account of the site itself: without password or address, so that nobody can ever sign in as it."""
    user, created = User.objects.get_or_create(
        username=username, defaults={"first_name": name, "is_system": True}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return user


def create_token(*, user: User) -> tuple[AuthToken, str]:
    """A token for the API, and its text: that is told this once, because only its digest is kept."""
    if user.is_system:
        raise PermissionDenied("The site's own accounts have no tokens.")
    token, text = AuthToken.objects.create(user=user)
    return token, text


def revoke_token(*, user: User, key: str) -> bool:
    """End a token of this person, named by its first characters; False when they have none such."""
    deleted, _ = AuthToken.objects.filter(user=user, token_key=key).delete()
    return deleted > 0
