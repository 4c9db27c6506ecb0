"""manage.py draw_risk_coverage: how many answers are wrong when so many questions are answered, as a picture."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.roles import Role
from accounts.services import system_account
from search import engine, evaluation, verdicts
from search.calibration import confidence_for
from search.confidence import Fit, probability
from search.embedding import EmbeddingUnavailable
from search.evaluation import BadSet
from search.fitting import Judged
from search.progress import reconcile_with_progress
from search.risk import Point, risk_over_coverage

# Of a few answers the share that is wrong says little.
FEWEST_ANSWERS = 10


class Command(BaseCommand):
    help = "Draw the risk-coverage curve of labelled questions, with the threshold in use, as .svg or .png."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queries", type=Path, required=True, help=".jsonl of {id, text}")
        parser.add_argument("--qrels", type=Path, required=True, help=".tsv: query-id, corpus-id, score")
        parser.add_argument("--to", type=Path, required=True, help="the picture to write: .svg or .png")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            queries = evaluation.read_queries(options["queries"])
            qrels = evaluation.read_qrels(options["qrels"])
            reconcile_with_progress(self.stderr)
            fitted = confidence_for(engine.embedder().fingerprint).fit
            judged = self._ask({key: text for key, text in queries.items() if key in qrels}, qrels)
            _draw(judged, fitted, options["to"])
        except (BadSet, EmbeddingUnavailable, OSError) as problem:
            raise CommandError(str(problem)) from problem
        except ImportError as problem:
            raise CommandError(
                "Drawing needs matplotlib: pip install matplotlib -c constraints.txt"
            ) from problem
        self.stdout.write(f"{options['to']}: {len(judged)} questions")

    def _ask(self, queries: dict[str, str], qrels: dict[str, dict[str, float]]) -> list[Judged]:
        user = system_account(username="command-line", name="Command line", roles=(Role.EMPLOYEE,))
        asking = verdicts.labelled(queries, qrels, user=user, absent_too=False)
        judged = list(tqdm(asking, total=len(queries), unit="question", file=self.stderr, disable=None))
        if not judged:
            raise BadSet("No question of the one file has a label in the other that names an article here.")
        return judged


def _draw(judged: Sequence[Judged], fitted: Fit, to: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    right = [each.is_right for each in judged]
    chances = [probability(each.features, fitted) for each in judged]
    cosines = [each.features.cosine for each in judged]
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for label, scores, style in (
        ("by the calibrated probability", chances, "-"),
        ("by the nearest cosine", cosines, ":"),
    ):
        points = _drawn(risk_over_coverage(scores, right), len(judged))
        axes.step([each.coverage for each in points], [each.risk for each in points], style, label=label)
    answered = [
        is_right for chance, is_right in zip(chances, right, strict=True) if chance >= fitted.answer_from
    ]
    if answered:
        coverage, risk = len(answered) / len(judged), answered.count(False) / len(answered)
        label = f"threshold in use: {coverage:.2f} answered, {risk:.2f} of them wrong"
        axes.plot(coverage, risk, "o", color="black", label=label)
    axes.set(xlim=(0, 1), ylim=(0, None), xlabel="coverage: share of the questions that get an answer",
        ylabel="risk: share of the answers that are wrong")  # fmt: skip
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    figure.savefig(to, dpi=150)


def _drawn(points: Sequence[Point], questions: int) -> list[Point]:
    return [each for each in points if each.coverage * questions >= FEWEST_ANSWERS]
