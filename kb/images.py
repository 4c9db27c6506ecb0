"""Pictures from people and other systems: checked, decoded, and written anew before anybody is shown them.

What goes in is never what comes out. Only the pixels survive: no place where a photo was taken, no comment, no
colour profile, and nothing that hid in front of, within or behind the picture.
"""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000
MAX_SIDE = 12_000
KEPT_SIDE = (
    4_000  # as wide as the widest screens that people take screenshots of; larger ones are scaled down
)
MAX_SCANS = 40  # a progressive JPEG has about ten; each costs a pass over all of its pixels
MAX_NAME = 120  # bytes, so that the name also fits a folder once the knowledge base is exported

# What a picture is written as: its extension, media type, and how to save it. Of what moves the first frame stays.
_WRITTEN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "PNG": ("png", "image/png", {}),
    "JPEG": ("jpg", "image/jpeg", {"quality": 88, "optimize": True}),
    "WEBP": ("webp", "image/webp", {"quality": 88}),
}
_WRITTEN_AS = {"PNG": "PNG", "GIF": "PNG", "JPEG": "JPEG", "MPO": "JPEG", "WEBP": "WEBP"}

SAVE_AS = "Save it as PNG or JPEG and choose that file."
_DAMAGED = (
    "This picture is damaged or not complete. Open it, save it anew as PNG or JPEG, and choose that file."
)
_NO_PICTURE = f"This file is not a picture that can be shown here. {SAVE_AS}"
_MARKUP = re.compile(r"<\s*(?:[\w-]+:)?(svg|html|script|body|head|iframe|!doctype\s+html)\b", re.IGNORECASE)
_HEIC = re.compile(rb"....ftyp(?:hei[cmsx]|hev[cmx]|mif1|msf1)", re.DOTALL)
_KNOWN: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (
        _HEIC,
        (
            "This is a HEIC picture, which most browsers can't show. Export it as JPEG (an iPhone takes JPEG with "
            "Settings > Camera > Formats > Most Compatible) and choose that file."
        ),
    ),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), f"AVIF pictures can't be taken yet. {SAVE_AS}"),
    (re.compile(rb"....ftyp", re.DOTALL), "This is a film. Choose a picture of the step that matters."),
    (re.compile(rb"%PDF"), "This is a PDF. Take a picture of the page that matters, and choose that."),
    (re.compile(rb"II\*\0|MM\0\*|BM|\0\0\x01\0|8BPS"), f"Browsers can't show this kind of picture. {SAVE_AS}"),
    (re.compile(rb"PK\x03\x04|\x1f\x8b|Rar!|7z\xbc\xaf"), "This is an archive. Unpack it and choose a picture."),
)  # fmt: skip

_ORIENTATION = 0x0112  # the EXIF tag

_UNSAFE = re.compile(r'[<>:"|?*]+')
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}$")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\.|$)", re.IGNORECASE)


class BadPicture(Exception):
    """A file that can't be taken as a picture; the message says what to do."""


@dataclass(frozen=True)
class Picture:
    """A picture that is safe to store and to serve: its own bytes, and a name to show.

    `notes` are sentences about what is different from the file that came, for whoever chose it.
    """

    content: bytes
    media_type: str
    extension: str
    width: int
    height: int
    digest: str
    name: str
    notes: tuple[str, ...] = ()


def accept(content: bytes, name: str) -> Picture:
    """The picture in a file that somebody uploads or imports. BadPicture, and nothing else, when it can't be taken."""
    if not content:
        raise BadPicture("This file is empty. Choose another one.")
    if len(content) > MAX_BYTES:
        raise BadPicture(f"This file has more than {MAX_BYTES // 10**6} MB, which is the most for a picture. "
                         "Cut it to the part that matters, or save it smaller.")  # fmt: skip
    if content.startswith(b"\xff\xd8") and content.count(b"\xff\xda") > MAX_SCANS:
        raise BadPicture(_DAMAGED)
    try:
        return _taken(content, name)
    except BadPicture:
        raise
    except Exception as problem:  # decoders raise whatever the bytes drive them to
        raise BadPicture(_DAMAGED) from problem


