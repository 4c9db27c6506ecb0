"""Governed articles: what is written, who may read it, which text is live, and what is said of it."""

from kb.models.articles import Article, ArticleQuerySet, Category, Redirect, name_from
from kb.models.audiences import Audience, AudienceQuerySet, Reader
from kb.models.audit import AuditEvent, TrailIsImmutable
from kb.models.feedback import Flag, Reason, Vote
from kb.models.reminders import Reminder
from kb.models.revisions import Link, ReviewComment, Revision, RevisionIsImmutable, text_digest
from kb.models.writing import Attachment, WorkingCopy

__all__ = [
    "Article", "ArticleQuerySet", "Attachment", "Audience", "AudienceQuerySet", "AuditEvent", "Category", "Flag",
    "Link", "Reader", "Reason", "Redirect", "Reminder", "ReviewComment", "Revision", "RevisionIsImmutable",
    "TrailIsImmutable", "Vote", "WorkingCopy", "name_from", "text_digest",
]  # fmt: skip
