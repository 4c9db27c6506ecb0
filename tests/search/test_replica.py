from collections.abc import Callable

import pytest

from accounts.roles import Role
from kb import services as kb_services
from search import changes, engine
from search.models import IndexChange
from search.replica import Replica, forget_replicas
from tests.factories import UserFactory, new_revision
from tests.search.articles import small_company

pytestmark = pytest.mark.django_db


def fingerprints_of(replica: Replica) -> set[int]:
    assert replica.vectors is not None
    return set(replica.vectors.ids())


def test_a_replica_follows_the_change_log_to_what_a_new_one_would_hold(index: Callable[[], int]) -> None:
    articles = small_company()
    index()
    old = engine.replica()
    new_revision(articles["vpn"], body="## Fix\n\nCall us.\n")
    kb_services.archive(article=articles["printer"], by=UserFactory(role=Role.PUBLISHER), reason="Gone.")
    index()
    old.catch_up(changes.state())
    fresh = Replica(old.fingerprint, changes.state())
    assert fingerprints_of(old) == fingerprints_of(fresh)
    assert len(old.lexical) == len(fresh.lexical) == len(old)


def test_catching_up_with_nothing_reads_one_row(
    index: Callable[[], int], django_assert_num_queries: Callable[[int], object]
) -> None:
    small_company()
    index()
    engine.replica()
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        engine.replica()


def test_a_replica_that_slept_past_the_log_builds_itself_anew(index: Callable[[], int]) -> None:
    articles = small_company()
    index()
    old = engine.replica()
    new_revision(articles["vpn"], body="One.\n")
    new_revision(articles["printer"], body="Two.\n")
    index()
    IndexChange.objects.order_by("sequence").filter(sequence__lte=old.sequence + 1).delete()
    old.catch_up(changes.state())
    assert fingerprints_of(old) == fingerprints_of(Replica(old.fingerprint, changes.state()))


def test_an_empty_site_has_an_empty_replica() -> None:
    forget_replicas()
    assert len(engine.replica()) == 0
