"""What one process publishes or withdraws, another answers by: on each engine that can keep the vectors."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import User
from accounts.roles import Role
from kb import services as kb
from kb.models import Article
from search import services
from tests.factories import AudienceFactory, UserFactory, published_article

pytestmark = pytest.mark.django_db(transaction=True)

TURNSTILE = "The turnstile at the east gate shows a red light"
BODY = "When the turnstile at the east gate shows a red light, hold your badge to the blue plate for five seconds."


class Asker:
    """Another process of the same site, that asks as somebody of it."""

    def __init__(self, data: Path, **changes: str) -> None:
        self._log = data / "log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.search.asker"],
                env=os.environ | environment(data) | changes,
                cwd=settings.BASE_DIR,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ask(self, user: User, text: str) -> dict[str, Any]:
        self._process.stdin.write(json.dumps({"user": user.pk, "text": text}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self.log()
        return json.loads(line)

    def log(self) -> str:
        return self._log.read_text()

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)


def environment(data: Path) -> dict[str, str]:
    """This test's database and a data folder of its own: all that processes of a site share."""
    database = connection.settings_dict
    address = (
        f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )
    sqlite = connection.vendor == "sqlite"
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(data),
        "DATABASE_URL": f"sqlite:///{database['NAME']}" if sqlite else f"postgres://{address}",
        "PYTHONPATH": str(settings.BASE_DIR),
    }


@pytest.fixture
def milvus(tmp_path: Path) -> Iterator[str]:
    """The address of a Milvus server that several processes can ask."""
    from milvus_lite.server_manager import server_manager_instance

    yield server_manager_instance.start_and_get_uri(str(tmp_path / "vectors.db"))
    server_manager_instance.release_server(str(tmp_path / "vectors.db"))


@pytest.fixture(params=["faiss", "milvus"])
def asker(request: pytest.FixtureRequest, tmp_path: Path, settings: Any) -> Iterator[Asker]:
    uri = request.getfixturevalue("milvus") if request.param == "milvus" else ""
    settings.MILVUS_URI = uri
    asker = Asker(tmp_path, MILVUS_URI=uri)
    yield asker
    asker.stop()


def publish() -> Article:
    """Somebody publishes here, in the process of this test, and its worker indexes."""
    article = published_article(title=TURNSTILE, body=BODY)
    services.index_article(article.pk)
    return article


def test_what_is_published_withdrawn_or_narrowed_here_is_so_at_once_for_another_process(asker: Asker) -> None:
    employee, publisher = UserFactory(), UserFactory(role=Role.PUBLISHER, groups=["Partners"])
    partners = AudienceFactory(["Partners"], name="Partners")
    assert asker.ask(employee, TURNSTILE)["shown"] == []
    first, second = publish(), publish()
    assert set(asker.ask(employee, TURNSTILE)["shown"]) == {first.external_id, second.external_id}

    # No worker runs after these: the commit alone has to do.
    kb.archive(article=first, by=publisher, reason="The gate is gone.")
    assert asker.ask(employee, TURNSTILE)["shown"] == [second.external_id]
    kb.set_audience(article=second, audience=partners, by=publisher)
    assert asker.ask(employee, TURNSTILE)["shown"] == []

    services.reconcile()
    assert asker.ask(employee, TURNSTILE)["shown"] == []
    assert asker.ask(publisher, TURNSTILE)["shown"] == [second.external_id]


def test_a_process_that_starts_over_a_spoilt_snapshot_says_so_and_answers_rightly(tmp_path: Path) -> None:
    employee, article = UserFactory(), publish()
    for _ in range(2):
        asker = Asker(tmp_path)
        assert asker.ask(employee, TURNSTILE)["shown"] == [article.external_id]
        asker.stop()
        spoilt = [each for each in (tmp_path / "index").rglob("*") if each.is_file()]
        assert spoilt, "no snapshot was written"
        for number, each in enumerate(spoilt):
            each.write_bytes(each.read_bytes()[:-1] if number % 2 else b"rubbish")
    assert "snapshot" in asker.log()
