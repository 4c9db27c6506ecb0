"""Does a link of an article still lead anywhere? The addresses come from whoever writes, so asking is a risk.

How it is made safe to ask for them stands in kb/reaching.py. Redirects go through the same.
"""

import http.client
import ssl
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin

from kb import reaching
from kb.reaching import USUAL_PORTS, Answer, Target, Unreachable, Visit

Kind = Literal["fine", "broken", "unknown"]

MOST_REDIRECTS = 5
GONE = {404, 410}
# Asking again would be told the same; any other error may be how a server refuses HEAD alone.
NOT_ASKED_TWICE = {401, 407, 429}
SIGNING_IN = {401, 403, 407}
REDIRECTS = {301, 302, 303, 307, 308}
HEADERS = {"User-Agent": "TierZero link check", "Accept": "*/*"}


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
    try:
        return _follow(url, Visit.lasting(timeout, allow_private=allow_private, ports=ports))
    except Unreachable as refusal:
        return Outcome("broken" if refusal.for_good else "unknown", str(refusal))
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


def _follow(url: str, visit: Visit) -> Outcome:
    for _ in range(MOST_REDIRECTS + 1):
        target = Target.of(url, visit)
        answer = _answer(target, visit)
        if answer.status not in REDIRECTS or not answer.location:
            return _judged(answer.status)
        url = urljoin(target.url, answer.location)
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


def _answer(target: Target, visit: Visit) -> Answer:
    """The status and where it sends on to; asked with GET too where a server does not answer HEAD as it should."""
    addresses = reaching.addresses_of(target, visit)
    # Some close the connection instead of answering it.
    with suppress(ConnectionError, http.client.HTTPException):
        answer = reaching.ask("HEAD", target, addresses, visit, headers=HEADERS)
        if answer.status < 400 or answer.status in NOT_ASKED_TWICE:
            return answer
    return reaching.ask("GET", target, addresses, visit, headers=HEADERS)
