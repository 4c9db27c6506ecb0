"""Does a link of an article still lead anywhere? The addresses come from whoever writes, so asking is a risk.

A server that asks for any address at all is a way into the network it stands in. Each name is therefore looked up
here, each of its addresses is judged, and the connection goes to the address that was judged: a name that means
another one a moment later changes nothing. Redirects go through the same. The standard library does it: it lets a
connection be opened by hand and a response be read by the byte, which clients made for comfort hide.
"""

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Literal, Self
from urllib.parse import quote, urljoin, urlsplit

Kind = Literal["fine", "broken", "unknown"]
Address = IPv4Address | IPv6Address

USUAL_PORTS = frozenset({80, 443, 8080, 8443})
DEFAULT_PORTS = {"http": 80, "https": 443}
NO_SUCH_NAME = "There is no server of that name."
MOST_REDIRECTS = 5
MOST_ADDRESSES = 4
LONGEST_URL = 4_000
MOST_READ = 64 * 1024
GONE = {404, 410}
# Asking again would be told the same; any other error may be how a server refuses HEAD alone.
NOT_ASKED_TWICE = {401, 407, 429}
SIGNING_IN = {401, 403, 407}
REDIRECTS = {301, 302, 303, 307, 308}
HOST = re.compile(r"[a-z0-9_.:-]+", re.IGNORECASE)
UNHURT = "%/:=&?~+!$,;'@()*[]"  # what an address may hold as it is

GLOBAL_UNICAST = IPv6Network("2000::/3")
TRANSLATED = IPv6Network("64:ff9b::/96")  # an IPv4 address, for networks that have none (NAT64)
AT_HOME = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv4Network("127.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),
    IPv6Network("::1/128"),
    IPv6Network("fc00::/7"),
)
# Where machines of a cloud learn their own keys, in ranges that are an intranet's or the public's otherwise.
NEVER = (
    IPv4Network("100.100.100.200/32"),
    IPv4Network("168.63.129.16/32"),
    IPv4Network("192.0.0.0/24"),
    IPv6Network("fd00:ec2::/32"),
    IPv6Network("fd20:ce::/32"),
)


@dataclass(frozen=True)
class Outcome:
    """What came of a link: fine, broken for sure, or unknown; `problem` says in words why it is not fine."""

    kind: Kind
    problem: str = ""
    status: int | None = None

    @property
    def ok(self) -> bool:
        return self.kind == "fine"


def check(
    url: str, *, timeout: float = 5, allow_private: bool = False, ports: Collection[int] = USUAL_PORTS
) -> Outcome:
    """Ask for an address and say whether readers would find something there. Never raises, and ends in time.

    Only what is certain is called broken: no such name, or nothing at the address (404, 410). `allow_private` is for
    links into one's own network; addresses where a cloud's machines learn secrets are never asked.
    """
    visit = _Visit(time.monotonic() + timeout, allow_private, frozenset(ports))
    try:
        return _follow(url, visit)
    except _Ended as ended:
        return ended.outcome
    except TimeoutError:
        return Outcome("unknown", "There was no answer in time.")
    except ssl.SSLCertVerificationError as failure:
        return Outcome(
            "unknown", f"Its certificate can't be trusted from here: {failure.verify_message.rstrip('.')}."
        )
    except OSError:
        return Outcome("unknown", "Nothing answered there.")
    except (http.client.HTTPException, ValueError):
        return Outcome("unknown", "What answered there made no sense.")


class _Ended(Exception):
    """Nothing is left to ask; the outcome is known."""

    def __init__(self, kind: Kind, problem: str) -> None:
        self.outcome = Outcome(kind, problem)


@dataclass(frozen=True)
class _Visit:
    """What may be asked, and until when: by time.monotonic()."""

    deadline: float
    allow_private: bool
    ports: frozenset[int]

    @property
    def seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@dataclass(frozen=True)
