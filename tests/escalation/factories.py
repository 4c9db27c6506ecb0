"""A conversation as search leaves it, without the model: rows are written as they would stand there."""

from itertools import count
from typing import Any

from django.utils import timezone

from accounts.models import User
from escalation import services
from escalation.handoff.draft import Draft
from escalation.models import Ticket
from kb.models import Article
from search.models import Conversation, Question, Shown
from tests.factories import UserFactory, published_article

SAID = count(1)
STEPS = "Open the portal.\n\nChoose *Forgot password*.\n"


def ask(conversation: Conversation, text: str, **fields: Any) -> Question:
    """A turn of a conversation."""
    return Question.objects.create(
        conversation=conversation, text=text, **{"outcome": "answered", "confidence": 0.91, **fields}
    )


def show(question: Question, article: Article, *, quoted: str = "", **fields: Any) -> Shown:
    """An article that a turn showed; `quoted` are the words of its text that the answer quoted."""
    revision = article.live_revision
    assert revision is not None
    start = revision.body.index(quoted) if quoted else 0
    span: dict[str, Any] = {"start": start, "end": start + len(quoted), "anchor": "", "path": []}
    return Shown.objects.create(
        question=question,
        article=article,
        revision=revision,
        rank=question.shown.count() + 1,
        **{"score": 0.82, "quotes": [span] if quoted else [], "passage": span, **fields},
    )


def conversation_about(
    article: Article, user: User, text: str = "How do I reset my password?"
) -> Conversation:
    """One question, answered with a quote of the article, which was opened and did not help."""
    conversation = Conversation.objects.create(user=user, came_from="/articles/")
    question = ask(conversation, text, helpful=False, helpful_note="Wrong topic")
    show(question, article, quoted=article.live_revision.body[:16], opened_at=timezone.now(), rejected=True)
    return conversation


def calm_conversation(user: User) -> Conversation:
    """One question, answered with numbered steps, of which nothing reads as urgent."""
    steps = "1. Open the **portal**.\n2. Choose *Forgot password*.\n"
    conversation = Conversation.objects.create(user=user, came_from="/articles/")
    question = ask(conversation, "How do I reset my password?")
    show(question, published_article("Reset your password", steps), quoted=steps.strip())
    return conversation


def draft_of(user: User, **known: Any) -> Draft:
    """What the form would show."""
    return services.prepare_handoff(user=user, **known)


def open_ticket(user: User | None = None, *, article: Article | None = None, **fields: Any) -> Ticket:
    """A ticket with a pack; with an article, out of a conversation about it. No two say the same."""
    user = user or UserFactory()
    conversation = conversation_about(article, user) if article else None
    draft = draft_of(user, conversation=conversation)
    return services.open_ticket(
        requester=user, draft=draft, **{"description": f"It does not work. ({next(SAID)})", **fields}
    )


def story_article(**fields: Any) -> Article:
    return published_article("Reset your password", STEPS, **fields)
