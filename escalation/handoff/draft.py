"""The preview of a hand-off, carried by the form itself.

It travels signed, so that what is sent is exactly what was previewed, whatever happens to the conversation, the
articles or the index in between; and bound to one person, so that nobody can send another's story.
"""

from dataclasses import dataclass

from django.core import signing

from accounts.models import User
from escalation.handoff.pack import Pack

SALT = "escalation.draft"


@dataclass(frozen=True)
class Draft:
    """A hand-off that is not sent yet."""

    pack: Pack
    subject: str
    reason: str
    conversation_id: int | None = None


def seal(draft: Draft, *, user: User) -> str:
    """The draft as a form field. It is signed, not secret: it holds only what the person may see."""
    content = {
        "user": user.pk,
        "pack": draft.pack.to_json(),
        "subject": draft.subject,
        "reason": draft.reason,
        "conversation": draft.conversation_id,
    }
    return signing.dumps(content, salt=SALT, compress=True)


def unseal(sealed: str, *, user: User) -> Draft | None:
    """The draft of a form field, or None when it is missing, was changed, or is somebody else's."""
    try:
        content = signing.loads(sealed, salt=SALT)
        pack = Pack.from_json(content["pack"])
    except (signing.BadSignature, ValueError, KeyError):
        return None
    if content["user"] != user.pk:
        return None
    return Draft(pack, content["subject"], content["reason"], content["conversation"])