class _Target:
    """An address taken apart, so that nothing of it can be taken for something else."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str, visit: _Visit) -> Self:
        if len(url) > LONGEST_URL:
            raise _Ended("unknown", "The address is too long to be asked for.")
        try:
            parts = urlsplit(url.strip())
            host = (parts.hostname or "").encode("idna").decode("ascii")
            port = parts.port
            query = parts.query and f"?{quote(parts.query, safe=UNHURT)}"
            path = quote(parts.path or "/", safe=UNHURT) + query
        except ValueError:  # a bad port, bracket, name or letter: UnicodeError is one too
            raise _Ended("broken", "This is not an address.") from None
        if parts.scheme not in DEFAULT_PORTS:
            raise _Ended("unknown", "Only addresses with http:// or https:// are checked.")
        if not HOST.fullmatch(host):
            raise _Ended("broken", "The address names no server.")
        port = DEFAULT_PORTS[parts.scheme] if port is None else port
        if port not in visit.ports:
            raise _Ended("unknown", f"Port {port} is not one that is checked.")
        return cls(parts.scheme, host, port, path)

    @cached_property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def _follow(url: str, visit: _Visit) -> Outcome:
    for _ in range(MOST_REDIRECTS + 1):
        target = _Target.of(url, visit)
        status, elsewhere = _answer(target, visit)
        if status not in REDIRECTS or not elsewhere:
            return _judged(status)
        url = urljoin(target.url, elsewhere)
    # A browser that keeps cookies may get through.
    return Outcome("unknown", "It sends from one address to the next without end.")


def _judged(status: int) -> Outcome:
    if status in REDIRECTS:
        return Outcome("unknown", "It sends on, and does not say where to.", status)
    if status < 400:
        return Outcome("fine", status=status)
    if status in GONE:
        return Outcome("broken", "The server says that there is no such page.", status)
    if status in SIGNING_IN:
        return Outcome("unknown", "One has to sign in there.", status)
    return Outcome("unknown", f"The server answered with an error ({status}).", status)


def _answer(target: _Target, visit: _Visit) -> tuple[int, str]:
    """The status and where it sends on to; asked with GET too where a server does not answer HEAD as it should."""
    addresses = _addresses(target, visit)
    # Some close the connection instead of answering it.
    with suppress(ConnectionError, http.client.HTTPException):
        answer = _ask("HEAD", target, addresses, visit)
        if answer[0] < 400 or answer[0] in NOT_ASKED_TWICE:
            return answer
    return _ask("GET", target, addresses, visit)


def _ask(method: str, target: _Target, addresses: list[Address], visit: _Visit) -> tuple[int, str]:
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.default_port = DEFAULT_PORTS[target.scheme]  # which the Host header does not name
    with _connected(target, addresses, visit) as stream:
        connection.sock = stream
        stream.settimeout(visit.seconds_left)
        headers = {"User-Agent": "TierZero link check", "Accept": "*/*", "Connection": "close"}
        connection.request(method, target.path, headers=headers)
        answer = http.client.HTTPResponse(_Stream(stream, visit), method=method)  # type: ignore[arg-type]
        with answer:
            answer.begin()
            elsewhere = answer.headers.get("Location", "").encode("latin-1", "replace")
            return answer.status, elsewhere.decode("utf-8", "replace")


def _connected(target: _Target, addresses: list[Address], visit: _Visit) -> socket.socket:
    """A connection to one of the addresses that were judged, and to nothing else."""
    for place, address in enumerate(addresses, start=1):
        patience = visit.seconds_left / (len(addresses) - place + 1)
        try:
            plain = socket.create_connection((str(address), target.port), timeout=patience)
            break
        except OSError:
            if place == len(addresses):
                raise
    if target.scheme == "http":
        return plain
    try:
        plain.settimeout(visit.seconds_left)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


class _Stream(io.RawIOBase):
    """What a server says, up to a size and a moment: one that sends a byte every other second is not waited for."""

    def __init__(self, stream: socket.socket, visit: _Visit) -> None:
        self._stream, self._visit, self._left = stream, visit, MOST_READ

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._left:
            raise http.client.HTTPException("more than the head of an answer holds")
        self._stream.settimeout(self._visit.seconds_left)
        count = self._stream.recv_into(buffer[: self._left])
        self._left -= count
        return count


def _addresses(target: _Target, visit: _Visit) -> list[Address]:
    """Where the name leads, when all of it may be asked: a name that leads home as well is refused whole."""
    found = _looked_up(target, visit)
    if not all(_may_ask(address, visit.allow_private) for address in found):
        raise _Ended("unknown", "It leads into a network that is not checked from here.")
    return found[:MOST_ADDRESSES]


def _looked_up(target: _Target, visit: _Visit) -> list[Address]:
    """What the name means. The system's look-up knows no time limit, so it is left behind when time is over."""
    told: SimpleQueue[list[Address] | OSError | ValueError] = SimpleQueue()

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            told.put(list(dict.fromkeys(ip_address(str(row[4][0]).partition("%")[0]) for row in rows)))
        except (OSError, ValueError) as failure:
            told.put(failure)

    Thread(target=look_up, daemon=True).start()
    try:
        found = told.get(timeout=visit.seconds_left)
    except Empty:
        raise TimeoutError from None
    if isinstance(found, socket.gaierror) and found.errno in _UNKNOWN_NAME:
        raise _Ended("broken", NO_SUCH_NAME)
    if not isinstance(found, list):
        raise found
    return found


_UNKNOWN_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def _may_ask(address: Address, allow_private: bool) -> bool:
    inner = _without_wrapping(address)
    if any(inner in network for network in NEVER):
        return False
    if allow_private and any(inner in network for network in AT_HOME):
        return True
    if isinstance(inner, IPv6Address) and inner not in GLOBAL_UNICAST:
        return False
    return inner.is_global and not (inner.is_multicast or inner.is_reserved)


def _without_wrapping(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, by any of the ways there are."""
    if isinstance(address, IPv4Address):
        return address
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
