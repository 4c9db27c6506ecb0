"""What should not be in an article is found; what articles are full of is let pass. Every value here is made up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.sensitive import MAX_FOUND, find_sensitive

PIECES = st.sampled_from(
    ["a@b.example", "anna.berg@acme.io", "+44 7911 123456", "password: ", "Tr0ub4dor", "\n", "\r\n", " ", "4539 1488",
     "https://a:b1c2d3@c.io", "GB82 WEST", "-----BEGIN PRIVATE KEY-----", "eyJ", ".", "sk-", "078-05-1120", "\ud800"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=200))

FOUND = {
    "a colleague's address": ("email", "Ask anna.berg@acme.io for it.", "anna.berg@acme.io"),
    "an address in a link": ("email", "[Anna](mailto:anna.berg@acme.io)", "anna.berg@acme.io"),
    "a mobile number": ("phone", "Ring Anna on 07911 123456.", "07911 123456"),
    "a number with a country code": ("phone", "Ring Anna: +49 30 12345678", "+49 30 12345678"),
    "a bank account": ("bank", "Pay to GB94 BARC 1020 1530 0934 59 please.", "GB94 BARC 1020 1530 0934 59"),
    "a payment card": ("card", "He typed 4539 1488 0343 6467.", "4539 1488 0343 6467"),
    "a National Insurance number": ("identity", "His number is AB 12 34 56 C.", "AB 12 34 56 C"),
    "an NHS number": ("identity", "NHS number: 943 476 5919", "943 476 5919"),
    "a social security number": ("identity", "SSN 536-90-4399", "536-90-4399"),
    "a password": ("secret", "The password is Winter2026!", "Winter2026!"),
    "a password in a table": ("secret", "| Password: `kestrel77` | wifi |", "kestrel77"),
    "a password that begins like a joke": ("secret", "password: hunter2horse9", "hunter2horse9"),
    "a password with a word for an example in it": ("secret", "password: MySample7owl", "MySample7owl"),
    "a password with a sign that variables have": ("secret", "password: Kestrel$77", "Kestrel$77"),
    "a key in a configuration": ("secret", "API_KEY = 'k9f83hs02jfhq7'", "k9f83hs02jfhq7"),
    "a password in an address": ("secret", "ftp://scanner:kestrel77@files.acme.io/in", "kestrel77"),
    "an AWS key": ("secret", "Use AKIA" + "Q3EGRTLPAZ7XWVNB.", "AKIA" + "Q3EGRTLPAZ7XWVNB"),
    "a GitHub token": ("secret", "ghp_" + "q1W2" * 9, "ghp_" + "q1W2" * 9),
    "a new GitHub token": ("secret", "github_pat_" + "q1W2e3" * 6, "github_pat_" + "q1W2e3" * 6),
    "a Slack token": ("secret", "xoxb-" + "12345-abcdef", "xoxb-" + "12345-abcdef"),
    "an API key": ("secret", "sk-" + "proj-q1W2e3R4t5Y6u7I8" * 2, "sk-" + "proj-q1W2e3R4t5Y6u7I8" * 2),
    "a signed token": ("secret", "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM.c2lnbmF0dXJl", None),
    "a private key": ("secret", "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA" * 4, None),
}  # fmt: skip

FINE = {
    "an example's address": "For example, anna.berg@example.com or berg@mail.example.",
    "the help desk's address": "Write to support@acme.io, it-helpdesk@acme.io or no-reply@acme.io.",
    "a placeholder address": "Enter yourname@acme.io or firstname.lastname@acme.io.",
    "a company that does not exist": "Sign in as megan@contoso.com or ben@contoso.onmicrosoft.com.",
    "a picture for dense screens": "![Menu](attachment:menu@2x.png)",
    "the help desk's number": "Call the service desk on 020 7123 4567.",
    "a free number": "Ring 0800 169 2310.",
    "a fictional number": "Ring 07700 900123 or 020 7946 0123.",
    "the number of an article": "See KB2829595, build 16.0.17328.20550, and https://acme.io/help/07911123456.",
    "addresses of machines": "Ping 192.168.1.20, 10.0.0.1 and fe80::1, port 44300.",
    "a bank account in the manual": "It looks like GB82 WEST 1234 5698 7654 32.",
    "a bank account with a typing mistake": "Pay to GB95 BARC 1020 1530 0934 59.",
    "a card for trying out": "Pay with 4242 4242 4242 4242.",
    "a serial number": "Serial 4539 1488 0343 6468, part 5500-1234-9876-0001-2",
    "what a password must be": "Password: required. The password is case-sensitive. PIN: six digits.",
    "a placeholder password": "password: <your password>, password=$PASSWORD, pwd: ********, secret: {secret1}",
    "a made-up password": "password: hunter2, password: Passw0rd!, api_key=YOUR_API_KEY_1, token: xxxxxxxx1",
    "a placeholder in an address": "https://user:password1@host.example/ and smb://name:<password>@server/",
    "how a key begins": "The file begins with `-----BEGIN PRIVATE KEY-----`.",
    "the result of a function": "password = get_password1(), token = tokens[1]",
    "a checksum and an id": "SHA-256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, "
    "id 123e4567-e89b-12d3-a456-426614174000",
    "dates and amounts": "From 2026-11-22 09:30 to 01.02.2027, 1 234 567 890 rows, 12/31/2026.",
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_what_should_not_be_there_is_found_where_it_stands(name: str) -> None:
    kind, text, value = FOUND[name]
    body = f"# Title\n\nFirst line.\n{text}\n"
    (found,) = find_sensitive(body)
    assert (found.kind, found.line) == (kind, 4)
    assert found.is_secret == (kind == "secret")
    assert value is None or body[found.start : found.end] == value


@pytest.mark.parametrize("name", FINE)
def test_what_articles_are_full_of_is_let_pass(name: str) -> None:
    assert find_sensitive(FINE[name]) == []


def test_a_number_without_a_country_code_is_read_as_one_of_the_region() -> None:
    assert [found.kind for found in find_sensitive("Ring Anna: (212) 867-5309", "US")] == ["phone"]
    assert find_sensitive("Ring Anna: (212) 867-5309", "GB") == []


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_whatever_the_text_spans_are_in_order_and_on_their_lines(text: str) -> None:
    end = 0
    for found in find_sensitive(text):
        assert end <= found.start < found.end <= len(text)
        before = text[: found.start].replace("\r\n", "\n").replace("\r", "\n")
        assert found.line == before.count("\n") + 1
        end = found.end


@pytest.mark.parametrize(
    "piece",
    ["sk-a", "eyJaaaaaaaaaaaaa.", "1", "+44 20 7123 4567 ", "a@", "a.", "password:", "://a:", "GB82 WEST ", "NHS ",
     "-----BEGIN PRIVATE KEY-----", "https://a", "xoxa-1-", "glagent-"],
)  # fmt: skip
def test_a_text_made_to_keep_it_busy_is_dealt_with(piece: str) -> None:
    assert len(find_sensitive(piece * (300_000 // len(piece)))) <= MAX_FOUND
