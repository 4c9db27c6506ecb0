"""What every test can ask for."""

from collections.abc import Iterator
from shutil import rmtree
from typing import Any

import hypothesis
import pytest
import redis
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from rest_framework.test import APIClient

from accounts.models import User
from accounts.roles import Role
from search.replica import forget_replicas
from tests.factories import UserFactory

# The machines are noisy: a property that holds slowly holds.
hypothesis.settings.register_profile(
    "site", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("site")


def pytest_addoption(parser: pytest.Parser) -> None:
    """For a second run on other services: what is pure has no reason to end otherwise."""
    parser.addoption(
        "--on-services", action="store_true", help="only tests that a database or a broker can change"
    )


def _meets_a_service(item: pytest.Item) -> bool:
    wants = {"db", "transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(wants or item.get_closest_marker("django_db") or "config" in item.path.parts)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """After a test with real commits the tables are emptied: what migrations wrote (roles, Everyone) comes back."""
    if config.getoption("--on-services"):
        left_out = [item for item in items if not _meets_a_service(item)]
        items[:] = [item for item in items if _meets_a_service(item)]
        config.hook.pytest_deselected(items=left_out)
    for item in items:
        marker = item.get_closest_marker("django_db")
        fixtures = getattr(item, "fixturenames", ())
        commits = "live_server" in fixtures or "transactional_db" in fixtures
        if commits or (marker and marker.kwargs.get("transaction")):
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True), append=False)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Let every connection know what migrations wrote: beside a browser's event loop Django opens another one."""
    written = getattr(connections["default"], "_test_serialized_contents", None)
    if written:
        wrapper: Any = type(connections["default"])
        wrapper._test_serialized_contents = written


@pytest.fixture(scope="session", autouse=True)
def empty_queues() -> Iterator[None]:
    """Leave nothing on a Redis that others use too."""
    yield
    if settings.CELERY_BROKER_URL.startswith("redis"):
        server = redis.Redis.from_url(settings.CELERY_BROKER_URL)
        for key in server.scan_iter(f"{settings.CELERY_BROKER_TRANSPORT_OPTIONS['global_keyprefix']}*"):
            server.delete(key)
        server.close()


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Rate limits count per address, and all tests come from the same one."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def fresh_replicas() -> Iterator[None]:
    """A test's rows are rolled back behind the replica's back, and the next test's get the same numbers."""
    forget_replicas()
    rmtree(settings.INDEX_DIR, ignore_errors=True)
    yield
    forget_replicas()


@pytest.fixture
def people(db: None) -> dict[Role, User]:
    """One person of each role, named after it: `people[Role.AGENT]`."""
    return {role: UserFactory(username=role.value.lower(), role=role) for role in Role}


@pytest.fixture
def api(people: dict[Role, User]) -> APIClient:
    """The API as an employee meets it."""
    client = APIClient()
    client.force_authenticate(people[Role.EMPLOYEE])
    return client
