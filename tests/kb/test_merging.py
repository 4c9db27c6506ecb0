"""Merging: what one person added is never lost because somebody else saved."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.merging import MIDDLE, MINE, THEIRS, has_markers, marker_line, merge, merge_line

LINES = st.lists(st.sampled_from(["", "a", "b", "c", "# d", "- e", "======="]), max_size=12)
TEXTS = st.one_of(LINES.map("\n".join), st.text(max_size=80))


def lines(text: str) -> Counter[str]:
    return Counter(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=500)
def test_no_line_that_either_side_added_is_lost(base: str, mine: str, theirs: str) -> None:
    merged = lines(merge(base, mine, theirs).text)
    for side in (mine, theirs):
        assert not (lines(side) - lines(base)) - merged


@given(TEXTS, TEXTS)
def test_a_change_by_one_side_alone_is_taken_as_it_is(base: str, changed: str) -> None:
    plain = "\n".join(changed.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for merged in (merge(base, changed, base), merge(base, base, changed), merge(base, changed, changed)):
        assert (merged.text, merged.conflicts) == (plain, 0)


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=300)
def test_conflicts_are_marked_and_their_pieces_hold_both_texts(base: str, mine: str, theirs: str) -> None:
    merged = merge(base, mine, theirs)
    assert has_markers(merged.text) == (merged.conflicts > 0)
    assert "\n".join(piece.text for piece in merged.pieces) == merged.text
    for piece in merged.pieces:
        if piece.origin == "conflict":
            assert piece.mine in piece.text
            assert piece.theirs in piece.text


@given(TEXTS, TEXTS, TEXTS)
def test_a_merged_line_is_one_of_the_two_and_a_conflict_keeps_both(base: str, mine: str, theirs: str) -> None:
    merged = merge_line(base, mine, theirs)
    (piece,) = merged.pieces
    assert merged.text in (piece.mine, piece.theirs)
    assert merged.conflicts == (len({piece.base, piece.mine, piece.theirs}) == 3)


def test_changes_in_different_places_are_both_kept() -> None:
    base = "# VPN\n\nOpen the client.\n\nSign in.\n"
    merged = merge(base, base.replace("client", "VPN client"), base + "\nCall us.\n")
    assert merged.text == "# VPN\n\nOpen the VPN client.\n\nSign in.\n\nCall us.\n"
    assert [piece.origin for piece in merged.pieces] == ["unchanged", "mine", "unchanged", "theirs"]


def test_a_conflict_says_whose_text_is_whose() -> None:
    merged = merge("One.\nTwo.\nEnd.", "One.\n2.\nEnd.", "One.\nDeux.\nEnd.", their_name="Ada\nLovelace")
    assert merged.text.splitlines() == [
        "One.", MINE, "2.", MIDDLE, "Deux.", f"{THEIRS} by Ada Lovelace", "End.",
    ]  # fmt: skip
    (conflict,) = (piece for piece in merged.pieces if piece.origin == "conflict")
    assert (conflict.base, conflict.mine, conflict.theirs) == ("Two.", "2.", "Deux.")


def test_what_one_removed_and_the_other_changed_is_for_a_person_to_decide() -> None:
    merged = merge("a\nb\nc", "a\nc", "a\nB\nc")
    assert merged.conflicts == 1
    assert "B" in merged.text


def test_the_endings_that_browsers_send_are_no_change() -> None:
    merged = merge("One.\nTwo.\n", "One.\r\nTwo.\r\nThree.\r\n", "Zero.\nOne.\nTwo.\n")
    assert (merged.text, merged.conflicts) == ("Zero.\nOne.\nTwo.\nThree.\n", 0)


def test_a_title_that_both_changed_stays_mine_until_somebody_chooses() -> None:
    merged = merge_line("VPN", "Connect to the VPN", "Use the VPN")
    assert (merged.text, merged.conflicts, merged.pieces[0].theirs) == (
        "Connect to the VPN",
        1,
        "Use the VPN",
    )
    assert merge_line("VPN", "VPN", "Use the VPN").text == "Use the VPN"


@pytest.mark.parametrize("line", [MINE, MIDDLE, f"{THEIRS} by Ada", f"  {MINE}", f"> {MIDDLE}"])
def test_a_marker_left_behind_is_found_with_its_line(line: str) -> None:
    assert marker_line(f"One.\n\n{line}\nTwo.") == 3


@pytest.mark.parametrize(
    "text", ["Title\n=======\n", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> main", "a <<<<<<< b", ""]
)
def test_headings_and_what_git_writes_are_no_markers_of_ours(text: str) -> None:
    assert not has_markers(text)


@pytest.mark.parametrize(
    "texts",
    [
        ("a\nb\n" * 4_000, "a\na\nb\n" * 3_000, "b\na\nb\n" * 3_000),
        ("\n" * 400_000, "x" + "\n" * 399_000, "\n" * 390_000 + "y"),
        ("w " * 400_000, "v " * 400_000, "u " * 400_000),
    ],
    ids=["alternating lines", "only newlines", "one long line"],
)
def test_texts_that_are_hard_to_compare_lose_nothing_either(texts: tuple[str, str, str]) -> None:
    base, mine, theirs = texts
    merged = lines(merge(base, mine, theirs).text)
    assert not (lines(mine) - lines(base)) - merged
    assert not (lines(theirs) - lines(base)) - merged
