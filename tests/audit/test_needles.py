from html import escape

from hypothesis import given
from hypothesis import strategies as st

from audit.addresses import Thing, addresses_in
from audit.needles import Needles, streams, words
from audit.standing import Circle, Condition, Document, Place, Reader, may_know

SECRET = (
    "The bonus run starts on the third Friday of the month, after the ledger of the year is closed for good."
)
letters = st.text(st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=8)
texts = st.lists(letters, min_size=12, max_size=60)


def needles(*texts: str, circle: Circle = Circle.READERS) -> Needles:
    return Needles([Document("text", text, circle, article=1) for text in texts])


def test_eleven_words_of_a_text_are_found_wherever_they_begin() -> None:
    index, told = needles(SECRET), SECRET.split()
    for at in range(len(told) - 10):
        page = f"<p>Read: {' '.join(told[at : at + 11])}</p>"
        assert list(index.found_in(page)), at


def test_words_are_found_through_markup_escapes_and_case() -> None:
    index = needles("Müller’s bonus run", SECRET)
    for page in (
        "<h2><b>MÜLLER&#x2019;S</b> Bonus&nbsp;Run</h2>",
        '{"title": "M\\u00fcller\\u2019s bonus run"}',
        '<a href="/?q=M%C3%BCller%E2%80%99s%20bonus%20run">more</a>',
        '<img alt="müller’s bonus run">',
    ):
        assert list(index.found_in(page)), page


def test_what_a_reader_sent_is_no_trace_but_what_stands_beside_it_is() -> None:
    index = needles("Payroll bonus run", SECRET)
    asked = "Please explain: Payroll bonus run"
    assert not list(index.found_in(f"<p>You asked: {asked}</p>", said=[asked]))
    assert not list(index.found_in("<title>Please explain: Payroll bo…</title>", said=[asked]))
    assert list(index.found_in(f"<p>You asked: {asked}</p><h2>Payroll bonus run</h2>", said=[asked]))


def test_words_that_others_say_too_are_told_with_all_who_say_them() -> None:
    index = needles(SECRET, f"Also here: {SECRET}")
    assert {find.documents for find in index.found_in(SECRET)} == {(0, 1)}


def test_short_and_common_words_are_not_looked_for() -> None:
    assert len(needles("VPN", "a b", "It is")) == 0


@given(texts, st.integers(0, 40), texts)
def test_any_copy_of_eleven_words_is_found_in_any_surroundings(text, at, around) -> None:
    at = min(at, len(text) - 11)
    copied = escape(" ".join(text[at : at + 11]))
    page = f"<p>{escape(' '.join(around))}</p> {copied} <p>{escape(' '.join(around))}</p>"
    assert list(needles(" ".join(text)).found_in(page))


@given(st.text(max_size=300))
def test_anything_served_can_be_read(text) -> None:
    streams(text)
    words(text)
    list(addresses_in(text))
    list(needles(SECRET).found_in(text, said=[text]))


def test_addresses_are_found_in_links_queries_and_json() -> None:
    page = (
        '<a href="/articles/12/bonus-run/">x</a> <a href="/help/?article=13&from=%2Farticles%2F14%2Fx%2F">y</a>'
        '{"article": 15, "external_id": "bonus", "url": "/articles/reviews/7/"} [x](article:other-one)'
    )
    assert set(addresses_in(page)) == {
        *((Thing.ARTICLE, number) for number in ("12", "13", "14", "15")),
        (Thing.NAME, "bonus"),
        (Thing.REVISION, "7"),
        (Thing.NAME, "other-one"),
    }


def test_who_may_know_what() -> None:
    live, draft = (Place(1, "n", "t", 5, condition) for condition in (Condition.LIVE, Condition.DRAFT))
    member, writer = Reader("m", frozenset({5})), Reader("w", frozenset({5}), writes=True)
    stranger = Reader("s", frozenset({6}), writes=True, works_on_tickets=True, pk=3)
    text = Document("text", "x", Circle.READERS, article=1)
    former = Document("former", "x", Circle.EDITORS, article=1)
    typed = Document("typed", "x", Circle.AUTHOR, article=1, people=frozenset({3}))
    assert [may_know(who, text, live) for who in (member, writer, stranger)] == [True, True, False]
    assert [may_know(who, text, draft) for who in (member, writer, stranger)] == [False, True, False]
    assert [may_know(who, former, live) for who in (member, writer, stranger)] == [False, True, False]
    assert [may_know(who, typed, live) for who in (member, writer, stranger)] == [False, False, True]
