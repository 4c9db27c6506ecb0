"""What a replica holds of one fingerprint: vectors, words and who owns which passage. The database can rebuild it."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Self

from django.conf import settings

from kb.models import Article, Revision
from search import changes
from search.lexical import LexicalIndex
from search.lexical_documents import LexicalDocument
from search.lexical_files import private_folder
from search.milvus import MilvusStore
from search.models import Passage, PhrasingVector
from search.owners import Owners
from search.passages import from_bytes
from search.vectors import FaissStore, VectorStore

logger = logging.getLogger(__name__)

BATCH = 500


@dataclass(frozen=True)
class Rows:
    """What the database has of some articles: passages and phrasings by id, and the documents to find words in."""

    articles: frozenset[int]
    audience_of: dict[int, int] = field(default_factory=dict)  # article → audience
    passages: dict[int, int] = field(default_factory=dict)  # passage → article
    phrasings: dict[int, int] = field(default_factory=dict)  # phrasing → article
    documents: list[LexicalDocument] = field(default_factory=list)
    vectors: dict[int, bytes] = field(default_factory=dict)  # of passages that are not held yet
    phrasing_vectors: dict[int, bytes] = field(default_factory=dict)


class Contents:
    """Passages and phrasings of one fingerprint. Not safe for threads: Replica is.

    Those `by_words_alone` leave the vectors out, for as long as the engine that keeps them can't be reached.
    """

    def __init__(self, fingerprint: str, lexical: LexicalIndex, *, by_words_alone: bool = False) -> None:
        self.fingerprint = fingerprint
        self.lexical = lexical
        self.by_words_alone = by_words_alone
        self.vectors: VectorStore | None = None
        self.phrasing_vectors: VectorStore | None = None
        self.passages = Owners.none()
        self.phrasings = Owners.none()

    @classmethod
    def from_database(cls, fingerprint: str, *, by_words_alone: bool = False) -> Self:
        """Everything anew. StoreUnavailable, unless by words alone."""
        contents = cls(fingerprint, LexicalIndex(_folder_for_words()), by_words_alone=by_words_alone)
        ids = Passage.objects.filter(fingerprint=fingerprint).values_list("article_id", flat=True)
        contents.fill(map(contents.read, in_batches(ids.distinct().order_by())))
        contents._drop_strangers()
        contents.settle()
        return contents

    def _drop_strangers(self) -> None:
        """An engine that outlives this process may hold what was deleted while nobody followed."""
        for store, owners in ((self.vectors, self.passages), (self.phrasing_vectors, self.phrasings)):
            if store is not None and not isinstance(store, FaissStore):
                held = store.ids()
                store.remove(list(held - owners.of(held).keys()))

    def reach_engine(self) -> None:
        """Ask the engine on another machine whether it is there. StoreUnavailable when it is not."""
        for store in (self.vectors, self.phrasing_vectors):
            if isinstance(store, MilvusStore):
                store.reach()

    def settle(self) -> None:
        """Find the structure that suits the number of vectors: once everything is taken in, never in a request."""
        for store in (self.vectors, self.phrasing_vectors):
            if isinstance(store, FaissStore):
                store.settle()

    def read(self, article_ids: Collection[int]) -> Rows:
        """What the database has of these articles now, with the vectors of what is not held yet."""
        passages = list(
            Passage.objects.filter(fingerprint=self.fingerprint, article__in=article_ids)
            .order_by("pk")
            .defer("vector")
        )
        phrasings = dict(
            PhrasingVector.objects.filter(fingerprint=self.fingerprint, phrasing__article__in=article_ids)
            .order_by("phrasing")
            .values_list("phrasing", "phrasing__article")
        )
        audience_of = dict(Article.objects.filter(pk__in=article_ids).values_list("pk", "audience"))
        revisions = Revision.objects.only("title", "body").in_bulk({each.revision_id for each in passages})
        documents = [
            LexicalDocument(
                passage_id=each.pk,
                article_id=each.article_id,
                audience_id=audience_of[each.article_id],
                title=revisions[each.revision_id].title,
                heading=" > ".join(each.path),
                text=revisions[each.revision_id].body[each.start : each.end],
            )
            for each in passages
            # An article may be deleted between two of these queries.
            if each.article_id in audience_of and each.revision_id in revisions
        ]
        found = {each.passage_id: each.article_id for each in documents}
        phrasings = {each: article for each, article in phrasings.items() if article in audience_of}
        new, unheard = found.keys() - self.passages.of(found), phrasings.keys() - self.phrasings.of(phrasings)
        if self.by_words_alone:
            new, unheard = set(), set()
        vectors = Passage.objects.filter(pk__in=new).values_list("pk", "vector")
        heard = PhrasingVector.objects.filter(fingerprint=self.fingerprint, phrasing__in=unheard)
        return Rows(
            articles=frozenset(article_ids),
            audience_of=audience_of,
            passages=found,
            phrasings=phrasings,
            documents=documents,
            vectors={pk: bytes(vector) for pk, vector in vectors},
            phrasing_vectors={pk: bytes(vector) for pk, vector in heard.values_list("phrasing", "vector")},
        )

    def fill(self, parts: Iterable[Rows]) -> None:
        """Take in part after part of what nobody asks yet, the words in one commit. StoreUnavailable."""
        self.lexical.add(chain.from_iterable(map(self._documents_of_new, parts)))

    def _documents_of_new(self, rows: Rows) -> list[LexicalDocument]:
        self.take_vectors(rows)
        self._own(rows)
        return rows.documents

    def take(self, rows: Rows) -> None:
        """Hold just what was read of these articles. After StoreUnavailable it may be taken again."""
        self.take_vectors(rows)
        self.take_words(rows)

    def take_vectors(self, rows: Rows) -> None:
        """The part of `take` that an engine on another machine may fail at, or be slow at."""
        new_passages = partial(new_store, f"{self.fingerprint}_passages")
        self.vectors = _follow(self.vectors, new_passages, self.passages, rows.passages, rows.vectors, rows)
        new_phrasings = partial(new_store, f"{self.fingerprint}_phrasings")
        self.phrasing_vectors = _follow(
            self.phrasing_vectors, new_phrasings, self.phrasings, rows.phrasings, rows.phrasing_vectors, rows
        )

    def take_words(self, rows: Rows) -> None:
        """The part of `take` that is this process's own."""
        self._own(rows)
        self.lexical.replace(rows.articles, rows.documents)

    def _own(self, rows: Rows) -> None:
        self.passages = _owned_now(self.passages, rows.passages, rows)
        self.phrasings = _owned_now(self.phrasings, rows.phrasings, rows)

    def save(self, folder: Path) -> None:
        """Write everything into a folder. OSError when words are in memory only, as there was no folder for them."""
        if self.lexical.folder is None:
            raise OSError("the words of the index have no folder")
        for name, store in (("passages", self.vectors), ("phrasings", self.phrasing_vectors)):
            if isinstance(store, FaissStore):
                store.save(folder / name)
        self.passages.save(folder / "passages.npz")
        self.phrasings.save(folder / "phrasings.npz")
        self.lexical.save(folder / "words")

    @classmethod
    def load(cls, fingerprint: str, folder: Path, *, by_words_alone: bool = False) -> Self:
        """What `save` wrote, checked by search.snapshots. Raises OSError; StoreUnavailable unless by words alone."""
        lexical = LexicalIndex.load(folder / "words", private_folder(settings.INDEX_DIR))
        contents = cls(fingerprint, lexical, by_words_alone=by_words_alone)
        contents.passages = Owners.load(folder / "passages.npz")
        contents.phrasings = Owners.load(folder / "phrasings.npz")
        if not by_words_alone:
            contents.vectors = contents._opened(folder, "passages", contents.passages)
            contents.phrasing_vectors = contents._opened(folder, "phrasings", contents.phrasings)
        return contents

    def _opened(self, folder: Path, name: str, owners: Owners) -> VectorStore | None:
        """The vectors of a snapshot, or of the engine that has them; ValueError when it has lost some."""
        if not settings.MILVUS_URI:
            return FaissStore.load(folder / name) if (folder / name).is_dir() else None
        vector = Passage.objects.filter(fingerprint=self.fingerprint).values_list("vector", flat=True).first()
        if vector is None or not len(owners):
            return None
        store = new_store(f"{self.fingerprint}_{name}", from_bytes([bytes(vector)]).shape[1])
        if len(store) < len(owners):
            raise ValueError(f"the engine has fewer {name} than the snapshot")
        return store


