"""What is known of how right search was: from what people said of their answers, and from labelled questions."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

from kb.models import Article, Reader
from search import retrieval
from search.features import Features
from search.fitting import Judged, Verdict
from search.models import Question, Shown

# What people say of an answer whose article was the right one, only not good enough: nothing against the search.
ABOUT_THE_ARTICLE = frozenset({"Out of date", "Unclear", "Incomplete"})
# A labelled question is also asked with its articles taken away: one question in five, as it were, is one that
# nobody has written an answer to yet.
ABSENT_WEIGHT = 0.25
_NAMES = frozenset(field.name for field in fields(Features))


def said_by_askers(fingerprint: str) -> list[Judged]:
    """The questions of this site that their askers judged, as far as it tells whether the first article was right."""
    questions = (
        Question.objects.filter(fingerprint=fingerprint, helpful__isnull=False)
        .exclude(helpful_note__in=ABOUT_THE_ARTICLE)
        .prefetch_related("shown")
    )
    return [
        Judged(Features(**each.features), verdict)
        for each in questions.iterator(chunk_size=500)
        if each.features.keys() == _NAMES and (verdict := _verdict(each))
    ]


def _verdict(question: Question) -> Verdict | None:
    """None where one of several articles helped and nobody knows which."""
    if not question.helpful:
        return Verdict.WRONG
    shown = list(question.shown.all())
    if question.outcome == Question.Outcome.ANSWERED:
        return Verdict.RIGHT
    named, opened = ([each for each in shown if each.helped], [each for each in shown if each.opened_at])
    helped: list[Shown] = named or (opened if len(shown) > 1 else shown)
    if len(helped) != 1:
        return None
    return Verdict.RIGHT if helped[0].rank == 1 else Verdict.WRONG


def labelled(
    queries: Mapping[str, str],
    qrels: Mapping[str, Mapping[str, float]],
    *,
    user: Reader,
    absent_too: bool = True,
) -> Iterator[Judged]:
    """Each labelled question, asked as it is and asked with its articles taken away. Labels name imported ids."""
    known = dict(Article.objects.filter(external_id__isnull=False).values_list("external_id", "pk"))
    for key, text in queries.items():
        right = frozenset(known[name] for name, grade in qrels[key].items() if grade > 0 and name in known)
        if right:
            yield judged(text, right, user=user)
            if absent_too:
                yield judged(text, right, user=user, absent=True)


def judged(text: str, right: frozenset[int], *, user: Reader, absent: bool = False) -> Judged:
    """One question, asked now; `right` are the articles that answer it, `absent` asks as if they were not there."""
    found = retrieval.retrieve(text, user=user, besides=right if absent else frozenset())
    first = found.ranked[0].article_id if found.ranked else None
    weight = ABSENT_WEIGHT if absent else 1.0
    return Judged(found.features, Verdict.RIGHT if first in right else Verdict.WRONG, weight)


def out_of_scope(queries: Mapping[str, str], *, user: Reader) -> Iterator[Judged]:
    """Questions that no article of this site can answer."""
    for text in queries.values():
        yield Judged(retrieval.retrieve(text, user=user).features, Verdict.OUT_OF_SCOPE)
