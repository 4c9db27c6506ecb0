"""One process's copy of the index, for reading: FAISS for meaning, tantivy for words. The database can rebuild it."""

import logging
from collections.abc import Iterable
from pathlib import Path
from threading import RLock

from django.conf import settings

from search import changes
from search.indexing import from_bytes
from search.lexical import LexicalDocument, LexicalIndex
from search.models import IndexChange, IndexState, Passage
from search.vectors import FaissStore, IndexCorrupted

logger = logging.getLogger(__name__)

BATCH = 500


class Replica:
    """Follows the change log of one database for one fingerprint. Threads of a process share it."""

    def __init__(self, fingerprint: str, state: IndexState) -> None:
        self.fingerprint = fingerprint
        self.database = state.database
        self.sequence = state.sequence
        self.vectors: FaissStore | None = None
        self._read_from_database = 0
        self.lexical = LexicalIndex()
        self._passages_of: dict[int, list[int]] = {}
        self._article_of: dict[int, int] = {}
        self._lock = RLock()
        self._build()

    def __len__(self) -> int:
        return len(self._article_of)

    def article_of(self, passage_ids: Iterable[int]) -> dict[int, int]:
        """Which article each passage belongs to; passages that left the index meanwhile are left out."""
        return {each: self._article_of[each] for each in passage_ids if each in self._article_of}

    def passages_in(self, article_ids: Iterable[int]) -> dict[int, int]:
        """How many passages each article has."""
        return {each: len(self._passages_of.get(each, ())) for each in article_ids}

    def catch_up(self, state: IndexState) -> None:
        """Take in what changed up to `state`; nothing more is read when nothing did."""
        with self._lock:
            if state.sequence == self.sequence:
                return
            news = list(IndexChange.objects.filter(sequence__gt=self.sequence).order_by("sequence"))
            if not news or news[0].sequence != self.sequence + 1:
                # The log was pruned past what this replica has seen, or the database was restored to an earlier day.
                self._build()
                return
            changed = {change.article_id for change in news}
            self._forget(changed)
            self._take(changed)
            self.sequence = news[-1].sequence

    def _build(self) -> None:
        with self._lock:
            # Read first: a change that commits while the passages are read is then simply applied twice.
            self.sequence = changes.state().sequence
            self.vectors, self.lexical = self._from_snapshot(), LexicalIndex()
            self._passages_of, self._article_of = {}, {}
            ids = Passage.objects.filter(fingerprint=self.fingerprint).values_list("article_id", flat=True)
            articles = sorted(set(ids))
            for begin in range(0, len(articles), BATCH):
                self._take(articles[begin : begin + BATCH])
            self._settle_snapshot()

    @property
    def _snapshot(self) -> Path:
        """Named after the database too: ids of another one mean other passages."""
        return settings.INDEX_DIR / f"{self.database}-{self.fingerprint}.vectors"

    def _from_snapshot(self) -> FaissStore | None:
        """The vectors of last time, to save reading them all from the database; None when they can't be trusted."""
        try:
            store = FaissStore.load(self._snapshot)
        except FileNotFoundError:
            return None
        except (OSError, IndexCorrupted) as problem:
            logger.warning("The index snapshot is no use, and is made anew: %s", problem)
            return None
        return store if store.fingerprint == self.fingerprint else None

    def _settle_snapshot(self) -> None:
        """Drop what the database no longer has, and write the snapshot when it was not what the database holds."""
        if self.vectors is None:
            return
        gone = self.vectors.ids() - self._article_of.keys()
        self.vectors.remove(list(gone))
        if gone or self._read_from_database:
            try:
                self.vectors.save(self._snapshot)
            except OSError as problem:
                logger.warning("The index snapshot could not be written: %s", problem)

    def _forget(self, article_ids: set[int]) -> None:
        gone = [passage for article in article_ids for passage in self._passages_of.pop(article, [])]
        if self.vectors is not None:
            self.vectors.remove(gone)
        self.lexical.remove_articles(article_ids)
        for passage in gone:
            self._article_of.pop(passage, None)

    def _take(self, article_ids: Iterable[int]) -> None:
        passages = list(
            Passage.objects.filter(fingerprint=self.fingerprint, article__in=list(article_ids))
            .select_related("revision", "article")
            .defer("vector")
            .order_by("pk")
        )
        self._take_vectors({passage.pk: passage.article.audience_id for passage in passages})
        self.lexical.add(_document(passage) for passage in passages)
        for passage in passages:
            self._article_of[passage.pk] = passage.article_id
            self._passages_of.setdefault(passage.article_id, []).append(passage.pk)

    def _take_vectors(self, audience_of: dict[int, int]) -> None:
        """Keep the vectors of these passages under their audiences, reading those from the database that are new."""
        known = self.vectors.ids() if self.vectors else frozenset()
        rows = Passage.objects.filter(pk__in=audience_of.keys() - known).values_list("pk", "vector")
        read = {pk: bytes(vector) for pk, vector in rows}
        self._read_from_database += len(read)
        if read:
            matrix = from_bytes(read.values())
            self.vectors = self.vectors or FaissStore(matrix.shape[1], fingerprint=self.fingerprint)
            self.vectors.add(list(read), matrix, [audience_of[pk] for pk in read])
        if self.vectors is not None:
            self.vectors.move({pk: audience_of[pk] for pk in audience_of.keys() & known})


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
    """This process's replica, up to date with the database at this moment: one small read when nothing changed."""
    state = changes.state()
    with _replicas_lock:
        replica = _replicas.get(fingerprint)
        if replica is None or replica.database != state.database:
            _replicas.clear()
            replica = _replicas[fingerprint] = Replica(fingerprint, state)
    replica.catch_up(state)
    return replica


def forget_replicas() -> None:
    """Have the next question build its replica anew."""
    with _replicas_lock:
        _replicas.clear()
