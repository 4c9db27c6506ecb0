"""Who is told what, and when it is news: decided without a database."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.reminding import PATIENCE, REPEATED_AFTER, Matter, Why, digests, is_news

TODAY = date(2026, 3, 20)
OWNER, LEAD, COACH, OTHER_COACH = 1, 2, 3, 4
LATE = TODAY - PATIENCE
OVERDUE = Matter(
    Why.OVERDUE, 7, "Passwords", "/articles/7/confirm/", OWNER, LEAD, (COACH, OTHER_COACH), TODAY, TODAY
)


def told(
    *matters: Matter, hidden: tuple[tuple[int, int], ...] = ()
) -> dict[int, tuple[list[str], list[str]]]:
    found = digests(matters, may_read=lambda person, article: (person, article) not in hidden, today=TODAY)
    return {
        person: ([each.why for each in digest.own], [each.why for each in digest.others])
        for person, digest in found.items()
    }


def test_what_is_new_is_told_to_its_owner_alone() -> None:
    assert told(OVERDUE) == {OWNER: ([Why.OVERDUE], [])}


def test_after_two_weeks_the_lead_of_the_shelf_hears_of_it_too() -> None:
    late = replace(OVERDUE, since=LATE)
    assert told(late) == {OWNER: ([Why.OVERDUE], []), LEAD: ([], [Why.OVERDUE])}
    assert told(replace(late, since=LATE + timedelta(days=1))) == told(OVERDUE)


def test_without_a_lead_the_coaches_hear_of_it() -> None:
    late = replace(OVERDUE, since=LATE, lead=None)
    assert set(told(late)) == {OWNER, COACH, OTHER_COACH}
    assert set(told(late, hidden=((COACH, 7),))) == {OWNER, OTHER_COACH}
    own_lead = replace(OVERDUE, since=LATE, lead=OWNER)
    assert set(told(own_lead)) == {OWNER, COACH, OTHER_COACH}


def test_what_is_nobodys_goes_to_the_lead_at_once() -> None:
    assert told(replace(OVERDUE, owner=None)) == {LEAD: ([], [Why.OVERDUE])}
    assert told(OVERDUE, hidden=((OWNER, 7),)) == {LEAD: ([], [Why.OVERDUE])}


def test_what_has_no_beginning_never_grows_old() -> None:
    assert set(told(replace(OVERDUE, since=None))) == {OWNER}


def test_what_can_least_wait_comes_first() -> None:
    shuffled = [replace(OVERDUE, why=why) for why in reversed(Why)]
    assert told(*shuffled)[OWNER][0] == list(Why)


PEOPLE = st.sampled_from([OWNER, LEAD, COACH, OTHER_COACH])
ARTICLES = st.integers(1, 4)
MATTERS = st.builds(
    Matter,
    why=st.sampled_from(Why),
    article_id=ARTICLES,
    title=st.text(max_size=5),
    path=st.just("/"),
    owner=st.none() | PEOPLE,
    lead=st.none() | PEOPLE,
    coaches=st.lists(PEOPLE, unique=True).map(tuple),
    since=st.none() | st.dates(date(2026, 1, 1), TODAY),
    until=st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 1)),
    count=st.integers(1, 3),
)


@given(st.lists(MATTERS, max_size=8), st.frozensets(st.tuples(PEOPLE, ARTICLES)))
def test_nobody_is_told_of_what_they_may_not_read_and_nothing_is_dropped_that_somebody_may(
    matters: list[Matter], readable: frozenset[tuple[int, int]]
) -> None:
    found = digests(matters, may_read=lambda *pair: pair in readable, today=TODAY)
    heard = {(person, matter) for person, digest in found.items() for matter in (*digest.own, *digest.others)}
    assert all((person, matter.article_id) in readable for person, matter in heard)
    for matter in matters:
        people = {matter.owner, matter.lead, *matter.coaches} - {None}
        if any((person, matter.article_id) in readable for person in people):
            assert any(each is matter or each == matter for _, each in heard)


def test_news_is_what_was_not_told_the_last_time_or_long_ago() -> None:
    yesterday = TODAY - timedelta(days=1)
    assert is_news(["a"], told=[], on=None, today=TODAY)
    assert not is_news([], told=[], on=None, today=TODAY)
    assert not is_news(["a"], told=["a", "b"], on=yesterday, today=TODAY)
    assert is_news(["a", "c"], told=["a", "b"], on=yesterday, today=TODAY)
    assert is_news(["a"], told=["a"], on=TODAY - REPEATED_AFTER, today=TODAY)


@pytest.mark.parametrize("why", Why)
def test_each_matter_is_a_sentence_that_says_what_to_do(why: Why) -> None:
    one = replace(OVERDUE, why=why)
    several = replace(OVERDUE, why=why, count=3)
    assert one.sentence.endswith(".")
    assert one.sentence.count(".") == 2
    assert ("3 " in several.sentence) == (why in (Why.FLAGGED, Why.BROKEN))
    assert ("20 March 2026" in one.sentence) == (why in (Why.OVERDUE, Why.EXPIRING, Why.DUE))
