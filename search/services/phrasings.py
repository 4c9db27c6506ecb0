"""What an article resolved becomes how it is found: learning phrasings, undoing them, and what editors do with them.

Nothing here embeds: a worker does, and until then a new phrasing finds nothing. One that is taken away stops counting
with this transaction.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from kb.models import Article
from kb.queries import readable
from search import changes
from search.deidentification import Names, leaves_out, names_in, without_people, words_of
from search.models import Phrasing, PhrasingVector, Question, Shown
from search.phrasings import Candidate, asked_in, counting, digest, of_editor, question_in

# So that nobody makes an article theirs by confirming one answer after another.
MOST_OF_ONE_PERSON = 3
OWN = "editor"
# From here on a code or a title carried the answer, and the other words of the question say nothing of the article.
MOST_CARRIED = 0.1
SHORTEST_IN_USERNAME = 3
# Values in one query, well below what SQLite takes.
CHUNK = 500
Value = TypeVar("Value")


@transaction.atomic
def learn(phrasings: Collection[Phrasing], *, at_once: bool = True) -> int:
    """Keep new phrasings, whose text is redacted but for names within sentences; returns how many were not known yet.

    What an editor pruned from an article is not learnt again, whoever says it. With `at_once` workers
    embed them now; without it they wait for the next reconcile.
    """
    articles = {each.article_id for each in phrasings}
    _lock(articles)
    words = _words_of(articles)
    for each in phrasings:
        if each.source != Phrasing.Source.EDITOR:  # who writes of somebody in a list of their own means to
            each.text = without_people(each.text, known=words.get(each.article_id, frozenset()))
        each.digest = digest(each.text)
    known, pruned = _known(articles, {each.digest for each in phrasings})
    fresh = {(each.article_id, each.digest, each.origin): each for each in phrasings if each.text}
    kept = [each for key, each in fresh.items() if key not in known and key[:2] not in pruned]
    Phrasing.objects.bulk_create(kept)
    waiting = settle({each.article_id for each in kept})
    if at_once:
        _tell_workers(waiting)
    return len(kept)


def _known(
    articles: Collection[int], digests: Collection[str]
) -> tuple[set[tuple[int, str, str]], set[tuple[int, str]]]:
    """What these articles have already of these, as (article, digest, origin), and what was pruned from them."""
    known: set[tuple[int, str, str]] = set()
    pruned: set[tuple[int, str]] = set()
    for some in _chunks(sorted(digests)):
        found = Phrasing.objects.filter(article__in=articles, digest__in=some)
        for article, key, origin, pruned_at in found.values_list("article", "digest", "origin", "pruned_at"):
            known.add((article, key, origin))
            if pruned_at:
                pruned.add((article, key))
    return known, pruned


def _words_of(articles: Collection[int]) -> dict[int, frozenset[str]]:
    """The words of each article in small letters: what it tells of is nobody's name."""
    live = Article.objects.filter(pk__in=articles, live_revision__isnull=False)
    texts = live.values_list("pk", "live_revision__title", "live_revision__body")
    return {pk: words_of(f"{title}\n{body}") for pk, title, body in texts}


def learn_from_answer(*, question: Question) -> int:
    """Keep a question that its asker says was answered: for the article that they named, or the one quoted first.

    Only where its words led there: `_taught_by` says which questions teach nothing.
    """
    shown = list(question.shown.all())
    solving = next((each for each in shown if each.helped), None)
    solving = solving or next((each for each in shown if each.quotes), None)
    if solving is None:
        return 0
    asker, source = question.conversation.user, Phrasing.Source.ANSWER
    theirs = Phrasing.objects.filter(article=solving.article_id, source=source, added_by=asker)
    if theirs.count() >= MOST_OF_ONE_PERSON or not _holds(solving, asker) or _repeats(question, solving):
        return 0
    return learn(
        [
            Phrasing(
                article_id=solving.article_id,
                text=_taught_by(question),
                source=source,
                origin=origin_of(question),
                added_by=asker,
                created_at=question.asked_at,
            )
        ]
    )


def _holds(solving: Shown, asker: User) -> bool:
    """Whether the answer still stands: its asker may read the article, whose text is the one that was shown."""
    return readable(asker).filter(pk=solving.article_id, live_revision=solving.revision_id).exists()


def _repeats(question: Question, solving: Shown) -> bool:
    """Whether an earlier turn of the conversation was answered with these very quotes: this one was not."""
    earlier = Shown.objects.filter(
        question__conversation=question.conversation_id,
        question__lt=question.pk,
        revision=solving.revision_id,
    )
    return bool(solving.quotes) and solving.quotes in earlier.values_list("quotes", flat=True)


def _taught_by(question: Question) -> str:
    """The words that led to the answer, redacted. Empty when a code or a title led there, or words that are cut.

    Otherwise somebody could have any question answered with an article of their choice: by asking it with the
    article's code behind it.
    """
    carried = max(question.features.get(name, 0.0) for name in ("named", "titled"))
    asked = asked_in(question.text, question.looked_up)
    asker = names_in(names_of(question.conversation.user))
    if carried > MOST_CARRIED or leaves_out(asked, names=asker):
        return ""
    return question_in(asked, names=asker | names_here())


def origin_of(question: Question) -> str:
    """The origin of what was learnt from a confirmed answer."""
    return f"question:{question.pk}"


def names_of(person: User) -> list[str]:
    """What somebody is called here, to be taken out of their words."""
    return [name for name in (person.get_full_name(), person.username, person.email) if name]


