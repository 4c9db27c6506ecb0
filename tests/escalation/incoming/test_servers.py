"""Mail from real servers: a mailbox of Dovecot, and mail that a server forwards by SMTP."""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError
from imapclient.exceptions import IMAPClientError
from pytest_django import Settings

from accounts.models import User
from escalation.management.commands.receive_mail import controller
from escalation.models import IncomingMail, Ticket
from escalation.services import incoming, mailbox
from escalation.tasks import fetch_mail
from tests.escalation.incoming.letters import DESK, letter
from tests.factories import UserFactory

DOVECOT = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
PASSWORD = "a:b/c@d"
needs_dovecot = pytest.mark.skipif(
    DOVECOT is None and "REQUIRE_BROWSER" not in os.environ, reason="Dovecot is not installed (dovecot-imapd)"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def mailbox_url() -> Iterator[str]:
    """A mailbox on a loopback port, of a Dovecot that is started for it."""
    assert DOVECOT, "Install dovecot-imapd"
    port = free_port()
    # Root may own no mailbox, and the user that the package made has to come in here.
    owner = getpass.getuser() if os.getuid() else "dovecot"
    account = pwd.getpwnam(owner)
    folder = Path(tempfile.mkdtemp(prefix="mailbox-"))
    folder.chmod(0o755)
    (folder / "mail").mkdir()
    os.chown(folder / "mail", account.pw_uid, account.pw_gid)
    config = folder / "dovecot.conf"
    config.write_text(f"""
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
ssl = no
disable_plaintext_auth = no
{_as_one_user() if os.getuid() else ""}
first_valid_uid = 0
first_valid_gid = 0
mail_location = maildir:{folder}/mail
auth_failure_delay = 0
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={account.pw_uid} gid={account.pw_gid} home={folder}/mail
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
""")
    process = subprocess.Popen([DOVECOT, "-F", "-c", str(config)])
    try:
        _wait_for(port, folder / "log")
        yield f"imap://desk:a%3Ab%2Fc%40d@127.0.0.1:{port}/INBOX"
    finally:
        process.terminate()
        process.wait(timeout=10)
        shutil.rmtree(folder)


def _as_one_user() -> str:
    """Root starts each process as a user that the package made; anybody else can start them as themselves alone."""
    return f"""
default_internal_user = {getpass.getuser()}
default_internal_group = {grp.getgrgid(os.getgid()).gr_name}
default_login_user = {getpass.getuser()}
service imap-login {{
  chroot =
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def _wait_for(port: int, log: Path) -> None:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        try:
            imaplib.IMAP4("127.0.0.1", port, timeout=2).logout()
        except (OSError, imaplib.IMAP4.error):
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"Dovecot did not come up:\n{log.read_text() if log.exists() else ''}")


def put(url: str, *raws: bytes) -> None:
    """Put mails into the mailbox, as a mail server would."""
    port = int(url.rpartition(":")[2].partition("/")[0])
    with imaplib.IMAP4("127.0.0.1", port, timeout=5) as server:
        server.login("desk", PASSWORD)
        for raw in raws:
            assert server.append("INBOX", "", imaplib.Time2Internaldate(time.time()), raw)[0] == "OK"


def flags(url: str) -> list[str]:
    port = int(url.rpartition(":")[2].partition("/")[0])
    with imaplib.IMAP4("127.0.0.1", port, timeout=5) as server:
        server.login("desk", PASSWORD)
        server.select("INBOX", readonly=True)
        return [str(line) for line in server.fetch("1:*", "(FLAGS)")[1]]


@pytest.fixture
def ana() -> User:
    return UserFactory(email="ana@tierzero.example")


@needs_dovecot
@pytest.mark.django_db
class TestMailbox:
    def test_what_is_in_the_mailbox_becomes_tickets_once(
        self, mailbox_url: str, ana: User, settings: Settings
    ) -> None:
        settings.MAIL_IN_URL = mailbox_url
        put(
            mailbox_url,
            letter("It hums.", subject="Printer"),
            letter("x", sender=DESK),
            letter("", subject="Only this"),
        )
        fetch_mail()
        assert sorted(Ticket.objects.values_list("subject", flat=True)) == ["Only this", "Printer"]
        assert all("Seen" in each for each in flags(mailbox_url))
        fetch_mail()
        assert IncomingMail.objects.count() == 3
        assert Ticket.objects.count() == 2

    def test_what_could_not_be_kept_stays_unseen_and_comes_with_the_next_run(
        self, mailbox_url: str, ana: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(mailbox_url, letter("It hums."))

        def breaks(raw: bytes) -> None:
            raise DatabaseError

        with monkeypatch.context() as broken:
            broken.setattr(mailbox, "take_in", breaks)
            with pytest.raises(DatabaseError):
                mailbox.fetch_mail(mailbox_url)
        assert not any("Seen" in each for each in flags(mailbox_url))
        assert mailbox.fetch_mail(mailbox_url) == 1

    def test_a_mail_that_is_too_large_is_flagged_and_left(
        self, mailbox_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mailbox, "MOST_BYTES", 2000)
        put(mailbox_url, letter("x " * 2000), letter("It hums."))
        assert mailbox.fetch_mail(mailbox_url) == 1
        assert sum("Flagged" in each for each in flags(mailbox_url)) == 1

    def test_a_wrong_password_is_said_and_nothing_is_lost(self, mailbox_url: str) -> None:
        with pytest.raises(IMAPClientError):
            mailbox.fetch_mail(mailbox_url.replace("a%3A", "x"))


@pytest.mark.django_db
def test_a_mailbox_that_is_not_there_is_tried_again_by_the_next_run(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.MAIL_IN_URL = f"imap://desk:x@127.0.0.1:{free_port()}/INBOX"
    fetch_mail()
    assert "The mailbox can't be read" in caplog.text


@pytest.mark.django_db(transaction=True)
class TestForwarded:
    @pytest.fixture
    def port(self) -> Iterator[int]:
        listener = controller("127.0.0.1", free_port())
        listener.start()
        yield listener.port
        listener.stop()

    def send(self, port: int, raw: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
            server.sendmail("ana@tierzero.example", [DESK], raw)

    def test_what_a_mail_server_forwards_is_kept_before_it_is_told_so(self, port: int, ana: User) -> None:
        self.send(port, letter("It hums."))
        assert IncomingMail.objects.count() == 1
        incoming.settle_waiting()
        assert Ticket.objects.get().description == "It hums."

    def test_what_can_not_be_kept_stays_with_the_mail_server(
        self, port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def breaks(raw: bytes) -> None:
            raise DatabaseError

        monkeypatch.setattr(incoming, "take_in", breaks)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            self.send(port, letter())
        assert refused.value.smtp_code == 451
