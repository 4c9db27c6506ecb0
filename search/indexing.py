"""Keeping the vectors in the database in step with the articles, each of them claimed by one worker at a time."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Length
from django.utils import timezone

from kb.models import Article
from search import changes
from search.embedding import Embedder
from search.models import IndexEntry, Passage, UnitVectors
from search.passages import embedded

# A worker that was killed leaves its claim behind; after this long another takes over.
CLAIM_EXPIRES = timedelta(minutes=2)
# After so many attempts a new index is complete without an article; the attempts go on.
FAILURES_ALLOWED = 3
# Few enough that what is published meanwhile waits for seconds, enough that batches of like length can be made.
PASSAGES_AT_ONCE = 128
PASSAGE_CHARACTERS = 1_200  # a rough mean, to tell how many articles make a batch

logger = logging.getLogger(__name__)


class Work(Enum):
    """The cheapest thing that brings the index in step with an article."""

    NOTHING = auto()
    REMOVE = auto()
    MOVE = auto()
    EMBED = auto()


@dataclass(frozen=True)
class Standing:
    """What the article is now, beside what the index holds of it. None where there is nothing."""

    live_revision_id: int | None
    audience_id: int
    indexed_revision_id: int | None
    indexed_audience_id: int | None


def plan(standing: Standing) -> Work:
    """Decide, without doing: embedding is expensive, moving between audiences is not."""
    if standing.live_revision_id is None:
        return Work.REMOVE if standing.indexed_revision_id else Work.NOTHING
    if standing.live_revision_id != standing.indexed_revision_id:
        return Work.EMBED
    return Work.NOTHING if standing.audience_id == standing.indexed_audience_id else Work.MOVE


def pending(fingerprint: str) -> QuerySet[Article]:
    """Articles that the index of this fingerprint is not in step with: the truth that the reconcile task works from.

    What was published last comes first: it must not wait behind a long import.
    """
    entry = IndexEntry.objects.filter(article=OuterRef("pk"), fingerprint=fingerprint)
    in_step = entry.filter(revision=OuterRef("live_revision"), audience_id=OuterRef("audience_id"))
    passages = Passage.objects.filter(article=OuterRef("pk"), fingerprint=fingerprint)
    live = Article.objects.live().exclude(
        Exists(in_step), Exists(passages.filter(revision=OuterRef("live_revision")))
    )
    gone = Article.objects.exclude(pk__in=Article.objects.live().values("pk")).filter(
        Exists(entry.filter(revision__isnull=False)) | Exists(passages)
    )
    either = Q(pk__in=live.values("pk")) | Q(pk__in=gone.values("pk"))
    return Article.objects.filter(either).order_by(F("live_revision").desc(nulls_last=True), "-pk")


def next_batch(fingerprint: str, *, besides: Collection[int] = ()) -> list[int]:
    """Articles to embed together: of about PASSAGES_AT_ONCE passages, but one at least while any is pending."""
    waiting = pending(fingerprint).exclude(pk__in=besides)
    sizes = waiting.values_list("pk", Length("live_revision__body"))[:PASSAGES_AT_ONCE]
    batch: list[int] = []
    passages = 0
    for article_id, characters in sizes:
        passages += 1 + (characters or 0) // PASSAGE_CHARACTERS
        if batch and passages > PASSAGES_AT_ONCE:
            break
        batch.append(article_id)
    return batch


def is_complete(fingerprint: str) -> bool:
    """Whether every live article is in step, but for those that failed often: they must not hold up the others."""
    hopeless = IndexEntry.objects.filter(fingerprint=fingerprint, failures__gte=FAILURES_ALLOWED)
    return not pending(fingerprint).exclude(pk__in=hopeless.values("article")).exists()


def bring_in_step(article_id: int, *, embedder: Embedder) -> bool:
    """Make the index hold just what is live of an article; False when another worker is on it.

    The article may change while its text is embedded, and whoever announces that finds this claim and leaves.
    So the last look comes after the claim is released.
    """
    while True:
        if not _claim([article_id], embedder.fingerprint):
            return False
        try:
            _do_work([article_id], embedder, on_embedded=None)
        except Exception as error:
            _release([article_id], embedder.fingerprint, error=str(error))
            raise
        _release([article_id], embedder.fingerprint)
        if not pending(embedder.fingerprint).filter(pk=article_id).exists():
            return True


def bring_many_in_step(
    article_ids: Sequence[int], *, embedder: Embedder, on_embedded: Callable[[int], None] | None = None
) -> set[int]:
    """As bring_in_step, for articles whose passages are embedded together; returns those that were left.

    Left are those that another worker is on, and those that failed, which keep their error. `on_embedded` hears how
    many passages are embedded so far.
    """
    fingerprint = embedder.fingerprint
    claimed = _claim(article_ids, fingerprint)
    try:
        _do_work(claimed, embedder, on_embedded=on_embedded)
        _release(claimed, fingerprint)
    except Exception:
        logger.exception("Articles could not be indexed together, and are tried one by one")
        IndexEntry.objects.filter(article__in=claimed, fingerprint=fingerprint).update(claimed_at=None)
    again = pending(fingerprint).filter(pk__in=claimed).values_list("pk", flat=True)
    return set(article_ids) - set(claimed) | {each for each in again if not _tried(each, embedder)}


def _tried(article_id: int, embedder: Embedder) -> bool:
    try:
        return bring_in_step(article_id, embedder=embedder)
    except Exception:
        logger.exception("Article %s could not be indexed", article_id)
        return False


@transaction.atomic
def _claim(article_ids: Sequence[int], fingerprint: str) -> list[int]:
    """Those of the articles that nobody else is on, in the order given; from now on this worker is."""
    # Locked, so that none of them is deleted before its entry is written.
    there = Article.objects.select_for_update().filter(pk__in=article_ids).order_by("pk")
    IndexEntry.objects.bulk_create(
        (IndexEntry(article_id=pk, fingerprint=fingerprint) for pk in there.values_list("pk", flat=True)),
        ignore_conflicts=True,
    )
    entries = IndexEntry.objects.filter(article__in=article_ids, fingerprint=fingerprint)
    free = entries.filter(Q(claimed_at__isnull=True) | Q(claimed_at__lt=timezone.now() - CLAIM_EXPIRES))
    claimed = set(free.select_for_update().values_list("article", flat=True))
    entries.filter(article__in=claimed).update(claimed_at=timezone.now())
    return [each for each in article_ids if each in claimed]


def _release(article_ids: Sequence[int], fingerprint: str, *, error: str = "") -> None:
    entries = IndexEntry.objects.filter(article__in=article_ids, fingerprint=fingerprint)
    entries.update(claimed_at=None, error=error, failures=F("failures") + 1 if error else 0)


def _do_work(
    article_ids: Sequence[int], embedder: Embedder, *, on_embedded: Callable[[int], None] | None
) -> None:
    articles = Article.objects.filter(pk__in=article_ids).select_related("live_revision")
    found = {article.pk: article for article in articles}
    standings = _standings(list(found.values()), embedder.fingerprint)
    words = [found[pk].words for pk, standing in standings.items() if plan(standing) is Work.EMBED]
    passages = embedded(words, embedder, on_embedded=on_embedded)
    for article_id in standings:
        _store(article_id, embedder.fingerprint, passages=passages.get(article_id))


def _standings(articles: Sequence[Article], fingerprint: str) -> dict[int, Standing]:
    """{article id: standing} of claimed articles."""
    entries = IndexEntry.objects.filter(article__in=articles, fingerprint=fingerprint)
    entry_of = {entry.article_id: entry for entry in entries}
    held = Passage.objects.filter(article__in=articles, fingerprint=fingerprint)
    revisions: dict[int, set[int]] = {}
    for article_id, revision_id in held.values_list("article", "revision").distinct():
        revisions.setdefault(article_id, set()).add(revision_id)
    live = set(
        Article.objects.live().filter(pk__in=[each.pk for each in articles]).values_list("pk", flat=True)
    )
    return {
        article.pk: _standing(
            article, entry_of[article.pk], revisions.get(article.pk, set()), article.pk in live
        )
        for article in articles
    }


def _standing(article: Article, entry: IndexEntry, held: set[int], is_live: bool) -> Standing:
    if not is_live:
        # Whatever the entry says: passages of what is not live have to go.
        return Standing(
            None, article.audience_id, entry.revision_id or min(held, default=None), entry.audience_id
        )
    # Passages that somebody deleted are made again, whatever the entry says.
    indexed = entry.revision_id if entry.revision_id in held else None
    return Standing(article.live_revision_id, article.audience_id, indexed, entry.audience_id)


@transaction.atomic
def _store(article_id: int, fingerprint: str, *, passages: list[Passage] | None) -> None:
    """Write what was decided, unless the article changed meanwhile: then the next round decides anew."""
    article = Article.objects.select_for_update().filter(pk=article_id).first()
    if article is None:
        return
    work = plan(_standings([article], fingerprint)[article_id])
    entry = IndexEntry.objects.filter(article=article, fingerprint=fingerprint)
    if work is Work.EMBED:
        if passages is None or any(passage.revision_id != article.live_revision_id for passage in passages):
            return
        _forget(article, fingerprint)
        Passage.objects.bulk_create(passages)
        entry.update(revision=article.live_revision, audience_id=article.audience_id)
    elif work is Work.REMOVE:
        _forget(article, fingerprint)
        entry.update(revision=None, audience_id=None)
    elif work is Work.MOVE:
        entry.update(audience_id=article.audience_id)
    if work is not Work.NOTHING:
        changes.record(article_id)


def _forget(article: Article, fingerprint: str) -> None:
    Passage.objects.filter(article=article, fingerprint=fingerprint).delete()
    UnitVectors.objects.filter(revision__article=article, fingerprint=fingerprint).delete()


def make_anew(fingerprint: str) -> None:
    """Trust no vector of this index any more: each article is embedded again, and found as before until it is."""
    IndexEntry.objects.filter(fingerprint=fingerprint).update(revision=None, claimed_at=None)
