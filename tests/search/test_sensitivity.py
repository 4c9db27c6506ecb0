"""What people handle: found in short messages, half of which were never looked at while the rules were written."""

import csv
from pathlib import Path

import pytest

from search.care import WORDS
from search.sensitivity import Sensitivity, read

MESSAGES = Path(__file__).parent / "sensitive_messages.csv"


def messages(half: str) -> list[dict[str, str]]:
    with MESSAGES.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["half"] == half]


def test_of_strangers_words_what_is_found_is_right_and_less_than_half_is_found() -> None:
    """Labelled by somebody who knew no rule. Wanted are nine in ten, and rules of words find four (decision 013)."""
    with (MESSAGES.parent / "cold_messages.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 150
    found = [row for row in rows if read(row["text"])]
    right = [row for row in found if row["kind"]]
    assert len(right) / len(found) >= 0.9
    assert len(right) / sum(bool(row["kind"]) for row in rows) >= 0.4


@pytest.mark.parametrize("half", ["tuned", "held"])
def test_nine_in_ten_are_found_and_seven_in_ten_of_what_is_found_are_right(half: str) -> None:
    rows = messages(half)
    assert len(rows) >= 75
    found = [row for row in rows if read(row["text"])]
    right = [row for row in found if row["kind"] != "none"]
    sensitive = [row for row in rows if row["kind"] != "none"]
    assert len(right) / len(sensitive) >= 0.9
    assert len(right) / len(found) >= 0.7


@pytest.mark.parametrize(
    "text",
    [
        "how do I kill the process", "fatal error in the payroll run", "the battery died", "my laptop is sick",
        "zombie process on the server", "the child process died", "kernel panic", "abort and terminate the job",
        "I lost my password", "lost the connection of my phone", "the password of my phone is gone",
        "I clicked on the link in the invitation and nothing happens", "I did not click on the phishing mail",
        "which article says how to report phishing", "the printer is dead", "drop the orphaned table",
        "where is the anti-harassment training", "the disk is bleeding edge technology", "the menu is collapsed",
        "", "!!!", "HELP",
    ],
)  # fmt: skip
def test_words_of_the_trade_are_about_machines(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("Hello, I want to kill myself", Sensitivity.DISTRESS, "kill myself"),
        ("My boss is harassing me", Sensitivity.HARASSMENT, "harassing"),
        ("I can’t breathe", Sensitivity.HEALTH, "can't breathe"),
        ("I lost my work phone", Sensitivity.LOST_DEVICE, "lost my work phone"),
        ("I fell for a scam", Sensitivity.PHISHING, "fell for a"),
        ("My laptop was stolen and I want to kill myself", Sensitivity.DISTRESS, "kill myself"),
    ],
)
def test_the_very_words_are_told_and_distress_comes_first(text: str, kind: Sensitivity, words: str) -> None:
    found = read(text)
    assert found is not None
    assert (found.kind, found.words) == (kind, words)


def test_a_hostile_text_is_read_quickly() -> None:
    for text in ("i " * 50_000, "gave " * 20_000, "my laptop " * 10_000, "(" * 50_000, "he a" * 20_000):
        assert read(text) is None


def test_there_are_words_for_each_kind_and_no_number_is_invented() -> None:
    for kind in Sensitivity:
        said = WORDS[kind]
        assert said.heard
        assert said.until_then
        assert not any(character.isdigit() for words in said.until_then for character in words)
