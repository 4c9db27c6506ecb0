"""Fits the confidence that ships, from judged questions that `manage.py calibrate --judged-to FILE` wrote.

    python -m tests.bench.fit_confidence thunderbird.jsonl=1 m365.jsonl=.5 sister-product.jsonl=20

Prints the weights for search/confidence.py. docs/decisions/006-calibrated-confidence.md says which files and weights
were used. The number after a file is how much each of its questions counts.
"""

import json
import sys
from pathlib import Path

from search.confidence import CONSTANT, Fit
from search.features import Features
from search.fitting import Judged, Verdict, fit

SCOPE = ("cosine", "asked_nearer", "named", "titled")
RIGHT = ("lead", "agreement", "unmatched", "named", "titled")
# What no model's scale of cosines has a part in.
WORDS = ("agreement", "unmatched", "named", "titled")


def read(argument: str) -> list[Judged]:
    """The judged questions of FILE=WEIGHT."""
    path, _, weight = argument.partition("=")
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return [_judged(json.loads(line), float(weight or 1)) for line in lines]


def _judged(row: dict, weight: float) -> Judged:
    return Judged(Features(**row["features"]), Verdict(row["verdict"]), row["weight"] * weight)


def blank(scope: tuple[str, ...], right: tuple[str, ...]) -> Fit:
    """A fit that knows nothing yet."""
    return Fit(dict.fromkeys((CONSTANT, *scope), 0.0), dict.fromkeys((CONSTANT, *right), 0.0), 1.0, 1.0)


def fitted(judged: list[Judged]) -> dict[str, dict[str, dict[str, float]]]:
    """The weights of the confidence that ships, and of the cautious one."""
    fits = {
        "SHIPPED": fit(judged, start=blank(SCOPE, RIGHT), trust=0),
        "CAUTIOUS": fit(judged, start=blank(("named", "titled"), WORDS), trust=0),
    }
    return {
        name: {
            part: {key: round(value, 2) for key, value in getattr(each, part).items()}
            for part in ("scope", "right")
        }
        for name, each in fits.items()
    }


if __name__ == "__main__":
    print(json.dumps(fitted([each for argument in sys.argv[1:] for each in read(argument)]), indent=2))  # noqa: T201
