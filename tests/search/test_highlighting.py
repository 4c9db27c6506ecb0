"""What is marked in a text, and which part of it is shown."""

from hypothesis import given
from hypothesis import strategies as st

from search.highlighting import RUN_UP, excerpt, marked, telling_words


def matches(pieces):
    return [piece.text for piece in pieces if piece.is_match]


def text_of(pieces):
    return "".join(piece.text for piece in pieces)


def test_the_words_of_the_question_are_marked_in_any_case_and_form():
    wanted = telling_words("how do I print my codes when connecting")
    assert matches(marked("Printing CODE: the code, printers, connect", wanted)) == [
        "Printing",
        "CODE",
        "code",
        "printers",
        "connect",
    ]


def test_words_that_only_hold_a_sentence_together_are_not_marked():
    assert matches(
        marked("What do you do with the toner?", telling_words("what do I do with the toner"))
    ) == ["toner"]


def test_a_short_word_is_not_marked_inside_a_longer_one():
    assert matches(marked("The password of the pass", telling_words("pass"))) == ["pass"]


def test_synonyms_are_marked_too():
    assert matches(marked("Remote access by VPN", telling_words("tunnel", "VPN", "remote access"))) == [
        "Remote",
        "access",
        "VPN",
    ]


@given(st.text(), st.text(max_size=40))
def test_marking_changes_no_letter(text, question):
    assert text_of(marked(text, telling_words(question))) == text


def test_the_excerpt_is_where_most_of_the_words_are():
    text = "toner " + "filler " * 60 + "low toner in the printer " + "filler " * 60
    found = text_of(excerpt(text, telling_words("printer toner low")))
    assert "low toner in the printer" in found
    assert found.startswith("…")
    assert found.endswith("…")
    assert found.split()[RUN_UP] == "low"


def test_a_text_without_any_of_the_words_has_no_excerpt():
    assert excerpt("Nothing of the kind", telling_words("toner")) == []


def test_an_excerpt_stands_on_one_line():
    assert text_of(excerpt("low\n\n  toner", telling_words("toner"))) == "low toner"
