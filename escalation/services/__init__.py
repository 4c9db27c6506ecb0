"""Everything that changes tickets. Each is one transaction; Refused says why something is not allowed.

`at` records something that happened in the past, for tickets that come from elsewhere: nobody is sent mail about it.
"""

from escalation.services.canned import (
    drop_canned_reply,
    keep_canned_reply,
    require_may_change,
    words_for,
)
from escalation.services.handoff import (
    LONGEST_ANSWER,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    asked_first,
    asked_of,
    confidential_queue_for,
    open_ticket,
    prepare_handoff,
    sensitivity_in,
)
from escalation.services.merging import merge, unmerge
from escalation.services.solving import (
    draft_of_article,
    drop_reference,
    flag_article,
    refer_to,
    title_of_article,
    write_article,
)
from escalation.services.watching import Other, be_here, unwatch, watch
from escalation.services.working import (
    SaidMeanwhile,
    add_note,
    assign,
    close,
    reopen,
    reply,
    resolve,
    set_status,
)

__all__ = [
    "LONGEST_ANSWER", "LONGEST_SUBJECT", "LONGEST_TEXT", "Other", "SaidMeanwhile", "add_note", "asked_first",
    "asked_of", "assign",
    "be_here", "close", "confidential_queue_for",
    "draft_of_article", "drop_canned_reply", "drop_reference", "flag_article", "keep_canned_reply", "merge",
    "open_ticket", "prepare_handoff", "refer_to", "reopen", "reply", "require_may_change", "resolve", "sensitivity_in",
    "set_status",
    "title_of_article", "unmerge", "unwatch", "watch", "words_for", "write_article",
]  # fmt: skip
