"""Search on the real model. One process loads it once; each test starts with an index of its own."""

from collections.abc import Callable, Iterator

import pytest

from search import services
from search.replica import forget_replicas


@pytest.fixture(autouse=True)
def fresh_replicas() -> Iterator[None]:
    """A test's rows are rolled back behind the replica's back."""
    forget_replicas()
    yield
    forget_replicas()


@pytest.fixture
def index(db: None) -> Callable[[], int]:
    """Do what the worker does: `index()` brings the index in step with every article."""
    return services.reconcile
