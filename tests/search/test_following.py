import pytest

from search.following import in_context, is_pleasantry


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


@pytest.mark.parametrize(
    "text", ["I did that and it still doesn't work", "it still says the same error after the restart"]
)
def test_a_longer_turn_without_a_topic_leans_too(text: str) -> None:
    assert in_context(text, "My VPN says FC-412") == f"My VPN says FC-412\n{text}"


def test_a_platform_takes_the_place_of_the_earlier_one() -> None:
    assert in_context("and on android?", "Set up my iPhone for mail") == "Set up my for mail\nand on android?"


@pytest.mark.parametrize("text", ["thanks!", "Thank you so much", "ok great, that worked", "hello"])
def test_a_pleasantry_asks_nothing(text: str) -> None:
    assert is_pleasantry(text)
    assert in_context(text, "How do I reset my password?") == text


@pytest.mark.parametrize("text", ["thanks, and on a Mac?", "?", "hello my VPN is down", "it still fails", ""])
def test_whatever_asks_is_no_pleasantry(text: str) -> None:
    assert not is_pleasantry(text)
