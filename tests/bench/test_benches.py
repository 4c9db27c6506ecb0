"""The benches run, on a thousand passages: what they say of a million is nobody's test."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.bench.drawn import drawn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With vectors that need no model."""
    random = np.random.default_rng(1)
    for name, count in (("real", 50), ("questions", 20)):
        made = random.normal(size=(count, 48)).astype(np.float32)
        np.save(tmp_path / f"{name}.npy", made / np.linalg.norm(made, axis=1, keepdims=True))
    return tmp_path


def test_the_index_is_measured_and_drawn(folder: Path) -> None:
    command = [sys.executable, "-m", "tests.bench.bench_index", "--folder", str(folder)]
    subprocess.run([*command, "--sizes", "1k"], check=True, capture_output=True)
    measured = json.loads((folder / "results.json").read_text())["1000"]
    assert measured["recall@10, all"] == measured["recall@10, 1%"] == 1.0
    assert measured["memory a passage (bytes)"] > 48 * 4
    subprocess.run([*command, "--picture", str(folder / "picture.png")], check=True, capture_output=True)
    assert (folder / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_vectors_are_drawn_near_the_real_ones_and_are_of_length_one() -> None:
    real = np.eye(30, dtype=np.float32)
    made = np.concatenate(list(drawn(real, 500, np.random.default_rng(2))))
    assert made.shape == (500, 30)
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    assert np.median((made @ real.T).max(axis=1)) > 0.6
