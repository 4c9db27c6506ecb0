"""The checklist: a line for each check, saying what is good or what to do, and never repeating a secret."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.checklist import Draft, Finding, check, reading_ease
from kb.importing import KINDS
from kb.merging import merge
from kb.skeletons import SKELETONS
from tests.kb.hostile import MARKDOWN

TODAY = date(2026, 11, 22)
STEPS = """\
Fernhill Connect keeps you on the company's network when you work from home. You need a laptop from us.

## Connect

1. Open **Connect** from the menu bar.
2. Choose **London** and press **Sign in**.
3. Confirm on your phone. The icon turns green.
"""
GOOD = Draft(
    title="Connect to the VPN from home",
    summary="How to reach the company's network from home.",
    body=STEPS,
    kind="how-to",
    has_owner=True,
    review_by=date(2027, 5, 22),
    today=TODAY,
)
# Long words in long sentences, and short ones in short.
OFFICIAL = (
    "Notwithstanding the applicability of organisational authentication requirements, administrators are "
    "responsible for the implementation of additional verification procedures in consideration of the "
    "confidentiality of the information that is accessible to the individual employees and to the contracted "
    "organisations. "
)
PLAIN = "Open the menu and press the green key. You will see a new page. Type your name in it, then go on. "


def finding(name: str, **changes: object) -> Finding:
    (found,) = (found for found in check(replace(GOOD, **changes)) if found.name == name)
    return found


def test_a_good_draft_has_a_good_line_for_every_check() -> None:
    findings = check(GOOD)
    assert {found.name for found in findings if found.level != "good"} == {"reading"}  # too short to measure
    assert finding("reading").level == "note"
    assert all(found.text and not found.what_to_do for found in findings)


@pytest.mark.parametrize("kind", KINDS)
def test_an_untouched_skeleton_has_to_be_filled_in(kind: str) -> None:
    found = finding("template", body=SKELETONS[kind], kind=kind)
    assert found.level == "must"
    assert "…" in SKELETONS[kind].splitlines()[(found.line or 0) - 1]
    assert finding("parts", body=SKELETONS[kind], kind=kind).level != "good"
    assert "empty" in finding("length", body=SKELETONS[kind], kind=kind).text


def test_only_what_was_written_counts_while_a_template_is_filled_in() -> None:
    body = SKELETONS["troubleshooting"].replace(
        "[Why it happens, as far as known, in a sentence…]", "It is old."
    )
    assert finding("length", body=body).text == "Only 4 words."
    assert finding("parts", body=body, kind="troubleshooting").text.startswith(
        "No heading for issue, environment and resolution"
    )


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("", "no title"),
        ("KB0012345", "only a code"),
        ("FC-412", "only a code"),
        ("HOW TO CONNECT TO THE VPN", "capitals"),
        ("Procedure for connecting to the VPN", "“Procedure for”"),
        ("Instructions: VPN", "“Instructions: VPN”"),
        ("KB0012345 - Connect to the VPN", "begins with a code"),
        ("Connect " + "to the network " * 7, "characters"),
        ("Printers", "single word"),
    ],
)
def test_a_title_that_readers_would_not_search_for_is_said_to_be_one(title: str, words: str) -> None:
    found = finding("title", title=title)
    assert found.level != "good"
    assert words in found.text
    assert found.what_to_do


@pytest.mark.parametrize(
    "title",
    [
        "VPN error FC-412",
        "I can’t sign in",
        "What is MFA?",
        "VPN FAQ",
        "Informationen über das VPN",
        "Processes that hang",
    ],
)
def test_a_title_in_readers_words_is_good(title: str) -> None:
    assert finding("title", title=title).level == "good"


def test_long_words_in_long_sentences_are_difficult_to_read_and_the_longest_is_pointed_at() -> None:
    found = finding("reading", body=f"# Rules\n\n{PLAIN * 3}\n\n{OFFICIAL * 3}\n")
    assert found.level == "advice"
    assert "difficult" in found.text
    assert found.line == 5
    assert finding("reading", body=PLAIN * 10).text.startswith("Reads easily")


def test_reading_ease_is_as_flesch_defined_it() -> None:
    # 110 words in 10 sentences, 1 syllable each.
    assert reading_ease("The cat sat on the mat and it was so fat. " * 10) == round(
        206.835 - 1.015 * 11 - 84.6
    )


@pytest.mark.parametrize(
    "body",
    [
        PLAIN * 2,
        "```\n" + OFFICIAL * 5 + "\n```",
        "| a |\n|---|\n" + f"| {OFFICIAL * 5} |\n",
        "Öffnen Sie das Menü und wählen Sie die Einstellungen für das Netzwerk des Unternehmens aus. " * 20,
    ],
    ids=["little text", "code", "a table", "another language"],
)
def test_reading_is_only_measured_on_enough_english_prose(body: str) -> None:
    assert finding("reading", body=body).text.startswith("Too little English prose")


@pytest.mark.parametrize(
    ("body", "level", "words"),
    [
        ("", "must", "empty"),
        ("<!-- later -->", "must", "empty"),
        ("Ask us.", "advice", "Only 2 words"),
        ("word " * 1_300, "advice", "1,300 words"),
        ("word " * 400, "good", "2 minutes"),
        ("x" * 200_000, "advice", "too long to be shown"),
    ],
)
def test_too_short_and_too_long_is_said(body: str, level: str, words: str) -> None:
    found = finding("length", body=body)
    assert found.level == level
    assert words in found.text


@pytest.mark.parametrize(
    ("body", "words", "line"),
    [
        ("word " * 450, "450 words without a heading", None),
        ("# One\n\n### Three\n", "“Three” skips a level", 3),
        ("# One\n\n##\n\ntext", "A heading is empty", 3),
        ("# One\n\ntext\r\n\r\n# ONE\n", "stands there twice", 5),
    ],
)
def test_headings_out_of_order_are_pointed_at(body: str, words: str, line: int | None) -> None:
    found = finding("headings", body=body)
    assert words in found.text
    assert (found.level, found.line) == ("advice", line)


def test_the_same_heading_in_two_parts_is_fine() -> None:
    assert finding("headings", body="# Mac\n\n## Install\n\n# Windows\n\n## Install\n").level == "good"


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("troubleshooting", "## Symptoms\n\nx\n\n## Why it happens\n\nx", "environment and resolution"),
        ("known-error", "## What you see\n\nx", "workaround"),
        ("faq", "## Opening hours\n\nNine to five.", "question"),
        ("how-to", "word " * 30, "numbered steps"),
    ],
)
def test_each_kind_is_asked_for_the_parts_its_readers_look_for(kind: str, body: str, words: str) -> None:
    found = finding("parts", kind=kind, body=body)
    assert found.level == "advice"
    assert words in found.text


def test_pictures_without_a_description_are_pointed_at() -> None:
    body = "![](a.png)\n\n![The menu with Quit marked](b.png)\n\n1. x\n2. y\n   ![Screenshot 3.png][c]\n\n[c]: c.png\n"
    found = finding("pictures", body=body + "\n![describe the picture](/articles/attachments/1)")
    assert found.text.startswith("3 pictures without a description (lines 1, 7, 11)")
    assert found.line == 1
    assert finding("pictures", body="`![](a.png)`").text == "No pictures to describe."


def test_broken_links_are_named_and_many_are_counted() -> None:
    assert "article:gone" in finding("links", broken_links=("article:gone",)).text
    found = finding("links", broken_links=tuple(f"https://{i}.example" for i in range(5)))
    assert found.text.startswith("5 links that lead nowhere")
    assert "and 2 more" in found.text


def test_nobody_who_answers_for_it_and_no_date_is_said() -> None:
    assert finding("owner", has_owner=False).level == "advice"
    assert finding("review date", review_by=None).level == "advice"
    assert "passed" in finding("review date", review_by=TODAY).text


def test_personal_data_and_secrets_are_pointed_at_and_not_repeated() -> None:
    body = STEPS + "\nAsk anna.berg@acme.io. The password is kestrel77.\n"
    personal, secrets = finding("personal data", body=body), finding("secrets", body=body)
    assert (personal.level, personal.line) == ("advice", 9)
    assert (secrets.level, secrets.line) == ("must", 9)
    said = "".join(found.text + found.what_to_do for found in check(replace(GOOD, body=body)))
    assert "anna.berg" not in said
    assert "kestrel77" not in said


def test_a_secret_in_the_summary_is_found_too_and_points_at_no_line() -> None:
    found = finding("secrets", summary="The password is kestrel77.")
    assert (found.level, found.line) == ("must", None)


def test_a_conflict_that_waits_for_a_choice_has_to_be_solved() -> None:
    merged = merge("One.\nTwo.", "One.\n2.", "One.\nDeux.")
    found = finding("conflicts", body=merged.text)
    assert (found.level, found.line) == ("must", 2)


@given(MARKDOWN, st.text(max_size=120), st.text(max_size=120), st.sampled_from([*KINDS, "", "other"]))
@settings(max_examples=80, deadline=None)
def test_whatever_is_written_every_check_has_its_line(body: str, title: str, summary: str, kind: str) -> None:
    findings = check(replace(GOOD, body=body, title=title, summary=summary, kind=kind))
    assert [found.name for found in findings] == [found.name for found in check(GOOD)]
    lines = len(body.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    for found in findings:
        assert (found.level in ("good", "note")) != bool(found.what_to_do)
        assert found.line is None or 1 <= found.line <= lines


@pytest.mark.parametrize(
    "piece", ["a.", "...", "- a\n", "# a\n", "![](", "```\n", "`", "[", "A B ", "x@", "1. a\n\n"]
)
def test_a_text_made_to_keep_it_busy_is_checked_all_the_same(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert len(check(replace(GOOD, body=text, title=text, summary=text))) == len(check(GOOD))
