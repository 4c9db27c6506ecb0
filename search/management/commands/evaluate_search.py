"""manage.py evaluate_search: figures of the search that people get, over labelled questions."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.roles import Role
from accounts.services import system_account
from search import evaluation
from search.embedding import EmbeddingUnavailable
from search.evaluation import Asked, BadSet
from search.progress import reconcile_with_progress


class Command(BaseCommand):
    help = "Measure search on labelled questions; the ids of articles in the labels are those they were imported with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queries", type=Path, required=True, help=".jsonl of {id, text}")
        parser.add_argument("--qrels", type=Path, required=True, help=".tsv: query-id, corpus-id, score")
        parser.add_argument("--unanswerable", type=Path, help=".jsonl of questions that no article answers")
        parser.add_argument(
            "--baseline",
            action="store_true",
            help="also measure meaning alone and words alone, in the same run",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            figures = self._figures(options)
        except (BadSet, EmbeddingUnavailable) as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            self.stdout.write(json.dumps(figures))
        else:
            for name, value in figures.items():
                self.stdout.write(f"{name:24} {value:g}")

    def _figures(self, options: dict[str, Any]) -> dict[str, float]:
        queries = evaluation.read_queries(options["queries"])
        qrels = evaluation.read_qrels(options["qrels"])
        labelled = {key: text for key, text in queries.items() if key in qrels}
        if not labelled:
            raise BadSet("No question of the one file has a label in the other.")
        unanswerable = evaluation.read_queries(options["unanswerable"]) if options["unanswerable"] else {}
        reconcile_with_progress(self.stderr)
        self.user = system_account(username="command-line", name="Command line", roles=(Role.EMPLOYEE,))
        asked = self._ask(labelled)
        relevant = [qrels[key] for key in labelled]
        figures = {"queries": len(labelled), **evaluation.ranking_figures(asked, relevant)}
        if unanswerable:
            figures |= evaluation.answering_figures(asked, self._ask(unanswerable))
        if options["baseline"]:
            figures |= evaluation.baselines(labelled.values(), relevant, user=self.user)
        return figures

    def _ask(self, queries: dict[str, str]) -> list[Asked]:
        with tqdm(total=len(queries), unit="question", desc="Asking", file=self.stderr, disable=None) as bar:
            return evaluation.ask_all(queries.values(), user=self.user, on_asked=bar.update)
