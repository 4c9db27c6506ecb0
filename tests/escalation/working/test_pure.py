"""Gaps in replies, names in notes, and the first draft of an article."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.working.first_draft import first_draft
from escalation.working.mentions import Named, mentions_in
from escalation.working.placeholders import filled, unknown_gaps
from kb.skeletons import unfilled

DAAN = Named(1, "daan.visser", "Daan", "Daan Visser")
CHLOE = Named(2, "chloe", "Chloe", "Chloe Barnard")
OTHER_CHLOE = Named(3, "cpark", "Chloe", "Chloe Park")
PEOPLE = (DAAN, CHLOE, OTHER_CHLOE)


def test_gaps_are_filled_whatever_the_spacing() -> None:
    assert (
        filled("Hello {{first_name}}, {{ number }}.", {"first_name": "Robin", "number": "TZ-1"})
        == "Hello Robin, TZ-1."
    )


def test_what_is_filled_in_is_not_looked_at_again() -> None:
    assert filled("{{ subject }}", {"subject": "{{ agent }}", "agent": "Daan"}) == "{{ agent }}"


def test_a_gap_is_no_template() -> None:
    hostile = "{{ requester.password }} {% load x %} {{ 7*7 }} {requester}"
    assert filled(hostile, {"requester": "Robin"}) == hostile


def test_gaps_that_nothing_fills_are_named_once_each() -> None:
    assert unknown_gaps("{{ agent }} {{ name }} {{name}} {{ due }}") == ["name", "due"]


@given(st.text())
def test_filling_nothing_changes_nothing(text: str) -> None:
    assert filled(text, {}) == text


@pytest.mark.parametrize(
    ("text", "people", "unknown"),
    [
        ("@daan.visser, look", (1,), ()),
        ("(@Daan) and @DAAN.VISSER.", (1,), ()),
        ("@DaanVisser please", (1,), ()),
        ("@chloe", (2,), ()),  # a user name goes before a first name that two have
        ("@ChloePark or @cpark", (3,), ()),
        ("@nobody and @nobody", (), ("nobody",)),
        ("write to daan.visser@fernhill.example", (), ()),
        ("5 @ 3 euros, @ noon", (), ()),
        ("", (), ()),
    ],
)
def test_whom_a_note_means(text: str, people: tuple[int, ...], unknown: tuple[str, ...]) -> None:
    found = mentions_in(text, PEOPLE)
    assert (found.people, found.unknown) == (people, unknown)


def test_a_first_name_that_two_have_means_neither() -> None:
    two = (Named(4, "a", "Sam", "Sam A"), Named(5, "b", "Sam", "Sam B"))
    assert mentions_in("@Sam", two).unknown == ("Sam",)


def test_a_first_draft_has_the_words_in_their_places_and_asks_for_the_rest() -> None:
    body = first_draft(
        issue=["It hums."], environment=["Windows 11"], resolution=["1. Turn it off.\n2. Turn it on."]
    )
    headings = [line for line in body.splitlines() if line.startswith("## ")]
    assert headings == ["## Issue", "## Environment", "## Cause", "## Resolution"]
    assert body.index("## Issue") < body.index("It hums.") < body.index("## Environment")
    assert "- Windows 11\n" in body
    assert "\n1. Turn it off.\n2. Turn it on.\n" in body
    assert [gap.text[:15] for gap in unfilled(body)] == ["[Why it happens"]


def test_without_any_words_the_skeleton_waits_for_them() -> None:
    assert len(unfilled(first_draft(issue=[], environment=[], resolution=[]))) == 6


def test_words_that_people_wrote_make_no_markup() -> None:
    body = first_draft(
        issue=["## Cause\n<!-- hidden\n[link](article:other)\n----"],
        environment=[],
        resolution=["# Resolution"],
    )
    assert body.count("\n## Cause\n") == 1
    assert "\\<!-- hidden" in body
    assert "\\[link\\](article:other)" in body
    assert "\n\\----" in body
