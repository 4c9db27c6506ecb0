"""Word documents, as pages of HTML. Their zip and its XML are looked at before anything unpacks or parses them."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from html import escape
from typing import TYPE_CHECKING, Any

from kb.foreign.markup import plain
from kb.foreign.page import BadSource, Loss, Losses

if TYPE_CHECKING:
    from mammoth.documents import Image

Given = dict[str, tuple[str, bytes]]

MAX_UNPACKED = 50_000_000
MAX_XML = 20_000_000
MAX_RATIO = 150  # of a bomb it is 1,000; of a long text 30
MAX_PARTS = 3_000
MAX_ELEMENTS = 250_000  # each takes the parser a kilobyte
OLD = b"\xd0\xcf\x11\xe0"  # how files begin that Word made before 2007, and those with a password
STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Code'] => pre:separator('\\n')
p[style-name='HTML Preformatted'] => pre:separator('\\n')
"""
KINDS = {"png": "png", "jpeg": "jpg", "jpg": "jpg", "gif": "gif", "webp": "webp"}

_BEFORE_XML = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([\w.-]{1,40})["']""", re.IGNORECASE)
_TITLE = re.compile(r"<dc:title(?:\s[^>]{0,300})?>([^<]{1,500})</dc:title>")
_IGNORED = re.compile(r"element was ignored: ([\w:{}./-]{1,120})")
# Of what mammoth ignores, these are about looks; nobody would miss them.
_LOOKS = ("w:proofErr", "w:lastRenderedPageBreak", "w:bookmark", "mc:", "w14:", "wp14:", "w15:", "w:sectPr")


def page_of(content: bytes, losses: Losses) -> tuple[str, Given]:
    """The document as a page of HTML, and the pictures it shows by the addresses they have in it."""
    import mammoth

    title = _checked(content, losses)
    shown: Given = {}

    @mammoth.images.img_element
    def keep(image: Image) -> dict[str, str]:
        return {"src": _kept(image, shown, losses)}

    try:
        result = mammoth.convert_to_html(
            io.BytesIO(content), style_map=STYLES, include_embedded_style_map=False, convert_image=keep
        )
    except RecursionError as problem:
        raise BadSource("Its document is nested too deeply.") from problem
    except Exception as problem:
        raise BadSource(
            "It is damaged, or no Word document; open it in Word and save it as .docx."
        ) from problem
    for message in result.messages:
        _record(message, losses)
    return f"<title>{escape(title)}</title><body>{result.value}</body>", shown


def _kept(image: Any, shown: Given, losses: Losses) -> str:
    """The address of a picture in the page; "" for one that lies elsewhere or is damaged."""
    kind = str(image.content_type).rpartition("/")[2].lower()
    name = f"image-{len(shown) + 1}.{KINDS.get(kind, 'bin')}"
    try:
        with image.open() as opened:
            shown[f"word:{name}"] = (name, opened.read())
    except Exception:  # noqa: BLE001  a picture by reference, a missing part, a damaged one: each fails its own way
        losses.add(Loss.BAD_IMAGE, name)
        return ""
    return f"word:{name}"


def _record(message: Any, losses: Losses) -> None:
    ignored = _IGNORED.search(message.message)
    if ignored and not ignored[1].startswith(_LOOKS):
        losses.add(Loss.UNKNOWN, ignored[1].rpartition("}")[2])


def _checked(content: bytes, losses: Losses) -> str:
    """The title among the document's properties. BadSource unless it is safe to unpack and to parse."""
    if content.startswith(OLD):
        raise BadSource(
            "It has a password or is of an old format; save it in Word as .docx without a password."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _check_sizes(parts.infolist(), len(content))
            return _check_xml(parts, losses)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
    ) as problem:
        raise BadSource(
            "It is damaged, or no Word document; open it in Word and save it as .docx."
        ) from problem


def _check_sizes(parts: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED:
        raise BadSource(f"It unpacks to more than {MAX_UNPACKED // 1_000_000} MB or {MAX_PARTS:,} parts.")
    if unpacked > 2_000_000 and unpacked > packed * MAX_RATIO:
        raise BadSource("It unpacks to far more than a document holds.")
    for part in parts:
        if part.flag_bits & 1:
            raise BadSource("It has a password; save it without one.")
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadSource("It is packed in an unusual way; open it in Word and save it again.")


def _check_xml(parts: zipfile.ZipFile, losses: Losses) -> str:
    """Whatever reads as XML, by whichever name: the document itself says which part is its text."""
    room, elements, title = MAX_XML, 0, ""
    for part in parts.infolist():
        content = parts.read(part)
        if not content.lstrip(_BEFORE_XML).startswith(b"<"):
            continue
        room -= len(content)
        elements += _elements(content.replace(b"\0", b""))
        if room < 0 or elements > MAX_ELEMENTS:
            raise BadSource("Its text is too long for an article; split the document.")
        if part.filename == "docProps/core.xml":
            match = _TITLE.search(content.decode("utf-8", "replace"))
            title = plain(match[1]) if match else ""
        if part.filename == "word/comments.xml" and b"<w:comment " in content:
            losses.add(Loss.COMMENTS)
    return title


def _elements(xml: bytes) -> int:
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise BadSource("Its XML declares entities of its own, which no Word document does.")
    encoding = _ENCODING.search(xml[:400])
    if encoding and encoding[1].lower() not in (b"utf-8", b"utf-16", b"us-ascii", b"ascii"):
        raise BadSource("Its XML is in an unusual encoding; open it in Word and save it again.")
    return xml.count(b"<") - xml.count(b"</")
