"""Web, worker and beat as three children of one process: `python -m config.supervisor`.

A child that dies is started again; Ctrl-C or SIGTERM stops all of them, with everything they started.
"""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

BASE_DIR = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.0.0.1", "localhost", "::1")
LONGEST_DELAY = 30.0
# A child that ran this long was healthy: its next death counts as the first.
HEALTHY_AFTER = 60.0
GRACE = 15.0
TICK = 0.1
# For all three: threads that wait don't spin (docs/operations.md), lines come at once, no progress bars in logs.
CHILDREN = {"OMP_WAIT_POLICY": "PASSIVE", "PYTHONUNBUFFERED": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
# Loaded here, because nothing may be loaded between fork and exec.
libc = ctypes.CDLL(None)


def delay_before_restart(failures: int) -> float:
    """Seconds to wait after a child has died this many times in a row: 1, 2, 4 … 30."""
    return min(LONGEST_DELAY, 2.0 ** (failures - 1)) if failures > 0 else 0.0


def split_address(bind: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8000" or "[::1]:8000"."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As gunicorn does: a port whose last owner has just gone is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(host: str, port: int) -> bool:
    """Whether the site says anything at all: a redirect or a refusal is an answer too."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


@dataclass(frozen=True)
class Program:
    """What a child runs, and how its lines are marked."""

    name: str
    command: Sequence[str]
    colour: int = 37


class Log:
    """One line at a time, marked with the child that said it."""

    def __init__(self, out: TextIO, width: int) -> None:
        self.out = out
        self.width = width
        self.coloured = out.isatty() and "NO_COLOR" not in os.environ
        self.lock = threading.Lock()

    def write(self, name: str, text: str, colour: int = 37) -> None:
        mark = f"{name:<{self.width}} |"
        if self.coloured:
            mark = f"\033[{colour}m{mark}\033[0m"
        with self.lock:
            self.out.write(f"{mark} {text}\n" if name else f"{text}\n")
            self.out.flush()


@dataclass
class Child:
    """A program, its process while it lives, and when to start it again when it does not."""

    program: Program
    log: Log
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    start_at: float = 0.0
    failures: int = 0

    def start(self) -> None:
        """Start the process in a session of its own, so that one signal reaches it and all that it starts."""
        parent = os.getpid()

        def die_with_parent() -> None:
            if sys.platform == "linux":
                libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:  # it was gone before we asked
                os._exit(1)

        self.process = subprocess.Popen(  # noqa: S603
            self.program.command,
            cwd=BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - it runs nothing that takes a lock
        )
        self.started = time.monotonic()
        threading.Thread(target=self._pump, args=[self.process], daemon=True).start()

    def look(self, now: float) -> None:
        """Notice a death, and start the process again once its delay is over."""
        if self.process is None:
            if now >= self.start_at:
                self.start()
            return
        status = self.process.poll()
        if status is None:
            return
        self.kill()  # whatever the dead one left behind
        self.failures = 1 if now - self.started > HEALTHY_AFTER else self.failures + 1
        delay = delay_before_restart(self.failures)
        self.start_at = now + delay
        self.log.write(self.program.name, f"ended ({status}); starting again in {delay:.0f} s", 31)

    def stop(self) -> None:
        """Ask the process to finish. It alone is told: it knows in which order to stop what it started."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        """End the process and everything that it started, and wait until they are gone."""
        if self.process is None:
            return
        group = self.process.pid
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        self.process.wait()
        with suppress(ChildProcessError):
            while True:
                os.waitpid(-group, 0)
        self.process = None

    def has_ended(self) -> bool:
        """Whether the process itself has come to its end."""
        return self.process is None or self.process.poll() is not None

    def _pump(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None  # noqa: S101 - for the type checker: it was asked for
        for line in process.stdout:
            if line.strip():
                self.log.write(self.program.name, line.rstrip(), self.program.colour)


class Supervisor:
    """Keeps programs running until it is told to stop."""

    def __init__(self, programs: Sequence[Program], out: TextIO = sys.stdout, grace: float = GRACE) -> None:
        self.log = Log(out, max(len(program.name) for program in programs))
        self.children = [Child(program, self.log) for program in programs]
        self.grace = grace
        self.stopping = threading.Event()

    def run(self) -> None:
        """Start everything and come back when all of it has stopped."""
        if sys.platform == "linux":
            # Whatever a dead child leaves behind becomes ours to end, not the machine's.
            libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            while not self.stopping.is_set():
                for child in self.children:
                    child.look(time.monotonic())
                self.stopping.wait(TICK)
        finally:
            self._stop_children()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.stopping.is_set():
            self.grace = 0.0  # asked twice: at once
        self.stopping.set()

    def _stop_children(self) -> None:
        self.log.write("", "Stopping")
        for child in self.children:
            child.stop()
        asked = time.monotonic()
        while not all(child.has_ended() for child in self.children):
            if time.monotonic() > asked + self.grace:
                break
            time.sleep(TICK)
        for child in self.children:
            child.kill()
        self.log.write("", "Stopped")


def site_programs(data_dir: Path) -> list[Program]:
    """The three processes of a site."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--quiet", "--app", "config"]
    concurrency = os.environ.get("WORKER_CONCURRENCY", "1")
    # One machine's workers need no news of each other, and over files that news is only work.
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        Program("web", [*python, "gunicorn", "--config", "config/gunicorn.py", "config.wsgi"], 36),
        Program(
            "worker", [*celery, "worker", "--loglevel", "INFO", "--concurrency", concurrency, *alone], 35
        ),
        Program(
            "beat",
            [
                *celery,
                "beat",
                "--loglevel",
                "INFO",
                "--schedule",
                str(data_dir / "beat-schedule"),
                "--pidfile=",
            ],
            33,
        ),
    ]


def announce_when_up(host: str, port: int, say: Callable[[], None]) -> None:
    """Wait, beside everything else, until the site answers; then say so once."""

    def wait() -> None:
        while not answers(host, port):
            time.sleep(0.3)
        say()

    threading.Thread(target=wait, daemon=True).start()


def greeting(address: str, demo_people: Sequence[tuple[str, str]]) -> str:
    """Where the site is, and in a demo whom one can sign in as."""
    lines = ["", f"  The site is at {address}"]
    if demo_people:
        lines.append("  One click on the sign-in page makes you:")
        lines += [f"    {role:<12} {name}" for role, name in demo_people]
    return "\n".join([*lines, "  Ctrl-C stops everything.", ""])


def main() -> int:
    """Run the site; 1 when it can't start, with the reason in a sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.update(CHILDREN)
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    from accounts.queries import demo_people

    host, port = split_address(os.environ.setdefault("BIND", "127.0.0.1:8000"))
    if settings.DEMO and host not in LOOPBACK:
        sys.stderr.write("DEMO lets anyone sign in, so it runs on this machine only: unset DEMO or BIND.\n")
        return 1
    if not is_free(host, port):
        sys.stderr.write(
            f"Something else listens on {host}:{port}. Stop it, or choose: BIND=127.0.0.1:8001\n"
        )
        return 1
    people = [(person.demo_role or "", person.display_name) for person in demo_people()]
    supervisor = Supervisor(site_programs(settings.DATA_DIR))
    shown = f"[{host}]" if ":" in host else host
    hello = greeting(f"http://{shown}:{port}", people)
    announce_when_up(host, port, lambda: supervisor.log.write("", hello))
    supervisor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
