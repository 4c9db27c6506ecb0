"""A hand-off always succeeds: each part that it could trip over is broken for real, and the ticket is there."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core import mail as django_mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import outbox
from accounts.models import OutgoingMail, User
from config import celery_app
from escalation.models import Ticket
from search import services as search
from search.replica import forget_replicas
from tests.escalation.test_views import HANDOFF, filled, shown
from tests.factories import UserFactory

NOBODY_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture
def person(db: None) -> User:
    return UserFactory()


@pytest.fixture
def web(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


@pytest.fixture(autouse=True)
def fresh_replicas() -> Iterator[None]:
    forget_replicas()
    yield
    forget_replicas()


@pytest.fixture
def dead_broker() -> Iterator[None]:
    """Celery talks to a port where nobody listens."""
    working = celery_app.conf.broker_url
    point_celery_at(NOBODY_LISTENS)
    yield
    point_celery_at(working)


def point_celery_at(url: str) -> None:
    celery_app.conf.update(broker_url=url, broker_write_url=url)
    # Connections and producers are pooled on first use.
    vars(celery_app)["_pool"] = vars(celery_app.amqp)["_producer_pool"] = None


def ask_then_hand_over(web: Client, person: User) -> Ticket:
    """The whole way: a question to search as it is now, the form as it is now, send."""
    question = search.ask(user=person, text="Why does the scanner hum?")
    address = f"{HANDOFF}?conversation={question.conversation_id}"
    response = web.post(address, filled(shown(web, address), description="Please help"))
    assert response.status_code == 302
    ticket = Ticket.objects.get()
    assert "Why does the scanner hum?" in str(ticket.pack.content)
    assert shown(web, response.headers["Location"])
    return ticket


@pytest.mark.django_db
def test_without_the_model(web: Client, person: User, settings: Settings, tmp_path: Path) -> None:
    settings.EMBEDDING_MODEL_PATH = str(tmp_path)
    assert ask_then_hand_over(web, person).reason in ("unavailable", "unsure", "missing")


@pytest.mark.django_db
def test_with_rubbish_where_the_index_should_be(
    web: Client, person: User, settings: Settings, tmp_path: Path
) -> None:
    # Without the model as well, so that the test needs none; a file where the folder should be can't be written to.
    settings.EMBEDDING_MODEL_PATH = str(tmp_path / "none")
    settings.INDEX_DIR = tmp_path / "index"
    settings.INDEX_DIR.write_bytes(b"rubbish")
    ask_then_hand_over(web, person)


@pytest.mark.django_db
def test_when_search_itself_fails(web: Client, person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the index is on fire")

    monkeypatch.setattr("search.retrieval.retrieve", fail)
    assert ask_then_hand_over(web, person).reason == "unavailable"


@pytest.mark.django_db(transaction=True)
def test_without_a_broker_the_mail_waits_and_goes_out_later(
    web: Client, person: User, dead_broker: None
) -> None:
    ask_then_hand_over(web, person)
    assert OutgoingMail.objects.get().sent_at is None
    assert outbox.send_waiting() == 1
    assert len(django_mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_with_a_queue_folder_that_cannot_be_written(
    web: Client, person: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working, options = celery_app.conf.broker_url, celery_app.conf.broker_transport_options
    gone = str(tmp_path / "gone")
    celery_app.conf.broker_transport_options = {
        "data_folder_in": gone,
        "data_folder_out": gone,
        "control_folder": gone,
    }
    point_celery_at("filesystem://")
    try:
        ask_then_hand_over(web, person)
    finally:
        celery_app.conf.broker_transport_options = options
        point_celery_at(working)
    assert outbox.send_waiting() == 1


@pytest.mark.django_db
def test_with_a_mail_server_that_refuses(web: Client, person: User, settings: Settings) -> None:
    memory = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    ticket = ask_then_hand_over(web, person)
    assert outbox.send_waiting() == 0
    assert "refused" in ticket.mails.get().error
    settings.EMAIL_BACKEND = memory
    OutgoingMail.objects.update(due_at=timezone.now())
    assert outbox.send_waiting() == 1


EVERYTHING_BROKEN = """
import sys
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from accounts import outbox
from accounts.models import OutgoingMail, User
from escalation.models import Ticket
from tests.escalation.test_views import filled
person = User.objects.create_user("ada", "ada@fernhill.example")
web = Client(headers={"host": "localhost"})
web.force_login(person)
page = web.get("/help/").content.decode()
answer = web.post("/help/", filled(page, description="Everything is broken"))
assert answer.status_code == 302, answer.status_code
assert web.get(answer.headers["Location"]).status_code == 200
assert outbox.send_waiting() == 0
row = OutgoingMail.objects.get()
assert row.error and not row.sent_at, row.error
heavy = {"torch", "faiss", "sklearn", "sentence_transformers", "tantivy"} & set(sys.modules)
assert not heavy, heavy
print("OPENED", Ticket.objects.get().number)
"""


def test_with_everything_broken_at_once_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Settings from the environment, as on a site; and nothing heavy is imported on the way."""
    rubbish = tmp_path / "index"
    rubbish.write_bytes(b"rubbish")
    (tmp_path / "model").mkdir()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/site.sqlite3",
        "EMBEDDING_MODEL_PATH": str(tmp_path / "model"),
        "CELERY_BROKER_URL": NOBODY_LISTENS,
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "DEBUG": "true",  # no collected static files are needed
        "PYTHONPATH": str(django_settings.BASE_DIR),
    }
    script = [sys.executable, "-c", EVERYTHING_BROKEN]
    done = subprocess.run(
        script, env=environment, cwd=django_settings.BASE_DIR, capture_output=True, text=True, timeout=120
    )
    assert "OPENED TZ-1001" in done.stdout, done.stderr
