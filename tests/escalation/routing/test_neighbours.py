"""What the tickets nearby say, and how sure that is."""

import numpy as np
import pytest

from escalation.routing.memory import Memory
from escalation.routing.neighbours import NEAREST, Neighbour, nearest, vote
from escalation.routing.sureness import ENOUGH, Outcome, Sureness, learn


def near(ticket: int, place: str, likeness: float, days: float = 1) -> Neighbour:
    return Neighbour(ticket, place, likeness, days)


def test_the_place_with_the_greatest_weight_wins_and_the_reason_names_the_likest_ticket() -> None:
    found = vote([near(1, "network", 0.7), near(2, "network", 0.8), near(3, "printing", 0.75)])
    assert (found.place, found.agreeing, found.asked, found.nearest[0]) == ("network", 2, 3, 2)


def test_one_that_is_much_like_it_outweighs_several_that_are_hardly_so() -> None:
    assert (
        vote([near(1, "network", 0.9), *(near(n, "printing", 0.4) for n in range(2, 9))]).place == "network"
    )


def test_what_was_done_lately_outweighs_what_was_done_last_year() -> None:
    old = [near(n, "helpdesk", 0.7, days=400) for n in range(9)]
    assert vote([*old, near(10, "network", 0.7, days=3)]).place == "network"


def test_only_the_weightiest_have_a_say_and_nobody_says_nothing() -> None:
    assert vote(near(n, "network", 0.5) for n in range(500)).asked == NEAREST
    assert vote([]) is None


def test_the_nearest_are_found_at_half_precision_and_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escalation.routing.neighbours.ROWS_AT_ONCE", 7)
    vectors = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows, likeness = nearest(vectors.astype(np.float16), vectors[:3], 5)
    best = rows[np.arange(3), likeness.argmax(axis=1)]
    assert best.tolist() == [0, 1, 2]


def test_a_memory_keeps_the_newest_and_grows_by_what_is_new() -> None:
    memory = Memory(3)
    one, two = np.eye(2, dtype="<f4")
    memory.add([(1, 101, one.tobytes()), (2, 102, two.tobytes())])
    memory.add([(3, 103, one.tobytes()), (7, 104, two.tobytes())])
    assert (len(memory), memory.last) == (3, 7)
    assert {ticket for ticket, _ in memory.nearest(one[None, :])[0]} == {102, 103, 104}


def outcomes(count: int, share: float, right: float) -> list[Outcome]:
    return [Outcome(share, number < count * right) for number in range(count)]


def test_too_few_outcomes_let_a_machine_do_nothing_and_say_no_chance() -> None:
    sureness = learn(outcomes(ENOUGH - 1, 0.9, 1.0), risk=0.2)
    assert not sureness.may_act(1.0)
    assert sureness.chance(0.9) is None


def test_a_chance_is_what_shares_were_worth_before() -> None:
    sureness = learn([*outcomes(200, 0.9, 0.7), *outcomes(200, 0.5, 0.3)], risk=0.2)
    assert sureness.chance(0.9) == pytest.approx(0.7)
    assert sureness.chance(0.5) == pytest.approx(0.3)


def test_a_machine_acts_only_where_so_few_were_wrong_as_the_risk_allows() -> None:
    past = [*outcomes(200, 0.9, 0.95), *outcomes(200, 0.5, 0.5)]
    assert learn(past, risk=0.2).may_act(0.9)
    assert not learn(past, risk=0.2).may_act(0.6)
    assert not learn(past, risk=0.01).may_act(0.9)


def test_a_few_lucky_votes_allow_nothing() -> None:
    assert not learn([*outcomes(5, 0.95, 1.0), *outcomes(60, 0.5, 0.2)], risk=0.2).may_act(0.95)


def test_without_a_chance_half_the_weight_is_worth_offering() -> None:
    assert Sureness().worth_offering(0.5)
    assert not Sureness().worth_offering(0.45)
