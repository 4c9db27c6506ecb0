"""Whatever the model's server does, the caller has the text or hears that it failed, in time."""

import time
from collections.abc import Callable
from itertools import repeat

import pytest

from search.llm import client
from search.llm.client import Failed, Limits, Server, stream
from tests.search.llm.conftest import KEY
from tests.search.llm.server import Behaviour, Handler, ScriptedServer, saying, sending

SHORT = Limits(first_seconds=0.3, seconds=0.6, tokens=50)
LONG = Limits(first_seconds=5, seconds=5, tokens=50)
# Far above what the limits allow, far below what a server that is never left would take.
SOON = 4.0
ASKED: list[client.Message] = [{"role": "user", "content": "Hello"}]


def silent(handler: Handler) -> None:
    """Accepts, and never answers."""
    handler.server.over.wait(20)


def silent_after_headers(handler: Handler) -> None:
    handler.begin()
    handler.server.over.wait(20)


def silent_half_way(handler: Handler) -> None:
    handler.begin()
    handler.piece("Restart the ")
    handler.server.over.wait(20)


def endless(handler: Handler) -> None:
    handler.begin()
    while not handler.server.over.is_set():
        handler.piece("again and again ")


def dripping(handler: Handler) -> None:
    """A byte now and then, which never makes a line: each read succeeds, and nothing ever comes."""
    handler.begin()
    while not handler.server.over.wait(0.05):
        handler.raw(b":")


def dripping_headers(handler: Handler) -> None:
    """A byte of the headers now and then, and never their end."""
    handler.raw(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.over.wait(0.05):
        handler.raw(b"y")


def cut(handler: Handler) -> None:
    handler.begin()
    handler.piece("Restart the laptop. [1]\n")


def cut_in_an_event(handler: Handler) -> None:
    handler.begin()
    handler.raw(b'data: {"choices": [{"delta": {"con')


def elsewhere(handler: Handler) -> None:
    handler.begin(307, Location=f"{handler.server.base_url}/elsewhere")


def compressed(handler: Handler) -> None:
    handler.begin(Content_Encoding="gzip")
    handler.raw(b"\x1f\x8b" + b"\0" * 100)


def keeping_alive(handler: Handler) -> None:
    """Comments that servers send so that nobody gives up: whole lines, and never a word."""
    handler.begin()
    while not handler.server.over.wait(0.02):
        handler.raw(b": still here\n\n")


BROKEN: dict[str, Behaviour] = {
    "wrong key": sending(b'{"error": "no such key"}', "application/json", 401),
    "too many": sending(b"{}", "application/json", 429),
    "broken": sending(b"oops", "text/plain", 500),
    "no such model": sending(b'{"error": {"message": "model not found"}}', "application/json", 404),
    "not a stream": sending(b'{"choices": [{"message": {"content": "Hi"}}]}', "application/json"),
    "a page": sending(b"<html>Sign in</html>", "text/html"),
    "invalid JSON": sending(b"data: {nonsense\n\n"),
    "not an object": sending(b"data: [1, 2]\n\n"),
    "odd choices": sending(b'data: {"choices": [7]}\n\n'),
    "odd delta": sending(b'data: {"choices": [{"delta": "x"}]}\n\n'),
    "an error in the stream": sending(b'data: {"error": {"message": "out of memory"}}\n\n'),
    "nothing": sending(b""),
    "cut": cut,
    "cut in an event": cut_in_an_event,
    "a huge line": sending(repeat(b"x" * 10_000, 100)),
    "huge events": sending(repeat(b'data: {"choices": []}\n' * 500, 200)),
    "a redirect": elsewhere,
    "compressed": compressed,
}
SLOW = {
    "silent": silent,
    "silent after headers": silent_after_headers,
    "dripping": dripping,
    "dripping headers": dripping_headers,
    "keeping alive": keeping_alive,
}


def told(server: Server, limits: Limits) -> str:
    return "".join(stream(server, ASKED, limits))


def test_a_text_comes_in_pieces_as_the_server_sends_them(model: ScriptedServer, server: Server) -> None:
    model.behaviour = saying("Restart ", "the laptop.")
    assert list(stream(server, ASKED, LONG)) == ["Restart ", "the laptop."]


def test_the_first_piece_is_here_before_the_last_is_sent(model: ScriptedServer, server: Server) -> None:
    model.behaviour = silent_half_way
    assert next(stream(server, ASKED, LONG)) == "Restart the "


def test_the_request_is_one_that_any_server_understands(model: ScriptedServer, server: Server) -> None:
    told(server, LONG)
    (request,) = model.received
    assert request["path"] == "/v1/chat/completions"
    assert request["headers"]["Authorization"] == f"Bearer {KEY}"
    assert request["body"] == {
        "model": "scripted", "messages": ASKED, "max_tokens": 50, "temperature": 0, "stream": True,
    }  # fmt: skip


def test_an_event_that_only_counts_tokens_says_nothing(model: ScriptedServer, server: Server) -> None:
    model.behaviour = sending(
        b'data: {"choices": [], "usage": {"total_tokens": 7}}\r\n\r\ndata: [DONE]\r\n\r\n'
    )
    assert told(server, LONG) == ""


def test_a_server_that_ends_with_a_reason_instead_of_done_has_ended(
    model: ScriptedServer, server: Server
) -> None:
    model.behaviour = sending(
        b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\n\n'
    )
    assert told(server, LONG) == "Hi"


@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN)
def test_what_is_broken_fails_at_once(behaviour: Behaviour, model: ScriptedServer, server: Server) -> None:
    model.behaviour = behaviour
    started = time.monotonic()
    with pytest.raises(Failed):
        told(server, Limits(60, 60, 50))
    assert time.monotonic() - started < 30  # it was not the deadline


