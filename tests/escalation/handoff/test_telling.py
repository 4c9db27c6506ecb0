from dataclasses import replace

from escalation.handoff.known import About, Known, Place, Turn
from escalation.handoff.pack import Kind
from escalation.handoff.telling import MAX_TURNS, compose
from tests.escalation.packs import FULL, PORTAL, text_of


def test_everything_known_is_in_the_pack() -> None:
    whole = text_of(compose(FULL))
    for known in (
        "How do I reset it?", "I can't work, need it by 5pm", "Not sure (21%)", "sure that they answer (91%)",
        "“Reset your password”, revision 3, match 0.82", "“Payroll secrets”, revision 1, match 0.50",
        "Open the portal.", "Wrong topic", "Too old", "The conversation started on the ask page", "10:02",
        "Cannot work: “can't work”", "There is a deadline: “by 5pm”",
    ):  # fmt: skip
        assert known in whole, known


def test_ids_are_unique_and_stay_when_the_conversation_goes_on() -> None:
    before = [line.id for line in compose(FULL).lines]
    assert len(before) == len(set(before))
    longer = replace(FULL, turns=(*FULL.turns, Turn(3, "And now?", "", "unavailable")))
    assert set(before) <= {line.id for line in compose(longer).lines}


def test_a_quote_names_the_span_of_the_revision() -> None:
    (quote,) = compose(FULL).of(Kind.QUOTE)
    assert quote.ref == replace(PORTAL, start=0, end=16, anchor="start")


def test_a_long_conversation_says_how_much_is_not_listed() -> None:
    turns = tuple(Turn(n, f"question {n}", "", "unsure") for n in range(MAX_TURNS + 5))
    pack = compose(Known(turns=turns))
    assert "5 earlier questions" in text_of(pack)
    assert len(list(pack.of(Kind.QUESTION))) == MAX_TURNS


def test_a_page_is_named_as_people_know_it() -> None:
    for path, words in (
        ("/", "Asked for a person on the ask page"),
        ("/conversations/47/", "Asked for a person on the ask page"),
        ("/api/", "Asked for a person through the API"),
        ("/articles/", "Asked for a person on /articles/"),
    ):
        (line,) = compose(Known(came_from=Place(path))).of(Kind.ORIGIN)
        assert line.text == words


def test_an_article_that_it_is_about_is_named_once() -> None:
    page = Place("/articles/7/reset-your-password/", PORTAL)
    pack = compose(Known(about=About(PORTAL), came_from=page))
    assert [line.id for line in pack.lines] == ["article"]
    assert len(compose(Known(came_from=page)).lines) == 1


def test_a_turn_that_offered_articles_without_an_answer_is_told_as_such() -> None:
    pack = compose(Known((Turn(1, "How do I reset it?", "", "maybe", 0.2),)))
    assert [line.text for line in pack.of(Kind.ANSWER)] == ["No answer: articles that may be it were shown."]
