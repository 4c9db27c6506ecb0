"""What is about an incident, and what only shares a word with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.incidents.matching import Signs, is_about

VPN = Signs.of("The VPN does not connect", "vpn\nFC-412\nFernhill  Connect\n\n")


@pytest.mark.parametrize(
    "text",
    [
        "vpn down?",
        "My VPN, since this morning",
        "error fc-412 again",
        "Fernhill connect stays grey",
        "fernhill\nconnect says no",
    ],
)
def test_a_text_with_one_of_its_words_or_phrases_is_about_it(text: str) -> None:
    assert is_about(text, VPN)


@pytest.mark.parametrize(
    "text",
    ["", "How do I connect a printer?", "vpns", "FC-4121", "Connect the Fernhill way", "It does not work"],
)
def test_a_text_without_them_is_not(text: str) -> None:
    assert not is_about(text, VPN)


PRINTERS = Signs.of("Printing on the second floor fails", "")


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("printers on second floor are failing", True),
        ("The printer of the second floor prints nothing", True),
        ("How do I print on both sides?", False),
        ("Meeting room on the second floor", False),
    ],
)
def test_without_keywords_most_words_of_the_title_tell(text: str, about: bool) -> None:
    assert is_about(text, PRINTERS) is about


@given(title=st.text(max_size=60), keywords=st.text(max_size=60), text=st.text(max_size=200))
def test_whatever_somebody_types_there_is_an_answer(title: str, keywords: str, text: str) -> None:
    assert is_about(text, Signs.of(title, keywords)) in (True, False)
