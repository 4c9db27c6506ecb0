"""What search has to say to somebody who answers for another person.

Whoever answers sees what they may read themselves. What is drafted goes to the other person, so it is made only of
what both may read.
"""

import logging
from dataclasses import dataclass

from accounts.models import User
from kb.models import Article
from search import calibration, language_model, retrieval
from search.composing import Quote
from search.confidence import Level
from search.llm import client, wording
from search.llm.checking import Sentence
from search.llm.passages import Passage, lines_of
from search.ranking import comes_close
from search.services.quoting import composed, sources_of
from search.wordings import are_live

logger = logging.getLogger(__name__)

NEAREST = 5


@dataclass(frozen=True)
class Advised:
    """An article that comes near, and whether the person who asked may read it too."""

    article: Article
    is_shared: bool


@dataclass(frozen=True)
class Advice:
    """The nearest articles, best first, and what of them answers: [] where nothing comes near enough."""

    question: str
    articles: list[Advised]
    quotes: list[Quote]

    def article(self, quote: Quote) -> Article:
        return next(each.article for each in self.articles if each.article.pk == quote.article_id)


def advise(question: str, *, user: User, asker: User) -> Advice:
    """What `user` may read about a question of `asker`, and quotes that may be sent to them."""
    found = retrieval.retrieve(question, user=user, limit=NEAREST)
    near = [found.articles[each.article_id] for each in found.ranked if comes_close(each)]
    readable = Article.objects.visible_to(asker).filter(pk__in=[article.pk for article in near])
    shared = set(readable.values_list("pk", flat=True))
    sources = [source for source in sources_of(found) if source.article_id in shared]
    is_near = calibration.judge(found).level is not Level.UNSURE
    quotes = composed(question, found, sources) if is_near and sources else []
    return Advice(question, [Advised(article, article.pk in shared) for article in near], quotes)


def worded(advice: Advice, *, user: User, asker: User) -> list[str]:
    """The quotes in the sentences of this site's language model, each checked against its article.

    [] without a model, when it fails, or when an article was withdrawn from either of the two meanwhile.
    """
    server = language_model.server()
    passages = wording.fitting(_passage(quote, advice.article(quote)) for quote in advice.quotes)
    if server is None or not passages:
        return []
    messages = wording.messages(advice.question, passages)
    try:
        pieces = client.stream(server, messages, language_model.wording_limits())
        said = [each for each in wording.sentences(pieces, passages) if isinstance(each, Sentence)]
    except client.Failed as failed:
        logger.warning("The language model failed to word a reply: %s", failed)
        return []
    revisions = {each.revision_id for each in said}
    still_there = are_live(revisions, user) and are_live(revisions, asker)
    return [each.text for each in said] if still_there else []


def _passage(quote: Quote, article: Article) -> Passage:
    revision = article.words
    lines = lines_of(revision.body, quote.start, quote.end)
    return Passage(article.pk, quote.revision_id, revision.title, quote.path, quote.anchor, lines)
