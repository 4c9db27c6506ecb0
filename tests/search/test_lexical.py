"""Words and identifiers find their passage, for the right people, whatever is typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.identifiers import identifiers
from search.lexical import LexicalIndex
from search.lexical_documents import LexicalDocument

STAFF, CUSTOMERS = 1, 2
EVERYONE = frozenset({STAFF, CUSTOMERS})
TEXTS = {
    1: "Open Settings and choose Reset to reset your password.",
    2: "Outlook stops with error 0x80070005. Install [the update](https://example.org/kb/KB123456) KB123456.",
    3: "Look for Event ID 9519 in the log, or for code -1073741701.",
    4: "Set `EnableActiveProbing` to 1. Sign-in fails with AADSTS9002313.",
    5: "The server listens on port 993, see mail.smtp.auth and setup_log.txt.",
    6: "Printers, résumés and paper jams.",
}


@pytest.fixture(scope="module")
def index() -> LexicalIndex:
    index = LexicalIndex()
    index.add(
        LexicalDocument(number, number * 10, CUSTOMERS if number == 6 else STAFF, "Guide", "Steps", text)
        for number, text in TEXTS.items()
    )
    return index


def found(index: LexicalIndex, question: str, audiences: frozenset[int] = EVERYONE) -> list[int]:
    return [passage for passage, _ in index.search(question, 10, audiences=audiences)]


def named(index: LexicalIndex, question: str, audiences: frozenset[int] = EVERYONE) -> dict[str, set[int]]:
    return {
        match.identifier: set(match.passage_ids) for match in index.identified(question, audiences=audiences)
    }


def test_other_forms_of_a_word_find_it(index):
    assert found(index, "How do I go about resetting passwords?")[0] == 1
    assert found(index, "resume") == [6]


def test_a_passage_of_another_audience_is_not_found(index):
    assert found(index, "paper jam", frozenset({STAFF})) == []
    assert found(index, "paper jam", frozenset()) == []
    assert named(index, "AADSTS9002313", frozenset({CUSTOMERS})) == {}
    assert named(index, "AADSTS9002313", frozenset()) == {}


@pytest.mark.parametrize(
    ("question", "identifier", "passage"),
    [
        ("I get 0X80070005, what now?", "0x80070005", 2),
        ("is kb123456 needed", "kb123456", 2),
        ("event id: 9519 again and again", "#9519", 3),
        ("it says (error -1073741701)", "0xc000007b", 3),
        ("enableactiveprobing does not exist", "enableactiveprobing", 4),
        ("what is EnableActiveProbing.", "enableactiveprobing", 4),
        ("aadsts9002313", "aadsts9002313", 4),
        ("is port 993 right?", "#993", 5),
        ("where is mail.smtp.auth?", "mailsmtpauth", 5),
        ("SETUP_LOG.TXT", "setuplogtxt", 5),
    ],
)
def test_an_identifier_is_found_in_any_case_and_inside_a_sentence(index, question, identifier, passage):
    assert named(index, question)[identifier] == {passage}


def test_part_of_an_identifier_is_not_a_match(index):
    assert named(index, "0x8007000") == {}
    assert named(index, "KB1234567") == {}


def test_an_identifier_in_a_question_of_many_words_says_less_of_it(index):
    short = index.identified("0x80070005", audiences=EVERYONE)[0]
    long = index.identified("since the update my old laptop shows 0x80070005", audiences=EVERYONE)[0]
    assert (short.share, short.exact) == (1.0, True)
    assert long.share < 0.3


def test_a_plain_word_that_an_article_writes_as_a_name_is_a_match_but_not_an_exact_one(index):
    match = index.identified("enableactiveprobing", audiences=EVERYONE)[0]
    assert not match.exact


@pytest.mark.parametrize(
    "question",
    [
        "",
        "   ",
        "🎉🔥",
        "title:secret AND (",
        '"unclosed',
        "* OR *",
        "[1 TO 9]",
        "a^9~",
        "\x00\ud800",
        "'; DROP --",
    ],
)
def test_hostile_questions_are_words_and_nothing_more(index, question):
    assert isinstance(found(index, question), list)
    assert index.ceiling(question) >= 0


def test_five_thousand_words_are_searched_like_any_question(index):
    question = "reset password " + " ".join(f"word{number}" for number in range(5000))
    assert found(index, question)[0] == 1


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_the_search(index, question):
    index.search(question, 5, audiences=EVERYONE)
    index.identified(question, audiences=EVERYONE)


def test_no_passage_scores_above_the_ceiling_and_unknown_words_raise_it(index):
    question = "reset password settings"
    best = index.search(question, 1, audiences=EVERYONE)[0][1]
    assert 0 < best <= index.ceiling(question) < index.ceiling(question + " flugelhorn")


def test_link_targets_are_not_words(index):
    assert found(index, "example") == []


def test_a_removed_article_is_gone_and_can_come_back():
    index = LexicalIndex()
    document = LexicalDocument(1, 10, STAFF, "Printer", "", "Paper jam")
    index.add([document])
    index.remove_articles([10, 999])
    assert (len(index), found(index, "printer")) == (0, [])
    index.add([document])
    assert found(index, "printer") == [1]


def test_identifiers_of_a_text_are_the_things_that_mean_one_thing():
    text = "Error: 403 from MFCMAPI.exe, CVE-2024-1234, status 5.7.1; mail a.b@example.com or hotmail.com, 20 times"
    assert identifiers(text) == {"#403", "mfcmapiexe", "cve2024-1234", "5.7.1"}


def test_plain_words_are_no_identifiers():
    assert (
        identifiers("How do I reset my password? It's the 2nd time, e.g. on Monday at 10:30.") == frozenset()
    )


def test_a_dump_of_letters_without_a_space_is_read_in_passing() -> None:
    assert identifiers("aB" * 60_000 + "@ and 0x80070005") == {"0x80070005"}


def titles(*named: str) -> LexicalIndex:
    index = LexicalIndex()
    index.add(LexicalDocument(n, n * 10, STAFF, title, "", "Some words.") for n, title in enumerate(named, 1))
    return index


@pytest.mark.parametrize("spelling", ["FC-720", "fc720", "FC 720", "fc_720"])
def test_spellings_of_a_code_find_the_title_that_has_it(spelling):
    index = titles("Error FC-720 (no address)", "Error FC-412")
    match = index.identified(f"it says {spelling}", audiences=EVERYONE)[0]
    assert (match.identifier, match.exact, match.titled) == ("fc720", True, frozenset({1}))


def test_a_short_question_is_like_the_title_that_says_the_same():
    index = titles("Reset a forgotten password", "Change your password", "Set up a work iPhone")
    (match,) = index.identified("I forgot my password", audiences=EVERYONE)
    assert match.passage_ids == {1}
    assert (
        match.likeness < index.identified("reset a forgotten password", audiences=EVERYONE)[-1].likeness == 1
    )
    assert index.identified("I forgot my password", audiences=frozenset({CUSTOMERS})) == []


def test_a_code_in_front_of_a_long_address_counts():
    assert "kb3085565" in identifiers("(KB3085565)](https://support.example/" + "update/" * 40 + ")")


@pytest.mark.parametrize(
    "typed",
    [
        "pasword reset",
        "passwrod reset",
        "passsword",
        "pazsword",
        "resset my settinsg",
        "outlok stops",
        "resetting teh pasword",
    ],
)
def test_a_slip_in_a_word_is_forgiven(index, typed):
    assert found(index, typed)[0] in (1, 2)
    assert found(index, typed, frozenset({CUSTOMERS})) == []


def test_a_word_that_is_nearly_there_weighs_less_than_the_word():
    index = titles("Printer", "Pointer", "Scanner")
    (_, right), *_ = index.search("printer", 3, audiences=EVERYONE)
    (_, near), *_ = index.search("prinnter", 3, audiences=EVERYONE)
    assert 0 < near < right


@pytest.mark.parametrize("typed", ["jam", "jas", "xbox", "flugelhorn"])
def test_a_short_word_or_a_strange_one_is_taken_for_no_other(index, typed):
    assert found(index, typed) == ([6] if typed == "jam" else [])


def test_a_word_that_some_passage_holds_is_never_taken_for_another():
    index = titles("Printer", "Pointer", "Painter")
    assert found(index, "pointer") == [2]


def never(word: str) -> bool:
    return False


@pytest.fixture(scope="module")
def two_circles() -> LexicalIndex:
    """Staff read of printers, customers of printing presses and of outlooks."""
    index = LexicalIndex()
    index.add(
        LexicalDocument(number, number, audience, "Guide", "", text)
        for number, (audience, text) in enumerate(
            [
                (STAFF, "The printer is offline. Start the laptop again. ErrorLogger1 says 0x0000011b."),
                (CUSTOMERS, "The pritners of Preston. The outlook. Enter zz90001 at the gate."),
            ],
            1,
        )
    )
    return index


@pytest.mark.parametrize(
    ("typed", "spelt"),
    [
        ("pritner offlien", "printer offline"),
        ("my laptp wont strat", "my laptop wont start"),
        ("Pritner!", "printer!"),
        ("printer offline", "printer offline"),
        (
            "PRITNER pritner_x pritner7 pritner.exe a@pritner.example",
            "PRITNER pritner_x pritner7 pritner.exe a@pritner.example",
        ),
        ("prnt", "prnt"),
        ("outlok", "outlok"),
    ],
)
def test_a_slip_is_spelt_as_the_passages_of_these_audiences_spell_it(two_circles, typed, spelt):
    assert two_circles.respelt(typed, audiences=frozenset({STAFF}), is_word=never) == spelt


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("fc412", "fc-412"),
        ("is it FC412?", "is it FC-412?"),
        ("FC\u2212412, FC\u2013412", "FC-412, FC-412"),
        ("fc-412, fc 412, fc413", "fc-412, fc 412, fc413"),
        ("kb123456 abc777", "kb123456 abc777"),
    ],
)
def test_a_code_is_parted_where_passages_of_these_audiences_write_it_only_so(typed, written):
    index = LexicalIndex()
    texts = [(STAFF, "It stops with FC-412. Install KB123456."), (CUSTOMERS, "It stops with ABC-777.")]
    index.add(
        LexicalDocument(number, number, audience, "Guide", "", text)
        for number, (audience, text) in enumerate(texts, 1)
    )
    assert index.hyphenated(typed, audiences=frozenset({STAFF})) == written


def test_a_word_of_the_language_is_no_slip(two_circles):
    said = two_circles.respelt("laptp strat", audiences=EVERYONE, is_word=lambda word: word == "strat")
    assert said == "laptop strat"


def test_a_word_that_a_passage_brings_may_be_meant_from_then_on():
    index = titles("Printer")
    assert index.respelt("pringer", audiences=EVERYONE, is_word=never) == "printer"
    index.add(LexicalDocument(n, n, STAFF, "Prinker", "", "") for n in range(10, 14))
    assert index.respelt("pringer", audiences=EVERYONE, is_word=never) == "prinker"


def test_of_two_words_that_are_as_near_none_is_meant():
    index = titles("Pointer", "Painter")
    assert index.respelt("pyinter", audiences=EVERYONE, is_word=never) == "pyinter"


def test_at_most_three_slips_are_mended(two_circles):
    said = two_circles.respelt("pritner offlien laptp strat", audiences=frozenset({STAFF}), is_word=never)
    assert said == "printer offline laptop strat"


def test_a_word_of_other_audiences_changes_nothing_that_is_found(two_circles):
    alone = LexicalIndex()
    alone.add([LexicalDocument(1, 1, STAFF, "Guide", "", "The printer is offline.")])
    assert found(alone, "pritners") == found(two_circles, "pritners", frozenset({STAFF})) == [1]


def test_codes_of_other_audiences_take_no_place_among_those_that_are_looked_up():
    index = LexicalIndex()
    hidden = " ".join(f"aa{number}" for number in range(10_000, 10_100))
    index.add(
        [LexicalDocument(1, 1, CUSTOMERS, "", "", hidden), LexicalDocument(2, 2, STAFF, "", "", "zz90001")]
    )
    assert set(named(index, f"{hidden} zz90001", frozenset({STAFF}))) == {"zz90001"}


def test_a_short_hexadecimal_number_finds_the_long_one(two_circles):
    assert named(two_circles, "what is 0x11b?") == {"0x0000011b": {1}}


@given(
    audiences=st.lists(st.sampled_from([STAFF, CUSTOMERS]), min_size=1, max_size=12),
    k=st.integers(1, 4),
    asking=st.sampled_from([frozenset({STAFF}), frozenset({CUSTOMERS}), EVERYONE]),
)
@settings(max_examples=40, deadline=None)
def test_whoever_asks_gets_the_best_of_what_is_theirs_however_much_better_that_of_others_is(
    audiences, k, asking
):
    index = LexicalIndex()
    index.add(
        LexicalDocument(number, number, audience, "Guide", "", "printer " + "and more " * number)
        for number, audience in enumerate(audiences, 1)
    )
    everything = index.search("printer guide", 100, audiences=EVERYONE)
    theirs = [(number, score) for number, score in everything if audiences[number - 1] in asking]
    assert len(everything) == len(audiences)
    assert index.search("printer guide", k, audiences=asking) == theirs[:k]


def test_a_word_of_a_script_that_writes_vowels_as_marks_is_one_word():
    index = titles("করেছে", "কর")
    assert found(index, "করেছে") == [1]


def test_a_title_is_that_of_the_article_whichever_of_its_passages_come_together():
    index = LexicalIndex()
    index.add(
        LexicalDocument(passage, article, STAFF, title, "", "Some words.")
        for passage, article, title in [(1, 1, "Paper jam"), (2, 2, "Blank screen"), (3, 1, "Paper jam")]
    )
    assert [match.passage_ids for match in index.identified("paper jam", audiences=EVERYONE)] == [{3}]
