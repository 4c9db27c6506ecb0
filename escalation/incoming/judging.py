"""Whether a person wrote a mail, and to which ticket it belongs.

Answering a machine makes two machines write to each other for ever: RFC 3834 (automatic responses) and RFC 5321 (the
empty sender of a bounce) say how to tell; the rest are what widely used mailers set.
"""

import re

from escalation.incoming.reading import Letter

_MACHINES = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?[+@-]|listserv|majordomo)", re.IGNORECASE
)
_AWAY = re.compile(
    r"^(?:auto(?:matic)?[- ]?(?:reply|response|antwort)|out of (?:the )?office|abwesenheit|abwesend|absence|"
    r"réponse automatique|respuesta automática|undeliver(?:able|ed)|delivery (?:status|failure)|mail delivery failed|"
    r"returned mail|read:|gelesen:|accepted:|declined:|tentative:)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\[TZ-(\d{4,12})\]")
_OURS = re.compile(r"^<mail-(\d{1,15})\.[0-9a-f]{16}@")


def automatic(letter: Letter, *, own_addresses: frozenset[str]) -> str:
    """Why nobody wrote it, in words for whoever looks after the mailbox; empty for a person's mail."""
    headers = letter.headers
    if letter.sender in own_addresses:
        return "It comes from our own address: to answer it would go round for ever."
    if headers.get("auto-submitted", "no").split(";")[0].strip().lower() != "no":
        return "It says itself that it was sent automatically."
    if headers.get("return-path", "").strip() == "<>" or not letter.sender:
        return "It has no sender, as reports of undelivered mail have."
    if headers.get("precedence", "").strip().lower() in ("bulk", "list", "junk", "auto_reply"):
        return "It was sent to many."
    if any(
        name in headers for name in ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "x-loop")
    ):
        return "It comes from a list or an automatic reply."
    if headers.get("content-type", "").lower().startswith(("multipart/report", "text/calendar")):
        return "It is a report or an invitation."
    if _MACHINES.match(letter.sender) or _AWAY.match(letter.subject):
        return "It reads as an automatic reply."
    return ""


def numbers_named(letter: Letter) -> list[int]:
    """The numbers of tickets in its subject, such as 1012 of [TZ-1012]."""
    return [int(number) for number in _NUMBER.findall(letter.subject)]


def mails_answered(letter: Letter) -> list[int]:
    """Which of the mails that we sent it answers, by the ids that accounts.outbox gives them."""
    return [int(found.group(1)) for each in letter.answers if (found := _OURS.match(each))]


def without_number(subject: str) -> str:
    """The subject as somebody wrote it."""
    return " ".join(_NUMBER.sub("", subject).split())


def is_verified(letter: Letter, *, authserv: str) -> bool:
    """Whether the mail server that we trust says that the sender is who it seems (RFC 8601, dmarc=pass).

    Without a name of such a server nobody checks, and every mail counts as verified: then the server in front has to.
    """
    if not authserv:
        return True
    told = letter.headers.get("authentication-results", "")
    server, _, results = told.partition(";")
    return server.split()[:1] == [authserv] and bool(
        re.search(r"\bdmarc\s*=\s*pass\b", results, re.IGNORECASE)
    )
