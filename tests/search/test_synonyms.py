"""Which words a question gains, and which question a pin is for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.confidence import Level
from search.pins import is_pinned_to, shown_under
from search.ranking import PINNED, RankedArticle
from search.synonyms import MOST_ADDED, added_terms, terms_of, thesaurus
from search.wording import stems

VPN = thesaurus(("VPN, tunnel, remote access",))


@pytest.mark.parametrize(
    ("question", "added"),
    [
        ("my tunnel drops", ["VPN", "remote access"]),
        ("The TUNNELS drop", ["VPN", "remote access"]),
        ("Remote-access is slow", ["VPN", "tunnel"]),
        ("access to a remote site", []),
        ("tunnelling", []),
        ("VPN or tunnel?", ["remote access"]),
        ("", []),
    ],
)
def test_whole_words_of_a_group_bring_the_others(question, added):
    assert added_terms(question, VPN) == added


def test_a_word_in_two_groups_brings_both():
    known = thesaurus(("PC, laptop", "laptop, notebook"))
    assert added_terms("laptop", known) == ["PC", "notebook"]
    assert added_terms("PC", known) == ["laptop"]


def test_a_question_gains_no_more_than_it_can_carry():
    known = thesaurus(tuple(f"printer, word{number}" for number in range(40)))
    assert len(added_terms("printer", known)) == MOST_ADDED


def test_a_group_is_read_as_an_editor_writes_it():
    assert terms_of(" VPN ,, vpn, remote   access,") == ["VPN", "remote access"]


@given(st.text(max_size=200), st.lists(st.text(max_size=40), max_size=5))
def test_no_text_is_too_odd(question, lines):
    added = added_terms(question, thesaurus(tuple(lines)))
    assert len(added) <= MOST_ADDED


@pytest.mark.parametrize(
    ("words", "question", "is_pinned"),
    [
        ("wifi password", "What is the wifi password?", True),
        ("WIFI Password", "wifi  PASSWORD", True),
        ("holiday", "How do I book a holiday?", True),
        ("holiday", "My laptop was stolen from the beach during my holiday in Porto", False),
        ("wifi password", "I forgot my password", False),
        ("the of", "the of", False),
        ("", "anything", False),
    ],
)
def test_a_pin_is_for_questions_that_say_its_words_and_little_else(words, question, is_pinned):
    assert is_pinned_to(words, stems(question)) is is_pinned


def ranked(*scores, pinned=False):
    first, *others = (RankedArticle(each, score, (), 0.0, 0.0) for each, score in enumerate(scores))
    return [RankedArticle(0, first.score + PINNED, (), 0.0, 0.0, pinned=True) if pinned else first, *others]


def test_without_a_pin_what_was_judged_is_shown():
    for level in Level:
        assert shown_under(ranked(0.9, 0.5), level) is level
        assert shown_under([], level) is level


def test_a_pinned_article_is_offered_however_unsure_search_is_and_quoted_only_if_it_leads_by_itself():
    assert shown_under(ranked(0.1, 0.5, pinned=True), Level.UNSURE) is Level.MAYBE
    assert shown_under(ranked(0.4, 0.5, pinned=True), Level.ANSWER) is Level.MAYBE
    assert shown_under(ranked(0.9, 0.5, pinned=True), Level.ANSWER) is Level.ANSWER