def clean_name(name: str, extension: str) -> str:
    """A file's name fit to be shown, and to be a file on any system: no folders, and nothing that hides its end."""
    plain = unicodedata.normalize("NFC", re.split(r"[/\\]", name[-1000:])[-1])
    plain = "".join(" " if char.isspace() else char for char in plain)
    plain = "".join(char for char in plain if not unicodedata.category(char).startswith("C"))
    stem = " ".join(_UNSAFE.sub("-", _EXTENSION.sub("", plain)).split()).strip(". ")
    if _RESERVED.match(stem):
        stem = f"picture {stem}"
    stem = stem.encode()[: MAX_NAME - len(extension) - 1].decode(errors="ignore").rstrip(". ")
    return f"{stem or 'picture'}.{extension}"


def _taken(content: bytes, name: str) -> Picture:
    source = _opened(content)
    written_as = _WRITTEN_AS[source.format or ""]
    extension, media_type, options = _WRITTEN[written_as]
    notes = []
    if source.format != "MPO" and getattr(source, "is_animated", False):
        notes.append(
            "Only the first picture of this animation is kept: not every reader can bear what moves."
        )
    side = max(source.size)
    kept = _pixels(source)
    if side > KEPT_SIDE:
        notes.append(f"Scaled down to {kept.width:,} × {kept.height:,} pixels.")
    if written_as == "WEBP" and b"VP8L" in content:
        options = {"lossless": True}
    file = BytesIO()
    kept.save(file, written_as, **options)
    saved = file.getvalue()
    if len(saved) > MAX_BYTES:
        raise BadPicture(f"Written anew, this picture has more than {MAX_BYTES // 10**6} MB, which is the most. "
                         "Save it as JPEG, or smaller.")  # fmt: skip
    return Picture(
        content=saved,
        media_type=media_type,
        extension=extension,
        width=kept.width,
        height=kept.height,
        digest=sha256(saved).hexdigest(),
        name=clean_name(name, extension),
        notes=tuple(notes),
    )


def _opened(content: bytes) -> Image:
    """The picture with its header read and its size judged; no pixel has been decoded yet."""
    from PIL import Image, UnidentifiedImageError

    try:
        source = Image.open(BytesIO(content), formats=("PNG", "JPEG", "GIF", "WEBP"))
    except UnidentifiedImageError as problem:
        raise BadPicture(_what_it_is(content)) from problem
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise BadPicture(f"This picture has too many pixels; {MAX_PIXELS // 10**6} million is the most. "
                         "Cut it to the part that matters, or save it smaller.") from problem  # fmt: skip
    if max(source.size) > MAX_SIDE or source.width * source.height > MAX_PIXELS:
        raise BadPicture(
            f"This picture has {source.width:,} × {source.height:,} pixels. The most is {MAX_SIDE:,} a side and "
            f"{MAX_PIXELS // 10**6} million in all: cut it to the part that matters, or save it smaller."
        )
    return source


def _pixels(source: Image) -> Image:
    """The first frame, decoded and upright, at most KEPT_SIDE a side, and free of all that is not a pixel."""
    if max(source.size) > KEPT_SIDE:
        source.draft(None, (KEPT_SIDE, KEPT_SIDE))  # a JPEG can be decoded smaller, which takes less memory
    source.load()
    frame = _in_plain_colours(source)
    frame.thumbnail((KEPT_SIDE, KEPT_SIDE))
    frame = _upright(frame)
    frame.info = {}
    return frame


def _upright(frame: Image) -> Image:
    """The picture as its camera was held, which its pixels alone would not tell any more."""
    from PIL.Image import Transpose

    orientation = 1
    with suppress(Exception):  # notes can be beyond reading; browsers then show the picture as it lies
        orientation = frame.getexif().get(_ORIENTATION, 1)
    turn = {
        2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE, 6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
    }.get(orientation)  # fmt: skip
    return frame if turn is None else frame.transpose(turn)


def _in_plain_colours(source: Image) -> Image:
    """As grey, RGB or RGBA: palettes, deep greys and inks for print become what screens show."""
    if source.mode.startswith("I"):
        return source.point(lambda level: level / 256).convert("L")
    grey = source.mode in ("1", "L")
    mode = "RGBA" if source.has_transparency_data else "L" if grey else "RGB"
    # Converting copies even to the same mode, and a picture may be 160 MB.
    return source if source.mode == mode else source.convert(mode)


def _what_it_is(content: bytes) -> str:
    """Words for somebody whose file is no picture that we can take."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
    markup = _MARKUP.search(content[:4_000].decode(encoding, "replace"))
    if markup and markup[1].lower() == "svg":
        return "SVG can carry scripts. Save it as PNG and choose that file."
    if markup:
        return "This is a web page. Take a picture of the part that matters, and choose that."
    return next((words for pattern, words in _KNOWN if pattern.match(content)), _NO_PICTURE)
