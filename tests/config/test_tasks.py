"""A task that one process queues is run by the worker of another, over whichever broker the tests run on."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

QUEUE = "import sys; from tests.config.echo import write_file; write_file.delay(sys.argv[1])"
COUNT_ATTEMPTS = """
import socket
from kombu.exceptions import OperationalError
from tests.config.echo import write_file

attempts = []
connect = socket.socket.connect
socket.socket.connect = lambda self, address: (attempts.append(address), connect(self, address))[1]
try:
    write_file.delay("nowhere")
except OperationalError:
    print("attempts:", len(attempts))
"""
WORKER = [
    sys.executable,
    "-m",
    "celery",
    "--quiet",
    "--app",
    "tests.config.echo:app",
    "worker",
    "--pool",
    "solo",
]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a site of its own: the broker of this test run, or else files."""
    broker = os.environ["CELERY_BROKER_URL"]
    if not broker.startswith("redis"):
        broker = "filesystem://"
    else:
        # The last database of the server, so that no other worker takes the task.
        broker = broker.rpartition("/")[0] + "/15" if broker.count("/") > 2 else f"{broker}/15"
    changes = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path),
        "CELERY_BROKER_URL": broker,
    }
    yield os.environ | changes
    if broker.startswith("redis"):
        redis.Redis.from_url(broker).flushdb()


def test_a_worker_of_its_own_runs_what_another_process_queued(site: dict[str, str], tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    subprocess.run([sys.executable, "-c", QUEUE, str(trace)], env=site, check=True, timeout=60)
    worker = subprocess.Popen([*WORKER, "--without-gossip", "--without-mingle"], env=site)
    try:
        deadline = time.monotonic() + 60
        while not trace.exists():
            assert worker.poll() is None
            assert time.monotonic() < deadline, "no worker ran the task"
            time.sleep(0.1)
    finally:
        worker.terminate()
        worker.wait(30)


def test_with_a_broker_that_is_down_a_page_tries_once_and_does_not_wait(tmp_path: Path) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path),
        "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    }
    script = [sys.executable, "-c", COUNT_ATTEMPTS]
    done = subprocess.run(script, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == "attempts: 1\n", done.stderr
