"""A hundred people turn to a human at once while a part of the site is down: what became of their tickets and mails.

    for part in nothing model index broker mail webhook cache all; do
        .venv/bin/python -m tests.bench.bench_handoffs $part
    done

The web process is started with that part out of order; each person asks a question, opens the form, sends it twice at
the same moment and once more afterwards. Then the part is put right, and two workers deliver at once to a mail server
and a webhook receiver that lose every second first answer; what those were told is counted by its key (Message-ID,
webhook-id). DATABASE_URL may name a database that this may fill; without it SQLite is used.
"""

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from urllib.parse import urlencode

from tqdm import tqdm

from tests.bench.receivers import Receiver, mail_server, webhook_server

PARTS = ["nothing", "model", "index", "broker", "mail", "webhook", "cache", "all"]
NOBODY = "127.0.0.1:1"
ROUNDS = 30  # of delivering, each with the clock put forward: what failed is due again


def main(arguments: Sequence[str] | None = None) -> None:
    """Break, hand over, mend, deliver, and print what was seen."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("down", choices=PARTS)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument(
        "--port", type=int, default=8130, help="of the site; the two next ones are the receivers'"
    )
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="handoffs-") as name:
        folder = Path(name)
        prepare(folder, options.port)
        cookies = people(options.people)
        with web(options.port, broken(options.down, folder)):
            answers = hand_over(options.port, cookies)
        report = {
            "down": options.down,
            "answers of the site": dict(Counter(answers)),
            **tickets_opened(),
            **delivered(options.port),
        }
    for what, seen in report.items():
        sys.stdout.write(f"{what}: {seen}\n")


def prepare(folder: Path, port: int) -> None:
    """A site of its own with one webhook endpoint; this process is its database's other side, and its workers."""
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/tierzero.sqlite3")
    os.environ |= {
        "DATA_DIR": str(folder),
        "DEBUG": "true",
        "HTTPS": "false",
        "EMAIL_URL": f"smtp://127.0.0.1:{port + 1}",
        "WEBHOOK_PRIVATE": "true",
        "WEBHOOK_BENCH": "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "OMP_WAIT_POLICY": "PASSIVE",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)

    from escalation.models import Endpoint

    Endpoint.objects.create(
        name=f"bench {time.time()}", url=f"http://127.0.0.1:{port + 2}/", secret_name="WEBHOOK_BENCH"
    )


def broken(part: str, folder: Path) -> dict[str, str]:
    """What the web process finds instead of a part that works."""
    nothing = folder / "nothing"
    nothing.mkdir()
    if part in ("index", "all"):
        (folder / "index").write_bytes(b"rubbish")
    parts = {
        "model": {"EMBEDDING_MODEL_PATH": str(nothing)},
        "broker": {"CELERY_BROKER_URL": f"redis://{NOBODY}/0"},
        "mail": {"EMAIL_URL": f"smtp://{NOBODY}"},
        "cache": {"CACHE_URL": f"rediscache://{NOBODY}/1"},
    }
    return {
        key: value for name, told in parts.items() if part in (name, "all") for key, value in told.items()
    }


def people(count: int) -> list[str]:
    """Signed-in people, as the cookies of their browsers."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from accounts.models import User

    sessions = import_module(settings.SESSION_ENGINE).SessionStore
    cookies = []
    for number in range(count):
        person = User.objects.create_user(f"p{number}-{time.time_ns()}", f"p{number}@fernhill.example")
        session = sessions()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[1]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        cookies.append(f"sessionid={session.session_key}; csrftoken={'c' * 32}")
    return cookies


@contextmanager
def web(port: int, environment: dict[str, str]) -> Iterator[None]:
    """The web process alone, started as the supervisor starts it."""
    command = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"]
    told = os.environ | environment | {"BIND": f"127.0.0.1:{port}"}
    log = (Path(os.environ["DATA_DIR"]) / "web.log").open("wb")
    process = subprocess.Popen(
        [*command, "--bind", f"127.0.0.1:{port}"],
        env=told,
        stdout=log,
        stderr=log,
    )
    try:
        for _ in range(300):
            try:
                http.client.HTTPConnection("127.0.0.1", port, timeout=2).connect()
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def hand_over(port: int, cookies: Sequence[str]) -> list[int]:
    """Everybody at once; returns the status of every answer to a form that was sent."""
    together = Barrier(len(cookies))
    with tqdm(total=len(cookies), desc="Handing over", unit="person", disable=None) as bar:

        def one(cookie: str) -> list[int]:
            together.wait()
            answers = _hand_over(port, cookie)
            bar.update()
            return answers

        with ThreadPoolExecutor(len(cookies)) as pool:
            return [status for answers in pool.map(one, cookies) for status in answers]


def _hand_over(port: int, cookie: str) -> list[int]:
    from tests.escalation.test_views import filled

    _ask(port, cookie, "POST", "/", {"text": "Why does the scanner on floor 2 hum?"})
    status, page = _ask(port, cookie, "GET", "/help/")
    if status != 200:
        return [status]
    form = filled(page, subject="The scanner hums", description="Please help")
    with ThreadPoolExecutor(2) as hands:
        double = list(hands.map(lambda _: _ask(port, cookie, "POST", "/help/", form)[0], range(2)))
    return [*double, _ask(port, cookie, "POST", "/help/", form)[0]]


def _ask(
    port: int, cookie: str, method: str, path: str, form: dict[str, object] | None = None
) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    fields = {"csrfmiddlewaretoken": "c" * 32, **(form or {})}
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, urlencode(fields, doseq=True) if form else None, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def tickets_opened() -> dict[str, object]:
    """How many, of how many people, and whether what was sent with them is as it was sent."""
    from escalation.models import Ticket

    tickets = list(Ticket.objects.select_related("pack"))
    return {
        "tickets": len(tickets),
        "people with exactly one": sum(
            n == 1 for n in Counter(each.requester_id for each in tickets).values()
        ),
        "packs as they were sent": sum(each.pack.is_intact for each in tickets),
    }


def delivered(port: int) -> dict[str, object]:
    """Let two workers deliver at once until nothing waits; what the other sides were told, by key."""
    from django.db import connections
    from django.utils import timezone

    from accounts import outbox
    from accounts.models import OutgoingMail
    from escalation.models import Delivery
    from escalation.services import outside

    def worker(_: int) -> None:
        outbox.send_waiting()
        outside.deliver_waiting()
        connections.close_all()

    mails, hooks = Receiver(), Receiver()
    with mail_server(port + 1, mails), webhook_server(port + 2, hooks), ThreadPoolExecutor(2) as workers:
        for _ in tqdm(range(ROUNDS), desc="Delivering", unit="round", disable=None):
            OutgoingMail.objects.filter(sent_at=None).update(due_at=timezone.now())
            Delivery.objects.filter(delivered_at=None).update(due_at=timezone.now())
            list(workers.map(worker, range(2)))
            left = OutgoingMail.objects.filter(sent_at=None).count()
            if not left and not Delivery.objects.filter(delivered_at=None).count():
                break
    return {
        "mails: keys, sent, answers lost": (len(mails.keys), mails.keys.total(), mails.lost),
        "webhooks: keys, sent, answers lost": (len(hooks.keys), hooks.keys.total(), hooks.lost),
        "left": left + Delivery.objects.filter(delivered_at=None).count(),
    }


if __name__ == "__main__":
    main()