@pytest.mark.parametrize("behaviour", SLOW.values(), ids=SLOW)
def test_what_is_too_slow_to_begin_fails_at_the_first_limit(
    behaviour: Behaviour, model: ScriptedServer, server: Server
) -> None:
    model.behaviour = behaviour
    started = time.monotonic()
    with pytest.raises(Failed, match="took too long"):
        told(server, Limits(first_seconds=0.3, seconds=60, tokens=50))
    assert time.monotonic() - started < SOON


@pytest.mark.parametrize("behaviour", [endless, silent_half_way])
def test_what_never_ends_fails_at_the_second_limit(
    behaviour: Behaviour, model: ScriptedServer, server: Server
) -> None:
    model.behaviour = behaviour
    started = time.monotonic()
    with pytest.raises(Failed):
        told(server, SHORT)
    assert time.monotonic() - started < SOON


def test_nobody_listening_fails_at_once() -> None:
    with pytest.raises(Failed, match="ConnectError"):
        told(Server("http://127.0.0.1:9/v1", "x"), LONG)


def test_an_address_that_is_none_fails() -> None:
    with pytest.raises(Failed):
        told(Server("http://[nowhere/v1", "x"), LONG)


def test_a_redirect_is_not_followed_and_takes_no_key_along(model: ScriptedServer, server: Server) -> None:
    model.behaviour = elsewhere
    with pytest.raises(Failed, match="answered 307"):
        told(server, LONG)
    assert len(model.received) == 1


def test_neither_the_key_nor_what_was_sent_stands_in_what_is_told_of_a_failure(
    model: ScriptedServer, server: Server
) -> None:
    model.behaviour = sending(b'{"error": "no such key: sk-not-to-be-told"}', "application/json", 401)
    with pytest.raises(Failed) as failed:
        told(server, LONG)
    assert KEY not in f"{failed.value!r} {server!r}"


def test_of_many_at_once_those_past_the_limit_fail_at_once_and_places_come_free(
    model: ScriptedServer, server: Server, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    model.behaviour = silent_half_way
    under_way = [stream(server, ASKED, LONG) for _ in range(client.MOST_AT_ONCE)]
    for each in under_way:
        next(each)
    with pytest.raises(Failed, match="too many"):
        told(server, LONG)
    model.behaviour = saying("Hi")
    model.over.set()
    for each in under_way:
        each.close()
    eventually(lambda: _free() == client.MOST_AT_ONCE)
    assert told(server, LONG) == "Hi"


@pytest.mark.parametrize("behaviour", [keeping_alive, dripping, dripping_headers, endless])
def test_a_server_that_never_comes_to_a_word_holds_no_place_once_its_time_is_up(
    behaviour: Behaviour,
    model: ScriptedServer,
    server: Server,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    model.behaviour = behaviour
    for _ in range(client.MOST_AT_ONCE):
        with pytest.raises(Failed):
            told(server, SHORT)
    eventually(lambda: _free() == client.MOST_AT_ONCE)  # while the server still sends
    model.behaviour = saying("Hi")
    assert told(server, LONG) == "Hi"


def _free() -> int:
    return client._places._value


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    def wait(is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + 20
        while not is_so():
            assert time.monotonic() < until
            time.sleep(0.02)

    return wait
