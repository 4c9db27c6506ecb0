import numpy as np
import pytest

from search import engine
from search.embedding import Embedder
from search.gists import Gist
from search.likeness import likeness

pytestmark = pytest.mark.django_db

PASSWORD, PAPER = Gist("A new password", "", "Choose one."), Gist("Jammed paper", "", "Pull it out.")


class Counting:
    """The real model, and how many texts it was given."""

    def __init__(self, model: Embedder) -> None:
        self.model, self.fingerprint, self.given = model, model.fingerprint, 0

    def encode(self, texts: list[str]) -> np.ndarray:
        self.given += len(texts)
        return self.model.encode(texts)


def test_gists_are_as_like_the_question_as_the_model_says_and_are_embedded_once() -> None:
    model = Counting(engine.embedder())
    question, *vectors = engine.embedder().encode(["reset a password", PASSWORD.text, PAPER.text])
    gists = [PASSWORD, PAPER, PASSWORD]
    first = likeness(question, gists, embedder=model, kept={})
    assert first == pytest.approx(
        [float(v @ question) for v in (vectors[0], vectors[1], vectors[0])], abs=1e-4
    )
    assert likeness(question, gists, embedder=model, kept={}) == first
    assert model.given == 2


def test_what_is_kept_is_not_embedded() -> None:
    question = np.array([1, 0], dtype=np.float32)
    kept = {PASSWORD.digest: np.array([0.6, 0.8], dtype=np.float32)}
    assert likeness(question, [PASSWORD], embedder=None, kept=kept) == pytest.approx([0.6])


def test_without_gists_no_model_is_asked() -> None:
    assert likeness(np.ones(3, dtype=np.float32), [], embedder=None, kept={}) == []
