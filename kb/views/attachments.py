"""Pictures of articles, served to whoever may read those."""

import logging

from django.http import FileResponse, Http404, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import SignedInRequest
from kb.models import Attachment

logger = logging.getLogger(__name__)


@require_safe
def attachment(request: SignedInRequest, key: str) -> HttpResponseBase:
    """A picture, as it was written when it was taken in. Whose article one may not read, is not there."""
    found = _picture(request.user, key)
    if found is None:
        raise Http404
    headers = {
        # A browser asks each time whether it may still show it, and is answered in a line if so.
        "Cache-Control": "private, no-cache",
        "ETag": f'"{found.digest}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if headers["ETag"] in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponseNotModified(headers=headers)
    try:
        file = found.file.open("rb")
    except OSError:
        logger.exception("The file of picture %s is gone: %s", found.key, found.file.name)
        raise Http404 from None
    return FileResponse(file, content_type=found.media_type, filename=found.name, headers=headers)


def _picture(user: User, key: str) -> Attachment | None:
    shown = Attachment.objects.shown_to(user).filter(key=key).first()
    if shown or not user.has_perm("kb.add_revision"):
        return shown
    return Attachment.objects.workable_for(user).filter(key=key).first()
