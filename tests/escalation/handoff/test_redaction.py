from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from escalation.handoff.known import Known, Turn
from escalation.handoff.redaction import mask, without
from escalation.handoff.telling import compose
from escalation.handoff.urgency import Level
from tests.escalation.packs import FULL, KNOWNS, PORTAL, text_of

STRUCK_QUESTION = "q2"


def test_striking_a_question_takes_its_answer_and_its_urgency_along() -> None:
    sent = without(compose(FULL), [STRUCK_QUESTION])
    for gone in ("can't work", "5pm", "Open the portal.", "Wrong topic", "urgent"):
        assert gone not in text_of(sent)
    assert "How do I reset it?" in text_of(sent)


def test_striking_an_article_takes_its_title_everywhere_below_it() -> None:
    known = replace(FULL, about=None)
    assert "Reset your password" not in text_of(without(compose(known), ["s21"]))


def test_only_the_number_of_lines_left_out_is_kept() -> None:
    pack = compose(FULL)
    sent = without(pack, ["q1"])
    assert sent.left_out == len(pack.lines) - len(sent.lines) == 3
    assert "q1" not in text_of(sent)


def test_a_struck_reason_for_urgency_does_not_count() -> None:
    pack = compose(FULL)
    assert pack.level == Level.URGENT
    calmer = without(pack, ["urgency.blocked", "urgency.says_urgent"])
    assert calmer.level == Level.HIGH


def test_another_question_that_says_the_same_still_counts() -> None:
    known = Known(
        turns=(Turn(1, "urgent: secret thing", "", "unsure"), Turn(2, "urgent, please", "", "unsure"))
    )
    sent = without(compose(known), ["q1"])
    assert sent.level == Level.HIGH
    assert "secret" not in text_of(sent)


def test_what_a_person_adds_is_read_for_urgency_too() -> None:
    assert without(compose(Known()), [], added=["The whole team is blocked"]).level == Level.URGENT


def test_a_reader_outside_the_audience_gets_neither_title_nor_text() -> None:
    masked = mask(compose(FULL), {PORTAL.revision_id})
    assert "Payroll" not in text_of(masked)
    assert "payroll-secrets" not in text_of(masked)
    assert "An article that is not available to you." in text_of(masked)
    assert "Open the portal." in text_of(masked)
    assert "How do I reset it?" in text_of(mask(compose(FULL), ()))
    assert "Open the portal." not in text_of(mask(compose(FULL), ()))


def test_masking_for_whoever_may_read_all_changes_nothing() -> None:
    pack = compose(FULL)
    assert mask(pack, {line.ref.revision_id for line in pack.lines if line.ref}) == pack


@given(KNOWNS, st.data())
def test_nothing_rests_on_a_line_that_is_gone(known: Known, data: st.DataObject) -> None:
    pack = compose(known)
    ids = [line.id for line in pack.lines]
    sent = without(pack, data.draw(st.sets(st.sampled_from(ids)) if ids else st.just(set())))
    left = {line.id for line in sent.lines} | {""}
    assert all(line.rests_on in left for line in sent.lines)


@given(KNOWNS, st.sets(st.integers(1, 9)))
def test_a_masked_pack_refers_to_readable_revisions_only(known: Known, readable: set[int]) -> None:
    assert {line.ref.revision_id for line in mask(compose(known), readable).lines if line.ref} <= readable
