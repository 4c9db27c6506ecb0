"""manage.py evaluate_routing, with a model that is quick."""

import json
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from numpy.typing import NDArray

from search import engine


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    def encode(texts: list[str], on_progress: object = None) -> NDArray[np.float32]:
        return np.array([[1, 0] if "vpn" in text else [0, 1] for text in texts], dtype=np.float32)

    monkeypatch.setattr(engine, "choose_path", lambda build: None)
    monkeypatch.setattr(engine, "embedder_for", lambda build: SimpleNamespace(encode=encode))


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.jsonl"
    days = [f"2024-{month:02}-{day:02}T08:00:00Z" for month in (1, 2, 3) for day in range(1, 29)]
    rows = [
        {"created": day, "title": f"{words} {day}", "queue": queue}
        for day in days
        for words, queue in (("vpn drops", "Network"), ("paper jam", "Printing"))
    ]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def measured(history: Path, **options: str) -> list[str]:
    out = StringIO()
    call_command("evaluate_routing", tickets=history, label="queue", stdout=out, stderr=StringIO(), **options)
    return out.getvalue().splitlines()


@pytest.mark.django_db
def test_it_reports_both_ways_against_the_baselines(history: Path) -> None:
    told = "\n".join(measured(history, until="2024-03-01"))
    for words in ("frozen: 112 tickets before the day, 56 after it", "learning", "majority", "linear TF-IDF"):
        assert words in told
    assert "nearest tickets              1.000" in told


@pytest.mark.django_db
def test_without_a_day_the_last_third_is_guessed(history: Path) -> None:
    assert any("112 tickets before the day, 56 after it" in line for line in measured(history))


@pytest.mark.django_db
def test_what_can_not_be_measured_is_said_in_a_sentence(history: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no day such as"):
        measured(history, until="soon")
    with pytest.raises(CommandError, match="can't be read"):
        measured(tmp_path / "missing.jsonl")
