"""What people say of answers, and what they have forgotten."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from kb.models import Article
from search.models import Conversation, Question
from search.remarks import Remark
from search.services import phrasings


@transaction.atomic
def say_helpful(*, question: Question, helpful: bool, note: str = "", article: int | None = None) -> None:
    """Record what the person said of an answer; "not helpful" also marks what it quoted, or all that it offered.

    `article` is the one that helped, of several that were offered. A question becomes a phrasing of the article that
    answered it, or that its asker named, until they say otherwise.
    """
    question.helpful = helpful
    question.helpful_note = note
    question.save(update_fields=["helpful", "helpful_note"])
    shown = list(question.shown.all())
    rejected = [each.pk for each in shown if each.quotes] or [each.pk for each in shown]
    question.shown.filter(pk__in=rejected).update(rejected=not helpful)
    question.shown.update(helped=False)
    question.shown.filter(article=article if helpful else None).update(helped=True)
    phrasings.unlearn([phrasings.origin_of(question)])
    if helpful:
        phrasings.learn_from_answer(question=question)


def take_at_word(said: Remark, *, conversation: Conversation) -> None:
    """Record "that worked" or "that didn't help" for the turn before it, unless the person has said so already.

    "Actually it didn't" takes back that it worked.
    """
    if said not in (Remark.WORKED, Remark.FAILED):
        return
    asked = conversation.questions.exclude(outcome=Question.Outcome.SMALL_TALK)
    latest = asked.order_by("-pk").first()
    if latest is None or not latest.shown.exists():
        return
    if latest.helpful is None or (latest.helpful and said is Remark.FAILED):
        say_helpful(question=latest, helpful=said is Remark.WORKED)


def mark_opened(*, question: Question, article: Article) -> None:
    """Record that the person opened an article that a turn showed; the first time counts."""
    question.shown.filter(article=article, opened_at__isnull=True).update(opened_at=timezone.now())


def forget_conversation(*, conversation: Conversation) -> None:
    """Delete a person's conversation for good. What they sent to a human stays with that ticket."""
    forget_conversations(Conversation.objects.filter(pk=conversation.pk))


def forget_history(*, user: User) -> None:
    """Delete everything that a person asked."""
    forget_conversations(Conversation.objects.filter(user=user))


@transaction.atomic
def forget_conversations(conversations: QuerySet[Conversation]) -> None:
    """Delete conversations with all that was asked in them."""
    forget_questions(Question.objects.filter(conversation__in=conversations))
    conversations.delete()


@transaction.atomic
def forget_questions(questions: QuerySet[Question]) -> None:
    """Delete questions, and the phrasings that were learnt from them."""
    phrasings.unlearn([phrasings.origin_of(question) for question in questions.filter(helpful=True)])
    questions.delete()
