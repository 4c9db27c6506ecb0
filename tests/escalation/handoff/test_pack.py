import json

import pytest
from hypothesis import given

from escalation.handoff.impact import Impact
from escalation.handoff.known import Known
from escalation.handoff.pack import Kind, Line, Pack
from escalation.handoff.telling import compose
from escalation.handoff.urgency import Level
from tests.escalation.packs import FULL, KNOWNS


def test_each_kind_of_knowledge_has_its_section() -> None:
    assert [heading for heading, _ in compose(FULL).sections] == [
        "What it is about",
        "What was asked, and what came back",
        "What was opened",
        "What did not help",
        "Where in the product",
        "On what, and in which language",
        "How urgent it reads, and why",
    ]
    pack = compose(FULL)
    assert sum(len(lines) for _, lines in pack.sections) == len(pack.lines)


def test_a_quote_is_shown_without_markdown_and_with_its_step_numbers() -> None:
    quote = "2. Open **Settings**.\n3. Choose *[Forgot password](/reset/)*.\n"
    assert Line("s1.quote1", Kind.QUOTE, quote).words == "“2. Open Settings.\n3. Choose Forgot password.”"


def test_what_a_person_wrote_is_shown_as_they_wrote_it() -> None:
    assert Line("q1", Kind.QUESTION, "Is *this* 2. or 3.?").words == "Is *this* 2. or 3.?"


def test_a_pack_is_calm_as_long_as_no_line_says_that_it_is_urgent() -> None:
    assert Pack((Line("q1", Kind.QUESTION, "How do I reset it?"),)).is_calm
    assert not Pack((Line("urgency.blocked", Kind.URGENCY, "Cannot work"),)).is_calm


def test_a_pack_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 3"):
        Pack.from_json({"version": 3, "left_out": 0, "lines": []})


def test_a_pack_of_the_first_version_still_reads_as_it_was_sent() -> None:
    reasons = [
        {"id": "urgency.many", "kind": "urgency", "text": "More than one person is affected: “whole team”",
         "rests_on": "q1", "rule": "many", "points": 3},
        {"id": "urgency.deadline", "kind": "urgency", "text": "There is a deadline: “by 5pm”", "rests_on": "q1",
         "rule": "deadline", "points": 3},
    ]  # fmt: skip
    question = {"id": "q1", "kind": "question", "text": "The whole team needs it by 5pm"}
    old = Pack.from_json({"version": 1, "left_out": 0, "lines": [question, *reasons]})
    assert (old.level, old.urgency, old.impact) == (Level.URGENT, Level.HIGH, Impact.TEAM)
    assert [heading for heading, _ in old.sections][-1] == "How urgent it reads, and why"


@given(KNOWNS)
def test_a_pack_survives_json(known: Known) -> None:
    pack = compose(known)
    assert Pack.from_json(json.loads(json.dumps(pack.to_json()))) == pack
