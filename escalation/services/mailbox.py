"""Fetching mail from a mailbox (IMAP). A mail is kept here before the mailbox is told that it was seen."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from imapclient import SEEN, IMAPClient

from escalation.services.incoming import MOST_BYTES, TooLarge, take_in

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
TIMEOUT = 20  # seconds


def fetch_mail(url: str, *, on_mail: Callable[[], object] = lambda: None) -> int:
    """Take in what is not seen yet in the mailbox imap[s]://user:password@host[:port]/folder; returns how many mails.

    OSError or imapclient's IMAPClientError when the server is not there or refuses: nothing is lost, the next run goes
    on. imap+starttls:// asks for encryption on the plain port.
    """
    count = 0
    with _opened(url) as server:
        unseen = server.search(["UNSEEN"])[:MOST_AT_ONCE]
        sizes = server.fetch(unseen, ["RFC822.SIZE"]) if unseen else {}
        for uid in unseen:
            count += _take(server, uid, sizes.get(uid, {}).get(b"RFC822.SIZE", 0))
            on_mail()
    return count


def _take(server: IMAPClient, uid: int, size: int) -> bool:
    if size > MOST_BYTES:
        # It stays in the mailbox, flagged for whoever looks there.
        logger.warning("A mail of %s bytes is too large to be taken in; it is flagged in the mailbox", size)
        server.add_flags([uid], [SEEN, b"\\Flagged"])
        return False
    # PEEK: it counts as seen only once it is kept here.
    raw = server.fetch([uid], ["BODY.PEEK[]"]).get(uid, {}).get(b"BODY[]")
    if raw is None:
        return False  # somebody moved it meanwhile
    try:
        take_in(raw)
    except TooLarge:
        server.add_flags([uid], [b"\\Flagged"])
    server.add_flags([uid], [SEEN])
    return True


@contextmanager
def _opened(url: str) -> Iterator[IMAPClient]:
    where = urlsplit(url)
    server = IMAPClient(
        where.hostname or "", port=where.port, ssl=where.scheme == "imaps", timeout=TIMEOUT, use_uid=True
    )
    try:
        if where.scheme == "imap+starttls":
            server.starttls()
        server.login(unquote(where.username or ""), unquote(where.password or ""))
        server.select_folder(unquote(where.path.strip("/")) or "INBOX")
        yield server
    finally:
        try:
            server.logout()
        except (OSError, IMAPClient.Error):
            logger.info("The mailbox was gone before we could say goodbye")
