"""Everything that changes articles."""

from kb.services.attachments import attach, sweep_unattached
from kb.services.feedback import close_flag, flag, vote
from kb.services.governing import announce, confirm, govern, set_audience
from kb.services.lifecycle import (
    Outdated,
    approve,
    archive,
    comment,
    create_article,
    may_decide,
    publish_due,
    reject,
    request_changes,
    resolve_comment,
    restore,
    submit,
    write_revision,
)
from kb.services.writing import SavedElsewhere, Typed, begin, discard, hand_in, keep, take_over, work_on

__all__ = [
    "Outdated", "SavedElsewhere", "Typed", "announce", "approve", "archive", "attach", "begin",
    "close_flag", "comment", "confirm", "create_article", "discard", "flag", "govern", "hand_in",
    "keep", "may_decide", "publish_due", "reject", "request_changes", "resolve_comment", "restore",
    "set_audience", "submit", "sweep_unattached", "take_over", "vote", "work_on", "write_revision",
]  # fmt: skip
