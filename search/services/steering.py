"""Keeping synonyms and pins. Each change is in the audit trail, and holds from its commit on."""

from datetime import date

from django.db import transaction

from accounts.models import User
from kb.models import Article
from kb.services.audit import record
from search.models import Pin, Synonym
from search.steering import ADDED, CHANGED, DELETED
from search.synonyms import terms_of


@transaction.atomic
def keep_synonyms(*, words: str, by: User, group: Synonym | None = None) -> Synonym:
    """Add a group of words that mean the same, "VPN, tunnel, remote access", or change one."""
    before, after = group.words if group else None, ", ".join(terms_of(words))
    if group and before == after:
        return group
    group = group or Synonym()
    group.words, group.changed_by = after, by
    group.save()
    record(CHANGED if before else ADDED, by=by, changes={"synonyms": (before, after)})
    return group


@transaction.atomic
def delete_synonyms(*, group: Synonym, by: User) -> None:
    """From now on these words are nothing but themselves."""
    record(DELETED, by=by, changes={"synonyms": (group.words, None)})
    group.delete()


@transaction.atomic
def keep_pin(*, article: Article, words: str, until: date | None, by: User, pin: Pin | None = None) -> Pin:
    """Put an article first for questions of these words, until the end of a day; or change a pin of it.

    The words must be those of no other pin of the article.
    """
    changes = {
        "pinned to": (pin.words if pin else None, words),
        "until": (pin.until if pin else None, until),
    }
    changes = {name: (before, after) for name, (before, after) in changes.items() if before != after}
    if pin and not changes:
        return pin
    action = "changed a pin" if pin else "pinned"
    pin = pin or Pin(article=article)
    pin.words, pin.until, pin.changed_by = words, until, by
    pin.save()
    record(action, by=by, article=article, changes=changes)
    return pin


@transaction.atomic
def delete_pin(*, pin: Pin, by: User) -> None:
    """The article comes where search puts it."""
    record("unpinned", by=by, article=pin.article, changes={"pinned to": (pin.words, None)})
    pin.delete()
