from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.workflow import DECISIONS, TRANSITIONS, Action, Attempt, Refused, State, decide

attempts = st.builds(
    Attempt,
    action=st.sampled_from(Action),
    state=st.sampled_from(State),
    is_author=st.booleans(),
    is_allowed=st.booleans(),
    reason=st.sampled_from(["", "  ", "It is out of date."]),
)


@given(attempts)
def test_no_author_ever_decides_on_their_own_revision(attempt: Attempt) -> None:
    if attempt.action in DECISIONS and attempt.is_author:
        with pytest.raises(Refused):
            decide(attempt)


@given(attempts)
def test_only_what_the_table_names_is_possible(attempt: Attempt) -> None:
    try:
        state = decide(attempt)
    except Refused:
        return
    assert TRANSITIONS[attempt.state, attempt.action] is state
    assert attempt.is_allowed


def test_nothing_is_published_but_by_approval_at_once_or_for_later() -> None:
    ways = {pair for pair, target in TRANSITIONS.items() if target is State.PUBLISHED}
    assert ways == {(State.IN_REVIEW, Action.APPROVE), (State.SCHEDULED, Action.PUBLISH)}
    assert [pair for pair, target in TRANSITIONS.items() if target is State.SCHEDULED] == [
        (State.IN_REVIEW, Action.SCHEDULE)
    ]


@pytest.mark.parametrize("action", DECISIONS)
def test_who_asked_for_a_generated_text_does_not_decide_on_it(action: Action) -> None:
    attempt = Attempt(
        action, State.IN_REVIEW, is_author=False, is_allowed=True, reason="Fine.", is_requester=True
    )
    with pytest.raises(Refused, match="asked for this"):
        decide(attempt)


@pytest.mark.parametrize("state", [State.REJECTED, State.SUPERSEDED, State.ARCHIVED])
def test_an_ended_revision_stays_as_it_is(state: State) -> None:
    for action in Action:
        with pytest.raises(Refused):
            decide(Attempt(action=action, state=state, is_author=False, is_allowed=True, reason="Because."))


@pytest.mark.parametrize("action", [Action.REJECT, Action.REQUEST_CHANGES])
def test_turning_down_needs_a_reason(action: Action) -> None:
    attempt = Attempt(action=action, state=State.IN_REVIEW, is_author=False, is_allowed=True, reason=" ")
    with pytest.raises(Refused, match="Say why"):
        decide(attempt)


def test_every_state_can_be_reached_or_is_the_first() -> None:
    reached = set(TRANSITIONS.values()) | {State.DRAFT}
    assert reached == set(State)
    assert all(pair in product(State, Action) for pair in TRANSITIONS)
