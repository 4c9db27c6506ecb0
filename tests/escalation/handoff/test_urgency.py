import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.handoff.urgency import RULES, Level, Said, level, read


def reading(text: str, **signals: int) -> tuple[Level, set[str]]:
    urgency = read([Said("q1", text)], **signals)
    return urgency.level, {reason.rule for reason in urgency.reasons}


@pytest.mark.parametrize(
    ("text", "expected", "rules"),
    [
        ("How do I share my calendar?", Level.NORMAL, set()),
        ("How do I share a folder with everyone?", Level.NORMAL, set()),
        ("I can't work out which form to use", Level.NORMAL, set()),
        ("When is the office open today?", Level.NORMAL, set()),
        ("VPN is down, I can't work", Level.HIGH, {"blocked"}),
        ("I cannot do my job", Level.HIGH, {"blocked"}),
        ("I'm locked out of everything", Level.HIGH, {"blocked"}),
        ("The whole team is waiting", Level.NORMAL, {"many"}),
        ("Everyone on floor 3 lost Wi-Fi", Level.NORMAL, {"many"}),
        ("5 people have the same error", Level.NORMAL, {"many"}),
        ("1 people have the same error", Level.NORMAL, set()),
        ("I need it by Friday", Level.HIGH, {"deadline"}),
        ("My presentation starts in 20 minutes", Level.HIGH, {"deadline"}),
        ("needed before 5pm", Level.HIGH, {"deadline"}),
        ("Nobody can print and payroll is due today", Level.HIGH, {"many", "deadline"}),
        ("I clicked on a link and gave them my password", Level.HIGH, {"security"}),
        ("My laptop was stolen, I can't work", Level.URGENT, {"security", "blocked"}),
        ("This is urgent", Level.HIGH, {"says_urgent"}),
        ("This is not urgent", Level.LOW, {"calm"}),
        ("No rush, just wondering about fonts", Level.LOW, {"calm"}),
        ("Still not working, it keeps crashing", Level.NORMAL, {"repeat"}),
        ("Can I talk to a person?", Level.NORMAL, {"person"}),
        ("USELESS!!! WHY DOES THIS NEVER WORK", Level.NORMAL, {"frustration", "capitals"}),
        ("Error ORA 12154", Level.NORMAL, set()),
    ],
)  # fmt: skip
def test_words_are_read_as_a_colleague_would(text: str, expected: Level, rules: set[str]) -> None:
    assert reading(text) == (expected, rules)


def test_tone_alone_never_makes_it_high() -> None:
    tone = [(rule.key, rule.points) for rule in RULES if rule.key in {"frustration", "capitals"}]
    assert level(tone) == Level.NORMAL


def test_a_calm_deadline_comes_before_anger_without_one() -> None:
    order = list(Level)
    calm, angry = reading("I need this by Monday, thank you")[0], reading("THIS IS RIDICULOUS!!!")[0]
    assert order.index(calm) > order.index(angry)


def test_asking_often_and_turning_down_articles_counts_without_words() -> None:
    assert reading("printer", questions=3, rejected=2) == (Level.NORMAL, {"questions", "rejected"})
    assert reading("it keeps failing", questions=3)[0] == Level.HIGH


def test_one_rule_counts_once_however_often_it_is_met() -> None:
    said = [Said(f"q{n}", "still not working") for n in range(5)]
    assert read(said).level == read(said[:1]).level


phrases = st.sampled_from([
    "urgent", "can't work", "no rush", "by 5pm", "whole team", "HELP ME NOW PLEASE", "!!!", "5 people", "stolen",
    "talk to a human", "hello", "in 10 minutes", "still broken", "\n", "“", "ＡＢＣ", "0" * 50,
])  # fmt: skip
texts = st.lists(st.one_of(phrases, st.text(max_size=30)), max_size=12).map(" ".join)


@given(st.lists(texts, max_size=4), st.integers(0, 9), st.integers(0, 9))
def test_every_reason_shows_the_very_words_that_led_to_it(
    parts: list[str], asked: int, rejected: int
) -> None:
    said = [Said(f"q{n}", text) for n, text in enumerate(parts)]
    by_source = {piece.source: piece.text for piece in said}
    for reason in read(said, questions=asked, rejected=rejected).reasons:
        assert reason.words
        assert not reason.spoken or reason.words in by_source[reason.source]


@given(st.lists(texts, max_size=4), texts)
def test_more_words_take_no_reason_away(parts: list[str], more: str) -> None:
    said = [Said(f"q{n}", text) for n, text in enumerate(parts)]
    before = {reason.rule for reason in read(said).reasons}
    after = {reason.rule for reason in read([*said, Said("more", more)]).reasons}
    assert before <= after


@given(st.text(alphabet="aA1 !.'-:", max_size=10_000))
def test_a_long_text_is_read_quickly(text: str) -> None:
    assert read([Said("q", text)]).level in Level
