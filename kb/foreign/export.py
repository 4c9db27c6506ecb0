"""A folder that another system exported: its pages, one at a time, with the links between them kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote, urlsplit

from kb.foreign.markup import MAX_HTML, decoded
from kb.foreign.page import BadSource, Carried, Losses
from kb.foreign.pictures import Pictures, within
from kb.foreign.systems import MAX_HEAD, Found, found, is_navigation, page_id
from kb.foreign.tidying import Linker, tidy
from kb.foreign.writing import written

HTML = (".html", ".htm", ".aspx")
WORD = ".docx"
# Folders in which exports keep what belongs to their pages, among it pages that somebody attached.
BELONGINGS = frozenset({"attachments", "images", "styles", "__macosx"})

_NAMED = re.compile(r"\b(KB\d{4,12})\b|(?:[?&]pageId=|/pages/)(\d{1,20})\b")


def is_foreign(file: Path) -> bool:
    return file.suffix.lower() in (*HTML, WORD)


def pages(folder: Path) -> list[Path]:
    """The pages below a folder, without those that only lead to others."""
    files = sorted(file for file in folder.rglob("*") if is_foreign(file) and _is_page(file, folder))
    beside = {file.parent for file in files if file.stem.lower() != "index"}
    return [file for file in files if not (file.parent in beside and _only_leads(file, folder))]


def _is_page(file: Path, folder: Path) -> bool:
    above = [part.lower() for part in file.relative_to(folder).parts[:-1]]
    kept_beside = any(part in BELONGINGS or part.endswith(("_files", ".files")) for part in above)
    return not kept_beside and not file.name.startswith(("~$", "._"))


def _only_leads(file: Path, folder: Path) -> bool:
    if file.stem.lower() != "index" or file.suffix.lower() not in HTML:
        return False
    try:
        return is_navigation(decoded(_content(file, folder)))
    except (BadSource, OSError):
        return False  # told when it is read


@dataclass
class Export:
    """The pages of an export. Reading one needs to know the others, to which it has links."""

    root: Path
    ids: dict[str, str] = field(default_factory=dict)  # by path below the root, in lower case

    @classmethod
    def of(cls, root: Path, files: Iterable[Path]) -> Export:
        export = cls(root)
        for file in files:
            if is_foreign(file):
                export.ids[_path(file, root)] = _id(file, root)
        return export

    def read(self, file: Path) -> Carried:
        """A page as Markdown. BadSource says what is wrong with it."""
        losses = Losses()
        pictures = Pictures(losses, root=self.root, folder=file.parent)
        content = _content(file, self.root)
        if file.suffix.lower() == WORD:
            from kb.foreign.word import page_of

            html, pictures.given = page_of(content, losses)
        else:
            html = decoded(content)
        page = found(html, file.stem, losses)
        own = self.ids.get(_path(file, self.root)) or page_id(file.stem, html[:MAX_HEAD])
        values = {"id": own, **_values(page)}
        values["text"] = self._text(page, file, pictures, losses)
        return Carried(values, tuple(pictures.files), losses.sentences())

    def _text(self, page: Found, file: Path, pictures: Pictures, losses: Losses) -> str:
        def linker(href: str) -> str | None:
            return self._article(href, file)

        return as_markdown(page, linker, pictures, losses)

    def _article(self, href: str, file: Path) -> str | None:
        """The id of the page that an address leads to, by its path in the export or by what the address names."""
        try:
            address = urlsplit(href)
        except ValueError:
            return None
        path = unquote(address.path).replace("\\", "/")
        if not address.scheme and not address.netloc and path and not path.startswith("/"):
            folder = Path(_path(file, self.root)).parent.as_posix()
            known = self.ids.get(normpath(f"{folder}/{path}").lower())
            if known:
                return known
        ids = set(self.ids.values())
        named = _NAMED.search(href)
        if named and (named[1] or named[2]) in ids:
            return named[1] or named[2]
        return self._by_name(path) if "sitepages" in path.lower() or "/pages/" in path.lower() else None

    def _by_name(self, path: str) -> str | None:
        name = path.rpartition("/")[2].lower()
        same = [known for at, known in self.ids.items() if name and at.rpartition("/")[2] == name]
        return same[0] if len(same) == 1 else None


def as_markdown(page: Found, linker: Linker, pictures: Pictures, losses: Losses) -> str:
    try:
        tidy(page.content, linker=linker, pictures=pictures, losses=losses)
        return written(page.content, losses)
    except RecursionError as problem:
        raise BadSource("Its HTML is nested too deeply.") from problem


def _values(page: Found) -> dict[str, str]:
    return {"title": page.title, "category": page.category, "summary": page.summary}


def _path(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix().lower()


def _id(file: Path, root: Path) -> str:
    try:
        head = "" if file.suffix.lower() == WORD else decoded(_content(file, root, most=MAX_HEAD))
    except (OSError, BadSource):
        head = ""
    return page_id(file.stem, head)


def _content(file: Path, root: Path, most: int | None = None) -> bytes:
    """The bytes of a page, which has to lie in the export."""
    if within(root, file.parent, file.name) is None:
        raise BadSource("It is a link that leads out of the folder, or not a file.")
    limit = most or 5 * MAX_HTML  # Word's files hold their pictures
    with file.open("rb") as opened:
        content = opened.read(limit + (most is None))
    if len(content) > limit:
        raise BadSource(f"It is longer than {limit // 1_000_000} MB.")
    return content
