"""Everything that changes tickets. Each is one transaction; Refused says why something is not allowed.

`at` records something that happened in the past, for tickets that come from elsewhere: nobody is sent mail about it.
"""

from escalation.services.handoff import LONGEST_SUBJECT, LONGEST_TEXT, open_ticket, prepare_handoff
from escalation.services.working import add_note, assign, close, reopen, reply, resolve, set_status

__all__ = [
    "LONGEST_SUBJECT", "LONGEST_TEXT", "add_note", "assign", "close", "open_ticket", "prepare_handoff", "reopen",
    "reply", "resolve", "set_status",
]  # fmt: skip
