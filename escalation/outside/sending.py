"""Sending one signed request, and saying what came of it. Never raises, and ends in time."""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from escalation.outside.payloads import Request
from kb import reaching
from kb.reaching import USUAL_PORTS, Target, Unreachable, Visit

CONNECT_WITHIN = 3.0  # seconds
WHOLE_WITHIN = 8.0
ANY_PORT = range(1, 65536)
LONGEST_SAID = 300


@dataclass(frozen=True)
class Outcome:
    """Taken when there is no problem. Without a status, nobody answered."""

    problem: str = ""
    status: int | None = None
    body: bytes = b""

    @property
    def is_taken(self) -> bool:
        return not self.problem


def send(request: Request, *, headers: Mapping[str, str], allow_private: bool) -> Outcome:
    """Send it to where its name leads now. `allow_private` is for systems in one's own network, at any port."""
    ports = ANY_PORT if allow_private else USUAL_PORTS
    visit = Visit.lasting(
        WHOLE_WITHIN, connect_within=CONNECT_WITHIN, allow_private=allow_private, ports=ports
    )
    try:
        target = Target.of(request.url, visit)
        answer = reaching.ask(
            request.method,
            target,
            reaching.addresses_of(target, visit),
            visit,
            headers={
                "User-Agent": "TierZero webhooks",
                "Content-Type": "application/json",
                "Accept": "application/json",
                **headers,
            },
            body=request.body,
            read=True,
        )
    except Unreachable as refusal:
        return Outcome(str(refusal))
    except TimeoutError:
        return Outcome("There was no answer in time.")
    except ssl.SSLError as failure:
        return Outcome(f"Its certificate can't be trusted from here: {failure.reason}.")
    except OSError:
        return Outcome("Nothing answered there.")
    except (http.client.HTTPException, ValueError):
        return Outcome("What answered there made no sense.")
    return _judged(answer)


def _judged(answer: reaching.Answer) -> Outcome:
    if 200 <= answer.status < 300:
        return Outcome(status=answer.status, body=answer.body)
    if 300 <= answer.status < 400:
        return Outcome("It sends on to another address, which is not followed.", answer.status)
    said = " ".join(answer.body.decode("utf-8", "replace").split())[:LONGEST_SAID]
    return Outcome(f"It answered with an error ({answer.status}): {said}".rstrip(": "), answer.status)
