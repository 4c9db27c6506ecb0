"""What people may send to a human, and what agents may send back."""

from escalation.forms.base import NamedForm, Problem, TextField, problems_of, text_field
from escalation.forms.handoff import HandoffForm
from escalation.forms.own import ReopenForm, ReplyForm
from escalation.forms.ticket import AgentReplyForm, AssignForm, CloseForm, NoteForm, ResolveForm, StatusForm

__all__ = [
    "AgentReplyForm", "AssignForm", "CloseForm", "HandoffForm", "NamedForm", "NoteForm", "Problem", "ReopenForm",
    "ReplyForm", "ResolveForm", "StatusForm", "TextField", "problems_of", "text_field",
]  # fmt: skip
