"""Search on the real model. One process loads it once; each test starts with an index of its own."""

from collections.abc import Callable

import pytest

from accounts.models import User
from accounts.roles import Role
from kb.models import Article
from search import services
from tests.factories import AudienceFactory
from tests.search.articles import small_company


@pytest.fixture
def index(db: None) -> Callable[[], int]:
    """Do what the worker does: `index()` brings the index in step with every article."""
    return services.reconcile


@pytest.fixture
def articles(index: Callable[[], int]) -> dict[str, Article]:
    """The small company, indexed; its payroll is for Finance alone."""
    made = small_company(restricted=AudienceFactory(groups=["Finance"]))
    index()
    return made


@pytest.fixture
def employee(people: dict[Role, User]) -> User:
    return people[Role.EMPLOYEE]
