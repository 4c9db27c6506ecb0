from escalation.known import About, Known
from escalation.redaction import without
from escalation.story import story, suggested_subject
from escalation.telling import compose
from tests.escalation.packs import FULL, PAYROLL


def test_the_subject_is_the_newest_question_and_never_a_title() -> None:
    assert suggested_subject(compose(FULL)) == "I can't work, need it by 5pm"
    assert suggested_subject(compose(Known(about=About(PAYROLL)))) == "Question about an article"
    assert suggested_subject(compose(Known())) == ""


def test_the_story_tells_who_needs_what_what_was_tried_and_why_now() -> None:
    pack = without(compose(FULL), ["q1"])
    first, second, third = story(pack, who="Ada", need="a password", reason="We were not sure of an answer.")
    assert first == "Ada needs help: a password"
    assert second == (
        "They asked once, were shown one article and opened 1. "
        "Did not help: “Reset your password”. They left out 3 lines."
    )
    assert third.startswith("Reads as urgent: Cannot work: “can't work”; There is a deadline: “by 5pm”")
    assert third.endswith("We were not sure of an answer.")
