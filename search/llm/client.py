"""A server that speaks OpenAI's chat API, asked for one streamed text, within a deadline that holds. Pure.

Whatever the server does (refuse, stay silent, drip, never end, send something else), the caller hears `Failed` in time.
"""

import json
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from socket import SHUT_RDWR, socket
from threading import BoundedSemaphore, Thread
from typing import Any, TypedDict

# What an answer of some hundred words takes, each token in an object of its own, ten times over.
MOST_BYTES = 1_000_000
LONGEST_LINE = 64_000
# Of the eight threads that gunicorn serves with, half stay free for pages when the model's server is slow.
MOST_AT_ONCE = 4
CONNECT_SECONDS = 2.0

_places = BoundedSemaphore(MOST_AT_ONCE)


class Message(TypedDict):
    """One message of a chat, by role: system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True)
class Server:
    """Where the model is. The key is kept out of whatever prints this."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Limits:
    """How long to wait in seconds, for the first words and for all; how many tokens to ask for."""

    first_seconds: float
    seconds: float
    tokens: int


class Failed(Exception):
    """The model's server gave no whole answer in time. Says why, without anything that it sent."""


class _Line:
    """The connection to the server, which the side that waits can cut while nothing, or too little, comes of it.

    A time-out of reading begins anew with each byte, so a server that drips its headers would never meet it.
    """

    def __init__(self) -> None:
        self.is_cut = False
        self._socket: socket | None = None

    def follow(self, event: str, told: dict[str, Any]) -> None:
        """Keep the newest socket, as httpx traces it: first the plain one, then the one with TLS over it."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = told["return_value"].get_extra_info("socket")
            if self.is_cut:
                self.hang_up()

    def hang_up(self) -> None:
        """End whatever waits for the server, now or once it is connected."""
        self.is_cut = True
        if self._socket is not None:
            with suppress(OSError):  # it is closed already
                self._socket.shutdown(SHUT_RDWR)


def stream(server: Server, messages: Sequence[Message], limits: Limits) -> Generator[str, None, None]:
    """The model's text in pieces as they come; Failed when it breaks off or takes too long.

    Another thread reads, so that a deadline holds even while a name is looked up or bytes come one by one. Leaving
    the iteration ends the reading.
    """
    if not _places.acquire(blocking=False):
        raise Failed("too many are being worded already")
    pieces: SimpleQueue[str | Failed | None] = SimpleQueue()
    line = _Line()
    Thread(target=_read, args=(server, messages, limits, pieces, line), name="llm", daemon=True).start()
    started = time.monotonic()
    ends, until = started + limits.seconds, started + min(limits.seconds, limits.first_seconds)
    try:
        while (piece := _next(pieces, until)) is not None:
            yield piece
            until = ends
    finally:
        line.hang_up()


def _next(pieces: "SimpleQueue[str | Failed | None]", until: float) -> str | None:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise Failed("took too long")
    try:
        piece = pieces.get(timeout=seconds)
    except Empty:
        raise Failed("took too long") from None
    if isinstance(piece, Failed):
        raise piece
    return piece


def _read(
    server: Server,
    messages: Sequence[Message],
    limits: Limits,
    pieces: "SimpleQueue[str | Failed | None]",
    line: _Line,
) -> None:
    """Put what comes into `pieces`, then None, or what failed; stop when the other side has left."""
    try:
        with _asked(server, messages, limits, line) as received:
            for piece in _texts(_bounded(received, time.monotonic() + limits.seconds, line)):
                pieces.put(piece)
        pieces.put(None)
    except Failed as failed:
        pieces.put(failed)
    except Exception as error:  # noqa: BLE001  an answer must not depend on it, whatever it is
        # Its text may hold what was sent, so only its name is told.
        pieces.put(Failed(type(error).__name__))
    finally:
        _places.release()


@contextmanager
def _asked(
    server: Server, messages: Sequence[Message], limits: Limits, line: _Line
) -> Iterator[Iterable[bytes]]:
    """Send the request; gives the bytes of a stream of events. Redirects are not followed: a key goes to one place."""
    import httpx2

    headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
    if server.api_key:
        headers["Authorization"] = f"Bearer {server.api_key}"
    body = {
        "model": server.model,
        "messages": list(messages),
        "max_tokens": limits.tokens,
        "temperature": 0,
        "stream": True,
    }
    address = f"{server.base_url.rstrip('/')}/chat/completions"
    timeout = httpx2.Timeout(limits.seconds, connect=min(CONNECT_SECONDS, limits.seconds))
    with (
        httpx2.Client(timeout=timeout, follow_redirects=False) as http,
        http.stream(
            "POST", address, json=body, headers=headers, extensions={"trace": line.follow}
        ) as response,
    ):
        if response.status_code != 200:
            raise Failed(f"answered {response.status_code}")
        if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
            raise Failed("sent no stream of events")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise Failed("sent a compressed stream")  # which could unpack to any size
        yield response.iter_raw()


def _bounded(received: Iterable[bytes], until: float, line: _Line) -> Iterator[bytes]:
    """The bytes, until there are too many, time is up or nobody listens, whether or not they make any words."""
    size = 0
    for piece in received:
        if line.is_cut or time.monotonic() > until:
            raise Failed("took too long")
        size += len(piece)
        if size > MOST_BYTES:
            raise Failed("sent too much")
        yield piece


def _texts(received: Iterable[bytes]) -> Iterator[str]:
    """The words in a stream of events, to its proper end."""
    for line in _lines(received):
        name, _, data = line.partition(b":")
        if name != b"data":
            continue
        if data.strip() == b"[DONE]":
            return
        text, is_last = _told(json.loads(data))
        if text:
            yield text
        if is_last:
            return
    raise Failed("broke off")


def _lines(received: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for piece in received:
        *whole, held = (held + piece).split(b"\n")
        if len(held) > LONGEST_LINE:
            raise Failed("sent too long a line")
        yield from whole


def _told(event: Any) -> tuple[str, bool]:
    """The words of one event, and whether it is the last. Failed for anything of another shape."""
    if not isinstance(event, dict) or "error" in event:
        raise Failed("sent an error within the stream")
    choices = event.get("choices") or [{}]  # an event that only counts tokens has none
    first = choices[0] if isinstance(choices, list) else None
    delta = first.get("delta") or {} if isinstance(first, dict) else None
    if not isinstance(first, dict) or not isinstance(delta, dict):
        raise Failed("sent events of another shape")
    text = delta.get("content")
    return text if isinstance(text, str) else "", bool(first.get("finish_reason"))
