"""Rebuilding articles that another site exported: every revision with its state, its people and its dates.

Nothing here asks for a review, so it has to be somebody who may decide on an article who says that its file is true;
without them, what was live waits for review like any other text that comes from outside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from accounts.services import system_account
from kb import images
from kb.exported import MovedArticle, MovedPicture, MovedRevision
from kb.images import BadPicture
from kb.importing import BadSource
from kb.models import Article, Attachment, Audience, AuditEvent, Category, Redirect, ReviewComment, Revision
from kb.services import links
from kb.services.audit import record
from kb.services.lifecycle import may_decide
from kb.signals import article_published
from kb.workflow import OPEN_STATES, Refused, State

Contents = Callable[[MovedPicture], bytes]


def importer() -> User:
    """Stands as author of texts whose own author is not known here."""
    return system_account(username="importer", name="Importer", roles=(Role.CONTRIBUTOR,))


def operator() -> User:
    """Stands as approver when somebody with a shell on the server publishes without naming a person."""
    return system_account(username="operator", name="Site operator", roles=(Role.PUBLISHER,))


@dataclass
class Rebuilding:
    """A run that rebuilds articles: who vouches for them, and whom and what it has looked up so far."""

    by: User | None
    people: dict[str, User | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def person(self, name: str, instead: User) -> User:
        """Who goes by a name here. Whoever is not here is told of, and somebody else stands in their place."""
        found = self._known(name)
        if found is None:
            self.note(
                f"There is nobody here called “{name}”; “{instead.display_name}” stands in their place."
            )
        return found or instead

    def person_or_none(self, name: str) -> User | None:
        found = self._known(name) if name else None
        if name and found is None:
            self.note(f"There is nobody here called “{name}”, so that place stays empty.")
        return found

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def _known(self, name: str) -> User | None:
        if name not in self.people:
            own = {"importer": importer, "operator": operator}.get(name)
            self.people[name] = own() if own else User.objects.filter(username=name).first()
        return self.people[name]


@transaction.atomic
def rebuild(*, moved: MovedArticle, pictures: Contents, run: Rebuilding) -> Article:
    """Make an article that is not here yet, as its files tell it. BadSource or Refused says why it can't be.

    `pictures` reads the content of one. `run.by` vouches for what the files say was decided; without anybody, no text
    of it is live.
    """
    audience = Audience.objects.filter(slug=moved.audience).first()
    category = Category.objects.filter(name=moved.category).first()
    if audience is None or category is None:
        missing = f"audience “{moved.audience}”" if audience is None else f"category “{moved.category}”"
        raise BadSource(f"There is no {missing} here.")
    article = _start(moved, audience, category, run)
    _require_say(run.by, article, moved, run)
    made = _revisions(article, moved, run)
    _redirects(article, moved, run)
    # Last of what can be refused: files stay behind when a transaction is undone.
    add_pictures(article=article, moved=moved, contents=pictures, run=run)
    live = next((each for each in made.values() if each.state == State.PUBLISHED), None)
    if live:
        article.live_revision = live
        article.save(update_fields=["live_revision"])
        links.record(live)
    record("imported", by=run.by or importer(), article=article, changes={"revisions": (None, len(made))})
    if live:
        article_published.send(sender=Article, article_id=article.pk)
    return article


def replace(*, article: Article, by: Article) -> None:
    """Send readers of an archived article to the one that took its place, once both are here."""
    if article.archived_at and article.pk != by.pk:
        Article.objects.filter(pk=article.pk).update(replaced_by=by)


@transaction.atomic
def make_categories(rows: Iterable[Mapping[str, Any]]) -> None:
    """The shelves of an export that are not here yet."""
    for row in rows:
        name, slug = str(row.get("name", ""))[:80].strip(), _slug(row)
        if not name or Category.objects.filter(Q(name=name) | Q(slug=slug)).exists():
            continue
        position = row.get("position", 100)
        Category.objects.create(
            name=name,
            slug=slug,
            description=str(row.get("description", ""))[:200],
            position=position if type(position) is int and 0 <= position < 2**15 else 100,
            lead=User.objects.filter(username=str(row.get("lead", ""))).first(),
        )


@transaction.atomic
def make_audiences(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The audiences of an export that are not here yet: closed, since who belongs to one is decided here."""
    made = []
    for row in rows:
        name, slug = str(row.get("name", ""))[:80].strip(), _slug(row)
        if not name or Audience.objects.filter(Q(name=name) | Q(slug=slug)).exists():
            continue
        description = str(row.get("description", ""))[:200]
        Audience.objects.create(
            name=name, slug=slug, description=description, external=row.get("external") is True
        )
        record("added an audience", by=operator(), changes={"audience": (None, name)})
        made.append(slug)
    return made


