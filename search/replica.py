"""One process's copy of the index, for reading: FAISS for meaning, tantivy for words. The database can rebuild it."""

import logging
from collections.abc import Iterable
from pathlib import Path
from threading import RLock
from uuid import UUID

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from search import changes
from search.indexing import from_bytes
from search.lexical import LexicalDocument, LexicalIndex
from search.models import IndexChange, IndexState, Passage
from search.ranking import CANDIDATES, Signals
from search.vectors import FaissStore, IndexCorrupted

logger = logging.getLogger(__name__)

BATCH = 500


class Contents:
    """Passages of one fingerprint, to look up by meaning and by words. Not safe for threads: Replica is."""

    def __init__(self, fingerprint: str, vectors: FaissStore | None = None) -> None:
        self.fingerprint = fingerprint
        self.vectors = vectors
        self.lexical = LexicalIndex()
        self.passages_of: dict[int, list[int]] = {}
        self.article_of: dict[int, int] = {}
        self.read_from_database = 0

    def forget(self, article_ids: set[int]) -> None:
        """Drop every passage of these articles."""
        gone = [passage for article in article_ids for passage in self.passages_of.pop(article, [])]
        if self.vectors is not None:
            self.vectors.remove(gone)
        self.lexical.remove_articles(article_ids)
        for passage in gone:
            self.article_of.pop(passage, None)

    def take(self, article_ids: Iterable[int]) -> None:
        """Hold what the database has of these articles, none of which is held yet."""
        passages = list(
            Passage.objects.filter(fingerprint=self.fingerprint, article__in=list(article_ids))
            .select_related("revision", "article")
            .defer("vector")
            .order_by("pk")
        )
        self._take_vectors({passage.pk: passage.article.audience_id for passage in passages})
        self.lexical.add(_document(passage) for passage in passages)
        for passage in passages:
            self.article_of[passage.pk] = passage.article_id
            self.passages_of.setdefault(passage.article_id, []).append(passage.pk)

    def _take_vectors(self, audience_of: dict[int, int]) -> None:
        """Keep the vectors of these passages under their audiences, reading those from the database that are new."""
        known = self.vectors.ids() if self.vectors else frozenset()
        rows = Passage.objects.filter(pk__in=audience_of.keys() - known).values_list("pk", "vector")
        read = {pk: bytes(vector) for pk, vector in rows}
        self.read_from_database += len(read)
        if read:
            matrix = from_bytes(read.values())
            self.vectors = self.vectors or FaissStore(matrix.shape[1], fingerprint=self.fingerprint)
            self.vectors.add(list(read), matrix, [audience_of[pk] for pk in read])
        if self.vectors is not None:
            self.vectors.move({pk: audience_of[pk] for pk in audience_of.keys() & known})

    def drop_strangers(self) -> bool:
        """Drop the vectors whose passages the database no longer has; whether there were any."""
        strangers = self.vectors.ids() - self.article_of.keys() if self.vectors else frozenset()
        if self.vectors and strangers:
            self.vectors.remove(list(strangers))
        return bool(strangers)


class Replica:
    """Follows the change log of the database for one fingerprint. Threads of a process share it.

    A look-up and a change never overlap: no question meets an index that is half taken down.
    """

    contents: Contents
    database: UUID
    sequence: int

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._lock = RLock()
        self._build(changes.state())

    def __len__(self) -> int:
        return len(self.contents.article_of)

    def catch_up(self) -> None:
        """Take in what changed since last time: one small read when nothing did."""
        with self._lock:
            state = changes.state()
            if (state.database, state.sequence) == (self.database, self.sequence):
                return
            news = list(IndexChange.objects.filter(sequence__gt=self.sequence).order_by("sequence"))
            if state.database == self.database and news and news[0].sequence == self.sequence + 1:
                changed = {change.article_id for change in news}
                self.contents.forget(changed)
                self.contents.take(changed)
                self.sequence = news[-1].sequence
            else:
                # The log was pruned past what this replica has seen, or the database is another or an earlier one.
                self._build(state)

    def look_up(
        self, question: str, vector: NDArray[np.float32] | None, *, audiences: frozenset[int]
    ) -> Signals:
        """All that both indexes say about a question, within these audiences. `vector` has length one, or is None."""
        with self._lock:
            vectors, lexical = self.contents.vectors, self.contents.lexical
            dense = (
                vectors.search(vector, CANDIDATES, audiences=audiences)
                if vectors and vector is not None
                else []
            )
            words = lexical.search(question, CANDIDATES, audiences=audiences)
            identified = lexical.identified(question, audiences=audiences)
            named = {passage for match in identified for passage in match.passage_ids}
            article_of = {
                each: self.contents.article_of[each] for each in {*dict(dense), *dict(words), *named}
            }
            return Signals(
                dense=dense,
                lexical=words,
                article_of=article_of,
                lexical_ceiling=lexical.ceiling(question),
                passages_in={each: len(self.contents.passages_of[each]) for each in set(article_of.values())},
                identified=identified,
            )

    def _build(self, state: IndexState) -> None:
        """Start over beside what is there, and swap when complete."""
        snapshot = settings.INDEX_DIR / f"{state.database}-{self.fingerprint}.vectors"
        contents = Contents(self.fingerprint, _read_snapshot(snapshot, self.fingerprint))
        ids = Passage.objects.filter(fingerprint=self.fingerprint).values_list("article_id", flat=True)
        articles = sorted(set(ids))
        for begin in range(0, len(articles), BATCH):
            contents.take(articles[begin : begin + BATCH])
        if contents.drop_strangers() or contents.read_from_database:
            _write_snapshot(snapshot, contents)
        # A change that committed while the passages were read comes after `state`, and is simply applied once more.
        self.contents, self.database, self.sequence = contents, state.database, state.sequence


def _read_snapshot(path: Path, fingerprint: str) -> FaissStore | None:
    """The vectors of last time, to save reading them all from the database; None when they can't be trusted."""
    try:
        store = FaissStore.load(path)
    except FileNotFoundError:
        return None
    except (OSError, IndexCorrupted) as problem:
        logger.warning("The index snapshot is no use, and is made anew: %s", problem)
        return None
    return store if store.fingerprint == fingerprint else None


def _write_snapshot(path: Path, contents: Contents) -> None:
    if contents.vectors is None:
        return
    try:
        contents.vectors.save(path)
    except OSError as problem:
        logger.warning("The index snapshot could not be written: %s", problem)


def _document(passage: Passage) -> LexicalDocument:
    return LexicalDocument(
        passage_id=passage.pk,
        article_id=passage.article_id,
        audience_id=passage.article.audience_id,
        title=passage.revision.title,
        heading=" > ".join(passage.path),
        text=passage.revision.body[passage.start : passage.end],
    )


_replicas: dict[str, Replica] = {}
_replicas_lock = RLock()


def replica_for(fingerprint: str) -> Replica:
    """This process's replica, up to date with the database at this moment."""
    with _replicas_lock:
        if fingerprint not in _replicas:
            _replicas.clear()
            _replicas[fingerprint] = Replica(fingerprint)
        replica = _replicas[fingerprint]
    replica.catch_up()
    return replica


def forget_replicas() -> None:
    """Have the next question build its replica anew."""
    with _replicas_lock:
        _replicas.clear()
