"""A site with a language model, which is a scripted server."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from search import calibration
from search.calibration import Judgement
from search.confidence import Level
from search.llm.client import Server
from tests.search.llm.server import ScriptedServer, scripted_server

KEY = "sk-not-to-be-told"


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture
def server(model: ScriptedServer) -> Server:
    return Server(model.base_url, "scripted", KEY)


@pytest.fixture
def site_with_model(model: ScriptedServer, settings: Settings) -> ScriptedServer:
    """The site's own settings lead to the scripted server."""
    settings.LLM_BASE_URL = model.base_url
    settings.LLM_MODEL = "scripted"
    settings.LLM_API_KEY = KEY
    settings.LLM_FIRST_TIMEOUT = settings.LLM_TIMEOUT = settings.LLM_REWRITE_TIMEOUT = 3.0
    return model


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is found answers: what is asked of a model afterwards is the matter here, not when to be sure."""
    monkeypatch.setattr(calibration, "judge", lambda found: Judgement(0.9, Level.ANSWER))
