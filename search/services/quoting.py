"""What to quote for a turn: spans of the articles that were found for it."""

from collections.abc import Sequence
from functools import partial

from search import unit_vectors
from search.composing import Quote, Source, compose
from search.confidence import Level
from search.models import Conversation, Shown
from search.retrieval import Found
from search.services.resolving import Searched
from search.wording import stems


def quotes_for(text: str, searched: Searched, conversation: Conversation) -> list[Quote]:
    """What to quote; of two follow-ups with one answer, the second gets what else the article says to its words."""
    if searched.judged.level is not Level.ANSWER:
        return []
    sources = sources_of(searched.found)
    quotes = composed(searched.looked_up, searched.found, sources)
    if searched.looked_up == text or not _just_shown(quotes, conversation):
        return quotes
    others = compose(text, sources, likeness=None)
    said = " ".join(quote.text for quote in quotes)
    new = stems(text) & stems(" ".join(quote.text for quote in others)) - stems(said)
    return others if new else quotes


def composed(question: str, found: Found, sources: Sequence[Source]) -> list[Quote]:
    """Quotes for a question from sources that were found for it, compared by the vectors that are kept of them."""
    if found.likeness is None:
        return compose(question, sources, likeness=None)
    kept = unit_vectors.kept({each.revision_id for each in sources}, found.fingerprint)
    return compose(question, sources, likeness=partial(found.likeness, kept=kept))


def _just_shown(quotes: list[Quote], conversation: Conversation) -> bool:
    shown = Shown.objects.filter(question=conversation.questions.order_by("-pk")[:1])
    before = {
        (each.revision_id, span["start"], span["end"])
        for each in shown.defer("passage")
        for span in each.quotes
    }
    return bool(before) and {(quote.revision_id, quote.start, quote.end) for quote in quotes} <= before


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
