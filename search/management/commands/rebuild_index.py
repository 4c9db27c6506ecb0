"""manage.py rebuild_index: make the vectors anew from the articles, while search goes on with what there is."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search import builds, engine, services
from search.embedding import EmbeddingUnavailable
from search.progress import reconcile_with_progress


class Command(BaseCommand):
    help = (
        "Embed every published article anew. Search goes on with what there is until it is replaced. "
        "Stopped halfway, it goes on with --missing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--missing", action="store_true", help="keep what is in step; only do what is missing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wanted = builds.configured().fingerprint
            answering = builds.answering().fingerprint
            if answering != wanted:
                self.stdout.write(f"The index {answering} answers until the new one is complete: {wanted}")
            if not options["missing"]:
                services.rebuild(fingerprint=wanted)
            services.choose_embedding_path()
            left = reconcile_with_progress(self.stderr)
        except EmbeddingUnavailable as problem:
            raise CommandError(str(problem)) from problem
        passages = len(engine.replica(engine.embedder()))
        self.stdout.write(f"{passages} passages in the index, {left} articles still to do")
        if left:
            raise SystemExit(1)
