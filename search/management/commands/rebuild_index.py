"""manage.py rebuild_index: throw the vectors away and make them anew from the articles."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search import engine, services
from search.embedding import EmbeddingUnavailable
from search.progress import reconcile_with_progress


class Command(BaseCommand):
    help = "Embed every published article anew. Search goes on with what is done so far; stop and start as you like."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--missing", action="store_true", help="keep what is in step; only do what is missing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if not options["missing"]:
                services.rebuild(fingerprint=engine.embedder().fingerprint)
            left = reconcile_with_progress(self.stderr)
        except EmbeddingUnavailable as problem:
            raise CommandError(str(problem)) from problem
        passages = len(engine.replica(engine.embedder()))
        self.stdout.write(f"{passages} passages in the index, {left} articles still to do")
        if left:
            raise SystemExit(1)
