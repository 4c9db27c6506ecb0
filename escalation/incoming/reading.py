"""Reads a mail as it came over the wire: who wrote it, what they wrote themselves, and what they sent along."""

import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from email.utils import parseaddr

from bs4 import BeautifulSoup
from mailparser_reply import EmailReplyParser

LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "pt"]
LONGEST_TEXT = 100_000  # characters that are looked at: no person types more, and a parser has its limits
MOST_FILES = 20

_RE = re.compile(r"^\s*(?:(?:re|aw|wg|fwd?|sv|vs|tr|rv|antw)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,300}>")
_BLOCKS = ["p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote", "pre", "table"]


@dataclass(frozen=True)
class File:
    """Something that was sent along. Its name and type are what the sender says, and nothing is known yet."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """A mail, read. `text` is what its sender wrote, without what they answer to; `headers` are lower case."""

    message_id: str
    sender: str
    name: str
    subject: str
    text: str
    answers: tuple[str, ...]
    files: tuple[File, ...]
    headers: dict[str, str]


def read(raw: bytes) -> Letter:
    """A mail of any kind: whatever is broken in it is left out, and nothing of it raises."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    headers = _headers(message)
    name, sender = parseaddr(headers.get("from", ""))
    subject = " ".join(headers.get("subject", "").split())
    return Letter(
        message_id=_first_id(headers.get("message-id", "")),
        sender=sender.strip().lower(),
        name=name.strip(),
        subject=_RE.sub("", subject),
        text=own_words(_text(message)[:LONGEST_TEXT]),
        answers=_answers(headers),
        files=tuple(_files(message)),
        headers=headers,
    )


def own_words(text: str) -> str:
    """A text without the mail that it answers; all of it, when nothing else would be left."""
    text = text.replace("\r\n", "\n").strip()
    reply = EmailReplyParser(languages=LANGUAGES).parse_reply(text) if text else ""
    return (reply or "").strip() or text


def _headers(message: EmailMessage) -> dict[str, str]:
    """By name, the first of each; those that can't be decoded are left out."""
    found: dict[str, str] = {}
    for name in dict.fromkeys(key.lower() for key in message):
        try:
            found[name] = str(message[name])
        except (ValueError, LookupError, IndexError, AttributeError, TypeError):
            continue  # the parser of the standard library raises these for headers that break its grammar
    return found


def _first_id(value: str) -> str:
    found = _MESSAGE_ID.search(value)
    return found.group() if found else ""


def _answers(headers: dict[str, str]) -> tuple[str, ...]:
    told = f"{headers.get('in-reply-to', '')} {headers.get('references', '')}"
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(told[:20_000])))


def _text(message: EmailMessage) -> str:
    """The plain part, or the HTML part as text."""
    plain = message.get_body(("plain",))
    if plain is not None and (text := _decoded(plain)).strip():
        return text
    html = message.get_body(("html",))
    return _from_html(_decoded(html)) if html is not None else ""


def _decoded(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError, KeyError, ValueError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _from_html(html: str) -> str:
    """Its text, with quoted mail marked as such, so that it is stripped like that of a plain mail."""
    soup = BeautifulSoup(html[: 5 * LONGEST_TEXT], "html.parser")
    for each in soup(["script", "style", "head", "title"]):
        each.decompose()
    for each in soup.select(
        "blockquote, .gmail_quote, #appendonsend ~ *, #divRplyFwdMsg, #divRplyFwdMsg ~ *"
    ):
        each.decompose()
    for each in soup.find_all(_BLOCKS):
        each.append("\n")
    return re.sub(r"\n{3,}", "\n\n", soup.get_text().replace("\xa0", " "))


def _files(message: EmailMessage) -> list[File]:
    found: list[File] = []
    for part in message.walk():
        if part.is_multipart() or len(found) == MOST_FILES:
            continue
        named = part.get_filename()
        if named is None and part.get_content_maintype() in ("text", "multipart", "message"):
            continue
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content:
            found.append(File(named or "", part.get_content_type(), content))
    return found
