"""manage.py evaluate_routing: how often routing is right on a history, against what is simplest."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from escalation.routing import evaluating
from escalation.routing.evaluating import BadHistory, Labelled, Report
from search import builds, engine
from search.embedding import EmbeddingUnavailable

BATCH = 512
# Of a history without a day of its own: what comes before is known, what comes after is guessed.
KNOWN_SHARE = 2 / 3


class Command(BaseCommand):
    help = "Measure routing on a history: learnt from earlier tickets, asked about later ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--tickets", type=Path, required=True, help=".jsonl or .jsonl.gz of {created, title, body, …}"
        )
        parser.add_argument("--label", required=True, help="the field that says where a ticket belonged")
        parser.add_argument(
            "--until", help="the day from which on tickets are guessed; else the last third is"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            tickets = evaluating.read(options["tickets"], options["label"])
            until = (
                self._day(options["until"])
                if options["until"]
                else tickets[int(len(tickets) * KNOWN_SHARE)].days
            )
            vectors = self._embed(tickets)
            with self._bar(len(tickets), "Asking") as bar:
                reports = evaluating.evaluate(
                    tickets, vectors, until=until, risk=settings.ROUTING_RISK, on_done=bar.update
                )
        except (BadHistory, EmbeddingUnavailable) as problem:
            raise CommandError(str(problem)) from problem
        for report in reports:
            self._tell(report)

    def _day(self, text: str) -> float:
        try:
            return evaluating.in_days(datetime.fromisoformat(text).replace(tzinfo=UTC))
        except ValueError:
            raise CommandError(f"--until {text} is no day such as 2024-07-01.") from None

    def _embed(self, tickets: list[Labelled]) -> Any:
        build = builds.configured()
        engine.choose_path(build)
        with self._bar(len(tickets), "Embedding") as bar:
            done = 0

            def progress(count: int) -> None:
                nonlocal done
                bar.update(count - done)
                done = count

            return engine.embedder_for(build).encode([each.text for each in tickets], on_progress=progress)

    def _bar(self, total: int, what: str) -> Any:
        return tqdm(total=total, unit="ticket", desc=what, file=self.stderr, disable=None)

    def _tell(self, report: Report) -> None:
        self.stdout.write(
            f"\n{report.name}: {report.trained} tickets before the day, {report.tested} after it, "
            f"{report.unknown:.1%} of them with a label that none before had\n"
            f"at a risk of {settings.ROUTING_RISK:.0%}, {report.placed:.1%} are placed by the machine itself\n"
            f"{'':24}{'overall':>10}{'on placed':>12}{'own surest':>12}"
        )
        for each in report.figures:
            self.stdout.write(
                f"{each.name:24}{each.overall:>10.3f}{each.on_placed:>12.3f}{each.on_own_surest:>12.3f}"
            )
