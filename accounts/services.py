"""Everything that changes people's accounts."""

from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import Role


def system_account(*, username: str, name: str, roles: tuple[Role, ...]) -> User:
    """An account of the site itself: without password or address, so that nobody can ever sign in as it."""
    user, created = User.objects.get_or_create(username=username, defaults={"first_name": name, "is_system": True})
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
        user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return user
