import numpy as np
import pytest

from search import engine
from search.embedding import Embedder
from search.likeness import likeness

pytestmark = pytest.mark.django_db


class Counting:
    """The real model, and how many texts it was given."""

    def __init__(self, model: Embedder) -> None:
        self.model, self.fingerprint, self.given = model, model.fingerprint, 0

    def encode(self, texts: list[str]) -> np.ndarray:
        self.given += len(texts)
        return self.model.encode(texts)


def test_texts_are_as_like_the_question_as_the_model_says_and_are_embedded_once() -> None:
    model = Counting(engine.embedder())
    question, *vectors = engine.embedder().encode(["reset a password", "a new password", "jammed paper"])
    texts = ["a new password", "jammed paper", "a new password"]
    first = likeness(question, texts, embedder=model)
    assert first == pytest.approx(
        [float(v @ question) for v in (vectors[0], vectors[1], vectors[0])], abs=1e-4
    )
    assert likeness(question, texts, embedder=model) == first
    assert model.given == 2


def test_without_texts_no_model_is_asked() -> None:
    assert likeness(np.ones(3, dtype=np.float32), [], embedder=None) == []
