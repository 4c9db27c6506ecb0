"""What every page knows about the site it is on."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Name of the site, and whether this is the demo (one-click sign-in, invented company)."""
    return {"site_name": settings.SITE_NAME, "is_demo": settings.DEMO}
