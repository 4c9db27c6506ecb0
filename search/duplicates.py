"""Is there an article about this already? Asked while somebody writes one."""

import re
from dataclasses import dataclass

from kb.models import Article, Reader
from kb.queries import audience_ids, readable
from kb.skeletons import written
from search import engine
from search.splitting import embedding_text

# Cosine of a draft's title and beginning with the nearest passage of an article. Measured on a company's 110 articles
# on everything, drafts on a subject that one of them has come to between 0.67 and 0.77, and drafts on anything else
# to 0.3; a quarter of the articles have a neighbour at 0.65. On 190 articles on one product, much alike, nine in ten
# have: there only 0.80 tells ("Crash Reporter" and "Crashes"), which of drafts made of the second half of an article
# 7 in 10 reach. So what comes near is shown as a question, and as the same only what comes very near.
THRESHOLD = 0.65
SAME = 0.8
BEGINNING = 1_000  # characters: more would dilute what the article is about, and the model reads no further
MOST_SHOWN = 3

# What a text links to is about something else; one link in a short draft would hide what the draft is about.
_LINK = re.compile(r"!?\[[^\[\]\n]{0,300}\]\([^()\n]{0,500}\)|<!--[\s\S]{0,500}?-->")


@dataclass(frozen=True)
class Similar:
    """An article that one may read and that comes near."""

    article: Article
    likeness: float

    @property
    def is_same(self) -> bool:
        """So near that it is probably about the very same thing."""
        return self.likeness >= SAME


def similar_to(
    title: str, summary: str, beginning: str, *, user: Reader, besides: int | None = None
) -> list[Similar]:
    """Articles that are about the same, nearest first; `besides` is the one that is being changed.

    Empty when nothing comes near, when there is too little to tell, and when there is no sentence model.
    """
    text = draft_text(title, summary, beginning)
    model = engine.embedder_if_possible() if text else None
    if model is None:
        return []
    signals = engine.replica(model).look_up("", model.encode([text])[0], audiences=audience_ids(user))
    likeness: dict[int, float] = {}
    for passage_id, cosine in signals.dense:
        article_id = signals.article_of[passage_id]
        if cosine >= THRESHOLD and article_id != besides:
            likeness[article_id] = max(cosine, likeness.get(article_id, 0.0))
    found = readable(user).in_bulk(list(likeness))
    nearest = sorted(likeness.items(), key=lambda item: (-item[1], item[0]))
    return [Similar(found[pk], cosine) for pk, cosine in nearest if pk in found][:MOST_SHOWN]


def draft_text(title: str, summary: str, beginning: str) -> str:
    """A draft as it is embedded: like a passage of an article. Empty while nothing is told of what it is about."""
    own = _LINK.sub("", written(beginning[: 10 * BEGINNING])).strip()
    words = " ".join((summary, own[:BEGINNING])).strip()
    return embedding_text(title.strip(), (), words) if len(f"{title} {words}".split()) >= 3 else ""
