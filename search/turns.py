"""A stored turn as a page shows it. Texts are read from the revisions, and only for whoever may still read them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from kb.markdown import render_quote
from kb.models import Article, Reader, Revision
from kb.outline import plain_text, sections
from kb.queries import link_resolver, readable, redactor
from search.models import Question, Shown

SNIPPET_WORDS = 30


@dataclass(frozen=True)
class QuoteView:
    """A verbatim span, rendered, with the address of the very section."""

    html: str
    text: str
    url: str
    section: str
    read_on: bool


@dataclass(frozen=True)
class ArticleView:
    """An article that a turn shows, with what it quotes of it, if anything."""

    article_id: int
    title: str
    url: str
    summary: str
    section: str
    reviewed_on: date | None
    reviewer: str
    overdue: bool
    quotes: list[QuoteView] = field(default_factory=list)


@dataclass(frozen=True)
class TurnView:
    """One turn of a conversation. `kind` is answered, unsure or unavailable."""

    question: Question
    kind: str
    answers: list[ArticleView]
    nearest: list[ArticleView]
    feedback_url: str
    human_url: str
    gone: bool

    @property
    def others(self) -> list[ArticleView]:
        return self.nearest


@dataclass(frozen=True)
class _Reading:
    """What a reader may see of the articles that some turns show, looked up once for all of them."""

    articles: dict[int, Article]
    resolve_link: Callable[[str], str | None]
    redact: Callable[[str], str]


def turn_views(questions: Iterable[Question], *, user: Reader) -> list[TurnView]:
    """Turns for a page, in five queries whatever their number. Expects `shown__revision` to be prefetched."""
    questions = list(questions)
    shown = [each for question in questions for each in question.shown.all()]
    articles = {each.pk: each for each in readable(user).filter(pk__in={each.article_id for each in shown})}
    bodies = [each.revision.body for each in shown if each.quotes and _is_live(each, articles)]
    reading = _Reading(articles, link_resolver(user, "\n".join(bodies)), redactor(user, bodies))
    return [_turn(question, reading) for question in questions]


def _turn(question: Question, reading: _Reading) -> TurnView:
    live = [each for each in question.shown.all() if _is_live(each, reading.articles)]
    views = [_article(question, each, reading) for each in live]
    answers = [view for view in views if view.quotes]
    # An answer whose article has changed since is no answer any more; its words are not shown.
    gone = question.outcome == Question.Outcome.ANSWERED and not answers
    return TurnView(
        question=question,
        kind="unsure" if gone else question.outcome,
        answers=answers,
        nearest=[view for view in views if not view.quotes],
        feedback_url=reverse("search:feedback", args=[question.pk]),
        human_url=f"{reverse('escalation:handoff')}?{urlencode({'conversation': question.conversation_id})}",
        gone=gone,
    )


def _is_live(shown: Shown, articles: dict[int, Article]) -> bool:
    article = articles.get(shown.article_id)
    return article is not None and article.live_revision_id == shown.revision_id


def _article(question: Question, shown: Shown, reading: _Reading) -> ArticleView:
    article = reading.articles[shown.article_id]
    revision = article.words
    reviewed = revision.reviewed_at
    return ArticleView(
        article_id=article.pk,
        title=revision.title,
        url=_url(question, article, shown.passage.get("anchor", "")),
        summary=revision.summary or _snippet(revision.body, shown.passage),
        section=_section(shown.passage),
        reviewed_on=reviewed.date() if reviewed else None,
        reviewer=_reviewer(revision),
        overdue=article.is_overdue,
        quotes=[_quote(question, article, span, reading) for span in shown.quotes],
    )


def _quote(question: Question, article: Article, span: dict[str, Any], reading: _Reading) -> QuoteView:
    body = article.words.body
    text = body[span["start"] : span["end"]]
    return QuoteView(
        html=render_quote(
            text, first_number=span.get("first_number") or 1, resolve_link=reading.resolve_link
        ),
        text=reading.redact(text),
        url=_url(question, article, span.get("anchor", "")),
        section=_section(span),
        read_on=_goes_on(body, span["end"]),
    )


def _goes_on(body: str, end: int) -> bool:
    """Whether the section says more after a quote."""
    rest = next((body[end : each.end] for each in sections(body) if each.start < end <= each.end), "")
    return bool(plain_text(rest).strip())


def _reviewer(revision: Revision) -> str:
    """A person's name; an import that no named person approved names nobody."""
    reviewer = revision.reviewed_by
    return reviewer.display_name if reviewer and not reviewer.is_system else ""


def _section(span: dict[str, Any]) -> str:
    return " › ".join(span.get("path", []))


def _snippet(body: str, span: dict[str, Any]) -> str:
    words = plain_text(body[span.get("start", 0) : span.get("end", 0)]).split()
    return " ".join(words[:SNIPPET_WORDS]) + ("…" if len(words) > SNIPPET_WORDS else "")


def _url(question: Question, article: Article, anchor: str) -> str:
    """Through our own redirect, which notes that the article was opened and then leads to the section."""
    address = reverse("search:open", args=[question.pk, article.pk])
    return f"{address}?{urlencode({'section': anchor})}" if anchor else address
