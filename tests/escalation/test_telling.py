from dataclasses import replace

from escalation.known import Known, Turn
from escalation.pack import Kind
from escalation.telling import MAX_TURNS, compose
from tests.escalation.packs import FULL, PORTAL, text_of


def test_everything_known_is_in_the_pack() -> None:
    whole = text_of(compose(FULL))
    for known in (
        "How do I reset it?", "I can't work, need it by 5pm", "Not sure (21%)", "sure that they answer (91%)",
        "“Reset your password”, revision 3, match 0.82", "“Payroll secrets”, revision 1, match 0.50",
        "Open the portal.", "Wrong topic", "Too old", "The conversation started on /", "10:02",
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
