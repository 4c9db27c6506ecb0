import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.pack import (
    MAX_TURNS,
    About,
    Kind,
    Known,
    Pack,
    Place,
    Quoted,
    Ref,
    ShownArticle,
    Turn,
    compose,
    mask,
    story,
    suggested_subject,
    without,
)
from escalation.urgency import Level

PORTAL = Ref(article_id=7, revision_id=70, number=3, title="Reset your password", score=0.82)
PAYROLL = Ref(article_id=8, revision_id=80, number=1, title="Payroll secrets", score=0.5)
QUOTE = Quoted("Open the portal.", 0, 16, "start")
FULL = Known(
    turns=(
        Turn(1, "How do I reset it?", "2026-03-01T10:00:00+00:00", "unsure", 0.21, shown=(ShownArticle(11, PAYROLL),)),
        Turn(
            2,
            "I can't work, need it by 5pm",
            "2026-03-01T10:01:00+00:00",
            "answered",
            0.91,
            helpful=False,
            note="Wrong topic, urgent",
            shown=(ShownArticle(21, PORTAL, (QUOTE,), "2026-03-01T10:02:00+00:00", True),),
        ),
    ),
    about=About(PORTAL, helpful=False, note="Too old"),
    came_from=Place("/articles/8/payroll-secrets/", PAYROLL),
    started_on=Place("/"),
)  # fmt: skip
STRUCK_QUESTION = "q2"


def text_of(pack: Pack) -> str:
    return json.dumps(pack.to_json(), ensure_ascii=False)


def test_everything_known_is_in_the_pack() -> None:
    whole = text_of(compose(FULL))
    for known in (
        "How do I reset it?", "I can't work, need it by 5pm", "Not sure (21%)", "sure that they answer (91%)",
        "“Reset your password”, revision 3, match 0.82", "“Payroll secrets”, revision 1, match 0.50",
        "Open the portal.", "Wrong topic", "Too old", "The conversation started on /", "10:02",
        "Cannot work: “can't work”", "There is a deadline: “by 5pm”",
    ):  # fmt: skip
        assert known in whole, known


def test_each_kind_of_knowledge_has_its_section() -> None:
    assert [heading for heading, _ in compose(FULL).sections] == [
        "What was asked, and what came back",
        "What was opened",
        "What did not help",
        "Where in the product",
        "How urgent it reads, and why",
    ]
    pack = compose(FULL)
    assert sum(len(lines) for _, lines in pack.sections) == len(pack.lines)


def test_ids_are_unique_and_stay_when_the_conversation_goes_on() -> None:
    before = [line.id for line in compose(FULL).lines]
    assert len(before) == len(set(before))
    longer = replace(FULL, turns=(*FULL.turns, Turn(3, "And now?", "", "unavailable")))
    assert set(before) <= {line.id for line in compose(longer).lines}


def test_a_quote_names_the_span_of_the_revision() -> None:
    (quote,) = compose(FULL).of(Kind.QUOTE)
    assert quote.ref == replace(PORTAL, start=0, end=16, anchor="start")


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
    masked = mask(compose(FULL), {PORTAL.article_id})
    assert "Payroll" not in text_of(masked)
    assert "payroll-secrets" not in text_of(masked)
    assert "An article that is not available to you." in text_of(masked)
    assert "Open the portal." in text_of(masked)
    assert "How do I reset it?" in text_of(mask(compose(FULL), ()))
    assert "Open the portal." not in text_of(mask(compose(FULL), ()))


def test_masking_for_whoever_may_read_all_changes_nothing() -> None:
    pack = compose(FULL)
    assert mask(pack, pack.article_ids) == pack


def test_a_long_conversation_says_how_much_is_not_listed() -> None:
    turns = tuple(Turn(n, f"question {n}", "", "unsure") for n in range(MAX_TURNS + 5))
    pack = compose(Known(turns=turns))
    assert "5 earlier questions" in text_of(pack)
    assert len(list(pack.of(Kind.QUESTION))) == MAX_TURNS


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


def test_a_pack_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        Pack.from_json({"version": 2, "left_out": 0, "lines": []})


words = st.text(max_size=40)
refs = st.builds(Ref, st.integers(1, 5), st.integers(1, 9), st.integers(1, 3), words, st.floats(0, 1))
shown = st.builds(
    ShownArticle, st.integers(1, 99), refs, st.tuples(st.builds(Quoted, words, st.just(0), st.just(4)))
)
turns = st.builds(
    Turn, st.integers(1, 99), words, st.just(""), st.sampled_from(["answered", "unsure", "unavailable"]),
    st.none() | st.floats(0, 1), st.none() | st.booleans(), words, st.lists(shown, max_size=3).map(tuple),
)  # fmt: skip
knowns = st.builds(Known, st.lists(turns, max_size=4, unique_by=lambda turn: turn.id).map(tuple))


@given(knowns)
def test_a_pack_survives_json(known: Known) -> None:
    pack = compose(known)
    assert Pack.from_json(json.loads(json.dumps(pack.to_json()))) == pack


@given(knowns, st.data())
def test_nothing_rests_on_a_line_that_is_gone(known: Known, data: st.DataObject) -> None:
    pack = compose(known)
    ids = [line.id for line in pack.lines]
    sent = without(pack, data.draw(st.sets(st.sampled_from(ids)) if ids else st.just(set())))
    left = {line.id for line in sent.lines} | {""}
    assert all(line.rests_on in left for line in sent.lines)


@given(knowns, st.sets(st.integers(1, 5)))
def test_a_masked_pack_refers_to_readable_articles_only(known: Known, readable: set[int]) -> None:
    assert mask(compose(known), readable).article_ids <= readable
