"""Editors' own questions, carried from one site to another: only what an editor wrote, never what people asked."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby

from django.db.models import Q

from accounts.models import User
from kb.models import Article
from search.models import Phrasing
from search.own_lists import Listed
from search.phrasings import digest, of_editor
from search.services.phrasings import OWN, write_own


def own_lists() -> Iterator[Listed]:
    """All that editors wrote and nobody pruned, in an order that stays the same, so that git can compare it."""
    own = Phrasing.objects.filter(source=Phrasing.Source.EDITOR, pruned_at=None).exclude(text="")
    rows = own.order_by("article__external_id", "text", "pk")
    return (Listed(*row) for row in rows.values_list("article__external_id", "text", "for_readers"))


def take_in(lists: Iterable[Listed], *, by: User) -> Counter[str]:
    """Put questions on the lists of their articles; counts the new, the known and those whose article is not here.

    What is on a list here stays as it is, and what was pruned here stays pruned.
    """
    counts: Counter[str] = Counter(new=0, known=0, homeless=0)
    for (name, for_readers), listed in groupby(sorted(lists, key=_place), key=_place):
        lines = [each.question for each in listed]
        article = Article.objects.filter(external_id=name).first()
        if article is None:
            counts["homeless"] += len(lines)
            continue
        fresh = _not_known(article, lines)
        new = write_own(article=article, lines=fresh, by=by, for_readers=for_readers) if fresh else 0
        counts.update(new=new, known=len(lines) - new)
    return counts


def _place(listed: Listed) -> tuple[str, bool]:
    return listed.article, listed.for_readers


def _not_known(article: Article, lines: Iterable[str]) -> list[str]:
    settled = Phrasing.objects.filter(Q(origin=OWN) | Q(pruned_at__isnull=False), article=article)
    known = set(settled.values_list("digest", flat=True))
    return [line for line in lines if digest(of_editor(line)) not in known]
