"""How soon another process answers from what is published, and whether it ever answers from what was withdrawn.

    .venv/bin/python -m tests.bench.bench_freshness --articles 30 --rate 20

Starts the whole product (web, worker, beat) with its demo company on a folder and a port of its own, and asks questions
over HTTP at a steady rate. Beside that, in this process, articles are published one by one; each is asked for until
the web answers with it. Then each is withdrawn, and asked for once more right after the commit.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import Any

import numpy as np

ASKING = ["How do I reset my password?", "The printer says paper jam", "VPN does not connect at home"]
LONGEST = 30.0  # seconds to wait for an article before it counts as never


def main(arguments: Sequence[str] | None = None) -> None:
    """Start the product, publish and withdraw, and print what was seen."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--articles", type=int, default=30)
    parser.add_argument("--rate", type=float, default=20, help="questions a second, asked all the while")
    parser.add_argument("--port", type=int, default=8123)
    options = parser.parse_args(arguments)
    address = f"127.0.0.1:{options.port}"
    with tempfile.TemporaryDirectory(prefix="freshness-") as folder:
        prepare(folder, address)
        product = subprocess.Popen(
            [sys.executable, "-m", "config.supervisor"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            report = measure(Asker(address, a_token()), options.articles, options.rate)
        finally:
            product.terminate()
            product.wait(60)
    sys.stdout.write(json.dumps(report, indent=1) + "\n")


def prepare(folder: str, address: str) -> None:
    """A site of its own with the demo company, everything in its index."""
    os.environ |= {
        "DATA_DIR": folder,
        "DATABASE_URL": f"sqlite:///{folder}/tierzero.sqlite3",
        "BIND": address,
        "DEMO": "true",
        "API_RATE": "100000/min",
        "OMP_WAIT_POLICY": "PASSIVE",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_demo", stdout=sys.stderr)


def a_token() -> str:
    """Of an employee, who asks."""
    from accounts.services import create_token
    from tests.factories import UserFactory

    return create_token(user=UserFactory())[1]


class Asker:
    """Asks the product over HTTP."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}

    def ask(self, text: str) -> dict[str, Any]:
        """The turn. ConnectionError or OSError while nobody listens."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        try:
            connection.request("POST", "/api/v1/ask/", json.dumps({"text": text}), self.headers)
            answer = connection.getresponse()
            turn: dict[str, Any] = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 201:
            raise SystemExit(f"{answer.status}: {turn}")
        return turn

    def shows(self, text: str, title: str) -> bool:
        """Whether an answer to the text names an article of this title."""
        turn = self.ask(text)
        return title in {each["title"] for each in (*turn["answers"], *turn["nearest"])}

    def wait(self) -> None:
        """Until the product answers, and has warmed up."""
        for _ in range(600):
            try:
                self.ask(ASKING[0])
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise SystemExit("The product does not answer.")


def measure(asker: Asker, articles: int, rate: float) -> dict[str, Any]:
    """Publish, wait, withdraw, ask: while others ask at the rate."""
    from accounts.roles import Role
    from kb import services
    from tests.factories import UserFactory, published_article

    asker.wait()
    publisher, stop = UserFactory(role=Role.PUBLISHER), Event()
    asked: list[str] = []
    crowd = Thread(target=ask_steadily, args=(asker, rate, stop, asked), daemon=True)
    began = time.monotonic()
    crowd.start()
    took, withdrawn = [], 0
    for number in range(articles):
        title = f"The turnstile of gate {number} shows light {number * 7}"
        article = published_article(
            title=title, body=f"Hold your badge to plate {number} for five seconds.\n"
        )
        committed = time.monotonic()
        while not asker.shows(title, title) and time.monotonic() - committed < LONGEST:
            time.sleep(0.05)
        took.append(time.monotonic() - committed)
        services.archive(article=article, by=publisher, reason="The gate is gone.")
        withdrawn += asker.shows(title, title)
        sys.stderr.write(f"\r{number + 1} of {articles}: {took[-1]:.2f} s ")
    seconds = time.monotonic() - began
    stop.set()
    crowd.join()
    return {
        "articles": articles,
        "questions a second meanwhile": round(len(asked) / seconds, 1),
        "published to answered, p50 (s)": round(float(np.percentile(took, 50)), 2),
        "published to answered, p95 (s)": round(float(np.percentile(took, 95)), 2),
        "published to answered, worst (s)": round(max(took), 2),
        "answered after withdrawal": withdrawn,
    }


def ask_steadily(asker: Asker, rate: float, stop: Event, asked: list[str]) -> None:
    """Questions at a rate, whether or not the ones before are answered."""
    with ThreadPoolExecutor(16) as askers:
        for number in range(10**9):
            if stop.is_set():
                return
            text = ASKING[number % len(ASKING)]
            askers.submit(ask_and_note, asker, text, asked)
            time.sleep(1 / rate)


def ask_and_note(asker: Asker, text: str, asked: list[str]) -> None:
    """Count a question once it is answered."""
    asker.ask(text)
    asked.append(text)


if __name__ == "__main__":
    main()