def names_here() -> Names:
    """What everybody of this site is called, in one query.

    Of other people than the asker only whole names and user names that are made of names count: their parts, and user
    names such as "support", are words that a question may need.
    """
    whole: list[str] = []
    for first, last, username in User.objects.values_list("first_name", "last_name", "username").iterator():
        if first and last:
            whole += [f"{first} {last}", f"{last} {first}"]
        if _is_made_of(username, [first, last]):
            whole.append(username)
    return Names(whole=names_in(whole).whole)


def _is_made_of(username: str, names: Sequence[str]) -> bool:
    parts = [name.casefold() for name in names if len(name) >= SHORTEST_IN_USERNAME]
    return any(part in username.casefold() for part in parts) or any(map(str.isdigit, username))


@transaction.atomic
def unlearn(origins: Collection[str]) -> None:
    """Undo what was learnt from these: the words are deleted, and count no more from this moment on.

    Of what an editor pruned the digest stays, so that it is not learnt again from somebody else.
    """
    for some in _chunks(sorted(origins)):
        found = Phrasing.objects.filter(origin__in=some)
        articles = set(found.values_list("article", flat=True))
        _lock(articles)
        counted = set(found.filter(in_use=True).values_list("article", flat=True))
        found.filter(pruned_at=None).delete()
        found.update(text="", added_by=None)
        _tell_workers(settle(articles))
        for article_id in sorted(counted):
            changes.record(article_id)


@transaction.atomic
def write_own(*, article: Article, lines: Sequence[str], by: User, for_readers: bool = False) -> int:
    """Keep an editor's own list, redacted; returns how many are new. Writing what was pruned brings it back."""
    lines = [of_editor(line) for line in lines]
    _lock([article.pk])
    wanted = {digest(line) for line in lines}
    alike = Phrasing.objects.filter(article=article, digest__in=wanted)
    alike.filter(text="").delete()
    alike.update(pruned_at=None, pruned_by=None)
    if for_readers:
        alike.filter(origin=OWN).update(for_readers=True)
    fresh = learn(
        [
            Phrasing(
                article=article,
                text=line,
                source=Phrasing.Source.EDITOR,
                origin=OWN,
                for_readers=for_readers,
                added_by=by,
            )
            for line in lines
        ]
    )
    _tell_workers(settle([article.pk]))
    return fresh


def own(*, article: Article, line: str) -> Phrasing:
    """What an editor wrote of an article, as it stands on its list."""
    return Phrasing.objects.get(article=article, origin=OWN, digest=digest(of_editor(line)))


@transaction.atomic
def prune(*, phrasing: Phrasing, by: User) -> None:
    """Say that a phrasing does not belong to its article: it counts no more, nor does what says the same."""
    _lock([phrasing.article_id])
    _alike(phrasing).filter(pruned_at=None).update(pruned_at=timezone.now(), pruned_by=by, for_readers=False)
    _tell_workers(settle([phrasing.article_id]))


@transaction.atomic
def bring_back(*, phrasing: Phrasing) -> None:
    """Undo a pruning."""
    _lock([phrasing.article_id])
    _alike(phrasing).exclude(text="").update(pruned_at=None, pruned_by=None)
    _tell_workers(settle([phrasing.article_id]))


def suggest_to_readers(*, phrasing: Phrasing, for_readers: bool) -> None:
    """Open a phrasing to the article's readers, who see its words when they type something like them; or close it."""
    Phrasing.objects.filter(pk=phrasing.pk, pruned_at=None).update(for_readers=for_readers)


def settle(article_ids: Collection[int]) -> set[int]:
    """Choose anew which phrasings of these articles count; returns the articles where a vector has to be made.

    Call it with the articles locked. The vectors of what counts no more go at once.
    """
    waiting = set()
    for article_id, candidates in _candidates(article_ids).items():
        chosen = counting(candidates)
        held = {each.pk for each in candidates if each.in_use}
        _mark(held - chosen, in_use=False)
        _mark(chosen - held, in_use=True)
        if held - chosen:
            PhrasingVector.objects.filter(phrasing__article=article_id, phrasing__in_use=False).delete()
            changes.record(article_id)
        if chosen - held:
            waiting.add(article_id)
    return waiting


def _candidates(article_ids: Collection[int]) -> dict[int, list[Candidate]]:
    names = ("article", "pk", "digest", "source", "pruned_at", "created_at", "in_use")
    found: dict[int, list[Candidate]] = {}
    for article, pk, key, source, pruned_at, created_at, in_use in Phrasing.objects.filter(
        article__in=article_ids
    ).values_list(*names):
        is_editors = source == Phrasing.Source.EDITOR
        candidate = Candidate(pk, key, is_editors, pruned_at is not None, created_at, in_use)
        found.setdefault(article, []).append(candidate)
    return found


def _mark(pks: Collection[int], *, in_use: bool) -> None:
    for some in _chunks(sorted(pks)):
        Phrasing.objects.filter(pk__in=some).update(in_use=in_use)


def _alike(phrasing: Phrasing) -> QuerySet[Phrasing]:
    return Phrasing.objects.filter(article=phrasing.article_id, digest=phrasing.digest)


def _lock(article_ids: Collection[int]) -> None:
    """In one order, so that two of these never wait for each other."""
    list(Article.objects.select_for_update().filter(pk__in=article_ids).order_by("pk").values("pk"))


def _tell_workers(article_ids: Iterable[int]) -> None:
    from search.receivers import queue_indexing  # which imports the services

    for article_id in sorted(article_ids):
        queue_indexing(article_id=article_id)


def _chunks(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    for begin in range(0, len(values), CHUNK):
        yield values[begin : begin + CHUNK]
