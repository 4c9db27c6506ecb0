"""manage.py receive_mail: mail from a mailbox, from a pipe, or from a mail server that forwards it."""

import sys
import time
from argparse import ArgumentParser
from typing import Any

from aiosmtpd.controller import Controller
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections
from imapclient.exceptions import IMAPClientError
from tqdm import tqdm

from escalation.services import incoming, mailbox
from escalation.services.incoming import MOST_BYTES, TooLarge


class Command(BaseCommand):
    help = (
        "Take in mail: one on standard input (for a mail server's pipe), those of the mailbox of MAIL_IN_URL (--poll), "
        "or those that a mail server forwards by SMTP (--listen HOST:PORT; let nobody else reach that port)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--poll", action="store_true", help="ask the mailbox once")
        way.add_argument("--listen", metavar="HOST:PORT", help="take mail by SMTP until it is stopped")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["listen"]:
            self._listen(options["listen"])
        elif options["poll"]:
            self._poll()
        else:
            self._pipe(sys.stdin.buffer.read(MOST_BYTES + 1))

    def _pipe(self, raw: bytes) -> None:
        """One mail. A mail server tries again later when this fails."""
        if not raw.strip():
            raise CommandError("There was no mail on standard input.")
        try:
            mail = incoming.take_in(raw)
        except TooLarge as why:
            raise CommandError(str(why)) from why
        incoming.settle(mail_id=mail.pk)
        mail.refresh_from_db()
        self.stdout.write(f"{mail.get_state_display()}. {mail.why or mail.ticket or ''}".strip())

    def _poll(self) -> None:
        if not settings.MAIL_IN_URL:
            raise CommandError("Set MAIL_IN_URL, such as imaps://user:password@mail.example/INBOX.")
        try:
            with tqdm(unit="mail", desc="Fetching", file=self.stderr, disable=None) as bar:
                count = mailbox.fetch_mail(settings.MAIL_IN_URL, on_mail=bar.update)
        except (OSError, IMAPClientError) as failure:
            raise CommandError(f"The mailbox can't be read: {failure}") from failure
        settled = incoming.settle_waiting()
        self.stdout.write(f"{count} fetched, {settled} looked at")

    def _listen(self, where: str) -> None:
        host, _, port = where.rpartition(":")
        if not host or not port.isdecimal():
            raise CommandError(f"{where} is no HOST:PORT, such as 127.0.0.1:2525.")
        listener = controller(host, int(port))
        try:
            listener.start()
        except OSError as failure:
            raise CommandError(f"Can't listen on {where}: {failure}") from failure
        self.stdout.write(f"Taking mail on {where}. Ctrl-C stops it.")
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            listener.stop()


class _Handler:
    """What is answered with 250 is kept. Whatever fails here, the server that sent it keeps it and tries again."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        content: bytes = envelope.original_content or b""
        return await sync_to_async(_kept, thread_sensitive=False)(content)


def _kept(content: bytes) -> str:
    close_old_connections()
    try:
        incoming.take_in(content)
    except TooLarge as why:
        return f"552 {why}"
    except DatabaseError:
        return "451 It can't be kept at the moment. Please try again later."
    finally:
        close_old_connections()
    return "250 Kept"


def controller(host: str, port: int) -> Controller:
    """A small SMTP server that takes mail for the desk, to be started and stopped."""
    return Controller(_Handler(), hostname=host, port=port, data_size_limit=MOST_BYTES)
