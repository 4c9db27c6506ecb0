"""For the sign-in page: {% load demo_people %}{% demo_people as people %}"""

from collections.abc import Sequence

from django import template

from accounts import queries
from accounts.models import User

register = template.Library()


@register.simple_tag
def demo_people() -> Sequence[User]:
    """Whom one click signs in as; nobody outside a demo."""
    return queries.demo_people()
