"""Links are asked for as a stranger would: in time, in small, and never inside the network that the site is in."""

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from kb import link_checking, reaching
from kb.link_checking import Outcome, check

Say = Callable[[bytes], str]


def ask(server: HTTPServer, path: str = "/", **options: Any) -> Outcome:
    """Ask a server of this machine, as a site asks its intranet."""
    return check(server.url_for(path), allow_private=True, ports={server.port}, **({"timeout": 3} | options))


@pytest.fixture
def say() -> Iterator[Say]:
    """A server that answers everybody with these bytes, given an `%` as a pause, and then hangs up."""
    listeners = []

    def answer_with(words: bytes) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve() -> None:
            while True:
                try:
                    stream, _ = listener.accept()
                    with stream:
                        stream.recv(4096)
                        for part in words.split(b"%"):
                            stream.sendall(part)
                            if b"%" in words:
                                time.sleep(0.1)
                except OSError:
                    if listener.fileno() < 0:
                        return

        Thread(target=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield answer_with
    for listener in listeners:
        listener.close()


def ask_raw(url: str, **options: Any) -> Outcome:
    port = int(url.rpartition(":")[2].strip("/"))
    return check(url, allow_private=True, ports={port}, **({"timeout": 2} | options))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names mean in this test; every other name does not exist."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host in known:
            return [row for address in known[host] for row in real(address, port, type=socket.SOCK_STREAM)]
        try:
            ip_address(host)
        except ValueError:
            raise socket.gaierror(socket.EAI_NONAME, "unknown") from None
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def test_a_page_that_is_there_is_fine(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/guide").respond_with_data("hello")
    assert ask(httpserver, "/guide") == Outcome("fine", status=200)
    assert ask(httpserver, "/guide").ok


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, "broken"), (410, "broken"), (401, "unknown"), (403, "unknown"), (429, "unknown")]
    + [(status, "unknown") for status in (400, 405, 418, 451, 500, 502, 503, 504, 999)],
)
def test_only_what_is_certain_is_called_broken(httpserver: HTTPServer, status: int, kind: str) -> None:
    httpserver.expect_request("/").respond_with_data(status=status)
    outcome = ask(httpserver)
    assert (outcome.kind, outcome.status) == (kind, status)
    assert outcome.problem.endswith(".")


@pytest.mark.parametrize("refusal", [403, 404, 405, 501])
def test_a_server_that_refuses_head_is_asked_with_get(httpserver: HTTPServer, refusal: int) -> None:
    httpserver.expect_request("/", method="HEAD").respond_with_data(status=refusal)
    httpserver.expect_request("/", method="GET").respond_with_data("x" * 1_000_000)
    assert ask(httpserver).kind == "fine"


def test_no_such_name_is_broken_and_a_name_that_cannot_be_looked_up_now_is_not(
    names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check("https://nowhere.example/").kind == "broken"

    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert check("https://nowhere.example/").kind == "unknown"


def test_a_look_up_that_never_ends_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    enough = Event()

    def look_up(*_: object, **__: object) -> None:
        enough.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert check("https://slow.example/", timeout=0.1) == Outcome("unknown", "There was no answer in time.")
    enough.set()


def test_nobody_at_home_is_unknown() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    assert check(f"http://127.0.0.1:{port}/", allow_private=True, ports={port}).kind == "unknown"


# --- redirects --------------------------------------------------------------------------------------------------


def redirect(server: HTTPServer, path: str, to: str, status: int = 302) -> None:
    server.expect_request(path).respond_with_data(status=status, headers={"Location": to})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_to_what_is_there(httpserver: HTTPServer, status: int) -> None:
    redirect(httpserver, "/a", "b?x=é", status)
    httpserver.expect_request("/b").respond_with_data("here")
    redirect(httpserver, "/c", "/gone", status)
    httpserver.expect_request("/gone").respond_with_data(status=410)
    assert ask(httpserver, "/a") == Outcome("fine", status=200)
    assert ask(httpserver, "/c").kind == "broken"


def test_a_redirect_without_end_is_given_up(httpserver: HTTPServer) -> None:
    redirect(httpserver, "/a", "/b")
    redirect(httpserver, "/b", "/a")
    outcome = ask(httpserver, "/a")
    assert outcome.kind == "unknown"
    assert "without end" in outcome.problem
    assert len(httpserver.log) == link_checking.MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "to", ["ftp://files.example/x", "file:///etc/passwd", "gopher://x/", "javascript:alert(1)", "http://["]
)
def test_a_redirect_to_something_else_is_not_followed(httpserver: HTTPServer, to: str) -> None:
    redirect(httpserver, "/", to)
    assert ask(httpserver).kind in ("unknown", "broken")


