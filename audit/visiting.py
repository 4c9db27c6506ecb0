"""Going through the site as somebody would, in transactions that are rolled back: nothing that is done here stays.

Between two of them a site on SQLite gets its turn to write.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpResponseBase
from django.test.client import Client, ClientHandler
from django.urls import Resolver404, resolve, reverse
from django.utils.html import escape
from rest_framework.throttling import SimpleRateThrottle

from accounts.models import User
from accounts.roles import Role
from audit.addresses import Address, addresses_in
from audit.standing import Reader

# The write lock of SQLite is held for about as long as this, then let go for a moment.
STRETCH_SECONDS = 0.5
PAUSE_SECONDS = 0.12
MOST_BYTES = 20_000_000
MOST_HOPS = 3
BACKEND = "django.contrib.auth.backends.ModelBackend"
QUIET_HEADERS = {"Content-Length", "Set-Cookie", "Content-Security-Policy", "X-Request-Id"}

# What differs from one answer to the next and tells nothing.
_FLEETING = re.compile(
    r'(?:name="(?:csrfmiddlewaretoken|key|draft)"|csrf[-_]?token"?\s*[:=])[^>]*|"draft":\s*"[^"]*"'
    r'|hx-headers=(?:"[^"]*"|\'[^\']*\')',
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Probe:
    """Who goes: somebody made for it, in some groups and a role, or a person of this site, by number."""

    reader: Reader
    role: Role | None = None
    groups: tuple[int, ...] = ()
    viewing_as: str = ""
    signed_in: bool = True


@dataclass(frozen=True)
class Seen:
    """Something that was shown to somebody."""

    surface: str
    where: str
    text: str
    status: int = 200
    said: tuple[str, ...] = ()
    sent: frozenset[Address] = frozenset()
    revisions: frozenset[int] = frozenset()
    as_of: datetime | None = None


@dataclass
class Visitor:
    """Somebody who is signed in, and notes what they see."""

    reader: Reader
    client: Client
    on_seen: Callable[[Seen], None]
    on_unlike: Callable[[Seen, str], None]
    _user: User | None = None
    # The API answers a program, which looks at nothing as somebody else does.
    but_not: str = ""
    visited: set[str] = field(default_factory=set)
    # Former texts that a ticket may show to them: what they were meant for when it was sent.
    knows: frozenset[int] = frozenset()
    # Words that they have typed before on this errand, and may see again.
    says: tuple[str, ...] = ()
    # Whether a script asks, for a part of a page.
    asks_for_parts: bool = False

    @property
    def user(self) -> User:
        """Who it is on the site; LookupError for somebody who is not signed in."""
        if self._user is None:
            raise LookupError("Nobody is signed in.")
        return self._user

    def sign_in(self, user: User) -> None:
        self._user = user
        self.client.force_login(user, backend=BACKEND)

    def get(self, address: str, **query: Any) -> Seen:
        """Open a page, and what it leads on to."""
        return self._go("get", address, {}, query)

    @contextmanager
    def asking_for_parts(self) -> Iterator[None]:
        """Within it, ask as the pages' own script does."""
        self.asks_for_parts = True
        try:
            yield
        finally:
            self.asks_for_parts = False

    def post(self, address: str, data: Mapping[str, Any] | None = None, *, json: bool = False) -> Seen:
        """Send a form, and open what that leads on to."""
        return self._go("post", address, data or {}, {}, json=json)

    def compare(
        self, method: str, name: str, hidden: list[Any], unknown: list[Any], data: Any = None
    ) -> None:
        """Something hidden must be met exactly as something that does not exist."""
        self.compare_addresses(method, reverse(name, args=hidden), reverse(name, args=unknown), data)

    def compare_addresses(self, method: str, hidden: str, unknown: str, data: Any = None) -> None:
        one, other = (self._once(method, address, data or {}) for address in (hidden, unknown))
        if one.status != other.status:
            self.unlike(one, f"answers {one.status}, and {other.status} for what does not exist")
        elif _alike(one.text, hidden, unknown) != _alike(other.text, hidden, unknown):
            self.unlike(one, "is not the page of something that does not exist")

    def unlike(self, seen: Seen, found: str) -> None:
        """Report that the answer itself gives something away."""
        if self._is_judged(seen):
            self.on_unlike(seen, found)

    def _is_judged(self, seen: Seen) -> bool:
        return not (self.but_not and seen.surface.startswith(self.but_not))

    def _go(
        self, method: str, address: str, data: Mapping[str, Any], query: Mapping[str, Any], json: bool = False
    ) -> Seen:
        full = f"{address}?{urlencode(query, doseq=True)}" if query else address
        seen = self._once(method, full, data, json=json)
        for _ in range(MOST_HOPS):
            target = _location(seen)
            if not target:
                break
            said, sent = seen.said, seen.sent
            seen = self._once("get", target, {}, said=said, sent=sent)
        return seen

    def _once(
        self,
        method: str,
        address: str,
        data: Mapping[str, Any],
        *,
        json: bool = False,
        said: tuple[str, ...] = (),
        sent: frozenset[Address] = frozenset(),
    ) -> Seen:
        options: dict[str, Any] = {"secure": settings.SECURE_SSL_REDIRECT}
        if self.asks_for_parts:
            options["headers"] = {"HX-Request": "true"}
        if json:
            options["content_type"] = "application/json"
        response = getattr(self.client, method)(address, dict(data), **options)
        typed = [str(value) for value in data.values()]
        sent = sent | set(addresses_in("\n".join((address, *typed, *_as_addresses(data)))))
        seen = Seen(
            surface=name_of(address),
            where=f"{method.upper()} {address[:160]}",
            text=_text(response),
            status=response.status_code,
            said=(*said, *typed, *_slugs(address), *self.says),
            sent=sent,
            revisions=self.knows,
        )
        self.visited.add(seen.surface)
        if self._is_judged(seen):
            self.on_seen(seen)
        return seen


