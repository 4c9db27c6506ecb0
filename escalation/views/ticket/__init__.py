"""The page of a ticket for whoever works on it, and all that is done from there."""

from escalation.views.ticket.duplicates import merge, unmerge
from escalation.views.ticket.page import ticket
from escalation.views.ticket.solving import drop_reference, flag, refer, resolve, write
from escalation.views.ticket.suggesting import presence, suggested
from escalation.views.ticket.taking import assign, set_status
from escalation.views.ticket.talking import note, reply, watch

__all__ = [
    "assign", "drop_reference", "flag", "merge", "note", "presence", "refer", "reply", "resolve", "set_status",
    "suggested", "ticket", "unmerge", "watch", "write",
]  # fmt: skip
