"""A mail is read for what its sender wrote, and nothing in it breaks the reading."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.incoming.judging import automatic, is_verified, mails_answered, numbers_named
from escalation.incoming.reading import own_words, read
from tests.escalation.incoming.letters import DESK, letter

OWN = frozenset({DESK})


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("It hums.\n\nOn Mon, 3 Nov 2026 at 10:00, Support <s@x.example> wrote:\n> Off and on?\n", "It hums."),
        ("Still.\n\n-----Original Message-----\nFrom: Support\nSent: Monday\nTo: me\nSubject: x\n\nold", "Still."),
        ("Geht nicht.\n\nAm 3. Nov. 2026 um 10:00 schrieb Support <s@x.example>:\n\n> Alt\n", "Geht nicht."),
        ("Done.\n\nFrom: Support <s@x>\nSent: Monday\nTo: A\nSubject: Re: [TZ-1] x\n\nold", "Done."),
        ("> When?\n\nMonday.\n\n> And where?\n\nLondon.", "> When?\n\nMonday.\n\n> And where?\n\nLondon."),
        ("The log says:\n> error 12\n> error 13\nWhat now?", "The log says:\n> error 12\n> error 13\nWhat now?"),
        ("> only a quote", "> only a quote"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_somebody_answers_to_is_left_out_and_what_they_wrote_is_kept(text: str, own: str) -> None:
    assert own_words(text) == own


def test_a_mail_of_html_alone_is_read_as_text_without_scripts_and_quotes() -> None:
    raw = (
        b"From: Ana <ANA@tierzero.example>\r\nSubject: =?utf-8?q?Re=3A_AW=3A_T=C3=BCr?=\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n"
        b"<style>p{}</style><p>It <b>hums</b>.</p><script>alert(1)</script><p>Loudly.</p>"
        b"<blockquote>Have you tried?</blockquote>"
    )
    found = read(raw)
    assert (found.sender, found.name, found.subject) == ("ana@tierzero.example", "Ana", "Tür")
    assert found.text.split() == ["It", "hums.", "Loudly."]


@pytest.mark.parametrize(
    ("headers", "is_automatic"),
    [
        ({}, False),
        ({"auto_submitted": "no"}, False),
        ({"auto_submitted": "auto-replied; owner-email=x"}, True),
        ({"return_path": "<>"}, True),
        ({"precedence": "bulk"}, True),
        ({"list_id": "<all.tierzero.example>"}, True),
        ({"x_autoreply": "yes"}, True),
        ({"sender": "MAILER-DAEMON@mx.example"}, True),
        ({"sender": DESK}, True),
        ({"sender": "Support <SUPPORT@tierzero.example>"}, True),
        ({"subject": "Automatic reply: Printer"}, True),
        ({"subject": "Out of office until Monday"}, True),
        ({"subject": "Undeliverable: Printer"}, True),
        ({"subject": "Is the office open on Monday?"}, False),
        ({"subject": "How do I set an automatic reply?"}, False),
        ({"subject": "Re: Accepted: how do I undo it"}, True),
    ],
)
def test_what_a_machine_sent_is_told_from_what_a_person_wrote(
    headers: dict[str, str], is_automatic: bool
) -> None:
    assert bool(automatic(read(letter(**headers)), own_addresses=OWN)) is is_automatic


def test_a_mail_names_what_it_answers() -> None:
    found = read(
        letter(
            subject="Re: [TZ-1012] Printer",
            references="<a@b> <mail-7.0123456789abcdef@x>",
            in_reply_to="<c@d>",
        )
    )
    assert numbers_named(found) == [1012]
    assert mails_answered(found) == [7]


@pytest.mark.parametrize(
    ("told", "verified"),
    [
        ("mx.tierzero.example; dmarc=pass header.from=tierzero.example", True),
        ("mx.tierzero.example; spf=pass; dmarc=fail", False),
        ("mx.evil.example; dmarc=pass", False),
        ("", False),
    ],
)
def test_only_the_mail_server_that_we_trust_can_vouch_for_a_sender(told: str, verified: bool) -> None:
    found = read(letter(authentication_results=told))
    assert is_verified(found, authserv="mx.tierzero.example") is verified
    assert is_verified(found, authserv="")


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "ignore")))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_read_without_an_error(raw: bytes) -> None:
    found = read(raw)
    automatic(found, own_addresses=OWN)
    assert "\r" not in found.subject + found.sender


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain; charset=nonsense\r\n\r\nIt hums.",
        b"Content-Type: multipart/mixed\r\n\r\nIt hums.",
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!notbase64",
        b"From: =?utf-8?b?////?= <ana@x>\r\nSubject: =?nonsense?q?x?=\r\n\r\nx",
        b"Message-ID: [bad\r\nReferences: <<>>\r\nContent-Disposition: attachment; filename*=x''%ff\r\n\r\nx",
    ],
)
def test_broken_mails_are_read_for_what_is_left_of_them(raw: bytes) -> None:
    assert read(raw).text is not None
