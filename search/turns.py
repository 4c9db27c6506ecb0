"""A stored turn as a page shows it. Texts are read from the revisions, and only for whoever may still read them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.text import Truncator

from kb.markdown import render_quote
from kb.models import Article, Reader, Revision
from kb.outline import plain_text, sections
from kb.queries import link_resolver, redactor
from search.care import heard, until_then
from search.following import is_verdict
from search.models import Question, Shown
from search.ranking import tells_of_a_pin
from search.remarks import Remark, remark
from search.wordings import SentenceView, can_be_worded, sentence_views

SNIPPET_WORDS = 30
MOST_NEXT_BEST = 3
REPLIES = {
    Remark.GREETING: "Hello. What do you need help with?",
    Remark.THANKS: "You're welcome.",
    Remark.GOODBYE: "Goodbye. What you asked is kept under My questions.",
    Remark.WORKED: "Good to hear.",
    Remark.FAILED: "What do you need help with?",
    Remark.AGREES: "What for? Say in a few words what you need, and I look it up.",
    Remark.GIVES_UP: "All right. A person can take it from here: what you asked goes with you.",
    Remark.WORDLESS: "Say in a few words what you need, and I look it up.",
    Remark.HUMAN: "A person can help. What you asked here goes with you, so you need not say it again.",
    Remark.TICKETS: "What you asked a person stands under My tickets.",
}
WITH_PERSON = "A person is answering you, so I keep out of it. They have not seen this yet: send it to them."


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
    snippet: str
    section: str
    reviewed_on: date | None
    reviewer: str
    overdue: bool
    quotes: list[QuoteView] = field(default_factory=list)
    is_pinned: bool = False
    helped: bool = False


@dataclass(frozen=True)
class TurnView:
    """One turn of a conversation. `kind` is answered, maybe, unsure, unavailable, small_talk, sensitive or with_person.

    `reply` is what is said where nothing was searched for, with `until_then` in a matter for people, and
    `wants_a_person` if that asked for one; `turned_down`: it says that the turn before did not help, and that is noted;
    `repeats`: it quotes what the turn before quoted; `next_best` is offered once this answer was turned down.
    """

    question: Question
    kind: str
    answers: list[ArticleView]
    nearest: list[ArticleView]
    feedback_url: str
    human_url: str
    gone: bool
    reply: str = ""
    until_then: tuple[str, ...] = ()
    wants_a_person: bool = False
    turned_down: bool = False
    repeats: bool = False
    next_best: list[ArticleView] = field(default_factory=list)
    wording: list[SentenceView] = field(default_factory=list)
    wording_url: str = ""

    @property
    def solved_by(self) -> ArticleView | None:
        """The article that the person named as the one, of those offered."""
        return next((each for each in self.nearest if each.helped), None)

    @property
    def asks_which(self) -> bool:
        """Whether one of several solved it and nobody knows which."""
        is_open = self.question.helpful and not self.answers and self.solved_by is None
        return bool(is_open) and len(self.nearest) > 1


@dataclass(frozen=True)
class _Reading:
    """What a reader may see of the articles that some turns show, looked up once for all of them."""

    articles: dict[int, Article]
    resolve_link: Callable[[str], str | None]
    redact: Callable[[str], str]


def turn_views(questions: Iterable[Question], *, user: Reader) -> list[TurnView]:
    """Turns for a page, in four queries whatever their number. Expects `shown` to be prefetched."""
    questions = list(questions)
    shown = [each for question in questions for each in question.shown.all()]
    mine = Article.objects.visible_to(user).select_related("live_revision__reviewed_by")
    articles = {each.pk: each for each in mine.filter(pk__in={each.article_id for each in shown})}
    bodies = [
        articles[each.article_id].words.body for each in shown if each.quotes and _is_live(each, articles)
    ]
    reading = _Reading(articles, link_resolver(user, "\n".join(bodies)), redactor(user, bodies))
    return [
        _turn(question, before, reading)
        for question, before in zip(questions, _before(questions), strict=True)
    ]


def _before(questions: Sequence[Question]) -> Iterator[Question | None]:
    """For each the one that asked something before it, of those given."""
    latest: Question | None = None
    for question in questions:
        yield latest if latest and latest.conversation_id == question.conversation_id else None
        if question.outcome != Question.Outcome.SMALL_TALK:
            latest = question


def _turn(question: Question, before: Question | None, reading: _Reading) -> TurnView:
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
        reply=_reply(question, before),
        until_then=until_then(question.sensitivity),
        wants_a_person=question.outcome == Question.Outcome.SMALL_TALK and _wants_a_person(question),
        turned_down=_turned_down(question, before),
        repeats=bool(answers) and before is not None and _spans(question) == _spans(before),
        next_best=_next_best(live, views) if answers and question.helpful is False else [],
        wording=sentence_views(question, reading.articles, reading.redact, partial(_url, question)),
        wording_url=reverse("search:wording", args=[question.pk]) if can_be_worded(question) else "",
    )


def _turned_down(question: Question, before: Question | None) -> bool:
    """Whether a turn says that the one before did not help; one that showed nothing had been such word itself."""
    return (
        is_verdict(question.text)
        and before is not None
        and (before.helpful is False or is_verdict(before.text))
    )


def _wants_a_person(question: Question) -> bool:
    said = remark(question.text)
    return said is not None and said.wants_a_person


def _reply(question: Question, before: Question | None) -> str:
    """What is said to a turn that was not searched for."""
    if question.outcome == Question.Outcome.SENSITIVE:
        return heard(question.sensitivity)
    if question.outcome == Question.Outcome.WITH_PERSON:
        return WITH_PERSON
    if question.outcome != Question.Outcome.SMALL_TALK:
        return ""
    said = remark(question.text)
    if said is Remark.WORKED and before is not None and before.helpful:
        if _may_be_several(before):
            return "Good. Which one was it? You can choose it above."
        return f"Good. It is noted that this solved “{Truncator(before.text).chars(80)}”."
    return REPLIES.get(said or Remark.THANKS, REPLIES[Remark.THANKS])


def _may_be_several(question: Question) -> bool:
    shown = question.shown.all()
    return len(shown) > 1 and not any(each.quotes or each.helped for each in shown)


def _spans(question: Question) -> set[tuple[int, int, int]]:
    return {
        (each.revision_id, span["start"], span["end"])
        for each in question.shown.all()
        for span in each.quotes
    }


def _next_best(shown: Sequence[Shown], views: Sequence[ArticleView]) -> list[ArticleView]:
    """What the turn did not quote and the person has not opened."""
    unseen = (
        view
        for each, view in zip(shown, views, strict=True)
        if not (each.quotes or each.rejected or each.opened_at)
    )
    return list(islice(unseen, MOST_NEXT_BEST))


def _is_live(shown: Shown, articles: dict[int, Article]) -> bool:
    article = articles.get(shown.article_id)
    return article is not None and article.live_revision_id == shown.revision_id


def _article(question: Question, shown: Shown, reading: _Reading) -> ArticleView:
    article = reading.articles[shown.article_id]
    revision = article.words
    reviewed, snippet = revision.reviewed_at, _snippet(revision.body, shown.passage)
    return ArticleView(
        article_id=article.pk,
        title=revision.title,
        url=_url(question, article, shown.passage.get("anchor", "")),
        summary=revision.summary or snippet,
        snippet=snippet,
        section=_section(shown.passage),
        reviewed_on=reviewed.date() if reviewed else None,
        reviewer=_reviewer(revision),
        overdue=article.is_overdue,
        quotes=[_quote(question, article, span, reading) for span in shown.quotes],
        is_pinned=tells_of_a_pin(shown.score),
        helped=shown.helped,
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
    cut = " ".join(words[:SNIPPET_WORDS])
    return f"{cut.rstrip('.,;:')}…" if len(words) > SNIPPET_WORDS else cut


def _url(question: Question, article: Article, anchor: str) -> str:
    """Through our own redirect, which notes that the article was opened and then leads to the section."""
    address = reverse("search:open", args=[question.pk, article.pk])
    return f"{address}?{urlencode({'section': anchor})}" if anchor else address
