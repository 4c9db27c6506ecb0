from escalation.handoff.known import About, Known
from escalation.handoff.redaction import without
from escalation.handoff.story import story, suggested_subject
from escalation.handoff.telling import compose
from tests.escalation.packs import FULL, PAYROLL


def test_the_subject_is_the_newest_question_and_never_a_title() -> None:
    assert suggested_subject(compose(FULL)) == "I can't work, need it by 5pm"
    assert suggested_subject(compose(Known(about=About(PAYROLL)))) == ""
    assert suggested_subject(compose(Known())) == ""


def test_the_story_tells_who_needs_what_what_was_tried_and_why_now() -> None:
    first, second, third = story(
        compose(FULL), who="Ada", need="a password", reason="We were not sure of an answer."
    )
    assert first == "Ada needs help: a password"
    assert second == (
        "They asked twice, were shown 2 articles and opened 1. Did not help: “Reset your password”."
    )
    assert third.startswith("Reads as urgent: Cannot work: “can't work”; There is a deadline: “by 5pm”")
    assert third.endswith("We were not sure of an answer.")


def test_after_lines_were_left_out_the_story_claims_only_what_it_shows() -> None:
    def tried(*struck: str) -> str:
        return story(without(compose(FULL), struck), who="Ada", need="help", reason="")[1]

    assert tried("q1") == (
        "What was sent shows 1 question, 1 article that came back and 1 opened. "
        "Did not help: “Reset your password”. They left out 3 lines."
    )
    assert tried("s21").startswith(
        "What was sent shows 2 questions and 1 article that came back. They left out"
    )
    assert tried("q1", "q2").startswith("What was sent shows no question. They left out")


def test_nothing_left_says_nothing_of_urgency_that_may_have_been_left_out() -> None:
    calm = without(compose(FULL), ["q1", "q2", "article"])
    assert (
        story(calm, who="Ada", need="help", reason="")[2]
        == "Reads as normal: nothing that was sent says otherwise."
    )