def _folder_for_words() -> Path | None:
    """Where they go; None, in memory, when nothing can be written."""
    try:
        return private_folder(settings.INDEX_DIR)
    except OSError as problem:
        logger.warning("The index keeps its words in memory: %s", problem)
        return None


def in_batches(articles: Iterable[int]) -> Iterator[list[int]]:
    """In order, and so few at a time that their texts fit into memory."""
    ids = sorted(articles)
    return (ids[begin : begin + BATCH] for begin in range(0, len(ids), BATCH))


def _follow(
    store: VectorStore | None,
    new: Callable[[int], VectorStore],
    held: Owners,
    owner_of: dict[int, int],
    vectors: dict[int, bytes],
    rows: Rows,
) -> VectorStore | None:
    """Have a store hold these ids for the articles of the rows, each under its article's audience."""
    before = held.owned_by(rows.articles)
    audience_of = {each: rows.audience_of[article] for each, article in owner_of.items()}
    if store is not None:
        store.remove(list(before.keys() - owner_of.keys()))
        store.move({each: audience_of[each] for each in before.keys() & owner_of.keys()})
    missing = [each for each in owner_of if each in vectors]
    if not missing:
        return store
    matrix = from_bytes(vectors[each] for each in missing)
    store = new(matrix.shape[1]) if store is None else store
    store.add(missing, matrix, [audience_of[each] for each in missing])
    return store


def _owned_now(held: Owners, owner_of: dict[int, int], rows: Rows) -> Owners:
    return held.replaced({*held.owned_by(rows.articles), *owner_of}, owner_of)


def new_store(name: str, dimensions: int) -> VectorStore:
    """The engine that keeps vectors: the one place that chooses."""
    if not settings.MILVUS_URI:
        return FaissStore(dimensions)
    collection = f"tier_zero_{changes.state().database.hex}_{name}"
    return MilvusStore(
        settings.MILVUS_URI, token=settings.MILVUS_TOKEN, collection=collection, dimensions=dimensions
    )
