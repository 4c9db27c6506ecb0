"""What changed: exact whatever the texts, word by word, and every line counted where it begins."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.differences import (
    MAX_ROWS,
    Difference,
    Fold,
    Row,
    Segment,
    compare,
    compare_words,
    count_words,
    fold,
    lines_of,
)

WORDS = st.sampled_from(
    [
        "Open",
        "the",
        "menu",
        "don’t",
        "é",
        "e\u0301",
        " ",
        "  ",
        "\t",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        ".",
        "# ",
        "नमस्ते",
        "漢字",
    ]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=60).map("".join), st.text(max_size=200))


def side(rows: tuple[Row, ...], other: str) -> str:
    return "".join(segment.text for row in rows for segment in row.segments if segment.kind != other)


def rows_of(difference: Difference) -> list[tuple[int | None, int | None, str]]:
    """Rows as an old number, a new number, and the text with [-what went-] and {+what came+}."""
    shown = {"same": "%s", "removed": "[-%s-]", "added": "{+%s+}"}
    return [
        (row.old_number, row.new_number, "".join(shown[s.kind] % s.text.rstrip("\n") for s in row.segments))
        for row in difference.rows
    ]


@given(TEXTS, TEXTS)
@settings(max_examples=400)
def test_a_difference_holds_both_texts_exactly(old: str, new: str) -> None:
    rows = compare(old, new).rows
    assert side(rows, "added") == old
    assert side(rows, "removed") == new


@given(TEXTS, TEXTS)
@settings(max_examples=400)
def test_every_line_of_both_texts_has_its_number_on_one_row(old: str, new: str) -> None:
    rows = compare(old, new).rows
    assert [row.old_number for row in rows if row.old_number] == list(range(1, len(lines_of(old)) + 1))
    assert [row.new_number for row in rows if row.new_number] == list(range(1, len(lines_of(new)) + 1))


@given(TEXTS)
def test_nothing_changes_between_a_text_and_itself(text: str) -> None:
    difference = compare(text, text)
    assert difference.is_empty
    assert (difference.words_added, difference.words_removed) == (0, 0)


@given(TEXTS, TEXTS)
def test_folding_hides_nothing_that_changed_and_loses_no_row(old: str, new: str) -> None:
    rows = compare(old, new).rows
    folded = fold(rows)
    opened = [row for part in folded for row in (part.rows if isinstance(part, Fold) else [part])]
    assert tuple(opened) == rows
    assert not any(row.is_changed for part in folded if isinstance(part, Fold) for row in part.rows)


def test_a_changed_word_is_shown_whole_within_its_line() -> None:
    assert rows_of(compare("The café doesn't open.\n", "The cafés don't open.\n")) == [
        (1, 1, "The [-café doesn't-]{+cafés don't+} open.")
    ]


def test_a_word_is_not_cut_at_its_accents_or_vowel_signs() -> None:
    assert compare_words("नमस्ते दुनिया", "नमस्ते दोस्तों") == (
        Segment("same", "नमस्ते "),
        Segment("removed", "दुनिया"),
        Segment("added", "दोस्तों"),
    )
    assert [s.kind for s in compare_words("cafe\u0301", "cafe\u0300")] == ["removed", "added"]


def test_a_new_paragraph_stands_on_its_own_rows() -> None:
    assert rows_of(compare("One.\n\nTwo.\n", "One.\n\nBetween.\n\nTwo.\n")) == [
        (1, 1, "One."),
        (2, 2, ""),
        (None, 3, "{+Between.+}"),
        (None, 4, "{++}"),
        (3, 5, "Two."),
    ]


def test_lines_that_gave_way_to_others_are_not_mixed_with_them() -> None:
    assert rows_of(compare("Alpha beta\n\nkept\n", "Gamma\nDelta\n\nkept\n")) == [
        (1, None, "[-Alpha beta-]"),
        (None, 1, "{+Gamma+}"),
        (None, 2, "{+Delta+}"),
        (2, 3, ""),
        (3, 4, "kept"),
    ]


def test_a_paragraph_wrapped_anew_has_not_changed_its_words() -> None:
    difference = compare("Open the menu and\nchoose Quit.\n", "Open the menu\nand choose Quit.\n")
    assert (difference.words_added, difference.words_removed) == (1, 1)


def test_words_added_and_removed_are_counted_without_punctuation() -> None:
    difference = compare("Open the file.", "Open the file, please!")
    assert (difference.words_added, difference.words_removed) == (1, 0)
    assert count_words("# It’s a *well-known* 漢字 …") == 5


def test_long_unchanged_stretches_fold_to_three_lines_around_a_change() -> None:
    old = "".join(f"Line {i}\n" for i in range(1, 31))
    folded = fold(compare(old, old.replace("Line 15\n", "Line fifteen\n")).rows)
    assert [part.words if isinstance(part, Fold) else part.old_number for part in folded] == [
        "11 unchanged lines", 12, 13, 14, 15, 16, 17, 18, "12 unchanged lines",
    ]  # fmt: skip


def test_a_single_unchanged_line_is_shown_instead_of_a_fold_of_one() -> None:
    old = "".join(f"{i}\n" for i in range(8))
    new = old.replace("0\n", "zero\n").replace("7\n", "seven\n")
    assert all(isinstance(part, Row) for part in fold(compare(old, new).rows, context=3))


PATHOLOGICAL = {
    "only newlines": ("\n" * 500_000 + "x", "y" + "\n" * 499_000),
    "nothing in common": ("ab " * 300_000, "cd\n" * 300_000),
    "one line of a megabyte": ("word " * 200_000, "word other " * 100_000),
    "two alternating lines": ("a\nb\n" * 4_000, "a\na\nb\n" * 3_000),
    "two alternating words": ("a b " * 2_400, "z " + "a a b " * 1_600),
    "a line moved through its like": ("x\n" * 4_900 + "y\n", "y\n" + "x\n" * 4_900),
    "brackets": ("[" * 9_000, "[(" * 4_500),
    "signs that are no characters": ("\ud800\x00\U0010ffff" * 1_000, "\udfff\U000f0000\U00020000" * 1_000),
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_texts_that_are_hard_to_compare_are_still_compared_exactly(name: str) -> None:
    old, new = PATHOLOGICAL[name]
    difference = compare(old, new)
    assert side(difference.rows, "added") == old
    assert side(difference.rows, "removed") == new
    assert len(difference.rows) <= MAX_ROWS + 1
