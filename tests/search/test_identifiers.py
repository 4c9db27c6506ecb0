"""One thing has one form, however it is spelled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.identifiers import asked_identifiers, exact_identifiers, held_identifiers, identifiers


@pytest.mark.parametrize(
    "spelling",
    [
        "0x80070005",
        "0X80070005",
        "80070005",
        "-2147024891",
        "\u22122147024891",
        "2147024891",
        "2147942405",
        "Ox80070005",
        "(0x80070005)",
        "error:0x80070005.",
        "HRESULT=0x80070005,",
    ],
)
def test_an_error_of_windows_has_one_form(spelling):
    assert "0x80070005" in identifiers(f"Since today it says {spelling}")


@pytest.mark.parametrize(
    ("spelling", "form"),
    [("0xC000007B", "0xc000007b"), ("c000007b", "0xc000007b"), ("-1073741701", "0xc000007b")],
)
def test_so_has_one_of_its_kernel(spelling, form):
    assert identifiers(f"stopped with {spelling} again") == {form}


@pytest.mark.parametrize(
    "spelling",
    [
        "KB2829595",
        "kb2829595",
        "KB 2829595",
        "kb-2829595",
        "KB_2829595",
        "KB: 2829595",
        "KB#2829595",
        "KB article 2829595",
        "_Original KB number:_   2829595",
        "https://support.example.com/kb/2829595",
    ],
)
def test_a_kb_article_has_one_form(spelling):
    assert "kb2829595" in identifiers(f"see {spelling} for more")


@pytest.mark.parametrize(
    "spelling",
    [
        "Event ID 9519",
        "event 9519",
        "EventID: 9519",
        "EventID 9519",
        "event-id=9519",
        "Event ID: 9519.",
        "Event ID #9519",
        "**Event ID**: 9519",
        "EVENT_ID 9519",
        "event id (9519)",
        "event number 9519",
        "event9519",
    ],
)
def test_an_event_has_one_form(spelling):
    assert identifiers(f"the log shows {spelling} every day") == {"#9519"}


@pytest.mark.parametrize(
    "spelling",
    [
        "ERR_CERT_DATE_INVALID",
        "err_cert_date_invalid",
        "ERR-CERT-DATE-INVALID",
        "err cert date invalid",
        "Err Cert Date Invalid",
    ],
)
def test_a_name_is_met_in_any_case_and_in_parts(spelling):
    held = held_identifiers("The page shows `ERR_CERT_DATE_INVALID` when the clock is wrong.")
    assert held & asked_identifiers(f"what does {spelling} mean?")


@pytest.mark.parametrize(
    "spelling",
    [
        "EnableActiveProbing",
        "enableactiveprobing",
        "ENABLE_ACTIVE_PROBING",
        "enable-active-probing",
        "Enable Active Probing",
    ],
)
def test_a_setting_is_met_in_any_case_and_in_parts(spelling):
    assert held_identifiers("Set EnableActiveProbing to 1.") & asked_identifiers(
        f"is {spelling} safe to change"
    )


def test_a_name_counts_once_however_it_is_written():
    held = held_identifiers("Set mail.smtp.auth.")
    assert len(held & asked_identifiers("where is mail.smtp.auth")) == 1


def test_words_in_a_row_are_a_name_from_three_on_and_never_a_sure_one():
    assert "signin" not in asked_identifiers("how do I sign in")
    assert "enableactiveprobing" in asked_identifiers("enable active probing")
    assert "enableactiveprobing" not in exact_identifiers("enable active probing")


@pytest.mark.parametrize(
    "text",
    ["oxford", "oxide", "the 2nd time at 10:30", "5 events on Monday", "100 errors", "cabbages", "box 12"],
)
def test_ordinary_words_are_no_identifiers(text):
    assert identifiers(text) == frozenset()


def test_long_blanks_and_hostile_runs_are_read_in_passing():
    assert identifiers("error" + " " * 200_000 + "x kb" + " " * 200_000 + "y") == frozenset()


@given(st.text(max_size=200))
def test_whatever_a_passage_holds_a_question_in_the_same_words_asks_for(text):
    assert identifiers(text) <= asked_identifiers(text)


@pytest.mark.parametrize(
    "spelling", ["FC\u2013412", "fc\u2011412?", "FC\u2010412", "is it fc\u2014412", "FC\u2212412"]
)
def test_a_hyphen_of_a_word_processor_is_one(spelling):
    assert "fc412" in identifiers(spelling)


def test_leading_zeros_of_a_hexadecimal_number_say_nothing():
    assert identifiers("error 0x11b") == identifiers("error 0x0000011b") == identifiers("0X011B")
    assert identifiers("0x11b") != identifiers("0x11b0")


def test_a_code_in_two_words_is_one_at_the_end_of_a_question_too():
    assert "caa20003" in exact_identifiers("what is caa 20003?")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("cafedeed", "0xcafedeed"),
        ("abcdefab-abcd-abcd-abcd-abcdefabcdef", "abcdefab-abcd-abcd-abcd-abcdefabcdef"),
        ("setup_log", "setuplog"),
        ("groove.exe", "grooveexe"),
        ("iPhone", "iphone"),
    ],
)
def test_a_name_without_a_digit_is_found_among_other_words(name, form):
    assert identifiers(f"It is off, since ({name}), says Ann.") == {form}