def test_a_redirect_into_the_network_is_refused_when_the_first_address_was_public(
    httpserver: HTTPServer, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is at home, so one name is declared public; what it sends to is judged as ever."""
    names["public.example"] = ["127.0.0.1"]
    names["inside.example"] = ["127.0.0.2"]
    judge = reaching._may_ask
    monkeypatch.setattr(
        reaching, "_may_ask", lambda address, home: str(address) == "127.0.0.1" or judge(address, home)
    )
    for place, inside in enumerate(("inside.example", "127.0.0.2", "[::1]", "169.254.169.254", "2130706434")):
        redirect(httpserver, f"/{place}", f"http://{inside}:{httpserver.port}/secret")
        outcome = check(f"http://public.example:{httpserver.port}/{place}", ports={httpserver.port})
        assert (outcome.kind, outcome.status) == ("unknown" if inside != "2130706434" else "broken", None)
    assert all(request.path != "/secret" for request, _ in httpserver.log)


# --- where nobody may be sent -----------------------------------------------------------------------------------

INSIDE = [
    "127.0.0.1",
    "127.1.2.3",
    "10.0.0.1",
    "172.16.5.5",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",  # noqa: S104
    "255.255.255.255",
    "224.0.0.1",
    "240.0.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "::1",
    "::",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:102:304:0:0:f5ff:fffe",
]
NEVER_ASKED = [
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",  # noqa: S104
    "224.0.0.1",
    "fd00:ec2::254",
    "fe80::1",
    "::",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_not_asked(
    address: str, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", pytest.fail)
    names["tempting.example"] = [address]
    names["mixed.example"] = ["93.184.216.34", address]
    literal = f"[{address}]" if ":" in address else address
    for host in ("tempting.example", "mixed.example", literal):
        outcome = check(f"http://{host}/latest/meta-data/")
        assert (outcome.kind, outcome.status) == ("unknown", None)
        assert "network" in outcome.problem


@pytest.mark.parametrize("address", NEVER_ASKED)
def test_secrets_of_a_cloud_are_not_asked_for_even_where_the_intranet_is(
    address: str, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", pytest.fail)
    names["tempting.example"] = [address]
    assert check("http://tempting.example/", allow_private=True).kind == "unknown"


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822", "8.8.8.8"])
def test_a_public_address_may_be_asked(address: str) -> None:
    assert reaching._may_ask(ip_address(address), allow_private=False)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost"])
def test_an_address_written_strangely_is_judged_by_where_it_leads(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "create_connection", pytest.fail)
    assert "network" in check(f"http://{host}/").problem


def test_the_connection_goes_to_the_address_that_was_judged(
    httpserver: HTTPServer, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that means another address when it is looked up again gains nothing by it."""
    names["site.example"] = ["127.0.0.1"]
    asked = []
    real = socket.create_connection

    def connect(address: tuple[str, int], **options: Any) -> socket.socket:
        names["site.example"] = ["127.0.0.9"]
        asked.append(address[0])
        return real(address, **options)

    def host_of(request: Request) -> Response:
        return Response(status=200 if request.host == f"site.example:{httpserver.port}" else 500)

    monkeypatch.setattr(socket, "create_connection", connect)
    httpserver.expect_request("/").respond_with_handler(host_of)
    url = f"http://site.example:{httpserver.port}/"
    assert check(url, allow_private=True, ports={httpserver.port}).kind == "fine"
    assert asked == ["127.0.0.1"]


def test_an_address_that_does_not_answer_leaves_time_for_the_next(
    httpserver: HTTPServer, names: dict[str, list[str]]
) -> None:
    names["site.example"] = ["127.0.0.7", "127.0.0.1"]
    httpserver.expect_request("/").respond_with_data("here")
    url = f"http://site.example:{httpserver.port}/"
    assert check(url, allow_private=True, ports={httpserver.port}).kind == "fine"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://example.com:22/", "unknown"),
        ("http://example.com:6379/", "unknown"),
        ("ftp://example.com/", "unknown"),
        ("mailto:it@example.com", "unknown"),
        ("javascript:alert(1)", "unknown"),
        ("", "unknown"),
        ("https://" + "a" * 5000, "unknown"),
        ("http://", "broken"),
        ("http:///path", "broken"),
        ("http://[::1", "broken"),
        ("http://example.com:99999/", "broken"),
        ("http://example.com:x/", "broken"),
        ("http://a..b/", "broken"),
        ("http://a b/", "broken"),
        ("http://a\0b/", "broken"),
        ("http://" + "a" * 70 + ".example/", "broken"),
        ("http://x.example/\ud800", "broken"),
    ],
)
def test_what_is_no_address_of_a_page_is_told_without_asking_anybody(
    url: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", pytest.fail)
    outcome = check(url)
    assert outcome.kind == kind
    assert outcome.problem


def test_a_path_can_not_smuggle_a_header_or_a_second_request(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/").respond_with_data("x")
    for path in ("/%0d%0aX-Bad:%201", "/a b", "/ü?q=ü ü", "/x\r\nX-Bad: 1", "/\x0b\x85", "//evil.example/"):
        check(
            f"http://user:secret@127.0.0.1:{httpserver.port}{path}",
            allow_private=True,
            ports={httpserver.port},
        )
    assert httpserver.log
    for request, _ in httpserver.log:
        assert "X-Bad" not in request.headers
        assert "Authorization" not in request.headers


# --- servers that do not behave ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"\0\xff" * 100,
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 banana\r\n\r\n",
        b"HTTP/1.1 302 Found",
        b"HTTP/1.1 200 " + b"x" * 200_000,
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 50_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000,
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: \xff\xfe\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_nonsense_is_no_proof_of_anything(words: bytes, say: Say) -> None:
    outcome = ask_raw(say(words))
    assert outcome.kind == "unknown"
    assert outcome.problem


@given(words=st.binary(max_size=300) | st.binary(max_size=100).map(b"HTTP/1.1 200 OK\r\n".__add__))
def test_whatever_is_answered_there_is_an_outcome(words: bytes) -> None:
    servers = []

    def connect(*_: object) -> socket.socket:
        ours, theirs = socket.socketpair()
        servers.append(theirs)
        theirs.sendall(words)
        theirs.shutdown(socket.SHUT_WR)
        return ours

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reaching, "_connected", connect)
        patch.setattr(reaching, "_looked_up", lambda *_: [ip_address("8.8.8.8")])
        assert check("http://x.example/").kind in ("fine", "broken", "unknown")
    for server in servers:
        server.close()


@given(url=st.text(max_size=60) | st.text(max_size=40).map("http://{}".format))
def test_whatever_somebody_calls_an_address_is_an_outcome(url: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reaching, "_looked_up", lambda *_: [ip_address("127.0.0.1")])
        assert check(url).kind in ("broken", "unknown")


def test_a_server_that_says_nothing_is_left(say: Say) -> None:
    began = time.monotonic()
    outcome = ask_raw(say(b"%" * 1000), timeout=0.5)
    assert outcome == Outcome("unknown", "There was no answer in time.")
    assert time.monotonic() - began < 10


def test_a_server_that_drips_is_left_however_often_it_says_something(say: Say) -> None:
    began = time.monotonic()
    drip = b"%".join(bytes([letter]) for letter in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50)
    assert ask_raw(say(drip), timeout=0.5).kind == "unknown"
    assert time.monotonic() - began < 10


# --- https ------------------------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for site.example that nobody has signed but itself."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=site"
    )
    subject = ["-addext", "subjectAltName=DNS:site.example", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *subject], check=True, capture_output=True)
    return certificate, key


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[HTTPServer]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    with HTTPServer(ssl_context=context) as server:
        server.expect_request("/").respond_with_data("here")
        yield server


def test_a_certificate_is_held_against_the_name_although_the_address_is_dialled(
    secure: HTTPServer,
    certificate: tuple[Path, Path],
    names: dict[str, list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names["site.example"] = names["other.example"] = ["127.0.0.1"]

    def asked_as(host: str) -> Outcome:
        return check(f"https://{host}:{secure.port}/", allow_private=True, ports={secure.port})

    untrusted = asked_as("site.example")
    assert untrusted.kind == "unknown"
    assert "certificate" in untrusted.problem
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    assert asked_as("site.example") == Outcome("fine", status=200)
    assert "certificate" in asked_as("other.example").problem
