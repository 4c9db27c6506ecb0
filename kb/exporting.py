"""The knowledge base, or what of it one person works on, as files that git can compare and another site can read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.db.models import Prefetch

from accounts.models import User
from kb.exported import (
    AUDIENCES,
    CATEGORIES,
    Comment,
    MovedArticle,
    MovedPicture,
    MovedRevision,
    folder_of,
    listed,
    texts_of,
)
from kb.models import Article, ArticleQuerySet, Attachment, Audience, Category, ReviewComment, Revision

logger = logging.getLogger(__name__)

AT_ONCE = 50  # articles, with all their texts, in memory


@dataclass(frozen=True)
class Selection:
    """What goes into an export: these articles, and of audiences and categories what is not theirs only if told."""

    articles: ArticleQuerySet
    audiences: list[Audience]
    categories: list[Category]

    @classmethod
    def everything(cls) -> Selection:
        """For whoever has a shell on the server."""
        categories = list(Category.objects.select_related("lead"))
        return cls(Article.objects.all(), list(Audience.objects.all()), categories)

    @classmethod
    def of(cls, user: User) -> Selection:
        """What a person works on: nothing in it, not the name of a shelf, tells of anything beyond."""
        articles = Article.objects.in_audience_of(user)
        shelves = Category.objects.filter(articles__in=articles.values("pk")).distinct()
        return cls(articles, list(Audience.objects.of(user)), list(shelves.select_related("lead")))


def files(selection: Selection) -> Iterator[tuple[str, bytes]]:
    """Every file of an export, by its path; the same knowledge base always gives the same ones in the same order."""
    yield (
        AUDIENCES,
        listed([_audience_row(each) for each in sorted(selection.audiences, key=lambda each: each.slug)]),
    )
    yield (
        CATEGORIES,
        listed([_category_row(each) for each in sorted(selection.categories, key=lambda each: each.slug)]),
    )
    names = dict(selection.articles.values_list("pk", "external_id"))
    in_order = sorted(names, key=lambda pk: names[pk])
    for start in range(0, len(in_order), AT_ONCE):
        keys = in_order[start : start + AT_ONCE]
        # Asked for through the selection again: what has left it since is left out.
        found = {article.pk: article for article in _whole(selection.articles.filter(pk__in=keys))}
        for pk in keys:
            if pk in found:
                yield from _article_files(found[pk], names)


def _whole(articles: ArticleQuerySet) -> ArticleQuerySet:
    comments = ReviewComment.objects.select_related("author", "resolved_by").order_by("created_at", "pk")
    revisions = Revision.objects.select_related("author", "requested_by", "reviewed_by", "based_on").order_by(
        "number"
    )
    return articles.select_related("category", "audience", "owner", "live_revision").prefetch_related(
        Prefetch("revisions", revisions.prefetch_related(Prefetch("comments", comments))),
        Prefetch("attachments", Attachment.objects.select_related("uploaded_by").order_by("key")),
        "redirects",
    )


def _article_files(article: Article, names: dict[int, str]) -> Iterator[tuple[str, bytes]]:
    """The article's files. One without a single revision says nothing that could be moved."""
    if not article.revisions.all():
        return
    folder = folder_of(article.external_id)
    pictures = [each for each in article.attachments.all() if _is_there(each)]
    for name, content in texts_of(_moved(article, pictures, names)):
        yield f"{folder}/{name}", content
    for picture in pictures:
        with picture.file.open("rb") as opened:
            yield f"{folder}/attachments/{_file_name(picture)}", opened.read()


def _is_there(picture: Attachment) -> bool:
    there: bool = picture.file.storage.exists(str(picture.file.name))
    if not there:
        logger.warning("The file of picture %s is gone: %s", picture.key, picture.file.name)
    return there


def _moved(article: Article, pictures: list[Attachment], names: dict[int, str]) -> MovedArticle:
    return MovedArticle(
        external_id=article.external_id,
        kind=article.kind,
        category=article.category.name,
        audience=article.audience.slug,
        governance=article.governance,
        revisions=tuple(_moved_revision(each) for each in article.revisions.all()),
        owner=_name(article.owner),
        review_by=article.review_by,
        expires_at=article.expires_at,
        created_at=article.created_at,
        archived_at=article.archived_at,
        replaced_by=names.get(article.replaced_by_id or 0, ""),  # none that is not in the export itself
        address=article.get_absolute_url(),
        redirects=tuple(sorted(each.path for each in article.redirects.all())),
        pictures=tuple(
            MovedPicture(_file_name(each), each.name, _name(each.uploaded_by), each.uploaded_at)
            for each in pictures
        ),
    )


def _moved_revision(revision: Revision) -> MovedRevision:
    return MovedRevision(
        number=revision.number,
        title=revision.title,
        body=revision.body,
        author=revision.author.username,
        state=revision.state,
        summary=revision.summary,
        change_note=revision.change_note,
        based_on=revision.based_on.number if revision.based_on else None,
        generated_by=revision.generated_by,
        requested_by=_name(revision.requested_by),
        created_at=revision.created_at,
        submitted_at=revision.submitted_at,
        reviewed_by=_name(revision.reviewed_by),
        reviewed_at=revision.reviewed_at,
        review_reason=revision.review_reason,
        publish_at=revision.publish_at,
        published_at=revision.published_at,
        comments=tuple(
            Comment(
                each.author.username,
                each.text,
                each.line,
                each.created_at,
                _name(each.resolved_by),
                each.resolved_at,
            )
            for each in revision.comments.all()
        ),
    )


def _file_name(picture: Attachment) -> str:
    return picture.key + PurePosixPath(str(picture.file.name)).suffix


def _name(user: User | None) -> str:
    return user.username if user else ""


def _audience_row(audience: Audience) -> dict[str, Any]:
    """Not who belongs to it: that is decided where it is imported."""
    return {
        "slug": audience.slug,
        "name": audience.name,
        "description": audience.description,
        "external": audience.external or None,
    }


def _category_row(category: Category) -> dict[str, Any]:
    return {
        "slug": category.slug,
        "name": category.name,
        "description": category.description,
        "position": category.position,
        "lead": _name(category.lead),
    }
