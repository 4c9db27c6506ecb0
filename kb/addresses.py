"""Where an address leads that no page has (any more): to the article that moved, or that took another's place."""

import re

from django.urls import reverse

from kb.models import Article, Reader, Redirect

MOST_REPLACED = 10  # one article after the other; longer chains are circles, or nobody's intention
LONGEST = 300


def moved_to(user: Reader, path: str) -> str | None:
    """The address of the article that a person should find at a path; None when there is none that they may read.

    For paths that lead nowhere, and for old addresses that another article's number stands in today. Each article on
    the way must be one that was for them: else being sent on would tell that it was there, and what it was about.
    """
    article = _formerly_at(path) or _of_number(path)
    for _ in range(MOST_REPLACED):
        if article is None:
            return None
        mine = Article.objects.in_audience_of(user).select_related("live_revision", "replaced_by")
        found = mine.filter(pk=article.pk).first()
        if found is None:
            return None
        if Article.objects.visible_to(user).filter(pk=found.pk).exists():
            return None if _is_own(path, found) else found.get_absolute_url()
        article = found.replaced_by if found.archived_at else None
    return None


def _formerly_at(path: str) -> Article | None:
    plain = path.rstrip("/")
    if not plain or len(path) > LONGEST or "\0" in path:
        return None
    found = Redirect.objects.filter(path__in=[plain, f"{plain}/"]).select_related("article").first()
    return found.article if found else None


def _of_number(path: str) -> Article | None:
    match = re.match(re.escape(reverse("kb:index")) + r"([1-9][0-9]{0,8})(?:/|$)", path)
    return Article.objects.filter(pk=int(match[1])).first() if match else None


def _is_own(path: str, article: Article) -> bool:
    """Whether the address has the article's own number: then it needs no other."""
    match = re.match(re.escape(reverse("kb:index")) + r"([0-9]+)/", path)
    return match is not None and int(match[1]) == article.pk
