"""manage.py export_articles: the knowledge base as a folder of Markdown, for git and for import_articles."""

import shutil
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.models import User
from kb.exported import is_export
from kb.exporting import Selection, files


class Command(BaseCommand):
    help = (
        "Write all articles, every revision, picture and address, to a folder; run it again to update that."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--as",
            dest="person",
            metavar="USER",
            help="only what this person works on; without it, everything",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if folder.exists() and (not folder.is_dir() or (_visible(folder) and not is_export(folder))):
            raise CommandError(
                f"{folder} holds something else than an export; name a new or an empty folder."
            )
        selection = self._selection(options["person"])
        written: set[Path] = set()
        with tqdm(
            total=selection.articles.count(), unit="article", desc="Exporting", file=self.stderr, disable=None
        ) as progress:
            for name, content in files(selection):
                _write(folder / name, content)
                written.add(folder / name)
                progress.update(name.endswith("/article.md"))
        for former in _former(folder, written):
            former.unlink()
        _remove_empty(folder)
        articles = sum(path.name == "article.md" for path in written)
        self.stdout.write(f"{articles} articles in {len(written)} files")

    def _selection(self, username: str | None) -> Selection:
        if username is None:
            return Selection.everything()
        person = User.objects.filter(username=username).first()
        if person is None:
            raise CommandError(f"There is nobody called “{username}”.")
        if not person.has_perm("kb.approve_revision"):
            raise CommandError(f"{person.display_name} may not export articles: that takes a Publisher.")
        return Selection.of(person)


def _visible(folder: Path) -> list[Path]:
    """What lies in a folder, but for what begins with a dot, such as git's own."""
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def _write(path: Path, content: bytes) -> None:
    """Only what is different, so that times of files tell something too."""
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _former(folder: Path, written: set[Path]) -> Iterator[Path]:
    """What an earlier export wrote of articles and revisions that are gone; nothing that anybody else put there."""
    for pattern in ("*/article.md", "*/revisions/[0-9]*.md", "*/attachments/*.*"):
        for path in sorted(folder.glob(pattern)):
            if path not in written and (path.parent / "article.md" in written or _is_whole(path, folder)):
                yield path


def _is_whole(path: Path, folder: Path) -> bool:
    """Whether the file belongs to the folder of an article, by what an export puts there."""
    article = folder / path.relative_to(folder).parts[0]
    return (article / "revisions").is_dir() and not article.is_symlink()


def _remove_empty(folder: Path) -> None:
    for article in _visible(folder):
        if (
            article.is_dir()
            and not article.is_symlink()
            and not any(path.is_file() for path in article.rglob("*"))
        ):
            shutil.rmtree(article)
