"""What is kept of files that come by mail: pictures written anew, PDFs and plain texts; everything else is refused.

A file is judged by what it is, whatever it calls itself, and is only ever offered for download.
"""

from dataclasses import dataclass
from pathlib import PurePosixPath

from escalation.incoming.reading import File
from kb.images import BadPicture, accept

MOST_BYTES = 10_000_000
LONGEST_NAME = 120
TOO_LARGE = "larger than 10 MB"
NOT_TAKEN = "only pictures, PDFs and plain text are taken by mail"


@dataclass(frozen=True)
class Kept:
    name: str
    media_type: str
    extension: str
    content: bytes


class NotKept(Exception):
    """A file that is not taken; the message says why."""


def check(file: File) -> Kept:
    """What is kept of a file. NotKept says why it is not."""
    if len(file.content) > MOST_BYTES:
        raise NotKept(TOO_LARGE)
    name = _name(file.name)
    if file.content.startswith(b"%PDF-"):
        return Kept(name, "application/pdf", "pdf", file.content)
    try:
        picture = accept(file.content, name)
    except BadPicture:
        return _text(file, name)
    return Kept(picture.name, picture.media_type, picture.extension, picture.content)


def _text(file: File, name: str) -> Kept:
    """Log files and the like. Markup is text as well: it is served as plain text for download, never as a page."""
    if b"\0" in file.content or not file.media_type.startswith("text/"):
        raise NotKept(NOT_TAKEN)
    try:
        file.content.decode()
    except UnicodeDecodeError as not_text:
        raise NotKept(NOT_TAKEN) from not_text
    return Kept(name, "text/plain", "txt", file.content)


def _name(told: str) -> str:
    name = PurePosixPath(told.replace("\\", "/")).name
    name = "".join(letter for letter in name if letter.isprintable() and letter not in '<>:"|?*').strip(". ")
    return name[-LONGEST_NAME:] or "file"
