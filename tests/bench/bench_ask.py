"""One ask over HTTP beside its two parts: encoding the question, and searching the bare index.

    .venv/bin/python -m tests.bench.bench_ask --passages 100000 --articles FILE… --folder /var/tmp/bench

Server and parts are measured in one process, turn and turn about, so that a busy machine slows all alike; what that
leaves to chance, the processor time of this process does not. Who asks is a process of its own. The site is made once
in the folder; its articles are those given (Markdown, or JSON Lines with title and text), over and over.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

ASKERS = 8
WARM_UP = 10


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the site if it is not there, serve it, ask, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument(
        "--articles", type=Path, nargs="*", default=sorted(Path("demo/articles").rglob("*.md"))
    )
    parser.add_argument(
        "--questions", type=int, default=100, help="asked one after another, and by each asker"
    )
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "tier-zero-bench-ask")
    options = parser.parse_args(arguments)
    prepare(options.folder)
    server, address = serve()
    from config.gunicorn import warm_up
    from search import engine
    from search.models import Passage
    from tests.bench.drawn import articles_of

    articles = articles_of(options.articles)
    if not Passage.objects.exists():
        make_site(options, articles)
    warm_up()
    model = engine.embedder()
    replica = engine.replica(model)
    sys.stderr.write(f"{len(replica):,} passages\n")
    questions = [f"How do I: {title}?" for title, _ in articles][: options.questions]
    asker = Asker(address, cookies())
    for question in questions[:WARM_UP]:
        asker.ask([question])
    audiences = frozenset(Passage.objects.values_list("article__audience", flat=True).distinct())
    parts, asks, parts_busy, asks_busy = [], [], [], []
    for question in questions:
        began, busy = time.perf_counter(), time.process_time()
        vector = model.encode([question])[0]
        replica.contents.vectors.search(vector, 100, audiences=audiences)
        parts.append((time.perf_counter() - began) * 1000)
        parts_busy.append((time.process_time() - busy) * 1000)
        busy = time.process_time()
        asks += asker.ask([question])
        asks_busy.append((time.process_time() - busy) * 1000)
    together = asker.ask(questions, askers=ASKERS)
    asker.stop()
    server.shutdown()
    from search.models import Question

    outcomes = dict.fromkeys(Question.objects.values_list("outcome", flat=True), 0)
    for outcome in Question.objects.values_list("outcome", flat=True):
        outcomes[outcome] += 1
    p50, p99 = np.percentile(together, [50, 99])
    report = {
        "passages": len(replica),
        "encoding and bare search, p50 (ms)": float(np.median(parts)),
        "an ask, p50 (ms)": float(np.median(asks)),
        "ratio": float(np.median(asks) / np.median(parts)),
        "median of the ratios": float(np.median(np.asarray(asks) / np.asarray(parts))),
        "processor time of both, p50 (ms)": [float(np.median(parts_busy)), float(np.median(asks_busy))],
        "ratio of processor time": float(np.median(asks_busy) / np.median(parts_busy)),
        f"{ASKERS} askers, p50 (ms)": float(p50),
        f"{ASKERS} askers, p99 (ms)": float(p99),
        "p99 / p50": float(p99 / p50),
        "outcomes": outcomes,
    }
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


def prepare(folder: Path) -> None:
    """Set up Django on a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/tierzero.sqlite3",
        "SECRET_KEY": "no-request-from-elsewhere-is-ever-signed-with-this-one-it-only-has-to-be-long",
        "HTTPS": "false",
        "DEMO": "true",
        "OMP_WAIT_POLICY": "PASSIVE",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def make_site(options: argparse.Namespace, articles: list[tuple[str, str]]) -> None:
    """Fill the database; the real passages and what may be quoted are embedded once and kept in the folder."""
    from search import builds
    from search.gists import gists
    from tests.bench.drawn import texts_of
    from tests.bench.site import fill

    build = builds.configured()
    fill(
        options.passages,
        articles=articles,
        vectors=embedded_once(options.folder / "real.npy", texts_of(options.articles)),
        units=embedded_once(
            options.folder / "units.npy",
            [each.text for title, body in articles for each in gists(title, body)],
        ),
        fingerprint=build.fingerprint,
    )
    builds.complete(build)


def embedded_once(file: Path, texts: list[str]) -> NDArray[np.float32]:
    """The vectors of the texts, which are kept in the file."""
    from search import engine

    if not file.exists():
        np.save(file, engine.embedder().encode(texts))
    vectors: NDArray[np.float32] = np.load(file)
    return vectors


def serve() -> tuple[Any, str]:
    """The site in threads of this process, as gunicorn's one worker has it."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    from config.wsgi import application

    class Silent(WSGIRequestHandler):
        # As gunicorn has it: otherwise the body waits 40 ms for the head to be acknowledged.
        disable_nagle_algorithm = True

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadedWSGIServer(("127.0.0.1", 0), Silent)
    server.set_app(application)
    Thread(target=server.serve_forever, daemon=True).start()
    return server, f"127.0.0.1:{server.server_port}"


def cookies() -> str:
    """Of somebody who has signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import User
    from accounts.roles import Role
    from tests.factories import UserFactory

    person = User.objects.filter(username="asker").first() or UserFactory(
        username="asker", role=Role.EMPLOYEE
    )
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return f"sessionid={session.session_key}; csrftoken={'c' * 32}"


class Asker:
    """A process that asks over HTTP: `tests.bench.asker`."""

    def __init__(self, address: str, cookies: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.asker", address, cookies],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, questions: list[str], *, askers: int = 1) -> list[float]:
        """Milliseconds of each answer; every asker asks all of the questions."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"questions": questions, "askers": askers}) + "\n")
        self._process.stdin.flush()
        took: list[float] = json.loads(self._process.stdout.readline())
        return took

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()


if __name__ == "__main__":
    main()
