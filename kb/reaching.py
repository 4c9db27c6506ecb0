"""Reaching a server whose address somebody typed: an article's link, or a system outside that is told of tickets.

A server that asks for any address at all is a way into the network it stands in. Each name is therefore looked up
here, each of its addresses is judged, and the connection goes to the address that was judged: a name that means
another one a moment later changes nothing. Nothing is followed: where an answer sends on to is the caller's to judge
anew. The standard library does it: it lets a connection be opened by hand and a response be read by the byte, which
clients made for comfort hide.
"""

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Self
from urllib.parse import quote, urlsplit

Address = IPv4Address | IPv6Address

USUAL_PORTS = frozenset({80, 443, 8080, 8443})
DEFAULT_PORTS = {"http": 80, "https": 443}
NO_SUCH_NAME = "There is no server of that name."
MOST_ADDRESSES = 4
LONGEST_URL = 4_000
MOST_READ = 64 * 1024
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


class Unreachable(Exception):
    """Nobody is asked there, and the message says why; `for_good` where nobody ever could be."""

    def __init__(self, problem: str, *, for_good: bool = False) -> None:
        super().__init__(problem)
        self.for_good = for_good


@dataclass(frozen=True)
class Visit:
    """What may be asked, and until when: by time.monotonic()."""

    deadline: float
    connect_within: float
    allow_private: bool
    ports: Collection[int]

    @classmethod
    def lasting(
        cls,
        seconds: float,
        *,
        connect_within: float | None = None,
        allow_private: bool = False,
        ports: Collection[int] = USUAL_PORTS,
    ) -> Self:
        """A visit that ends so many seconds from now, whatever the other side does."""
        return cls(time.monotonic() + seconds, connect_within or seconds, allow_private, ports)

    @property
    def seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


@dataclass(frozen=True)
class Target:
    """An address taken apart, so that nothing of it can be taken for something else."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def of(cls, url: str, visit: Visit) -> Self:
        if len(url) > LONGEST_URL:
            raise Unreachable("The address is too long to be asked for.")
        try:
            parts = urlsplit(url.strip())
            host = (parts.hostname or "").encode("idna").decode("ascii")
            port = parts.port
            query = parts.query and f"?{quote(parts.query, safe=UNHURT)}"
            path = quote(parts.path or "/", safe=UNHURT) + query
        except ValueError:  # a bad port, bracket, name or letter: UnicodeError is one too
            raise Unreachable("This is not an address.", for_good=True) from None
        if parts.scheme not in DEFAULT_PORTS:
            raise Unreachable("Only addresses with http:// or https:// are asked.")
        if not HOST.fullmatch(host):
            raise Unreachable("The address names no server.", for_good=True)
        port = DEFAULT_PORTS[parts.scheme] if port is None else port
        if port not in visit.ports:
            raise Unreachable(f"Port {port} is not one that is asked.")
        return cls(parts.scheme, host, port, path)

    @cached_property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


@dataclass(frozen=True)
class Answer:
    """What a server said: nothing of its body unless the caller wanted it."""

    status: int
    location: str
    body: bytes = b""


def addresses_of(target: Target, visit: Visit) -> list[Address]:
    """Where the name leads, when all of it may be asked: a name that leads home as well is refused whole."""
    found = _looked_up(target, visit)
    if not all(_may_ask(address, visit.allow_private) for address in found):
        raise Unreachable("It leads into a network that is not asked from here.")
    return found[:MOST_ADDRESSES]


def ask(
    method: str,
    target: Target,
    addresses: list[Address],
    visit: Visit,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    read: bool = False,
) -> Answer:
    """One request to one of the addresses, and what was answered; any error of a connection is the caller's."""
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.default_port = DEFAULT_PORTS[target.scheme]  # which the Host header does not name
    with _connected(target, addresses, visit) as stream:
        connection.sock = stream
        stream.settimeout(visit.seconds_left)
        connection.request(method, target.path, body=body, headers={**headers, "Connection": "close"})
        answer = http.client.HTTPResponse(_Stream(stream, visit), method=method)  # type: ignore[arg-type]
        with answer:
            answer.begin()
            elsewhere = answer.headers.get("Location", "").encode("latin-1", "replace")
            told = _what_can_be_read(answer) if read else b""
            return Answer(answer.status, elsewhere.decode("utf-8", "replace"), told)


def _what_can_be_read(answer: http.client.HTTPResponse) -> bytes:
    """The beginning of a body. Whoever answered has answered: that the rest does not come changes nothing of it."""
    try:
        return answer.read(MOST_READ // 2)
    except (OSError, http.client.HTTPException):
        return b""


def _connected(target: Target, addresses: list[Address], visit: Visit) -> socket.socket:
    """A connection to one of the addresses that were judged, and to nothing else."""
    for place, address in enumerate(addresses, start=1):
        patience = min(visit.connect_within, visit.seconds_left / (len(addresses) - place + 1))
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

    def __init__(self, stream: socket.socket, visit: Visit) -> None:
        self._stream, self._visit, self._left = stream, visit, MOST_READ

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What http.client asks a socket for."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._left:
            raise http.client.HTTPException("more than an answer may hold")
        self._stream.settimeout(self._visit.seconds_left)
        count = self._stream.recv_into(buffer[: self._left])
        self._left -= count
        return count


def _looked_up(target: Target, visit: Visit) -> list[Address]:
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
        raise Unreachable(NO_SUCH_NAME, for_good=True)
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
