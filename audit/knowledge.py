"""Reads all that the site keeps secret from somebody, and who belongs to which audience, from the bare rows.

Deliberately without the site's own rule of who may read what: the audit is to notice when that rule is wrong.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.template.utils import get_app_template_dirs
from django.utils import timezone

from accounts.models import User
from audit.addresses import Address, Thing
from audit.needles import Needles
from audit.standing import Circle, Condition, Document, Place, Reader, may_know, may_know_of
from escalation.models import Message, Ticket
from kb.models import (
    Article,
    Attachment,
    Audience,
    AuditEvent,
    Category,
    Flag,
    Redirect,
    ReviewComment,
    Revision,
    Vote,
    WorkingCopy,
)
from kb.outline import plain_text
from kb.workflow import State
from search.models import Phrasing, Question

# What is put into the site to see whether anybody learns of it (audit.surfaces.canaries); nobody may.
CANARY = Document("something put there to be hidden", "Quokka marmalade zeppelin", Circle.AUTHOR)

_KEY = re.compile(r"\b[0-9a-f]{32}\b")
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)


@dataclass
class Knowledge:
    """Everything that somebody may not know, and how to tell whether they do."""

    places: dict[int, Place]
    documents: list[Document]
    needles: Needles
    everyone: frozenset[int]
    of_group: dict[int, frozenset[int]]
    addresses: dict[Address, list[Document]] = field(default_factory=dict)
    changed_at: dict[int, datetime] = field(default_factory=dict)

    def place_of(self, document: Document) -> Place | None:
        return self.places.get(document.article) if document.article is not None else None

    def may_know(self, reader: Reader, document: Document) -> bool:
        return may_know(reader, document, self.place_of(document))

    def changed_since(self, document: Document, moment: datetime) -> bool:
        """Whether who may read the article, or what it says, has changed since then."""
        changed = self.changed_at.get(document.article) if document.article is not None else None
        return changed is not None and changed > moment

    def hidden_from(self, reader: Reader) -> list[Place]:
        """Articles that this person must not learn of."""
        return [place for place in self.places.values() if not may_know_of(reader, place)]

    def shown_to(self, reader: Reader) -> list[Place]:
        """Articles that this person may open as their reader."""
        mine = [place for place in self.places.values() if may_know_of(reader, place)]
        return [place for place in mine if place.condition is Condition.LIVE]

    def audiences_of(self, group_ids: Iterable[int]) -> frozenset[int]:
        """What somebody in these groups belongs to."""
        return self.everyone.union(*(self.of_group.get(pk, frozenset()) for pk in group_ids))


def read_knowledge(*, on_read: Callable[[], object] = lambda: None) -> Knowledge:
    """All of it, as it is now; `on_read` hears of each text."""
    places = {place.pk: place for place in _places()}
    pairs = list(_governed())
    documents = [document for _, document in pairs]
    documents += [CANARY, *_open_to_all(), *_shelves(places), *_named_audiences()]
    addresses: dict[Address, list[Document]] = {}
    for address, document in chain(pairs, _addresses_of(places)):
        if address:
            addresses.setdefault(address, []).append(document)
    everyone, of_group = _audiences()
    return Knowledge(
        places, documents, Needles(documents, on_read), everyone, of_group, addresses, _changes()
    )


def reader_of(user: User, knowledge: Knowledge, name: str = "") -> Reader:
    """What somebody who has an account is entitled to, by their groups alone."""
    groups = list(user.groups.values_list("pk", flat=True))
    audiences = knowledge.audiences_of(groups)
    if user.is_superuser:
        audiences = frozenset(Audience.objects.values_list("pk", flat=True))
    return Reader(
        name=name or user.username,
        audiences=audiences if user.is_active else frozenset(),
        writes=user.has_perm("kb.add_revision"),
        works_on_tickets=user.has_perm("escalation.work_ticket"),
        pk=user.pk,
    )


def _audiences() -> tuple[frozenset[int], dict[int, frozenset[int]]]:
    everyone = frozenset(Audience.objects.filter(everyone=True).values_list("pk", flat=True))
    pairs = Audience.groups.through.objects.values_list("group_id", "audience_id")
    of_group: dict[int, frozenset[int]] = {}
    for group, audience in pairs:
        of_group[group] = of_group.get(group, frozenset()) | {audience}
    return everyone, of_group


def _changes() -> dict[int, datetime]:
    """When each article last changed for its readers."""
    found: dict[int, datetime] = {}
    moments = chain(
        Revision.objects.exclude(published_at=None).values_list("article", "published_at"),
        Article.objects.exclude(archived_at=None).values_list("pk", "archived_at"),
        Article.objects.filter(expires_at__lte=timezone.now()).values_list("pk", "expires_at"),
        AuditEvent.objects.filter(action="changed settings").values_list("article_id", "at"),
    )
    for article, moment in moments:
        if article is not None and moment is not None:
            found[article] = max(moment, found.get(article, moment))
    return found


def _places() -> Iterator[Place]:
    scheduled = set(
        Revision.objects.filter(state=State.SCHEDULED).values_list("article", flat=True),
    )
    titles = dict(Revision.objects.order_by("number").values_list("article", "title"))
    articles = Article.objects.select_related("live_revision").order_by("pk")
    for article in articles.iterator(chunk_size=500):
        live = article.live_revision
        yield Place(
            pk=article.pk,
            name=article.external_id,
            title=live.title if live else titles.get(article.pk, ""),
            audience=article.audience_id,
            condition=_condition(article, scheduled, timezone.now()),
            category=article.category_id,
        )


def _condition(article: Article, scheduled: set[int], now: datetime) -> Condition:
    if article.archived_at:
        return Condition.ARCHIVED
    if article.live_revision_id is None:
        return Condition.SCHEDULED if article.pk in scheduled else Condition.DRAFT
    expired = article.expires_at is not None and article.expires_at <= now
    return Condition.EXPIRED if expired else Condition.LIVE


def _addresses_of(places: dict[int, Place]) -> Iterator[tuple[Address, Document]]:
    for place in places.values():
        document = Document("its address", place.name, Circle.READERS, place.pk)
        yield (Thing.ARTICLE, str(place.pk)), document
        yield (Thing.NAME, place.name), document


def _governed() -> Iterator[tuple[Address | None, Document]]:
    """Every text that belongs to an article, with its address if it has one."""
    yield from _revisions()
    yield from _said_of_articles()
    yield from _being_written()
    for name, pk in Article.objects.values_list("external_id", "pk"):
        yield None, Document("its name", name, Circle.READERS, pk)
    for path, pk in Redirect.objects.values_list("path", "article"):
        yield None, Document("a former address", path, Circle.READERS, pk)


def _revisions() -> Iterator[tuple[Address | None, Document]]:
    live = set(Article.objects.exclude(live_revision=None).values_list("live_revision", flat=True))
    for revision in Revision.objects.order_by("pk").iterator(chunk_size=200):
        circle = Circle.READERS if revision.pk in live else Circle.EDITORS
        number = f"revision {revision.number}"
        facts: dict[str, Any] = {"article": revision.article_id, "revision": revision.pk}
        texts = (
            ("title", revision.title),
            ("summary", revision.summary),
            ("text", plain_text(revision.body)),
        )
        for what, text in texts:
            yield None, Document(f"{what} of {number}", text, circle, **facts)
        aside = "\n".join(_COMMENT.findall(revision.body))
        if aside:
            # A comment may say what the text says as well, with the same signs: then it gives nothing away.
            source = _COMMENT.sub("\n", revision.body)
            yield None, Document(f"source of {number}", source, circle, **facts)
        told = (
            ("note", revision.change_note),
            ("review", revision.review_reason),
            ("comment in the text", aside),
        )
        for what, text in told:
            yield None, Document(f"{what} of {number}", text, Circle.EDITORS, **facts)
        yield (Thing.REVISION, str(revision.pk)), Document(f"address of {number}", "", circle, **facts)


def _said_of_articles() -> Iterator[tuple[Address | None, Document]]:
    for comment in ReviewComment.objects.select_related("revision").iterator(chunk_size=500):
        yield (
            (Thing.COMMENT, str(comment.pk)),
            Document(
                "a reviewer's comment",
                comment.text,
                Circle.EDITORS,
                comment.revision.article_id,
                people=frozenset({comment.author_id}),
            ),
        )
    for flag in Flag.objects.iterator(chunk_size=500):
        known = frozenset({flag.raised_by_id})
        address = (Thing.FLAG, str(flag.pk))
        yield address, Document("a flag", flag.note, Circle.WORKERS, flag.article_id, people=known)
        yield None, Document("a flag's answer", flag.answer, Circle.EDITORS, flag.article_id, people=known)
    for vote in Vote.objects.exclude(note="").select_related("revision").iterator(chunk_size=500):
        known = frozenset({vote.user_id})
        yield (
            None,
            Document("a reader's note", vote.note, Circle.EDITORS, vote.revision.article_id, people=known),
        )
    phrasings = Phrasing.objects.exclude(text="").values_list("text", "for_readers", "article")
    for text, for_readers, article in phrasings.iterator(chunk_size=500):
        circle = Circle.READERS if for_readers else Circle.EDITORS
        yield None, Document("a question that it answered", text, circle, article)
    reasons = AuditEvent.objects.exclude(article=None).exclude(reason="")
    for article, reason in reasons.values_list("article_id", "reason").iterator(chunk_size=500):
        yield None, Document("a reason in the trail", reason, Circle.EDITORS, article)


def _being_written() -> Iterator[tuple[Address | None, Document]]:
    for copy in WorkingCopy.objects.iterator(chunk_size=500):
        author = frozenset({copy.author_id})
        for what, text in (("title", copy.title), ("summary", copy.summary), ("text", plain_text(copy.body))):
            yield (
                None,
                Document(f"{what} of a working copy", text, Circle.AUTHOR, copy.article_id, people=author),
            )
        address = (Thing.WORKING_COPY, str(copy.pk))
        yield (
            address,
            Document("address of a working copy", "", Circle.AUTHOR, copy.article_id, people=author),
        )
    shown = _shown_pictures()
    for picture in Attachment.objects.iterator(chunk_size=500):
        uploader = frozenset({picture.uploaded_by_id}) if picture.uploaded_by_id else frozenset()
        circle = Circle.EDITORS if picture.article_id else Circle.AUTHOR
        circle = Circle.READERS if (picture.article_id, picture.key) in shown else circle
        known = uploader if circle is Circle.AUTHOR else frozenset()
        yield (
            (Thing.ATTACHMENT, picture.key),
            Document("a picture", picture.name, circle, picture.article_id, people=known),
        )


def _shown_pictures() -> set[tuple[int, str]]:
    """Pictures that stand in the live text of their article; others only its writers know."""
    texts = Article.objects.exclude(live_revision=None).values_list("pk", "live_revision__body")
    return {(pk, key) for pk, body in texts.iterator(chunk_size=200) for key in _KEY.findall(body)}


def _open_to_all() -> Iterator[Document]:
    """What the product itself says, names of people, and what people typed to a human."""
    for file in _own_files():
        yield Document(f"the product's {file.name}", file.read_text("utf-8", "replace"), Circle.ALL)
    for person in User.objects.iterator(chunk_size=500):
        yield Document(
            "a person", f"{person.display_name}, {person.username}, {person.job_title}", Circle.ALL
        )
    for subject, about, asker in Ticket.objects.values_list("subject", "description", "requester"):
        yield Document("a ticket", f"{subject}\n{about}", Circle.DESK, people=frozenset({asker}))
    for kind, body, asker in Message.objects.values_list("kind", "body", "ticket__requester"):
        desk_only = kind == Message.Kind.NOTE
        yield Document(
            "a message", body, Circle.DESK, people=frozenset() if desk_only else frozenset({asker})
        )
    for text, note, asker in Question.objects.values_list("text", "helpful_note", "conversation__user"):
        yield Document("a question", f"{text}\n{note}", Circle.DESK, people=frozenset({asker}))


def _shelves(places: dict[int, Place]) -> Iterator[Document]:
    """A shelf is for whoever may know of something on it; an empty one is for everybody."""
    standing_on: dict[int, dict[tuple[int, bool], int]] = {}
    for place in places.values():
        kinds = standing_on.setdefault(place.category, {})
        kinds.setdefault((place.audience, place.condition is Condition.LIVE), place.pk)
    for pk, *texts in Category.objects.values_list("pk", "name", "description"):
        for text in texts:
            for article in standing_on.get(pk, {}).values():
                yield Document("a shelf", text, Circle.READERS, article)
            if pk not in standing_on:
                yield Document("a shelf", text, Circle.ALL)


def _named_audiences() -> Iterator[Document]:
    for pk, everyone, *texts in Audience.objects.values_list("pk", "everyone", "name", "description"):
        circle = Circle.ALL if everyone else Circle.MEMBERS
        for text in texts:
            yield Document("an audience", text, circle, audience=pk)


def _own_files() -> Iterator[Path]:
    folders = [
        settings.BASE_DIR / "templates",
        settings.BASE_DIR / "static",
        *get_app_template_dirs("templates"),
    ]
    for folder in folders:
        for pattern in ("*.html", "*.txt", "*.js"):
            yield from sorted(Path(folder).rglob(pattern))
    for app in apps.get_app_configs():
        if app.name == "audit":
            continue  # It serves nothing, and what it hides would be taken for common words.
        if Path(app.path).is_relative_to(settings.BASE_DIR) and ".venv" not in app.path:
            yield from sorted(Path(app.path).rglob("*.py"))
