"""A server that speaks OpenAI's chat API and does as it was told, over real HTTP."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """One request; `told` is what was sent."""

    server: "ScriptedServer"
    told: dict[str, Any]

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        self.told = json.loads(self.rfile.read(size))
        self.server.received.append({"path": self.path, "headers": dict(self.headers), "body": self.told})
        self.server.behaviour(self)

    def do_GET(self) -> None:
        self.server.received.append({"path": self.path, "headers": dict(self.headers), "body": None})
        self.send_error(404)

    def begin(self, status: int = 200, media_type: str = "text/event-stream", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def piece(self, text: str) -> None:
        """Words of the answer, as one event."""
        self.raw(f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n".encode())

    def end(self) -> None:
        self.raw(b"data: [DONE]\n\n")

    def raw(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  named so by its parent
        pass


class ScriptedServer(ThreadingHTTPServer):
    """Answers every request by `behaviour`, and keeps what it received."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[dict[str, Any]] = []
        self.behaviour: Behaviour = saying("ABSTAIN")
        self.over = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has left, which is what many of these tests are about."""

    def last_messages(self) -> list[dict[str, str]]:
        messages: list[dict[str, str]] = self.received[-1]["body"]["messages"]
        return messages


def saying(*pieces: str) -> Behaviour:
    """Stream a text, in pieces, to its proper end."""

    def behave(handler: Handler) -> None:
        handler.begin()
        for piece in pieces:
            handler.piece(piece)
        handler.end()

    return behave


def sending(
    data: bytes | Iterable[bytes], media_type: str = "text/event-stream", status: int = 200
) -> Behaviour:
    """Send these very bytes."""

    def behave(handler: Handler) -> None:
        handler.begin(status, media_type)
        for piece in [data] if isinstance(data, bytes) else data:
            handler.raw(piece)

    return behave


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
