"""Taking the knowledge base along, and finding what has moved."""

import io
import zipfile
from collections.abc import Iterator

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from kb.addresses import moved_to
from kb.exporting import Selection, files

FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # of a zip: the same articles give the same bytes whenever they are taken


@require_safe
@permission_required("kb.approve_revision", raise_exception=True)
def export(request: SignedInRequest) -> HttpResponseBase:
    """All articles that the person works on, with their histories and pictures, as a zip."""
    headers = {
        "Content-Disposition": f'attachment; filename="articles-{timezone.localdate()}.zip"',
        "Cache-Control": "private, no-store",
    }
    content = _zipped(files(Selection.of(request.user))) if request.method == "GET" else iter(())
    return StreamingHttpResponse(content, content_type="application/zip", headers=headers)


@require_safe
def former_address(request: SignedInRequest, rest: str) -> HttpResponse:
    """An address that an article had elsewhere, or before: to where it is, for whoever may read it."""
    found = moved_to(request.user, request.path)
    if found is None:
        raise Http404
    return redirect(found)


class _Pipe(io.RawIOBase):
    """Takes what the zip writes until it is sent on."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        taken = bytes(content)  # type: ignore[call-overload]
        self.waiting += taken
        return len(taken)

    def taken(self) -> bytes:
        content, self.waiting = bytes(self.waiting), bytearray()
        return content


def _zipped(entries: Iterator[tuple[str, bytes]]) -> Iterator[bytes]:
    """A zip as it grows: of a large knowledge base, no more than an article is in memory."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
            yield pipe.taken()
    yield pipe.taken()
