"""Files that come by mail are what they are, whatever they call themselves."""

from io import BytesIO

import pytest
from PIL import Image

from escalation.incoming.files import MOST_BYTES, NotKept, check
from escalation.incoming.reading import File


def picture() -> bytes:
    written = BytesIO()
    Image.new("RGB", (4, 4), "red").save(written, "PNG")
    return written.getvalue()


def test_a_picture_is_written_anew_and_a_pdf_and_a_log_are_kept() -> None:
    hidden = picture() + b"<script>alert(1)</script>"
    kept = check(File("../../etc/screen.png", "image/png", hidden))
    assert (kept.media_type, kept.extension) == ("image/png", "png")
    assert b"script" not in kept.content
    assert "/" not in kept.name
    assert check(File("a.exe", "application/octet-stream", b"%PDF-1.7 x")).media_type == "application/pdf"
    assert check(File("x.html", "text/html", b"<script>alert(1)</script>")).media_type == "text/plain"


@pytest.mark.parametrize(
    ("name", "media_type", "content"),
    [
        ("invoice.pdf", "application/pdf", b"MZ\x90\0this program"),
        ("invoice.pdf.exe", "application/x-msdownload", b"MZ\x90\0"),
        ("macro.docm", "application/vnd.ms-word", b"PK\x03\x04x"),
        ("x.svg", "image/svg+xml", b"<svg onload=alert(1)>"),
        ("x.zip", "application/zip", b"PK\x03\x04"),
        ("x.txt", "text/plain", b"a\0b"),
        ("x.txt", "text/plain", b"\xff\xfe\xfa"),
        ("large.txt", "text/plain", b"a" * (MOST_BYTES + 1)),
    ],
)
def test_everything_else_is_refused_with_the_reason(name: str, media_type: str, content: bytes) -> None:
    with pytest.raises(NotKept, match=r"taken|MB"):
        check(File(name, media_type, content))
