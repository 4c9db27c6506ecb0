"""A mail server and a webhook receiver that lose every second first answer, and count what comes by its key."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


class Receiver:
    """How often each key came, and how often an answer was lost after what it answers was kept."""

    def __init__(self) -> None:
        self.keys: Counter[str] = Counter()
        self.lost = 0
        self.lock = threading.Lock()

    def take(self, key: str) -> bool:
        """Keep it; False when the answer gets lost."""
        with self.lock:
            self.keys[key] += 1
            loses = self.keys[key] == 1 and len(self.keys) % 2 == 0
            self.lost += loses
            return not loses


@contextmanager
def mail_server(port: int, receiver: Receiver) -> Iterator[None]:
    """Takes mail by SMTP; a lost answer is a connection that ends after the mail was taken."""

    class Handler:
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
            if receiver.take(str(message_from_bytes(envelope.content)["Message-ID"])):
                return "250 OK"
            server.transport.abort()
            return "421 gone"

    listener = Controller(Handler(), hostname="127.0.0.1", port=port)
    listener.start()
    try:
        yield
    finally:
        listener.stop()


@contextmanager
def webhook_server(port: int, receiver: Receiver) -> Iterator[None]:
    """Takes webhooks; a lost answer is a connection that ends without one."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if receiver.take(self.headers["webhook-id"]):
                self.send_response(200)
                self.end_headers()
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
