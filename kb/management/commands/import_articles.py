"""manage.py import_articles: take in a folder of Markdown with front matter, or a .jsonl file."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.db import DataError, IntegrityError
from tqdm import tqdm

from accounts.models import User
from kb.importing import BadSource, Entry, count_entries, read_entries
from kb.intake import Intake, operator, take_in
from kb.models import Audience
from kb.workflow import Refused

# The last four are what the database and its driver say of values that no check foresaw.
REFUSALS = (BadSource, Refused, PermissionDenied, ValueError, OverflowError, DataError, IntegrityError)


class Command(BaseCommand):
    help = "Import articles from a folder of Markdown files with front matter, or from a .jsonl of {id, title, text}."

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

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        intake = Intake(audience=self._audience(options["audience"]), approver=self._approver(options))
        try:
            total = count_entries(path)
        except BadSource as problem:
            raise CommandError(str(problem)) from problem
        counts: Counter[str] = Counter()
        entries = tqdm(
            read_entries(path), total=total, unit="article", desc="Importing", file=self.stderr, disable=None
        )
        for entry in entries:
            counts[self._take_in(entry, intake)] += 1
        outcomes = ("created", "updated", "unchanged", "failed")
        self.stdout.write(", ".join(f"{counts[outcome]} {outcome}" for outcome in outcomes))
        if counts["failed"]:
            raise SystemExit(1)

    def _take_in(self, entry: Entry, intake: Intake) -> str:
        problem: object = entry.problem
        if entry.source:
            try:
                taken = take_in(source=entry.source, intake=intake)
                if taken.held_back:
                    self._tell(self.style.WARNING(f"{entry.name}: {taken.held_back}"))
                return taken.result.value
            except REFUSALS as refusal:
                problem = refusal
        self._tell(self.style.ERROR(f"{entry.name}: {problem}"))
        return "failed"

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