Errand = Callable[[Visitor], None]


def run(
    probe: Probe,
    errands: Iterable[Errand],
    *,
    on_seen: Callable[[Seen], None],
    on_unlike: Callable[[Seen, str], None],
    on_done: Callable[[], object] = lambda: None,
) -> set[str]:
    """Do all errands of one probe, some in each transaction; returns the names of the addresses that it went to."""
    visited: set[str] = set()
    waiting = iter(errands)
    # One for all transactions: to set up the middleware takes as long as several pages.
    handler = ClientHandler(enforce_csrf_checks=False)
    following = next(waiting, None)
    with unthrottled():
        while following is not None:
            with rolled_back():
                visitor = _arrive(probe, handler, on_seen, on_unlike)
                started = time.monotonic()
                while following is not None and time.monotonic() - started < STRETCH_SECONDS:
                    with rolled_back():
                        following(visitor)
                    on_done()
                    following = next(waiting, None)
                visited |= visitor.visited
            time.sleep(PAUSE_SECONDS if following else 0)
    return visited


@contextmanager
def rolled_back() -> Iterator[None]:
    """Whatever is written inside is undone, and nothing is queued or sent."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def unthrottled() -> Iterator[None]:
    """In this process alone, people may ask as often as they like."""
    rates = SimpleRateThrottle.THROTTLE_RATES
    SimpleRateThrottle.THROTTLE_RATES = dict.fromkeys(rates)
    try:
        yield
    finally:
        SimpleRateThrottle.THROTTLE_RATES = rates


def name_of(address: str) -> str:
    """The name of the address in the table of addresses, as the registry knows it."""
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return "404.html"
    return match.view_name or match.route


def alike(text: str) -> str:
    """What was shown, without what differs from one answer to the next."""
    return _FLEETING.sub("", text)


def _alike(text: str, *addresses: str) -> str:
    """Without the addresses that were asked for, without their numbers where an address has them, nor their queries."""
    split = [urlsplit(address) for address in addresses]
    for parts in split:
        text = text.replace(parts.path, "…")
    for parts in split:
        for part in filter(None, parts.path.split("/")):
            text = re.sub(rf"(?<=/){re.escape(part)}(?!\w)", "…", text)
        for name, value in parse_qsl(parts.query):
            for said in (escape(value), quote(value), quote_plus(value)):
                text = re.sub(rf"(?:{re.escape(name)}=|value=\"){re.escape(said)}(?!\w)", "…", text)
    return alike(text)


def _arrive(
    probe: Probe,
    handler: ClientHandler,
    on_seen: Callable[[Seen], None],
    on_unlike: Callable[[Seen, str], None],
) -> Visitor:
    client = Client(raise_request_exception=False, headers={"host": _host()})
    client.handler = handler
    visitor = Visitor(probe.reader, client, on_seen, on_unlike)
    if not probe.signed_in:
        return visitor
    user = _made(probe) if probe.reader.pk is None else User.objects.get(pk=probe.reader.pk)
    visitor.sign_in(user)
    if probe.viewing_as:
        visitor.post(reverse("kb:view_as"), {"audience": probe.viewing_as})
        visitor.but_not = "api-"
    return visitor


def _made(probe: Probe) -> User:
    """A person who exists for one transaction."""
    user = User.objects.create(username=f"audit-{time.monotonic_ns()}", first_name="Probe", email="")
    role = Group.objects.filter(name=probe.role.value) if probe.role else Group.objects.none()
    user.groups.set([*role, *Group.objects.filter(pk__in=probe.groups)])
    return user


def _host() -> str:
    """A name under which the site answers."""
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return named[0] if named else "localhost"


def _text(response: HttpResponseBase) -> str:
    headers = [f"{name}: {value}" for name, value in response.items() if name not in QUIET_HEADERS]
    body = b"".join(response) if response.streaming else getattr(response, "content", b"")
    return "\n".join((*headers, _decoded(body, response.get("Content-Type", ""))))


def _decoded(body: bytes, media_type: str) -> str:
    if media_type.startswith("application/zip"):
        from audit.archives import words_of_zip

        return words_of_zip(body)
    if media_type.startswith(("image/", "font/")):
        return ""
    return body[:MOST_BYTES].decode("utf-8", "replace")


def _location(seen: Seen) -> str:
    """Where a redirect leads, if that is on this site."""
    match = re.search(r"^Location: (\S+)", seen.text, re.MULTILINE)
    if seen.status not in (301, 302, 303, 307, 308) or not match:
        return ""
    target = urlsplit(match[1])
    if target.netloc and target.hostname != _host().split(":")[0]:
        return ""
    return f"{target.path}?{target.query}" if target.query else target.path


def _as_addresses(data: Mapping[str, Any]) -> list[str]:
    """Numbers that were sent as fields, as an address would name them."""
    return [f"{name}={value}" for name, value in data.items()]


def _slugs(address: str) -> list[str]:
    """What the path itself says: a page that repeats its own address tells its reader nothing."""
    parts = urlsplit(address)
    slugs = [part for part in parts.path.split("/") if len(part.split("-")) > 1]
    return [*slugs, *(value for _, value in parse_qsl(parts.query))]
