"""Which index answers, which is being built beside it, and which may go: one row of IndexBuild for each."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from search.embedding import EmbeddingUnavailable, fingerprint_of, weights_of
from search.models import IndexBuild, IndexEntry, Passage, PhrasingVector, UnitVectors

logger = logging.getLogger(__name__)

# How long an index is kept in step after another took over: for processes that were slow to follow, and for whoever
# puts the setting back, which then takes effect with the next question.
KEPT_FOR = timedelta(days=1)
# Rows deleted at once: a longer transaction would keep publications waiting.
DELETED_AT_ONCE = 2_000


@dataclass(frozen=True)
class Build:
    """An index: its fingerprint, and the model that it takes to ask it. `model_path` None means the packaged one."""

    fingerprint: str
    weights: str
    model_path: str | None


def configured() -> Build:
    """What the settings ask for, told without loading a model. EmbeddingUnavailable when there are no weights."""
    path = settings.EMBEDDING_MODEL_PATH
    return Build(fingerprint_of(path), weights_of(path), path)


def answering() -> Build:
    """What questions are looked up in: the configured index, or the newest complete one until that is complete.

    On a fresh site, where nothing is complete, the configured one answers as it grows. EmbeddingUnavailable when
    no model is configured and no index was ever complete.
    """
    complete = completed()
    try:
        wanted = configured()
    except EmbeddingUnavailable as problem:
        if not complete:
            raise
        logger.error("%s The index that was built last answers.", problem)
        return complete[0]
    is_complete = any(each.fingerprint == wanted.fingerprint for each in complete)
    return wanted if is_complete or not complete else complete[0]


def in_use() -> list[Build]:
    """Every index that is kept in step: first what answers, then what is configured, then what may be put back."""
    builds = [answering()]
    with suppress(EmbeddingUnavailable):  # answering() has said so
        builds.append(configured())
    first: dict[str, Build] = {}
    for build in [*builds, *completed()]:
        first.setdefault(build.fingerprint, build)
    return list(first.values())


def newest_complete() -> str | None:
    """The fingerprint of the index that was completed last, whether or not its model is still there."""
    complete = completed()
    return complete[0].fingerprint if complete else None


def completed() -> list[Build]:
    """Every index that was complete once and is kept in step, the newest first."""
    rows = IndexBuild.objects.filter(completed_at__isnull=False).order_by("-completed_at", "-pk")
    return [Build(row.fingerprint, row.weights, row.model_path or None) for row in rows]


def begin(build: Build) -> None:
    """Note that this index is being built."""
    IndexBuild.objects.get_or_create(fingerprint=build.fingerprint, defaults=_described(build))


def complete(build: Build) -> None:
    """Let this index answer from now on, unless it does already: every process finds out at its next question."""
    if newest_complete() == build.fingerprint:
        return
    values = _described(build) | {"completed_at": timezone.now()}
    IndexBuild.objects.update_or_create(fingerprint=build.fingerprint, defaults=values)
    logger.info("The index %s is complete and answers from now on", build.fingerprint)


def _described(build: Build) -> dict[str, Any]:
    return {"weights": build.weights, "model_path": build.model_path or ""}


def retire_others(build: Build) -> None:
    """Delete what no other index needs any more, once this one has been the newest for long enough."""
    long_ago = timezone.now() - KEPT_FOR
    row = IndexBuild.objects.filter(fingerprint=build.fingerprint, completed_at__lt=long_ago)
    if newest_complete() != build.fingerprint or not row.exists():
        return
    IndexBuild.objects.exclude(fingerprint=build.fingerprint).delete()
    for model in (Passage, UnitVectors, PhrasingVector, IndexEntry):
        others = model._default_manager.exclude(fingerprint=build.fingerprint)
        while rows := list(others.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
            model._default_manager.filter(pk__in=rows).delete()
