"""Systems outside, as HTTP servers of this machine that behave as badly as they come."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from pytest_django import Settings

from escalation.models import Endpoint

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def endpoint(url: str = "https://outside.example/in", **fields: object) -> Endpoint:
    """A system that is told of everything."""
    known = {"name": "Outside", "url": url, "secret_name": "WEBHOOK_OUTSIDE"}
    return Endpoint.objects.create(**{**known, **fields})


def at_home(settings: Settings) -> None:
    """Servers of this machine may be asked."""
    settings.WEBHOOK_PRIVATE = True


@contextmanager
def raw_server(answer: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """A server that does with each connection what it is told, by hand."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                stream, _ = listener.accept()
            except OSError:
                return
            with stream, suppress(OSError):
                answer(stream, _request(stream))

    Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/in"
    # shutdown wakes whoever waits in accept; close alone does not.
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def _request(stream: socket.socket) -> bytes:
    """Head and body, as far as they come."""
    stream.settimeout(5)
    said = b""
    while b"\r\n\r\n" not in said:
        more = stream.recv(65536)
        if not more:
            return said
        said += more
    head, _, body = said.partition(b"\r\n\r\n")
    lines = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lines[0].partition(b":")[2]) if lines else 0
    while len(body) < length:
        body += stream.recv(65536)
    return head + b"\r\n\r\n" + body


def says_nothing(stream: socket.socket, request: bytes) -> None:
    stream.settimeout(5)
    stream.recv(1)  # until the other side gives up


def drips(stream: socket.socket, request: bytes) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        stream.sendall(b"X-Drip: 1\r\n")
        time.sleep(0.05)


def pours(stream: socket.socket, request: bytes) -> None:
    stream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        stream.sendall(b"x" * 65536)


def hangs_up(stream: socket.socket, request: bytes) -> None:
    """Takes it, and is gone before it says so."""
