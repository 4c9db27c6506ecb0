from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from search.models import Conversation
from tests.factories import AudienceFactory, UserFactory
from tests.search.articles import small_company

pytestmark = pytest.mark.django_db


def test_asking_needs_an_account(db: None) -> None:
    assert APIClient().post("/api/v1/ask/", {"text": "x"}).status_code == 401


def test_an_answer_carries_its_quotes(api: APIClient, index: Callable[[], int]) -> None:
    small_company()
    index()
    turn = api.post("/api/v1/ask/", {"text": "I forgot my password on my laptop"}).json()
    assert turn["kind"] == "answered"
    assert turn["answers"][0]["title"] == "Reset a forgotten password"
    assert turn["answers"][0]["quotes"][0]["text"]
    assert turn["conversation"] == Conversation.objects.get().pk


def test_nobody_goes_on_with_somebody_elses_conversation(api: APIClient, index: Callable[[], int]) -> None:
    other = Conversation.objects.create(user=UserFactory())
    response = api.post("/api/v1/ask/", {"text": "Hello", "conversation": other.pk})
    assert response.status_code == 400
    assert "You have no such conversation" in response.content.decode()


def test_restricted_articles_are_absent(api: APIClient, index: Callable[[], int]) -> None:
    small_company(restricted=AudienceFactory(groups=["Finance"]))
    index()
    response = api.post("/api/v1/ask/", {"text": "When is the secret bonus run BON-991?"})
    assert "Payroll" not in response.content.decode()
