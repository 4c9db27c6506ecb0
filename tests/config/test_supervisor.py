"""The supervisor over real processes: children come back, and nothing stays behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.supervisor import (
    LONGEST_DELAY,
    answers,
    delay_before_restart,
    greeting,
    is_free,
    split_address,
)

# A child that starts a grandchild, says both numbers, and takes no notice of SIGTERM when told not to.
CHILD = """
import os, signal, subprocess, sys, time
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(f"pids {os.getpid()} {grandchild.pid}", flush=True)
time.sleep(0 if "dies" in sys.argv else 600)
"""
SUPERVISOR = """
import sys
from config.supervisor import Program, Supervisor
Supervisor([Program("child", [sys.executable, "-c", sys.argv[1], *sys.argv[2:]])], grace=1.0).run()
"""


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether a process lives; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Running:
    """A supervisor in a process of its own, and what it has said so far."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.said = folder / "log"
        command = [sys.executable, "-c", SUPERVISOR, CHILD, *words]
        with self.said.open("w") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)

    @property
    def pids(self) -> list[list[int]]:
        """Child and grandchild of each start, in order."""
        lines = [line for line in self.said.read_text().splitlines() if " pids " in line]
        return [[int(number) for number in line.split()[-2:]] for line in lines]

    def after_starts(self, count: int) -> list[int]:
        wait_for(lambda: len(self.pids) >= count)
        return self.pids[count - 1]


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def start(*words: str) -> Running:
        started.append(Running(tmp_path, *words))
        return started[-1]

    yield start
    for running in started:
        running.process.kill()
        running.process.wait()
        for pid in [pid for pids in running.pids for pid in pids if is_running(pid)]:
            os.kill(pid, signal.SIGKILL)


Supervise = Callable[..., Running]


def test_a_child_that_is_killed_comes_back_and_leaves_nothing_behind(supervise: Supervise) -> None:
    running = supervise()
    child, grandchild = running.after_starts(1)
    os.kill(child, signal.SIGKILL)
    again, _ = running.after_starts(2)
    assert is_running(again)
    assert not is_running(grandchild)
    assert "starting again in 1 s" in running.said.read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_clean_stop_leaves_no_process(supervise: Supervise, number: signal.Signals) -> None:
    running = supervise()
    pids = running.after_starts(1)
    running.process.send_signal(number)
    assert running.process.wait(20) == 0
    assert not any(is_running(pid) for pid in pids)
    assert running.said.read_text().endswith("Stopped\n")


def test_a_child_that_does_not_listen_is_killed_after_the_grace_time(supervise: Supervise) -> None:
    running = supervise("deaf")
    pids = running.after_starts(1)
    running.process.terminate()
    assert running.process.wait(20) == 0
    assert not any(is_running(pid) for pid in pids)


def test_children_do_not_outlive_a_supervisor_that_is_killed(supervise: Supervise) -> None:
    running = supervise()
    child, _ = running.after_starts(1)
    running.process.kill()
    wait_for(lambda: not is_running(child))


def test_a_child_that_keeps_dying_is_started_more_and_more_slowly(supervise: Supervise) -> None:
    running = supervise("dies")
    running.after_starts(3)
    wait_for(lambda: running.said.read_text().count("starting again") == 3)
    said = running.said.read_text()
    assert [f"starting again in {seconds} s" in said for seconds in (1, 2, 4)] == [True, True, True]


def test_the_delay_doubles_up_to_a_limit() -> None:
    assert [delay_before_restart(failures) for failures in range(6)] == [0, 1, 2, 4, 8, 16]
    assert delay_before_restart(60) == LONGEST_DELAY


def test_an_address_has_a_host_and_a_port() -> None:
    assert split_address("127.0.0.1:8000") == ("127.0.0.1", 8000)
    assert split_address("[::1]:9000") == ("::1", 9000)
    assert split_address(":8000") == ("127.0.0.1", 8000)


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free("127.0.0.1", port)
    assert is_free("127.0.0.1", port)
    assert not answers("127.0.0.1", port)


def test_the_greeting_names_the_demo_people_only_when_there_are_some() -> None:
    assert "Nadia" in greeting("http://x", [("Employee", "Nadia")])
    assert "sign-in" not in greeting("http://x", [])


def start_site(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.supervisor"],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_port_in_use_is_said_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        bind = f"127.0.0.1:{server.getsockname()[1]}"
        result = start_site(BIND=bind)
    assert result.returncode == 1
    assert result.stderr == f"Something else listens on {bind}. Stop it, or choose: BIND=127.0.0.1:8001\n"


def test_a_demo_listens_to_this_machine_only() -> None:
    result = start_site(DEMO="true", BIND="0.0.0.0:8000")
    assert result.returncode == 1
    assert result.stderr.startswith("DEMO lets anyone sign in")


def test_a_setting_that_is_refused_is_said_in_a_sentence() -> None:
    result = start_site(SECRET_KEY="demo")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "SECRET_KEY" in result.stderr
