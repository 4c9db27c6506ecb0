"""The pictures of a page in an export: found beside it, and never outside the export's folder."""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kb.foreign.page import Loss, Losses, SourceFile, printable

MAX_PICTURE = 10_000_000
MAX_TOGETHER = 50_000_000
MAX_PICTURES = 200
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}

_DATA = re.compile(r"data:(image/[\w.+-]{1,40})(?:;[\w=-]{1,40}){0,3};base64,", re.IGNORECASE)
_REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)


@dataclass
class Pictures:
    """Collects what a page shows. `given` are pictures by the address that the page has for them (Word's)."""

    losses: Losses
    root: Path | None = None
    folder: Path | None = None
    given: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    files: list[SourceFile] = field(default_factory=list)
    taken: dict[str, str] = field(default_factory=dict)

    def take(self, src: str, alt: str, *, named: str = "") -> str:
        """The name under which an article can show the picture; "" when there is none to show."""
        src = src.strip()
        if not src:
            return ""
        if src not in self.taken:
            self.taken[src] = self._add(src, alt, named)
        return self.taken[src]

    def _add(self, src: str, alt: str, named: str) -> str:
        if len(self.files) >= MAX_PICTURES:
            self.losses.add(Loss.MANY_IMAGES)
            return ""
        name, content = self._content(src)
        if not content:
            return ""
        if len(content) > MAX_PICTURE or sum(len(file.content) for file in self.files) > MAX_TOGETHER:
            self.losses.add(Loss.LARGE_IMAGE, named or name)
            return ""
        name = self._free(named or name)
        self.files.append(SourceFile(name, content, alt))
        return name

    def _content(self, src: str) -> tuple[str, bytes]:
        if src in self.given:
            return self.given[src]
        embedded = _DATA.match(src)
        if embedded:
            return self._embedded(embedded, src)
        if _REMOTE.match(src):
            self.losses.add(Loss.REMOTE_IMAGE, src.partition("?")[0])
            return "", b""
        return self._beside(src)

    def _embedded(self, match: re.Match[str], src: str) -> tuple[str, bytes]:
        name = f"image-{len(self.files) + 1}.{EXTENSIONS.get(match[1].lower(), 'bin')}"
        try:
            return name, base64.b64decode(unquote(src[match.end() :]))
        except (binascii.Error, ValueError):
            self.losses.add(Loss.BAD_IMAGE, name)
            return "", b""

    def _beside(self, src: str) -> tuple[str, bytes]:
        try:
            path = unquote(urlsplit(src).path)
        except ValueError:
            path = ""
        name = path.replace("\\", "/").rpartition("/")[2]
        file = within(self.root, self.folder, path)
        if file is None:
            self.losses.add(Loss.MISSING_IMAGE, name or printable(src))
            return "", b""
        try:
            with file.open("rb") as opened:
                return name, opened.read(MAX_PICTURE + 1)
        except OSError:
            self.losses.add(Loss.BAD_IMAGE, name)
            return "", b""

    def _free(self, wanted: str) -> str:
        """A name that Markdown can hold and no other picture of the page has."""
        stem, dot, extension = wanted.rpartition(".")
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", stem if dot else wanted)[:60].strip("-") or "image"
        extension = re.sub(r"[^A-Za-z0-9]", "", extension)[:8] if dot else ""
        names, number = {file.name.lower() for file in self.files}, 1
        name = candidate = f"{stem}.{extension}" if extension else stem
        while candidate.lower() in names:
            number += 1
            candidate = f"{stem}-{number}{name[len(stem) :]}"
        return candidate


def within(root: Path | None, folder: Path | None, path: str) -> Path | None:
    """The file that a path in a page names, None when there is none in the export."""
    path = path.replace("\\", "/")
    if root is None or folder is None or not path or path.startswith("/") or len(path) > 1000 or "\0" in path:
        return None
    file = folder / path
    try:
        inside = Path(os.path.realpath(file)).is_relative_to(os.path.realpath(root))
        return file if inside and file.is_file() else None
    except (OSError, ValueError):
        return None
