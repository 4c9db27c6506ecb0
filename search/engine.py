"""What a process holds in memory to answer: sentence models and one replica, each made on first use."""

import logging
from collections.abc import Collection
from contextlib import suppress
from threading import Lock, Thread

from django.conf import settings
from django.db import connections

from search import builds
from search.builds import Build
from search.embedding import Embedder, EmbeddingUnavailable, load_embedder, weights_of
from search.embedding_paths import Choice, keep_choice, kept_choice
from search.models import Passage
from search.replica import Replica, has_replica, replica_for

logger = logging.getLogger(__name__)

CHOICES = settings.DATA_DIR / "embedding"

_embedders: dict[str, Embedder] = {}  # by the sum of the weights
_lock = Lock()
_preparing = Lock()


def embedder() -> Embedder:
    """The sentence model of the index that answers now. EmbeddingUnavailable when it can't be had."""
    return embedder_for(_at_hand(builds.answering()))


def _at_hand(build: Build) -> Build:
    """This index, or the one that this process answered by until now while it takes up this one beside that.

    The earlier one is kept in step for a day.
    """
    if has_replica(build.fingerprint):
        return build
    earlier = next((each for each in builds.completed() if has_replica(each.fingerprint)), None)
    if earlier is None:
        return build
    if _preparing.acquire(blocking=False):
        Thread(target=_prepare, args=[build], name="index-swap", daemon=True).start()
    return earlier


def _prepare(build: Build) -> None:
    """Load what it takes to answer by an index. What goes wrong is logged, and tried again at the next question."""
    try:
        with suppress(EmbeddingUnavailable):  # its words answer without one
            embedder_for(build)
        replica_for(build.fingerprint)
    except Exception:
        logger.exception("The index %s could not be taken up", build.fingerprint)
    finally:
        _preparing.release()
        connections.close_all()


def embedder_if_possible() -> Embedder | None:
    """The sentence model of the index that answers now, or None, logged, when search has to do with words alone."""
    try:
        return embedder()
    except EmbeddingUnavailable as problem:
        logger.error("%s", problem)
        return None


def embedder_for(build: Build) -> Embedder:
    """The sentence model that an index was made with, loaded on first use; indexes of the same weights share it.

    EmbeddingUnavailable when it can't be loaded, or when its folder holds another model now.
    """
    loaded = _embedders.get(build.weights)  # nobody waits while another model is loaded
    if loaded is not None:
        return loaded.under(build.fingerprint)
    with _lock:
        if build.weights not in _embedders:
            if weights_of(build.model_path) != build.weights:
                raise EmbeddingUnavailable(
                    f"{build.model_path or 'The package'} holds another model than the one that the index "
                    f"{build.fingerprint} was made with. Until everything is embedded anew, words alone are looked up."
                )
            model = load_embedder(build.model_path)
            model.go_by(_path_so_far(build.weights))
            _embedders[build.weights] = model
        return _embedders[build.weights].under(build.fingerprint)


def _path_so_far(weights: str) -> Choice:
    """What the settings force or an earlier process has chosen; else the reference, which always works."""
    forced = settings.EMBEDDING_PATH
    return Choice(forced, forced) if forced else kept_choice(CHOICES, weights) or Choice()


def choose_path(build: Build) -> None:
    """Find out how this machine runs the model fastest, unless that is known: some seconds, once a machine and model.

    For workers and for the warm-up; a question never waits for it. EmbeddingUnavailable without a model.
    """
    model = embedder_for(build)
    if settings.EMBEDDING_PATH or kept_choice(CHOICES, build.weights):
        return
    choice = model.measure()
    keep_choice(CHOICES, build.weights, choice)
    model.go_by(choice)


def is_warm() -> bool:
    """Whether this process can answer at once, without loading a model or building an index."""
    return any(each.weights in _embedders and has_replica(each.fingerprint) for each in builds.completed())


def fingerprint() -> str:
    """Of the index that is configured, told without loading a model. EmbeddingUnavailable when there is none."""
    return builds.configured().fingerprint


def replica(model: Embedder | None) -> Replica:
    """This process's copy of the index, up to date with the database at this moment.

    Without a model it holds the newest complete index, or the newest passages, in which words can be looked up.
    """
    if model is not None:
        return replica_for(model.fingerprint)
    newest = Passage.objects.order_by("-pk").values_list("fingerprint", flat=True)
    return replica_for(builds.newest_complete() or newest.first() or "")


def keep_models(weights: Collection[str]) -> None:
    """Let go of the models of indexes that are no longer in use."""
    with _lock:
        for unused in _embedders.keys() - set(weights):
            del _embedders[unused]
