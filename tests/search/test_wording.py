"""Words and codes are the same whatever keyboard or word processor they come from."""

import pytest

from search.wording import as_typed, asked_identifiers, identifiers, in_plain_letters, overlap, stems


@pytest.mark.parametrize("hyphen", ["-", "_", "", "\u2010", "\u2011", "\u2012", "–", "—", "\u2212"])
def test_a_code_is_one_whatever_became_of_its_hyphen(hyphen: str) -> None:
    assert identifiers(f"The VPN stops with FC{hyphen}412.") == {"fc412"}
    assert "fc412" in asked_identifiers(f"what is fc{hyphen}412")


def test_a_hyphen_that_does_not_break_stands_within_a_code() -> None:
    assert identifiers("version 2.4\u20111b") == identifiers("version 2.4-1b")


def test_a_dash_between_codes_parts_them() -> None:
    assert identifiers("from 5.7.1–5.7.9") == {"5.7.1", "5.7.9"}
    assert identifiers("KB3115489—install it") == {"kb3115489"}


@pytest.mark.parametrize(
    ("curly", "plain"), [("can’t print", "can't print"), ("the “Save” button", 'the "Save" button')]
)
def test_curly_quotes_change_no_word(curly: str, plain: str) -> None:
    assert stems(curly) == stems(plain)
    assert as_typed(curly) == plain


def test_words_around_a_dash_are_words() -> None:
    assert overlap(stems("toner cartridge"), "Toner – the cartridge—is empty") == 1.0


def test_a_question_of_ligatures_does_not_swell() -> None:
    assert in_plain_letters("\uff26\uff23\uff0d\uff14") == "FC-4"
    assert len(in_plain_letters("\ufdfa" * 5000)) == 10_000
