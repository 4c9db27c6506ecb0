"""Questions with slips in them find what the right words find; others are left as they are."""

from typing import Any

import pytest

from accounts.models import User
from kb.models import Article
from search import retrieval
from search.api import TurnSerializer
from search.lexical import LexicalIndex

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "meant", "right"),
    [
        ("i forgto my pasword", "i forgot my password", "password"),
        ("pritner tonre", "printer toner", "printer"),
        ("vpn erorr", "vpn error", "vpn"),
    ],
)
def test_a_question_with_slips_is_judged_like_the_right_one(
    typed: str, meant: str, right: str, articles: dict[str, Article], employee: User
) -> None:
    slipped, said = (retrieval.retrieve(each, user=employee) for each in (typed, meant))
    assert slipped.ranked[0].article_id == articles[right].pk
    assert slipped.features == said.features


def test_words_that_are_known_or_right_are_left_alone(
    articles: dict[str, Article], employee: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    spell = LexicalIndex.respelt

    def spelling(*args: Any, **named: Any) -> str:
        looked_up.append(spell(*args, **named))
        return looked_up[-1]

    monkeypatch.setattr(LexicalIndex, "respelt", spelling)
    asked = ["Printer: paper jam!", "the screen is black", "RESTE your Passwort in settngs_x"]
    for question in asked:
        retrieval.retrieve(question, user=employee)
    assert looked_up[:2] == asked[:2]
    assert "RESTE" in looked_up[2]
    assert "settngs_x" in looked_up[2]


def test_a_confidence_is_told_in_hundredths() -> None:
    field = TurnSerializer().fields["confidence"]
    assert field.to_representation(0.123456) == 0.12
