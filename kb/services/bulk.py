"""The same change to many articles: each is a transaction of its own, and one that is refused stops no other."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied

from kb.models import Article
from kb.workflow import Refused


@dataclass(frozen=True)
class Outcome:
    """What became of one article: done, or why not."""

    article_id: int
    refusal: str = ""


def one_by_one(articles: Iterable[Article], change: Callable[[Article], object]) -> list[Outcome]:
    """Change one article after the other, and tell of each what became of it."""
    return [Outcome(article.pk, _refusal(article, change)) for article in articles]


def _refusal(article: Article, change: Callable[[Article], object]) -> str:
    try:
        change(article)
    except (Refused, PermissionDenied) as refused:
        return str(refused)
    except Article.DoesNotExist:
        return "It is not there any more."
    return ""
