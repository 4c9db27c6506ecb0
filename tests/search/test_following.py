import pytest

from search.following import in_context


@pytest.mark.parametrize(
    "text", ["and on a Mac?", "What about the guest Wi-Fi?", "still not working", "why", "printer?"]
)
def test_a_turn_that_leans_on_the_one_before_is_looked_up_with_it(text: str) -> None:
    assert in_context(text, "How do I reset my password?") == f"How do I reset my password?\n{text}"


@pytest.mark.parametrize(
    "text",
    ["How do I order a new headset for meetings?", "Expense claim was refused because of a missing receipt"],
)
def test_a_turn_that_tells_its_own_story_is_looked_up_alone(text: str) -> None:
    assert in_context(text, "How do I reset my password?") == text


def test_the_first_turn_leans_on_nothing() -> None:
    assert in_context("and now?", "") == "and now?"
