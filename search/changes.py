"""The change log: what tells every process's replica where to look again."""

import uuid

from django.db.models import F

from search.models import IndexChange, IndexState


def state() -> IndexState:
    """The one row that numbers the changes and names this database."""
    return IndexState.objects.get_or_create(pk=1, defaults={"database": uuid.uuid4()})[0]


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
