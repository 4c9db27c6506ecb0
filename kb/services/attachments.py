"""Pictures taken in for articles, and put away when no article ever came."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from kb import images
from kb.images import BadPicture, Picture
from kb.models import Article, Attachment, WorkingCopy
from kb.models.writing import random_key
from kb.services.audit import record

MOST_OF_AN_ARTICLE = 200
MOST_UNATTACHED = 100  # of one person, for articles that are not saved yet
UNATTACHED_FOR = timedelta(days=7)


def attach(*, content: bytes, name: str, by: User, article: Article | None = None) -> Attachment:
    """Keep a picture for an article, or for one that is only being written; BadPicture says what to do instead.

    The same picture on the same article is kept once.
    """
    if not by.has_perm("kb.add_revision"):
        raise PermissionDenied(f"{by.display_name} may not add pictures.")
    return _kept(images.accept(content, name), by=by, article=article)


@transaction.atomic
def _kept(picture: Picture, *, by: User, article: Article | None) -> Attachment:
    beside = _locked_neighbours(by, article)
    same = beside.filter(digest=picture.digest).first()
    if same:
        return same
    if beside.count() >= (MOST_OF_AN_ARTICLE if article else MOST_UNATTACHED):
        raise BadPicture(_too_many(article))
    key = random_key()
    kept = Attachment.objects.create(
        key=key,
        article=article,
        file=ContentFile(picture.content, name=f"{key}.{picture.extension}"),
        name=picture.name,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        digest=picture.digest,
        uploaded_by=by,
    )
    record("added a picture", by=by, article=article, changes={"picture": (None, kept.name)})
    return kept


def _locked_neighbours(by: User, article: Article | None) -> QuerySet[Attachment]:
    """The pictures that a new one joins; whoever adds another at this moment waits, so that limits hold."""
    if article:
        Article.objects.locked(article.pk)
        return Attachment.objects.filter(article=article)
    User.objects.select_for_update().get(pk=by.pk)
    return Attachment.objects.filter(article=None, uploaded_by=by)


def _too_many(article: Article | None) -> str:
    if article:
        return (
            f"This article has {MOST_OF_AN_ARTICLE} pictures, which is the most. "
            "Choose which of them the article can do without, or write a second article."
        )
    return (
        f"You have added {MOST_UNATTACHED} pictures to articles that are not saved yet, which is the most. "
        "Save the article that you are writing, then choose this picture again."
    )


def sweep_unattached() -> int:
    """Delete pictures that were added a week ago for an article that nobody saved or still writes; returns how many."""
    old = Attachment.objects.filter(article=None, uploaded_at__lt=timezone.now() - UNATTACHED_FOR)
    return sum(_swept(attachment) for attachment in old.order_by("pk").iterator(chunk_size=100))


def _swept(attachment: Attachment) -> bool:
    if WorkingCopy.objects.filter(author=attachment.uploaded_by_id, body__contains=attachment.key).exists():
        return False
    # Asked once more whether it has an article: it may have been saved a moment ago.
    gone, _ = Attachment.objects.filter(pk=attachment.pk, article=None).delete()
    if gone:
        attachment.file.delete(save=False)
    return bool(gone)
