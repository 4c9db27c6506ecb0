"""manage.py import_articles: take in Markdown, a .jsonl, pages of other systems, or what export_articles wrote."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.db import DataError, IntegrityError
from tqdm import tqdm

from accounts.models import User
from kb import exported
from kb.importing import BadSource, Entry, count_entries, read_entries
from kb.intake import Intake, Result, Taken, take_in, take_in_moved
from kb.models import Article, Audience
from kb.services import moving
from kb.services.moving import operator
from kb.unpacking import unpacked
from kb.workflow import Refused

# The last four are what the database and its driver say of values that no check foresaw.
REFUSALS = (BadSource, Refused, PermissionDenied, ValueError, OverflowError, DataError, IntegrityError)


class Command(BaseCommand):
    help = (
        "Import articles: a folder or zip that export_articles wrote, a folder of Markdown files with front matter, "
        "a .jsonl of {id, title, text}, or HTML pages, Word documents and tables that other systems exported."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument(
            "--audience", default="everyone", help="who may read those whose file names no audience"
        )
        parser.add_argument(
            "--publish", action="store_true", help="approve each text; without it they wait for review"
        )
        parser.add_argument(
            "--as", dest="approver", metavar="USER", help="the person who approves (with --publish)"
        )
        parser.add_argument(
            "--create-audiences",
            action="store_true",
            help="of an export, add the audiences that are missing here, with nobody in them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.counts: Counter[str] = Counter()
        self.left_behind = 0
        path: Path = options["path"]
        intake = Intake(audience=self._audience(options["audience"]), approver=self._approver(options))
        try:
            if path.suffix.lower() == ".zip" and path.is_file():
                with unpacked(path) as folder:
                    self._import(folder, intake, options)
            else:
                self._import(path, intake, options)
        except BadSource as problem:
            raise CommandError(str(problem)) from problem
        self._sum_up()

    def _import(self, path: Path, intake: Intake, options: dict[str, Any]) -> None:
        if path.is_dir() and exported.is_export(path):
            self._rebuild(path, intake, create_audiences=options["create_audiences"])
            return
        for entry in self._progress(read_entries(path), count_entries(path)):
            self._tell_of(entry.name, lambda entry=entry: _taken(entry, intake))  # type: ignore[misc]

    def _rebuild(self, root: Path, intake: Intake, *, create_audiences: bool) -> None:
        """What another site exported: shelves first, then articles, then which of them took another's place."""
        moving.make_categories(exported.read_list(root, exported.CATEGORIES))
        if create_audiences:
            made = moving.make_audiences(exported.read_list(root, exported.AUDIENCES))
            if made:
                self._tell(f"Audiences added, with nobody in them yet: {', '.join(made)}.")
        followed: dict[str, str] = {}
        folders = exported.article_folders(root)
        for folder in self._progress(folders, len(folders)):
            self._tell_of(folder.name, lambda folder=folder: _rebuilt(root, folder, intake, followed))  # type: ignore[misc]
        _replace(followed)

    def _tell_of(self, name: str, take: Callable[[], Taken]) -> None:
        try:
            taken = take()
        except REFUSALS as refusal:
            self.counts["failed"] += 1
            self._tell(self.style.ERROR(f"{name}: {refusal}"))
            return
        self.counts[taken.result.value] += 1
        self.left_behind += bool(taken.left_behind)
        for sentence in filter(None, (taken.held_back, *taken.left_behind)):
            self._tell(self.style.WARNING(f"{name}: {sentence}"))

    def _sum_up(self) -> None:
        if self.left_behind:
            verb = "article lost" if self.left_behind == 1 else "articles lost"
            self.stdout.write(f"{self.left_behind} {verb} something on the way, as told above")
        outcomes = ("created", "updated", "unchanged", "failed")
        self.stdout.write(", ".join(f"{self.counts[outcome]} {outcome}" for outcome in outcomes))
        if self.counts["failed"]:
            raise SystemExit(1)

    def _progress(self, entries: Iterable[Any], total: int) -> Iterable[Any]:
        return tqdm(entries, total=total, unit="article", desc="Importing", file=self.stderr, disable=None)

    def _tell(self, line: str) -> None:
        # Through tqdm, which would otherwise draw its bar over the line.
        tqdm.write(line, file=self.stderr)

    def _audience(self, slug: str) -> Audience:
        audience = Audience.objects.filter(slug=slug).first()
        if audience is None:
            known = ", ".join(Audience.objects.values_list("slug", flat=True))
            raise CommandError(f"There is no audience “{slug}”; there are: {known}.")
        return audience

    def _approver(self, options: dict[str, Any]) -> User | None:
        if not options["publish"]:
            if options["approver"]:
                raise CommandError("--as names who approves, so it goes with --publish.")
            return None
        if not options["approver"]:
            return operator()
        person = User.objects.filter(username=options["approver"]).first()
        if person is None:
            raise CommandError(f"There is nobody called “{options['approver']}”.")
        return person


def _taken(entry: Entry, intake: Intake) -> Taken:
    if entry.source is None:
        raise BadSource(entry.problem)
    return take_in(source=entry.source, intake=intake)


def _rebuilt(root: Path, folder: Path, intake: Intake, followed: dict[str, str]) -> Taken:
    moved = exported.read_article(root, folder)
    contents = partial(exported.picture_content, root, folder)
    taken = take_in_moved(moved=moved, pictures=contents, intake=intake)
    if moved.replaced_by and taken.result is Result.CREATED:
        followed[moved.external_id] = moved.replaced_by
    return taken


def _replace(followed: dict[str, str]) -> None:
    named = Article.objects.filter(external_id__in={*followed, *followed.values()})
    articles = {each.external_id: each for each in named}
    for name, successor in followed.items():
        if name in articles and successor in articles:
            moving.replace(article=articles[name], by=articles[successor])
