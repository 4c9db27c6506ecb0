"""One process's copy of the index, for reading, in step with the database. Threads share it."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connections
from numpy.typing import NDArray

from search import changes, snapshots
from search.contents import Contents, in_batches
from search.locking import SharedLock
from search.models import IndexState
from search.ranking import CANDIDATES, Signals
from search.vectors import StoreUnavailable, VectorStore

logger = logging.getLogger(__name__)

# How often a process that follows changes writes a new snapshot, so that the next start has few left to follow.
SAVE_EVERY = 3600
# Seconds that a question waits while another one takes changes in; then it is answered from what is there.
WAIT_AT_MOST = 5
# Seconds of words alone after the engine of the vectors could not be reached, before it is tried again.
TRY_AGAIN_AFTER = 5
# During a change of the model: the index that answered until now, and the new one.
MOST_REPLICAS = 2


class _Beginning(NamedTuple):
    """What a replica begins with, made beside what it has: it goes up to `sequence`, and leads on to `state`."""

    contents: Contents
    sequence: int
    state: IndexState
    is_of_snapshot: bool


class Replica:
    """Follows the change log of the database for one fingerprint.

    Look-ups run side by side, and none meets an index that is half taken down. What changed is read from the
    database beside them; only taking it in keeps them waiting.

    While the engine of the vectors can't be reached, words alone answer, and a thread tries again now and then. What
    changed meanwhile waits for it, unless this process has started without vectors: then it follows by words.
    """

    contents: Contents
    database: UUID
    sequence: int

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._lock = SharedLock()
        self._following = Lock()
        self._saved = 0  # the sequence of the newest snapshot that this process knows of
        self._saved_at = time.monotonic()
        self._try_again_at: float | None = None  # while the engine of the vectors can't be reached
        self._trying = Lock()
        self._start(changes.state())

    def __len__(self) -> int:
        return len(self.contents.passages)

    def catch_up(self) -> None:
        """Take in what changed since last time: one small read when nothing did."""
        self._try_again_in_time()
        if self._waits_for_engine() or self._is_at(changes.state()):
            return
        if not self._following.acquire(timeout=0 if self._is_without_engine else WAIT_AT_MOST):
            return
        try:
            # While this thread waited, another may have followed further than the state it looked at.
            state = changes.state()
            if not self._waits_for_engine() and not self._is_at(state):
                self._go_to(state)
        except StoreUnavailable as problem:
            self._do_without(problem)
        finally:
            self._following.release()
        self._save_in_time()

    def _go_to(self, state: IndexState) -> None:
        if state.database != self.database or not self._follow(state):
            # The log was pruned past what this replica has seen, or the database is another or an earlier one.
            self._start(state)

    @property
    def _is_without_engine(self) -> bool:
        return self._try_again_at is not None

    def _waits_for_engine(self) -> bool:
        return self._is_without_engine and not self.contents.by_words_alone

    def _do_without(self, problem: StoreUnavailable) -> None:
        if not self._is_without_engine:
            logger.error("Search has to do with words alone: %s", problem)
        self._try_again_at = time.monotonic() + TRY_AGAIN_AFTER

    def _try_again_in_time(self) -> None:
        """Have one thread try, once in a while; no question waits for it."""
        at = self._try_again_at
        if at is not None and time.monotonic() >= at and self._trying.acquire(blocking=False):
            Thread(target=self._try_again, name="index-engine", daemon=True).start()

    def _try_again(self) -> None:
        try:
            if self.contents.by_words_alone:
                # Following by words goes on meanwhile: the engine may take its time to say that it is not there.
                beginning = self._beginning(changes.state())
                with self._following:
                    self._take_up(beginning)
            else:
                with self._following:
                    self.contents.reach_engine()
                    self._go_to(changes.state())
            # Where starting anew failed again, it has said when to try next.
            if not self.contents.by_words_alone:
                self._try_again_at = None
                logger.warning("The engine of the vectors is back")
        except StoreUnavailable as problem:
            self._do_without(problem)
        except Exception:
            self._try_again_at = time.monotonic() + TRY_AGAIN_AFTER
            logger.exception("The vectors could not be taken up again")
        finally:
            self._trying.release()
            connections.close_all()

    def _is_at(self, state: IndexState) -> bool:
        return (state.database, state.sequence) == (self.database, self.sequence)

    def _follow(self, state: IndexState) -> bool:
        """Take in the log up to this state; False when the log does not lead there."""
        news = changes.between(self.sequence, state.sequence)
        if news is None:
            return False
        for batch in in_batches(news):
            rows = self.contents.read(batch)
            if settings.MILVUS_URI:
                # An engine on another machine may be slow, and sees to its own readers.
                self.contents.take_vectors(rows)
                with self._lock.alone():
                    self.contents.take_words(rows)
            else:
                with self._lock.alone():
                    self.contents.take(rows)
        with self._lock.alone():
            self.sequence = state.sequence
        return True

    def _start(self, state: IndexState) -> None:
        """Begin anew, by words alone when the engine of the vectors can't be reached."""
        try:
            self._begin(state)
        except StoreUnavailable as problem:
            self._do_without(problem)
            self._begin(state, by_words_alone=True)

    def _begin(self, state: IndexState, *, by_words_alone: bool = False) -> None:
        self._take_up(self._beginning(state, by_words_alone=by_words_alone))

    def _beginning(self, state: IndexState, *, by_words_alone: bool = False) -> _Beginning:
        """The newest snapshot, or what the database has. StoreUnavailable unless by words alone.

        A change that committed while the database was read comes after `state`, and is simply applied once more.
        """
        if opened := self._open(state, by_words_alone):
            return _Beginning(*opened, state, is_of_snapshot=True)
        contents = Contents.from_database(self.fingerprint, by_words_alone=by_words_alone)
        return _Beginning(contents, state.sequence, state, is_of_snapshot=False)

    def _take_up(self, beginning: _Beginning) -> None:
        """Put a beginning in the place of what is there, and follow from it."""
        contents, sequence, state, is_of_snapshot = beginning
        with self._lock.alone():
            self.contents, self.database, self.sequence = contents, state.database, sequence
        self._saved = sequence
        if sequence != state.sequence:
            self._follow(state)
        if not is_of_snapshot and len(self) and not contents.by_words_alone:
            self.save()

    def _open(self, state: IndexState, by_words_alone: bool) -> tuple[Contents, int] | None:
        """The newest snapshot and its sequence, if it can be trusted and the log leads on from there."""
        try:
            folder, sequence = snapshots.newest(self._snapshots(state.database), self._origin(state.database))
            if changes.between(sequence, state.sequence) is None:
                raise snapshots.SnapshotRefused(f"the change log does not lead from {sequence} to here")
            contents = Contents.load(self.fingerprint, folder, by_words_alone=by_words_alone)
        except FileNotFoundError:
            return None
        except (OSError, RuntimeError, ValueError, snapshots.SnapshotRefused) as problem:
            logger.warning("The index snapshot is no use, and is made anew: %s", problem)
            return None
        return contents, sequence

    def save(self) -> None:
        """Write a snapshot for the next process that starts. What goes wrong is logged: it only saves time."""
        try:
            snapshots.write(self._snapshots(self.database), self._origin(self.database), self._fill)
        except OSError as problem:
            logger.warning("The index snapshot could not be written: %s", problem)
        self._saved_at = time.monotonic()

    def _fill(self, folder: Path) -> int:
        """Write the files of a snapshot; returns up to which change they go. Questions are answered meanwhile."""
        with self._lock.shared():
            self.contents.save(folder)
            self._saved = self.sequence
            return self.sequence

    def _save_in_time(self) -> None:
        if self.contents.by_words_alone:
            return
        if self.sequence != self._saved and time.monotonic() - self._saved_at > SAVE_EVERY:
            self._saved_at = time.monotonic()
            Thread(target=self.save, name="index-snapshot", daemon=True).start()

    def _snapshots(self, database: UUID) -> Path:
        return settings.INDEX_DIR / f"{database}-{self.fingerprint}"

    def _origin(self, database: UUID) -> snapshots.Origin:
        return snapshots.Origin(str(database), self.fingerprint)

    def respelt(self, question: str, *, audiences: frozenset[int], is_word: Callable[[str], bool]) -> str:
        """The question with its slips mended, as LexicalIndex.respelt does it."""
        with self._lock.shared():
            return self.contents.lexical.respelt(question, audiences=audiences, is_word=is_word)

    def hyphenated(self, question: str, *, audiences: frozenset[int]) -> str:
        """The question with its codes as articles write them, as LexicalIndex.hyphenated does it."""
        with self._lock.shared():
            return self.contents.lexical.hyphenated(question, audiences=audiences)

    def look_up(
        self,
        question: str,
        vector: NDArray[np.float32] | None,
        *,
        audiences: frozenset[int],
        widened: str = "",
    ) -> Signals:
        """All that both indexes say about a question, within these audiences. `vector` has length one, or is None.

        `widened` is the question with synonyms: passages are found by it, titles and codes by the question alone.
        """
        with self._lock.shared():
            contents = self.contents
            dense = self._nearest(contents.vectors, vector, audiences)
            asked_before = self._nearest(contents.phrasing_vectors, vector, audiences)
            words = contents.lexical.search(widened or question, CANDIDATES, audiences=audiences)
            identified = contents.lexical.identified(question, audiences=audiences)
            named = {passage for match in identified for passage in match.passage_ids}
            article_of = contents.passages.of({*dict(dense or ()), *dict(words), *named})
            resolved_by = contents.phrasings.of(dict(asked_before or ()))
            # An engine that others write to may know of more, or of less, than this process has heard of.
            return Signals(
                dense=[hit for hit in dense or () if hit[0] in article_of],
                lexical=words,
                article_of=article_of,
                fingerprint=self.fingerprint,
                lexical_ceiling=contents.lexical.ceiling(question),
                passages_in=contents.passages.counts({*article_of.values(), *resolved_by.values()}),
                identified=identified,
                # An article may come more than once: the nearest of its phrasings first.
                phrasings=[
                    (resolved_by[phrasing], cosine)
                    for phrasing, cosine in asked_before or ()
                    if phrasing in resolved_by
                ],
                by_meaning=dense is not None,
            )

    def _nearest(
        self, store: VectorStore | None, vector: NDArray[np.float32] | None, audiences: frozenset[int]
    ) -> list[tuple[int, float]] | None:
        """(id, cosine); None while the engine can't be reached: words alone are better than no answer."""
        if vector is None or self._is_without_engine or self.contents.by_words_alone:
            return None
        if store is None:
            return []
        try:
            return store.search(vector, CANDIDATES, audiences=audiences)
        except StoreUnavailable as problem:
            self._do_without(problem)
            return None


_replicas: dict[str, Replica] = {}  # the newest last
_building: dict[str, Lock] = {}
_lock = Lock()


def replica_for(fingerprint: str) -> Replica:
    """This process's replica, up to date with the database at this moment; the first question has it built."""
    replica = _replicas.get(fingerprint) or _built(fingerprint)
    replica.catch_up()
    return replica


def _built(fingerprint: str) -> Replica:
    """Built once, however many ask at the same time; those who ask another one do not wait."""
    with _lock:
        building = _building.setdefault(fingerprint, Lock())
    with building:
        replica = _replicas.get(fingerprint) or Replica(fingerprint)
        with _lock:
            _replicas[fingerprint] = replica
            while len(_replicas) > MOST_REPLICAS:
                del _replicas[next(iter(_replicas))]
        return replica


def has_replica(fingerprint: str) -> bool:
    """Whether this process can answer by this index without building anything."""
    return fingerprint in _replicas


def forget_replicas() -> None:
    """Have the next question build its replica anew."""
    with _lock:
        _replicas.clear()
