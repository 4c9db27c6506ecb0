import pytest

from escalation.workflow import TRANSITIONS, Action, Attempt, Refused, Status, decide, possible


def attempt(action: Action, status: Status, *, requester: bool = False, agent: bool = False) -> Status:
    return decide(Attempt(action=action, status=status, is_requester=requester, is_agent=agent))


@pytest.mark.parametrize(("status", "action"), TRANSITIONS)
def test_an_agent_may_do_all_that_the_table_allows(status: Status, action: Action) -> None:
    assert attempt(action, status, agent=True) == TRANSITIONS[status, action]


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", Action)
def test_what_is_not_in_the_table_is_refused_in_words(status: Status, action: Action) -> None:
    if (status, action) not in TRANSITIONS:
        with pytest.raises(Refused, match="You can't"):
            attempt(action, status, agent=True)
        assert action not in possible(status)


def test_the_person_who_asked_closes_and_reopens_but_does_not_resolve() -> None:
    assert attempt(Action.CLOSE, Status.OPEN, requester=True) == Status.CLOSED
    assert attempt(Action.REOPEN, Status.RESOLVED, requester=True) == Status.OPEN
    with pytest.raises(Refused, match="role"):
        attempt(Action.RESOLVE, Status.OPEN, requester=True)


@pytest.mark.parametrize(("status", "action"), TRANSITIONS)
def test_a_stranger_may_do_nothing(status: Status, action: Action) -> None:
    with pytest.raises(Refused):
        attempt(action, status)
