"""Keeping the index in step with the articles."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from search import builds, engine, indexing, phrasing_index, unit_vectors
from search.embedding import Embedder, EmbeddingUnavailable
from search.models import IndexChange, PhrasingVector, UnitVectors

logger = logging.getLogger(__name__)

# A replica that slept for longer than this builds itself anew.
KEEP_CHANGES = timedelta(days=7)


@dataclass
class Progress:
    """How far a reconcile is: articles in step of those that were not, and passages embedded for them."""

    total: int
    done: int = 0
    passages: int = 0


def index_article(article_id: int) -> None:
    """Bring every index that is in use in step with one article and its phrasings.

    EmbeddingUnavailable when there is no model for any of them.
    """
    for embedder in _models():
        indexing.bring_in_step(article_id, embedder=embedder)
        phrasing_index.bring_in_step(article_id, embedder=embedder)


def reconcile(*, seconds: float | None = None, on_progress: Callable[[Progress], None] | None = None) -> int:
    """Do whatever the events missed, for at most so many seconds; returns how many articles are still to do.

    What was published last comes first, and is seen by the next batch though it was published while this runs. One
    article that fails does not stop the others. With 0 seconds one batch is done. An index that this completes
    answers from then on. EmbeddingUnavailable when there is no model.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    for embedder in _models():
        _catch_up(embedder, deadline, on_progress or (lambda progress: None))
    IndexChange.objects.filter(created_at__lt=timezone.now() - KEEP_CHANGES).delete()
    return _swap_when_complete()


def _models() -> list[Embedder]:
    """The models of all indexes that are in use, what answers first; one that can't be had is logged and left out."""
    models, problem = [], None
    in_use = builds.in_use()
    engine.keep_models({build.weights for build in in_use})
    for build in in_use:
        try:
            models.append(engine.embedder_for(build))
        except EmbeddingUnavailable as unavailable:
            logger.warning("The index %s is not kept in step: %s", build.fingerprint, unavailable)
            problem = unavailable
    if problem and not models:
        raise problem
    return models


def _catch_up(embedder: Embedder, deadline: float | None, tell: Callable[[Progress], None]) -> None:
    fingerprint = embedder.fingerprint
    progress = Progress(total=indexing.pending(fingerprint).count())
    left: set[int] = set()
    while batch := indexing.next_batch(fingerprint, besides=left):
        before = progress.passages

        def embedded(count: int, before: int = before) -> None:
            progress.passages = before + count
            tell(progress)

        left |= indexing.bring_many_in_step(batch, embedder=embedder, on_embedded=embedded)
        progress.done = min(progress.total, progress.done + len(set(batch) - left))
        tell(progress)
        if _is_over(deadline):
            return
    _catch_up_with_phrasings(embedder, progress, deadline, tell)
    _catch_up_with_units(embedder, deadline)


def _catch_up_with_phrasings(
    embedder: Embedder, progress: Progress, deadline: float | None, tell: Callable[[Progress], None]
) -> None:
    waiting = list(phrasing_index.pending(embedder.fingerprint).values_list("pk", flat=True))
    progress.total += len(waiting)
    for article_id in waiting:
        try:
            phrasing_index.bring_in_step(article_id, embedder=embedder)
        except Exception:
            logger.exception("The phrasings of article %s could not be indexed", article_id)
        progress.done += 1
        tell(progress)
        if _is_over(deadline):
            return


def _catch_up_with_units(embedder: Embedder, deadline: float | None) -> None:
    """Last of all, as nothing waits for them; what is published meanwhile goes first."""
    try:
        while not _is_over(deadline) and not indexing.pending(embedder.fingerprint).exists():
            if not unit_vectors.make_some(embedder):
                return
    except Exception:
        logger.exception("The vectors of what may be quoted could not be made")


def _is_over(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def _swap_when_complete() -> int:
    """Let the configured index answer once it holds everything; returns how many articles it still lacks."""
    try:
        build = builds.configured()
    except EmbeddingUnavailable:
        return indexing.pending(builds.answering().fingerprint).count()
    phrasings = phrasing_index.pending(build.fingerprint).count()
    if indexing.is_complete(build.fingerprint) and not phrasings:
        builds.complete(build)
        builds.retire_others(build)
    else:
        builds.begin(build)
    return indexing.pending(build.fingerprint).count() + phrasings


def rebuild(*, fingerprint: str) -> None:
    """Have the next reconcile embed everything of an index anew. What is there answers until it is replaced."""
    indexing.make_anew(fingerprint)
    PhrasingVector.objects.filter(fingerprint=fingerprint).delete()
    UnitVectors.objects.filter(fingerprint=fingerprint).delete()


def choose_embedding_path() -> None:
    """Measure how this machine runs the models fastest, where that is not known: seconds, once a machine and model."""
    for build in builds.in_use():
        try:
            engine.choose_path(build)
        except EmbeddingUnavailable as problem:
            logger.warning("%s", problem)


def warm_up() -> None:
    """Load the model and the index before the first question needs them."""
    engine.replica(engine.embedder_if_possible())
