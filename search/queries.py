"""What pages, the API and the packages above read of questions and conversations: always a person's own."""

from django.db.models import Count, QuerySet

from accounts.models import User
from kb.models import Article, Reader
from kb.queries import readable
from search.models import Conversation, Phrasing, Question, Shown

EXAMPLES = 4


def conversations_of(user: User) -> QuerySet[Conversation]:
    """A person's own conversations, newest first."""
    return Conversation.objects.filter(user=user).order_by("-started_at").prefetch_related("questions")


def questions_of(user: User) -> QuerySet[Question]:
    """A person's own questions with what was shown."""
    own = Question.objects.filter(conversation__user=user)
    return own.select_related("conversation").prefetch_related("shown")


def examples_for(user: Reader) -> list[str]:
    """Titles to start from: the articles that people open most, of those that this person may read."""
    opened = Shown.objects.filter(opened_at__isnull=False, article__in=readable(user).values("pk"))
    most = opened.values_list("article").annotate(times=Count("pk")).order_by("-times", "article")[:EXAMPLES]
    popular = [article for article, _ in most]
    newest = readable(user).exclude(pk__in=popular).order_by("pk").values_list("pk", flat=True)
    chosen = [*popular, *newest[: EXAMPLES - len(popular)]]
    titles = dict(readable(user).filter(pk__in=chosen).values_list("pk", "live_revision__title"))
    return [titles[each] for each in chosen if each in titles]


def phrasings_for(editor: User) -> QuerySet[Phrasing]:
    """Phrasings of the articles in somebody's audiences, with their words; only for people who may edit articles."""
    workable = Article.objects.in_audience_of(editor).values("pk")
    return Phrasing.objects.filter(article__in=workable).exclude(text="")
