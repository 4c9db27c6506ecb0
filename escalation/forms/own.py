"""What people may do with their own tickets."""

from escalation.forms.base import NamedForm, text_field


class ReplyForm(NamedForm):
    """A reply by the person who asked."""

    body = text_field(label="Your reply", error_messages={"required": "Write something first."})


class ReopenForm(NamedForm):
    """What is still wrong, if the person wants to say."""

    body = text_field(required=False, label="What is still wrong?")
