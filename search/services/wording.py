"""Wording: where the site has a language model, it says in a few sentences what the quotes say.

The quotes are there before, and stay whatever happens here. `Question.worded_by` is the claim: set before the model is
asked, so that an answer is worded once, whoever opens it at the same time, and given up when nothing came of it.
"""

import logging
import time
from collections import Counter
from collections.abc import Generator

from django.db.models import QuerySet

from kb.models import Reader
from search import language_model
from search.llm import client, rewriting, wording
from search.llm.checking import Dropped, Sentence
from search.models import Question
from search.wordings import are_live, passages_of, stored

logger = logging.getLogger(__name__)


def word(*, question: Question, user: Reader) -> Generator[Sentence, None, None]:
    """Have an answer worded: the sentences that stand on its articles, as they come, and then stored together.

    Nothing comes when there is no model, the answer was worded before, or somebody else is at it. When the model fails
    half-way, or what a sentence stands on is withdrawn or for others by then, no more comes and none of it is kept:
    half a procedure is worse than the quotes. It may then be worded again, as when somebody leaves the iteration early.
    """
    server = language_model.server()
    passages = passages_of(question, user) if server else []
    if server is None or not passages or not _claimed(question, server):
        return
    started, kept, dropped = time.monotonic(), list[Sentence](), Counter[Dropped]()
    is_whole = False
    messages = wording.messages(question.looked_up or question.text, passages)
    try:
        pieces = client.stream(server, messages, language_model.wording_limits())
        for found in wording.sentences(pieces, passages):
            if isinstance(found, Dropped):
                dropped[found] += 1
                continue
            kept.append(found)
            if not are_live({each.revision_id for each in kept}, user):
                logger.info("What question %s is worded from is live no more", question.pk)
                return
            yield found
        is_whole = True
    except client.Failed as failed:
        logger.warning("The language model failed, and question %s keeps its quotes: %s", question.pk, failed)
        return
    finally:
        if not is_whole:
            _row(question).update(worded_by="")
    _row(question).update(wording=[stored(each) for each in kept])
    logger.info(
        "Worded question %s in %.1f s: %d sentences, dropped: %s",
        question.pk,
        time.monotonic() - started,
        len(kept),
        ", ".join(f"{count} {reason}" for reason, count in dropped.items()) or "none",
    )


def word_whole(*, question: Question, user: Reader) -> None:
    """Have an answer worded, and return when that is done or has failed."""
    for _ in word(question=question, user=user):
        pass


def standing_alone(question: str, earlier: list[str]) -> str:
    """A question that leans on earlier ones, as a model makes it stand alone; "" when there is none, or it fails.

    `earlier` are the questions before it, oldest first.
    """
    server = language_model.server()
    if server is None:
        return ""
    try:
        pieces = client.stream(
            server, rewriting.messages(question, earlier), language_model.rewriting_limits()
        )
        return rewriting.accepted("".join(pieces), question, earlier)
    except client.Failed as failed:
        logger.warning("The language model failed to resolve a follow-up: %s", failed)
        return ""


def _claimed(question: Question, server: client.Server) -> bool:
    return bool(
        _row(question).filter(worded_by="").update(worded_by=server.model[:200] or "a language model")
    )


def _row(question: Question) -> QuerySet[Question]:
    return Question.objects.filter(pk=question.pk)
