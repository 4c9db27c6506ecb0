"""The stored wording of an answer: what it was made from, how it is kept, and what a reader may still see of it."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from kb.models import Article, Reader
from kb.outline import plain_text
from kb.queries import readable
from search import language_model
from search.llm.checking import Sentence
from search.llm.passages import Passage, lines_of
from search.llm.wording import fitting
from search.models import Question, Shown

Span = tuple[int, int, tuple[str, ...], str]


@dataclass(frozen=True)
class SentenceView:
    """A sentence that a model wrote, with the words of the article that it stands on."""

    text: str
    quote: str
    title: str
    section: str
    url: str


def passages_of(question: Question, user: Reader) -> list[Passage]:
    """What a model may word an answer from: the quoted stretches of live articles that this person may read now."""
    if question.outcome != Question.Outcome.ANSWERED:
        return []
    quoted = [each for each in question.shown.all() if each.quotes]
    articles = {each.pk: each for each in readable(user).filter(pk__in=[each.article_id for each in quoted])}
    live = [each for each in quoted if is_live(each.article_id, each.revision_id, articles)]
    return fitting(passage for each in live for passage in _passages(each, articles[each.article_id]))


def is_live(article_id: int, revision_id: int, articles: Mapping[int, Article]) -> bool:
    """Whether words of a revision may be shown: its article is among the readable ones, and it is the live one."""
    article = articles.get(article_id)
    return article is not None and article.live_revision_id == revision_id


def are_live(revision_ids: AbstractSet[int], user: Reader) -> bool:
    """Whether all these revisions are live and readable for this person now, in one query."""
    live = Article.objects.visible_to(user).filter(live_revision_id__in=revision_ids)
    return live.count() == len(revision_ids)


def stored(sentence: Sentence) -> dict[str, object]:
    """A sentence as `Question.wording` keeps it."""
    return {
        "text": sentence.text,
        "article": sentence.article_id,
        "revision": sentence.revision_id,
        "start": sentence.start,
        "end": sentence.end,
        "path": list(sentence.path),
        "anchor": sentence.anchor,
    }


def sentence_views(
    question: Question,
    articles: Mapping[int, Article],
    redact: Callable[[str], str],
    address: Callable[[Article, str], str],
) -> list[SentenceView]:
    """The wording for a reader of these articles; [] when any of it stands on what is not live or not for them."""
    kept: list[dict[str, Any]] = question.wording
    if not all(is_live(each["article"], each["revision"], articles) for each in kept):
        return []
    return [_view(each, articles[each["article"]], redact, address) for each in kept]


def can_be_worded(question: Question) -> bool:
    """Whether there is a model that has not been asked about this answer."""
    answered = question.outcome == Question.Outcome.ANSWERED
    return answered and not question.worded_by and language_model.server() is not None


def _view(
    kept: dict[str, Any],
    article: Article,
    redact: Callable[[str], str],
    address: Callable[[Article, str], str],
) -> SentenceView:
    words = article.words
    return SentenceView(
        text=redact(kept["text"]),
        quote=plain_text(redact(words.body[kept["start"] : kept["end"]])),
        title=words.title,
        section=" › ".join(kept["path"]),
        url=address(article, kept["anchor"]),
    )


def _passages(shown: Shown, article: Article) -> Iterator[Passage]:
    words = article.words
    for start, end, path, anchor in _stretches(shown):
        lines = lines_of(words.body, start, end)
        yield Passage(article.pk, shown.revision_id, words.title, path, anchor, lines)


def _stretches(shown: Shown) -> list[Span]:
    """Its quotes and the best passage, those that overlap as one."""
    merged: list[Span] = []
    for start, end, path, anchor in sorted(_span(each) for each in [*shown.quotes, shown.passage] if each):
        if merged and start < merged[-1][1]:
            first, last, *above = merged[-1]
            merged[-1] = (first, max(last, end), *above)  # type: ignore[assignment]
        else:
            merged.append((start, end, path, anchor))
    return merged


def _span(stored_span: Mapping[str, Any]) -> Span:
    return (
        stored_span["start"],
        stored_span["end"],
        tuple(stored_span.get("path", ())),
        stored_span.get("anchor", ""),
    )
