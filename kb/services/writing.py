"""From what somebody types to a draft. Typing is kept as it comes; a working copy ends when it becomes a revision."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from kb.links import links_of
from kb.merging import has_markers
from kb.models import Article, Attachment, Revision, WorkingCopy
from kb.services import lifecycle
from kb.skeletons import SKELETONS
from kb.workflow import Refused


@dataclass(frozen=True)
class Typed:
    """The words as they stand in the editor."""

    title: str = ""
    summary: str = ""
    body: str = ""
    change_note: str = ""


class SavedElsewhere(Refused):
    """Another tab or device of the same person has saved since; nothing was overwritten."""

    def __init__(self) -> None:
        super().__init__(
            "You saved this in another tab meanwhile. Nothing is overwritten: save here, and both texts are put"
            " together."
        )


def begin(*, author: User, kind: str) -> WorkingCopy:
    """Start writing an article of a kind, with what its kind asks for."""
    _require_writer(author)
    return WorkingCopy.objects.create(author=author, body=SKELETONS.get(kind, ""), settings={"kind": kind})


@transaction.atomic
def work_on(*, article: Article, author: User) -> WorkingCopy:
    """One's working copy of an article: the one begun earlier, or a new one of its newest text."""
    _require_writer(author)
    newest = article.revisions.order_by("-number").first()
    words = _words_of(newest)
    found, is_new = WorkingCopy.objects.select_for_update().get_or_create(
        author=author, article=article, defaults={**asdict(words), "based_on": newest}
    )
    if not is_new and not found.version and found.based_on != newest:
        # Nothing was typed into it yet, so nothing is lost by beginning with the newest text.
        return _write(found, words, based_on=newest)
    return found


def keep(
    *, working_copy: WorkingCopy, version: int, typed: Typed, settings: Mapping[str, Any] | None = None
) -> WorkingCopy:
    """Keep what was typed. `version` is the one that the typing began with; SavedElsewhere when it is not the last."""
    return _write(working_copy, typed, version=version, settings=settings)


@transaction.atomic
def take_over(*, working_copy: WorkingCopy, version: int, typed: Typed, newest: Revision) -> WorkingCopy:
    """Keep a text that has what somebody else saved meanwhile in it, and go on from theirs."""
    if newest.article_id != working_copy.article_id:
        raise Refused("That revision belongs to another article.")
    return _write(working_copy, typed, version=version, based_on=newest)


@transaction.atomic
def hand_in(*, working_copy: WorkingCopy, by: User, submit: bool = False, **settings: Any) -> Revision:
    """Make a working copy a draft, and ask for its review if told so; the copy is gone then.

    `settings` are those of create_article, for an article that is new. Raises Outdated when somebody else saved
    a revision meanwhile: the working copy stays, to be merged with theirs.
    """
    found = WorkingCopy.objects.select_for_update().filter(pk=working_copy.pk, author=by).first()
    if found is None:
        raise Refused("You have saved this already: it stands in the article's history.")
    _require_sense(found, submit=submit)
    words: dict[str, Any] = {
        "title": found.title,
        "summary": found.summary,
        "body": found.body,
        "change_note": found.change_note,
    }
    if found.article is None:
        revision = lifecycle.create_article(author=by, **words, **settings)
    else:
        revision = lifecycle.write_revision(
            article=found.article, author=by, based_on=found.based_on, **words
        )
    _adopt_pictures(revision, by)
    found.delete()
    return lifecycle.submit(revision=revision, by=by) if submit else revision


def discard(*, working_copy: WorkingCopy) -> None:
    """Throw away what was typed. What was handed in before stays."""
    working_copy.delete()


def _write(
    copy: WorkingCopy,
    typed: Typed,
    *,
    version: int | None = None,
    settings: Mapping[str, Any] | None = None,
    based_on: Revision | None = None,
) -> WorkingCopy:
    """One statement, so that of two tabs exactly one is the first."""
    expected = copy.version if version is None else version
    changes: dict[str, Any] = {**asdict(typed), "version": expected + 1, "saved_at": timezone.now()}
    if settings is not None:
        changes["settings"] = {**copy.settings, **settings}
    if based_on is not None:
        changes["based_on"] = based_on
    if not WorkingCopy.objects.filter(pk=copy.pk, version=expected).update(**changes):
        raise SavedElsewhere
    copy.refresh_from_db()
    return copy


def _require_writer(author: User) -> None:
    if not author.has_perm("kb.add_revision"):
        raise PermissionDenied(f"{author.display_name} may not write articles.")


def _require_sense(copy: WorkingCopy, *, submit: bool) -> None:
    if not copy.title.strip() or not copy.body.strip():
        raise Refused("An article needs a title and a text.")
    if submit and has_markers(copy.body):
        raise Refused(
            "Two texts still stand side by side in it. Choose between them, and take out the marks."
        )
    if copy.based_on and _words_of(copy.based_on) == _words_of(copy):
        raise Refused(f"Nothing is different from revision {copy.based_on.number} yet.")


def _words_of(source: Revision | WorkingCopy | None) -> Typed:
    return Typed(source.title, source.summary, source.body) if source else Typed()


def _adopt_pictures(revision: Revision, by: User) -> None:
    """Pictures that were uploaded before there was an article belong to it from now on."""
    keys = [target.name for target in links_of(revision.body) if target.kind == "attachment"]
    Attachment.objects.filter(key__in=keys, article__isnull=True, uploaded_by=by).update(
        article=revision.article
    )
