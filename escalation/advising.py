"""Advice for whoever answers a ticket: articles that they may read, and a reply drafted from quotes.

Whatever is drafted waits for the agent to edit and send it. What people handle, a machine drafts nothing about.
"""

from dataclasses import dataclass
from itertools import groupby

from django.conf import settings

from accounts.models import User
from escalation.models import Ticket
from escalation.similar import question_of
from kb.outline import readable_text
from kb.queries import markdown_for
from search import language_model
from search.composing import Quote
from search.services.advising import Advice, Advised, advise, worded


@dataclass(frozen=True)
class ReplyAdvice:
    """The nearest articles, best first, and words to begin a reply with; `draft` is empty where nothing is near."""

    articles: list[Advised]
    draft: str = ""
    is_worded: bool = False  # by a language model, rather than quoted
    can_be_worded: bool = False


def advice_for(ticket: Ticket, *, agent: User, by_model: bool = False) -> ReplyAdvice:
    """What search finds for a ticket as this agent; with `by_model`, in the words of this site's language model."""
    question = question_of(ticket, agent)
    if not question:
        return ReplyAdvice([])
    advice = advise(question, user=agent, asker=ticket.requester)
    if ticket.sensitivity or not advice.quotes:
        return ReplyAdvice(advice.articles)
    # The words of a confidential ticket go to no other server.
    may_be_worded = language_model.server() is not None and not _is_confidential(ticket)
    sentences = worded(advice, user=agent, asker=ticket.requester) if by_model and may_be_worded else []
    told = ["\n".join(sentences)] if sentences else _quoted(advice, ticket.requester)
    return ReplyAdvice(
        advice.articles,
        draft="\n\n".join([f"Hello {_called(ticket.requester)},", *told, *_sources(advice)]),
        is_worded=bool(sentences),
        can_be_worded=may_be_worded and not sentences,
    )


def _is_confidential(ticket: Ticket) -> bool:
    return ticket.queue is not None and ticket.queue.confidential


def _called(person: User) -> str:
    return person.first_name or person.display_name


def _quoted(advice: Advice, reader: User) -> list[str]:
    """The quotes as plain text, as the person who gets them may read them."""
    return [readable_text(markdown_for(reader, quote.text)).strip() for quote in advice.quotes]


def _sources(advice: Advice) -> list[str]:
    def article_of(quote: Quote) -> int:
        return quote.article_id

    firsts = [next(quotes) for _, quotes in groupby(sorted(advice.quotes, key=article_of), key=article_of)]
    articles = [advice.article(quote) for quote in firsts]
    return [f"From “{each.title}”: {settings.SITE_URL}{each.get_absolute_url()}" for each in articles]
