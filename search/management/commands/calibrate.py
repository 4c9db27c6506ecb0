"""manage.py calibrate: fit how sure search is to the questions that this site's people have judged."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.roles import Role
from accounts.services import system_account
from search import engine, evaluation, verdicts
from search.embedding import EmbeddingUnavailable
from search.evaluation import BadSet
from search.fitting import Judged
from search.progress import reconcile_with_progress
from search.risk import RISK
from search.services import calibrating
from search.services.calibrating import Calibrated, NoBetter, TooFewJudged


class Command(BaseCommand):
    help = (
        "Fit how sure search is to what this site's people said of their answers, and to labelled questions if "
        "there are any. Draws on the confidence that ships, so that a few questions change little."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--risk",
            type=_share,
            default=RISK,
            help="share of answers that may be wrong (default: %(default)s)",
        )
        parser.add_argument("--queries", type=Path, help=".jsonl of {id, text}, with --qrels")
        parser.add_argument(
            "--qrels", type=Path, help=".tsv: query-id, corpus-id, score; imported ids of articles"
        )
        parser.add_argument(
            "--out-of-scope", type=Path, help=".jsonl of questions that no article here answers"
        )
        parser.add_argument(
            "--judged-to", type=Path, help="write the judged questions' features there, without their words"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="tell what would change, and change nothing"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["queries"]) != bool(options["qrels"]):
            raise CommandError("--queries and --qrels belong together.")
        try:
            fingerprint = engine.embedder().fingerprint
            judged = [*verdicts.said_by_askers(fingerprint), *self._asked(options)]
            if options["judged_to"]:
                _write(judged, options["judged_to"])
            calibrated = calibrating.calibrate(judged, fingerprint=fingerprint, risk=options["risk"])
        except (BadSet, EmbeddingUnavailable, TooFewJudged, NoBetter) as problem:
            raise CommandError(str(problem)) from problem
        if not options["dry_run"]:
            calibrating.keep(calibrated, fingerprint=fingerprint, risk=options["risk"])
        self._tell(calibrated, options)

    def _asked(self, options: dict[str, Any]) -> list[Judged]:
        """What the files say, asked now, with a bar."""
        queries = evaluation.read_queries(options["queries"]) if options["queries"] else {}
        qrels = evaluation.read_qrels(options["qrels"]) if options["qrels"] else {}
        outside = evaluation.read_queries(options["out_of_scope"]) if options["out_of_scope"] else {}
        queries = {key: text for key, text in queries.items() if key in qrels}
        if not (queries or outside):
            return []
        reconcile_with_progress(self.stderr)
        user = system_account(username="command-line", name="Command line", roles=(Role.EMPLOYEE,))
        asking: Iterator[Judged] = chain(
            verdicts.labelled(queries, qrels, user=user), verdicts.out_of_scope(outside, user=user)
        )
        total = 2 * len(queries) + len(outside)
        return list(tqdm(asking, total=total, unit="question", desc="Asking", file=self.stderr, disable=None))

    def _tell(self, calibrated: Calibrated, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(asdict(calibrated) | {"kept": not options["dry_run"]}))
            return
        counted = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in calibrated.counts.items())
        before, after = calibrated.before, calibrated.after
        self.stdout.write(
            f"Judged questions: {counted}\n"
            f"Loss on questions held back: {calibrated.loss_before:.3f} before, {calibrated.loss_after:.3f} after\n"
            f"Answers from a probability of {after.answer_from:.2f} (before: {before.answer_from:.2f}), "
            f"“this may be it” from {after.maybe_from:.2f} (before: {before.maybe_from:.2f})\n"
        )
        self.stdout.write(
            "Nothing was changed." if options["dry_run"] else "In use from the next question on."
        )


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < 1:
        raise ArgumentTypeError(f"{text} is no share: name one between 0 and 1, such as 0.28.")
    return value


def _write(judged: list[Judged], path: Path) -> None:
    try:
        path.write_text("".join(json.dumps(asdict(each)) + "\n" for each in judged), encoding="utf-8")
    except OSError as problem:
        raise CommandError(f"{path} can't be written: {problem}.") from problem
