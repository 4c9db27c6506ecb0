"""Views of the queue that people keep: their own, and everybody's, which leads keep."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from accounts.models import User
from escalation.models import SavedView


def views_of(user: User) -> QuerySet[SavedView]:
    """Their own and everybody's."""
    return SavedView.objects.filter(Q(owner=user) | Q(owner=None))


def keep(*, by: User, name: str, query: str, shared: bool = False) -> SavedView:
    """Keep a choice of tickets under a name; one of that name is written over."""
    if shared and not by.has_perm("escalation.lead_ticket"):
        raise PermissionDenied("Only leads keep views for everybody.")
    owner = None if shared else by
    same = SavedView.objects.filter(owner=owner, name=name)
    if not same.update(query=query):
        SavedView.objects.get_or_create(owner=owner, name=name, defaults={"query": query})
    return same[0]


def may_forget(user: User) -> QuerySet[SavedView]:
    """One's own, and for leads everybody's."""
    mine = Q(owner=user)
    return SavedView.objects.filter(mine | Q(owner=None) if user.has_perm("escalation.lead_ticket") else mine)