def _slug(row: Mapping[str, Any]) -> str:
    slug = str(row.get("slug", ""))
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", slug):
        raise BadSource(f"“{slug[:80]}” can't be part of an address.")
    return slug


def _start(moved: MovedArticle, audience: Audience, category: Category, run: Rebuilding) -> Article:
    """The article, under the number that it had if nothing here has had it, so that its address holds."""
    wanted = re.match(reverse("kb:index") + r"([1-9][0-9]{0,8})/", moved.address)
    number = int(wanted[1]) if wanted else None
    if number and (Article.objects.filter(pk=number) or AuditEvent.objects.filter(article=number)):
        number = None  # the trail of one that is gone would be taken for its own
    article = Article.objects.create(
        pk=number,
        external_id=moved.external_id,
        kind=moved.kind,
        category=category,
        audience=audience,
        governance=moved.governance,
        owner=run.person_or_none(moved.owner),
        review_by=moved.review_by,
        expires_at=moved.expires_at,
        archived_at=moved.archived_at,
    )
    if number:
        _count_on()
    if moved.created_at:
        Article.objects.filter(pk=article.pk).update(created_at=moved.created_at)
    return article


def _count_on() -> None:
    """Let the database give the next article a number after those that were given here."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Article]):
            cursor.execute(statement)


def _require_say(by: User | None, article: Article, moved: MovedArticle, run: Rebuilding) -> None:
    """Whoever vouches for decisions must be able to make them, and not on their own words."""
    if by is None:
        return
    if not may_decide(by, article):
        raise Refused("Your role does not let you decide on this article.")
    decided = [each for each in moved.revisions if each.state in (State.PUBLISHED, State.SCHEDULED)]
    if any(by.username in (each.author, each.requested_by) for each in decided):
        raise Refused("You wrote this revision, so somebody else has to approve it.")


def add_pictures(*, article: Article, moved: MovedArticle, contents: Contents, run: Rebuilding) -> None:
    """Keep the pictures that the article does not have yet, each judged and written anew like any upload."""
    known = dict(
        Attachment.objects.filter(key__in=[each.key for each in moved.pictures]).values_list("key", "article")
    )
    for picture in moved.pictures:
        if picture.key not in known:
            try:
                _add_picture(article, picture, contents(picture), run)
            except BadPicture as problem:
                run.note(f"The picture {picture.name or picture.file} was left out. {problem}")
        elif known[picture.key] != article.pk:
            raise BadSource(f"The key of its picture {picture.file} is that of another picture here.")


def _add_picture(article: Article, moved: MovedPicture, content: bytes, run: Rebuilding) -> None:
    picture = images.accept(content, moved.name)
    kept = Attachment.objects.create(
        key=moved.key,
        article=article,
        file=ContentFile(picture.content, name=f"{moved.key}.{picture.extension}"),
        name=moved.name or picture.name,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        digest=picture.digest,
        uploaded_by=run.person_or_none(moved.uploaded_by),
    )
    if moved.uploaded_at:
        Attachment.objects.filter(pk=kept.pk).update(uploaded_at=moved.uploaded_at)


def _revisions(article: Article, moved: MovedArticle, run: Rebuilding) -> dict[int, Revision]:
    made: dict[int, Revision] = {}
    states = {each.number: State(each.state) for each in moved.revisions} if run.by else _unvouched(moved)
    for each in moved.revisions:
        made[each.number] = _revision(article, each, states[each.number], made, run)
    return made


def said_of_live(moved: MovedArticle) -> MovedRevision | None:
    """The text that its files call live; of an article that was never live, the one that was about to be."""
    decided = [each for each in moved.revisions if each.state in (State.PUBLISHED, State.SCHEDULED)]
    return min(decided, key=lambda each: each.state != State.PUBLISHED, default=None)


def _unvouched(moved: MovedArticle) -> dict[int, State]:
    """What nobody here has decided: the text that was live, or about to be, waits for review, and no other is open."""
    live = said_of_live(moved)
    closed = {State.PUBLISHED, State.SCHEDULED, State.ARCHIVED}
    if live:
        closed |= set(OPEN_STATES)
    states = {each.number: State(each.state) for each in moved.revisions}
    found = {number: State.SUPERSEDED if state in closed else state for number, state in states.items()}
    return found | ({live.number: State.IN_REVIEW} if live else {})


def _revision(
    article: Article, moved: MovedRevision, state: State, earlier: Mapping[int, Revision], run: Rebuilding
) -> Revision:
    author = run.person(moved.author, importer())
    requested_by = run.person(moved.requested_by, importer()) if moved.requested_by else None
    decided = moved.reviewed_by and state != State.IN_REVIEW
    made = Revision.objects.create(
        article=article,
        number=moved.number,
        title=moved.title,
        summary=moved.summary,
        body=moved.body,
        author=author,
        state=state,
        change_note=moved.change_note,
        based_on=earlier.get(moved.based_on or 0),
        generated_by=moved.generated_by,
        requested_by=requested_by,
        submitted_at=moved.submitted_at,
        reviewed_by=_reviewer(moved, (author, requested_by), run) if decided else None,
        reviewed_at=moved.reviewed_at if decided else None,
        review_reason=moved.review_reason if decided else "",
        publish_at=moved.publish_at if state == State.SCHEDULED or run.by else None,
        published_at=moved.published_at if run.by else None,
    )
    if moved.created_at:
        Revision.objects.filter(pk=made.pk).update(created_at=moved.created_at)
    for each in moved.comments:
        kept = ReviewComment.objects.create(
            revision=made,
            author=run.person(each.author, importer()),
            line=each.line,
            text=each.text,
            resolved_by=run.person_or_none(each.resolved_by),
            resolved_at=each.resolved_at,
        )
        _at(kept, each.at)
    return made


def _reviewer(moved: MovedRevision, writers: tuple[User | None, ...], run: Rebuilding) -> User:
    """Who decided; the operator where that would be a writer, since one stands for several who are not here."""
    found = run.person(moved.reviewed_by, operator())
    return operator() if found in writers else found


def _at(comment: ReviewComment, moment: datetime | None) -> None:
    if moment:
        ReviewComment.objects.filter(pk=comment.pk).update(created_at=moment)


def _redirects(article: Article, moved: MovedArticle, run: Rebuilding) -> None:
    """Addresses that it had before; the last one too, unless it has the same number here."""
    former = set(moved.redirects)
    if moved.address and not moved.address.startswith(reverse("kb:index") + f"{article.pk}/"):
        former.add(moved.address)
    for path in sorted(former):
        if not path.startswith("/") or len(path) > 300:
            raise BadSource(f"“{path[:80]}” is no address.")
        _, is_new = Redirect.objects.get_or_create(path=path, defaults={"article": article})
        if not is_new:
            run.note(f"The address {path} leads to another article here already.")
