"""The change log: what tells every process's replica where to look again."""

import uuid

from django.db.models import F

from search.models import IndexChange, IndexState


def state() -> IndexState:
    """The one row that numbers the changes and names this database."""
    known = IndexState.objects.filter(pk=1).first()
    if known is None:
        # Somebody deleted it: a new name, so that no snapshot is taken for this one's, and numbers that go on.
        last = IndexChange.objects.order_by("-sequence").values_list("sequence", flat=True).first()
        defaults = {"database": uuid.uuid4(), "sequence": last or 0}
        known, _ = IndexState.objects.get_or_create(pk=1, defaults=defaults)
    return known


def record(article_id: int) -> int:
    """Write down that an article changed; call inside the transaction that changes it. Returns the number.

    The number is taken under the lock of one row, held until commit: the order of numbers is the order of commits,
    so that a replica which has seen number n has missed nothing before it.
    """
    if not IndexState.objects.filter(pk=1).update(sequence=F("sequence") + 1):
        state()
        IndexState.objects.filter(pk=1).update(sequence=F("sequence") + 1)
    sequence = IndexState.objects.values_list("sequence", flat=True).get(pk=1)
    IndexChange.objects.create(sequence=sequence, article_id=article_id)
    return sequence


def between(seen: int, current: int) -> set[int] | None:
    """The articles that changed after number `seen`, up to number `current`; None when the log does not tell.

    It does not when what was seen is of an earlier life of this database, or so old that the log was pruned.
    """
    if current == seen:
        return set()
    news = IndexChange.objects.filter(sequence__gt=seen, sequence__lte=current)
    articles = list(news.values_list("article_id", flat=True))
    return set(articles) if 0 < len(articles) == current - seen else None
