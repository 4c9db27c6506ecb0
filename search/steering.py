"""What editors say about words: synonyms that widen a question, and pins that put an article first.

Both are read from the database for every question: a change holds at once, in every process.
"""

from django.db.models import Q, QuerySet
from django.utils import timezone

from kb.models import Article, AuditEvent, Reader
from search.models import Pin, Synonym
from search.pins import is_pinned_to
from search.synonyms import added_terms, thesaurus
from search.wording import stems

ADDED, CHANGED, DELETED = "added synonyms", "changed synonyms", "deleted synonyms"
SYNONYM_ACTIONS = (ADDED, CHANGED, DELETED)


def synonyms_of(question: str) -> list[str]:
    """The words that mean the same here as some of the question's."""
    lines = Synonym.objects.order_by("pk").values_list("words", flat=True)
    return added_terms(question, thesaurus(tuple(lines)))


def widened(question: str) -> str:
    """The question with the synonyms of its words beside it, for what is looked up by words and by meaning."""
    added = synonyms_of(question)
    return f"{question}\n{', '.join(added)}" if added else question


def pinned(question: str) -> frozenset[int]:
    """The articles that editors pinned to questions like this one, until today at least."""
    rows = _in_force(Pin.objects.all()).values_list("article_id", "words")
    asked = stems(question)
    return frozenset(article for article, words in rows if is_pinned_to(words, asked))


def _in_force(pins: QuerySet[Pin]) -> QuerySet[Pin]:
    return pins.filter(Q(until__isnull=True) | Q(until__gte=timezone.localdate()))


def pins_for(user: Reader) -> QuerySet[Pin]:
    """The pins of articles in a person's audiences, whatever became of the articles."""
    mine = Article.objects.in_audience_of(user).values("pk")
    return Pin.objects.filter(article__in=mine).select_related("article__live_revision", "changed_by")


def why_idle(pin: Pin) -> str:
    """Why a pin does not count today, for editors; empty when it does."""
    article, today = pin.article, timezone.localdate()
    if article.archived_at:
        return "Idle: the article is archived."
    if article.live_revision_id is None or (article.expires_at and article.expires_at <= timezone.now()):
        return "Idle: nobody is shown the article."
    return f"Ended on {pin.until:%-d %B %Y}." if pin.until and pin.until < today else ""


LAST_CHANGES = 10


def last_changes() -> QuerySet[AuditEvent]:
    """Who changed synonyms last, the newest first. Those of pins stand in the trails of their articles."""
    return AuditEvent.objects.filter(action__in=SYNONYM_ACTIONS)[:LAST_CHANGES]
