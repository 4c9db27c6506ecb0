"""Nothing that fits the API's schema, or nearly does, brings the site down."""

import gc
from collections.abc import Iterator
from io import StringIO

import pytest
import schemathesis
import yaml
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error

from accounts.roles import Role
from accounts.services import create_token
from kb import services
from tests.escalation.factories import open_ticket
from tests.factories import UserFactory, draft_article, published_article

pytestmark = pytest.mark.django_db
EXAMPLES = 6  # of each kind for each operation


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    """Of somebody who may do everything, on a site where there is something to do it to."""
    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.allow_request", lambda *_: True)
    caller = UserFactory(role=Role.PUBLISHER, is_superuser=True)
    services.flag(article=published_article(), by=caller, reason="wrong", note="It moved.")
    services.submit(revision=draft_article().revisions.get(), by=caller)
    open_ticket(caller)
    return create_token(user=caller)[1]


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Requests come through WSGI, whose end would close the connection that this test's transaction lives on."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def operations() -> Iterator[schemathesis.APIOperation]:
    published = StringIO()
    call_command("spectacular", "--api-version", "v1", stdout=published)
    schema = schemathesis.openapi.from_dict(yaml.safe_load(published.getvalue()))
    schema.app = get_wsgi_application()
    for operation in schema.get_all_operations():
        yield operation.ok()


# The client that sends the requests leaves the file of a large body open; where it is collected is chance.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_no_request_that_fits_the_schema_or_nearly_does_ends_in_a_server_error(token: str) -> None:
    tried = 0
    for operation in operations():
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(generation_mode=mode))
            def answers(case: Case) -> None:
                response = case.call(headers={"Authorization": f"Token {token}"})
                case.validate_response(response, checks=[not_a_server_error])

            try:
                answers()
            except Unsatisfiable:
                continue  # an operation without parameters has nothing to get wrong
            tried += 1
    assert tried > 40
    gc.collect()
