"""What to quote for a turn: spans of the articles that were found for it."""

from collections.abc import Sequence
from functools import partial

from search import unit_vectors
from search.composing import Quote, Source, compose
from search.confidence import Level
from search.following import carried_by, is_verdict, topics_of
from search.models import Conversation, Shown
from search.retrieval import Found
from search.services.resolving import Searched

Span = tuple[int, int, int]


def quotes_for(text: str, searched: Searched, conversation: Conversation) -> list[Quote]:
    """What to quote; for a follow-up only what goes further than what was quoted before, and nothing otherwise."""
    if searched.judged.level is not Level.ANSWER:
        return []
    sources = sources_of(searched.found)
    quotes = composed(searched.looked_up, searched.found, sources)
    if searched.looked_up == text or is_verdict(text):
        return quotes
    shown = _shown_before(conversation)
    if _goes_further(text, quotes, sources, shown):
        return quotes
    # Of two follow-ups with one answer, the second gets what else the article says to its words.
    others = compose(text, sources, likeness=None) if topics_of(text) else []
    return others if _goes_further(text, others, sources, shown) else []


def composed(question: str, found: Found, sources: Sequence[Source]) -> list[Quote]:
    """Quotes for a question from sources that were found for it, compared by the vectors that are kept of them."""
    if found.likeness is None:
        return compose(question, sources, likeness=None)
    kept = unit_vectors.kept({each.revision_id for each in sources}, found.fingerprint)
    return compose(question, sources, likeness=partial(found.likeness, kept=kept))


def _goes_further(text: str, quotes: Sequence[Quote], sources: Sequence[Source], shown: set[Span]) -> bool:
    """Whether quotes say something new to a follow-up: the certainty may be that of the question before it alone.

    New quotes must have to do with its words; without any ("why?"), all of them must be new.
    """
    new = [quote for quote in quotes if _span(quote) not in shown]
    if not topics_of(text):
        return bool(new) and len(new) == len(quotes)
    titles = {source.revision_id: source.title for source in sources}
    return any(
        carried_by(text, "\n".join((titles[quote.revision_id], *quote.path, quote.text))) for quote in new
    )


def _shown_before(conversation: Conversation) -> set[Span]:
    shown = Shown.objects.filter(question__conversation=conversation).exclude(quotes=[])
    return {
        (revision, span["start"], span["end"])
        for revision, quotes in shown.values_list("revision", "quotes")
        for span in quotes
    }


def _span(quote: Quote) -> Span:
    return quote.revision_id, quote.start, quote.end


def sources_of(found: Found) -> list[Source]:
    """The best passages of the best articles, as the composer reads them."""
    sources = []
    for ranked in found.ranked[:3]:
        article = found.articles[ranked.article_id]
        revision = article.words
        for hit in ranked.passages[:3]:
            passage = found.passages[hit.passage_id]
            sources.append(
                Source(
                    passage_id=passage.pk,
                    article_id=article.pk,
                    revision_id=revision.pk,
                    title=revision.title,
                    body=revision.body,
                    start=passage.start,
                    end=passage.end,
                    path=tuple(passage.path),
                    anchor=passage.anchor,
                    score=ranked.earned - (ranked.cosine - hit.cosine),
                )
            )
    return sources
