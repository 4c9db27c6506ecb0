"""What every reader of another system's export works with: files, refusals, and a record of what was left behind."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

MAX_NAMED = 5  # of things left behind, as many as a sentence can name
MAX_DETAIL = 80

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class BadSource(Exception):
    """A file or line that can't become an article; the message says what to change."""


@dataclass(frozen=True)
class SourceFile:
    """A picture that belongs to an article; the body names it as `attachment:<name>`."""

    name: str
    content: bytes
    alt: str = ""


@dataclass(frozen=True)
class Carried:
    """An article as it was carried over: the values that front matter would give, pictures, and what got lost."""

    values: dict[str, Any]
    attachments: tuple[SourceFile, ...] = ()
    not_carried_over: tuple[str, ...] = ()


class Loss(Enum):
    """What can't be carried over, told of one and of several."""

    MACRO = ("A macro ({what}) could not be carried over.", "{n} macros ({what}) could not be carried over.")
    WEB_PART = ("A web part was left out: {what}.", "{n} web parts were left out: {what}.")
    MERGED_CELLS = (
        "A table with merged cells was flattened.",
        "{n} tables with merged cells were flattened.",
    )
    NESTED_TABLE = (
        "A table that holds another table was unfolded.",
        "{n} tables that hold other tables were unfolded.",
    )
    HUGE_TABLE = ("A table was cut, it is too large.", "{n} tables were cut, they are too large.")
    MISSING_IMAGE = (
        "An image that is not in the export: {what}.",
        "{n} images that are not in the export: {what}.",
    )
    REMOTE_IMAGE = (
        "An image on another server was left out: {what}.",
        "{n} images on other servers were left out: {what}.",
    )
    BAD_IMAGE = ("An image could not be read: {what}.", "{n} images could not be read: {what}.")
    LARGE_IMAGE = ("An image is too large: {what}.", "{n} images are too large: {what}.")
    MANY_IMAGES = (
        "An image was left out, there are too many.",
        "{n} images were left out, there are too many.",
    )
    FILE = ("An attached file was left out: {what}.", "{n} attached files were left out: {what}.")
    COMMENTS = ("Comments were left out.", "Comments were left out.")
    MEDIA = (
        "An embedded {what} was left out.",
        "{n} embedded things were left out: {what}.",
    )
    FORM = ("A form was left out.", "{n} forms were left out.")
    HIDDEN = ("Hidden text was left out.", "{n} pieces of hidden text were left out.")
    LINK = (
        "A link to a page that is not in the export became plain text: {what}.",
        "{n} links to pages that are not in the export became plain text: {what}.",
    )
    INNER_LINK = (
        "A link to a place within a page became plain text.",
        "{n} links to places within a page became plain text.",
    )
    UNSAFE_LINK = (
        "A link of a kind that is not allowed became plain text: {what}.",
        "{n} links of a kind that is not allowed became plain text: {what}.",
    )
    UNKNOWN = ("A part of the document was left out: {what}.", "{n} parts were left out: {what}.")
    AUTHOR = ("Its author there is not named here: {what}.", "Its authors there are not named here: {what}.")
    RETIRED = ("It is {what} there, so it comes as a draft.", "It is {what} there, so it comes as a draft.")
    DATE = ("A date could not be read: {what}.", "{n} dates could not be read: {what}.")


@dataclass
class Losses:
    """What an article lost on the way, gathered while it is read."""

    found: dict[Loss, list[str]] = field(default_factory=dict)

    def add(self, loss: Loss, what: object = "") -> None:
        self.found.setdefault(loss, []).append(printable(str(what)))

    def sentences(self) -> tuple[str, ...]:
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        for loss, details in self.found.items():
            names = list(dict.fromkeys(filter(None, details)))
            what = ", ".join(names[:MAX_NAMED]) or "not named"
            if len(names) > MAX_NAMED:
                what += f" and {len(names) - MAX_NAMED} more"
            one, many = loss.value
            yield (one if len(details) == 1 else many).format(n=len(details), what=what)


def printable(text: str, most: int = MAX_DETAIL) -> str:
    """Words from outside for a message: on one line, without what plays tricks on the eye, and short."""
    text = " ".join(_UNPRINTABLE.sub(" ", text[: most * 8]).split())
    return text if len(text) <= most else text[: most - 1] + "…"
