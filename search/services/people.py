"""Turns that the machine leaves to people: they are kept without a search."""

from search import sensitivity
from search.models import Conversation, Question
from search.remarks import remark


def left_to_people(text: str, conversation: Conversation, *, anyway: bool) -> Question | None:
    """The turn as it is kept when the machine has no part in it, else None.

    What is sensitive stays with people whatever was chosen. Where somebody of the desk is answering already, the
    machine keeps quiet, unless the person wants it `anyway`.
    """
    found = sensitivity.read(text)
    if found is not None:
        outcome = Question.Outcome.SENSITIVE
        return Question(conversation=conversation, text=text, outcome=outcome, sensitivity=found.kind)
    if conversation.with_a_person and not anyway and _wants_an_answer(text):
        return Question(conversation=conversation, text=text, outcome=Question.Outcome.WITH_PERSON)
    return None


def leave_to_a_person(conversation_id: int, *, with_a_person: bool) -> None:
    """Note whether somebody of the desk is answering a conversation now."""
    Conversation.objects.filter(pk=conversation_id).update(with_a_person=with_a_person)


def _wants_an_answer(text: str) -> bool:
    said = remark(text)
    return said is None or said.is_verdict
