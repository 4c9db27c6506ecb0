"""manage.py learn_phrasings: have articles found by the questions that they solved in another system."""

from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from search.embedding import EmbeddingUnavailable
from search.histories import BadHistory, BadLine, Solved, read_history
from search.progress import reconcile_with_progress
from search.services.histories import Fate, Learning, learn_history

# Tickets in one transaction: others wait for it no longer than a blink.
BATCH = 200
BAD_LINES_NAMED = 20


class Command(BaseCommand):
    help = (
        "Learn from an exported history: a .jsonl or .jsonl.gz of {id, created, title, body, kb_links}, whose links "
        "are the articles that solved a ticket. Run it again as you like: it learns nothing twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tickets", type=Path, required=True, metavar="FILE")
        parser.add_argument(
            "--until", type=_day, metavar="DATE", help="only tickets created before this day (UTC)"
        )
        parser.add_argument("--dry-run", action="store_true", help="only count what would be learnt")

    def handle(self, *args: Any, **options: Any) -> None:
        self.bad_lines = 0
        learning = Learning(until=options["until"], is_dry=options["dry_run"])
        try:
            fates = self._learn(options["tickets"], learning)
            self._tell(fates, learning)
            if not fates.total():
                raise BadHistory(f"{options['tickets']} holds no ticket.")
            left = 0 if learning.is_dry else reconcile_with_progress(self.stderr)
        except (BadHistory, EmbeddingUnavailable) as problem:
            raise CommandError(str(problem)) from problem
        if left:
            raise CommandError(f"{left} articles could not be brought in step with what was learnt.")

    def _learn(self, path: Path, learning: Learning) -> Counter[Fate]:
        fates: Counter[Fate] = Counter()
        with tqdm(unit="ticket", desc="Learning", file=self.stderr, disable=None, leave=False) as bar:
            tickets = self._tickets(path)
            while batch := list(islice(tickets, BATCH)):
                fates += learn_history(batch, learning)
                bar.update(len(batch))
        return fates

    def _tickets(self, path: Path) -> Iterator[Solved]:
        for each in read_history(path):
            if isinstance(each, BadLine):
                self._tell_of(each)
            else:
                yield each

    def _tell_of(self, line: BadLine) -> None:
        self.bad_lines += 1
        if self.bad_lines <= BAD_LINES_NAMED:
            self.stderr.write(f"Line {line.number} is left out: {line.problem}.")

    def _tell(self, fates: Counter[Fate], learning: Learning) -> None:
        if learning.is_dry:
            self.stdout.write("Nothing was changed.")
        for fate in Fate:
            self.stdout.write(f"{fates[fate]:7} tickets {fate}")
        if self.bad_lines:
            self.stdout.write(f"{self.bad_lines:7} lines are no tickets")


def _day(text: str) -> datetime:
    """Midnight of a day, in UTC as histories have their times."""
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day such as 2024-07-01.") from None
