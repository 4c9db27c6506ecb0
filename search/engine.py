"""What a process holds in memory to answer: one embedder and one replica, each made on first use."""

import logging
from threading import Lock

from django.conf import settings

from search.embedding import Embedder, EmbeddingUnavailable, fingerprint_of, load_embedder
from search.models import Passage
from search.replica import Replica, replica_for

logger = logging.getLogger(__name__)

_embedders: dict[str | None, Embedder] = {}
_lock = Lock()


def embedder() -> Embedder:
    """This process's sentence model, loaded on first use. EmbeddingUnavailable when it can't be."""
    path = settings.EMBEDDING_MODEL_PATH
    with _lock:
        if path not in _embedders:
            _embedders[path] = load_embedder(path)
        return _embedders[path]


def embedder_if_possible() -> Embedder | None:
    """The sentence model, or None, logged, when search has to do with words alone."""
    try:
        return embedder()
    except EmbeddingUnavailable as problem:
        logger.error("%s", problem)
        return None


def fingerprint() -> str:
    """Of the configured model, told without loading it. EmbeddingUnavailable when there is none."""
    return fingerprint_of(settings.EMBEDDING_MODEL_PATH)


def replica(model: Embedder | None) -> Replica:
    """This process's copy of the index, up to date with the database at this moment.

    Without a model it holds the newest passages, in which words can still be looked up.
    """
    if model is not None:
        return replica_for(model.fingerprint)
    newest = Passage.objects.order_by("-pk").values_list("fingerprint", flat=True).first()
    return replica_for(newest or "")
