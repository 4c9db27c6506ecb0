"""The ways in which this machine can run a sentence model, and which of them is fastest and right. Pure.

Which one that is depends on the processor: bfloat16 makes three times as many passages a second where it has AMX,
one and a half times as many where it has AVX512-BF16 alone, and fewer where it has neither. So it is measured, once
a machine and model, and kept in a file. Figures: docs/decisions/008-embedding-path.md.
"""

import json
import logging
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

# Vectors of length one, float32, of so few texts that they fit into one batch.
Encode = Callable[[list[str]], NDArray[np.float32]]

REFERENCE = "sentence-transformers"
BFLOAT16 = "bfloat16"
NAMES = (REFERENCE, BFLOAT16)

# Nearer to the reference than this, vectors of two paths may stand in one index.
LEAST_COSINE = 0.999
# Less than this is noise, and not worth leaving the reference for.
LEAST_GAIN = 1.1
ROUNDS = 5

_SENTENCES = (
    "I forgot my password and the laptop says that the account is locked.",
    "Error 0x80070005 appears when the update is installed; see KB5034441.",
    "Open Settings, choose Accounts, then Sign-in options, and press Change.",
    "The VPN connects, but no page of the intranet opens until the adapter is restarted.",
    "How do I share a mailbox with the whole team?",
    "Das Drucken geht nicht: the queue shows “paused” although the printer is on.",
    "| Setting | Value |\n| --- | --- |\n| smtp.port | 587 |\n| smtp.tls | required |",
    "If this does not help, note the time and the name of the machine, and ask the service desk.",
)
QUESTIONS = tuple(_SENTENCES[:5])
PASSAGES = tuple(" ".join((_SENTENCES * 2)[begin : begin + 4 + begin]) for begin in range(8))


@dataclass(frozen=True)
class Choice:
    """The path of a question, where its latency counts, and that of a batch of passages, where throughput does."""

    question: str = REFERENCE
    batch: str = REFERENCE


def paths(model: "SentenceTransformer") -> dict[str, Encode]:
    """Every path by its name, the reference first. A path that this model can't go raises when it is used."""
    return {
        REFERENCE: partial(_by_the_library, model),
        BFLOAT16: partial(_in_bfloat16, model),
    }


def _by_the_library(model: "SentenceTransformer", texts: list[str]) -> NDArray[np.float32]:
    vectors = model.encode(texts, batch_size=len(texts), normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(vectors, dtype=np.float32)


def _in_bfloat16(model: "SentenceTransformer", texts: list[str]) -> NDArray[np.float32]:
    """Only the multiplications are in bfloat16 (autocast): with weights in bfloat16 the cosine falls to .998."""
    import torch

    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        vectors = model(model.preprocess(texts))["sentence_embedding"].float()
        return np.asarray(torch.nn.functional.normalize(vectors, dim=1).numpy(), dtype=np.float32)


def choose(candidates: Mapping[str, Encode]) -> Choice:
    """Measure all candidates on built-in texts; those whose vectors are not the reference's are out."""
    sound = {name: encode for name, encode in candidates.items() if _is_sound(name, encode, candidates)}
    return Choice(question=_fastest(sound, QUESTIONS[:1]), batch=_fastest(sound, PASSAGES))


def _is_sound(name: str, encode: Encode, candidates: Mapping[str, Encode]) -> bool:
    try:
        cosine = min(
            float((encode(list(texts)) * candidates[REFERENCE](list(texts))).sum(axis=1).min())
            for texts in (QUESTIONS, PASSAGES)
        )
    except Exception as problem:  # noqa: BLE001 - anything, for what a model or a processor lacks
        logger.info("This model can't be run by %s: %s", name, problem)
        return False
    if not cosine >= LEAST_COSINE:
        logger.info("Vectors made by %s are too far from the reference: cosine %.5f", name, cosine)
    return cosine >= LEAST_COSINE


def _fastest(candidates: Mapping[str, Encode], texts: Sequence[str]) -> str:
    """By the median over rounds of the time that the reference takes over the candidate's own in that round.

    The candidates take turns, so that a noisy moment slows all of them down.
    """
    gains: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        seconds = {name: _seconds(encode, texts) for name, encode in candidates.items()}
        for name, taken in seconds.items():
            gains[name].append(seconds[REFERENCE] / taken)
    gain = {name: statistics.median(each) for name, each in gains.items()}
    best = max(gain, key=lambda name: gain[name])
    logger.info("Embedding %d texts: %s", len(texts), ", ".join(f"{k} ×{v:.2f}" for k, v in gain.items()))
    return best if gain[best] >= LEAST_GAIN else REFERENCE


def _seconds(encode: Encode, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    encode(list(texts))
    return time.perf_counter() - started


def machine() -> str:
    """What a choice holds for: the processor, how much of it this process may use, and torch."""
    import torch

    what = (_processor(), len(os.sched_getaffinity(0)), torch.get_num_threads(), torch.__version__)
    return " / ".join(map(str, what))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    kept = (line for line in lines if line.startswith(("model name", "flags", "Features")))
    return " ".join(sorted({" ".join(line.partition(":")[2].split()) for line in kept}))


def kept_choice(folder: Path, weights: str) -> Choice | None:
    """What was chosen on this machine for a model; None when nothing was, or on another machine."""
    try:
        kept = json.loads((folder / f"{weights}.json").read_text())
        choice = Choice(**kept["choice"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    known = {choice.question, choice.batch} <= set(NAMES)
    return choice if known and kept.get("machine") == machine() else None


def keep_choice(folder: Path, weights: str, choice: Choice) -> None:
    """Write down what was chosen; a folder that can't be written to is logged, and the next process chooses anew."""
    kept = {"machine": machine(), "choice": asdict(choice)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
            json.dump(kept, file)
        Path(file.name).replace(folder / f"{weights}.json")
    except OSError as problem:
        logger.warning("The choice of an embedding path could not be kept: %s", problem)
