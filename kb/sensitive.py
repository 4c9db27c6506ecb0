"""Personal data and secrets that have slipped into a text, so that an author takes them out before others read them.

Made for support articles, which are full of examples: what documents itself as one (example.com, fictional phone
numbers, `<your password>`) is let pass, and so are the addresses of roles. Numbers count only when their check
digits agree. It finds what was written by mistake, not what somebody hides.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Literal

Kind = Literal["email", "phone", "bank", "card", "identity", "secret"]
Found = tuple[Kind, str, int, int]

MAX_FOUND = 100  # more than anybody reads; the rest turns up when these are gone
MAX_CHARS = 200_000  # more than a page shows
MAX_LINE = 2_000  # of a longer line the libraries see this much at a time

_URL = re.compile(r"\b(?:https?|ftp)://[^\s<>\"'`)\]]{1,2000}", re.IGNORECASE)

_EMAIL = re.compile(
    r"(?<![\w.%+'/=-])[A-Za-z0-9_%+'-][\w.%+'-]{0,63}@(?P<domain>(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24})(?![\w@-])",
    re.ASCII,
)
_ROLES = re.compile(
    r"(?:(?:it|hr|tech|customer|client|user|service|first|it-service)[._-]?)?"
    r"(?:help(?:[._-]?desk)?|service[._-]?desk|support|services?|info(?:rmation)?|contact(?:us)?|enquir(?:y|ies)|office"
    r"|feedback|team|security|privacy|dpo|gdpr|legal|compliance|abuse|admin(?:istrator)?|postmaster|hostmaster"
    r"|webmaster|root|it|hr|jobs|careers|people|payroll|finance|billing|accounts?|sales|marketing|press|reception"
    r"|facilities|training|news(?:letter)?|list|no-?reply|do-?not-?reply|mailer-daemon|notifications?|alerts?|phish(?:ing)?"
    r"|report(?:ing)?|spam|incident|release)(?:[._-]?(?:team|desk|group|center|centre|[a-z]{2}))?",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"(?:your|my|the)?[._-]?(?:full)?(?:user|name|username|account|mail|e-?mail|address|login|id|first|last|firstname|lastname"
    r"|surname|someone|somebody|anyone|me|you|yourself|person|recipient|sender|customer|employee|test|example|sample|alias"
    r"|mailbox|sharedmailbox|room|group|dl|x+|abc|foo|bar|jane[._]?doe|john[._]?doe|john[._]?smith)"
    r"(?:[._-]?(?:name|address|id|account|alias|lastname|last|\d{1,3}|[a-z]))?",
    re.IGNORECASE,
)
# Reserved for examples (RFC 2606, RFC 6761), Microsoft's companies that do not exist, and words for “yours”.
_NOWHERE = re.compile(
    r"(?:.*\.)?(?:example|test|invalid|localhost|local|internal|lan|corp|(?:example|your-?(?:domain|company|organi[sz]ation|org)"
    r"|my-?(?:domain|company|org)|domain|company|somewhere|server|host|mailserver|isp|email|contoso(?:\.onmicrosoft)?|fabrikam|northwind\w*"
    r"|adatum|litware\w*|woodgrove\w*|tailspintoys|adventure-?works|wingtiptoys|proseware|fourthcoffee|treyresearch"
    r"|cohovineyard|margiestravel|lucernepublishing|alpineskihouse)\.[a-z.]{2,12}"
    r"|png|jpe?g|gif|svg|webp|css|js|html?|py|txt|pdf|exe|dll)",
    re.IGNORECASE,
)

# A line for everybody, said to be one in the same sentence, is nobody's own number.
_SERVICE_LINE = re.compile(
    r"help ?desk|service ?desk|hot ?line|help ?line|support|switchboard|reception|call us|emergency|customer",
    re.IGNORECASE,
)
# Numbers set aside for films and manuals, by Ofcom and by the North American plan.
_FICTIONAL = re.compile(
    r"\+44(?:7700900\d{3}|2079460\d{3}|1632960\d{3}|1\d{2}496\d{4}|8081570\d{3})|\+1\d{3}55501\d{2}"
)

_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])"
)
_CARD = re.compile(r"(?<![\w.-])[2-6][0-9]{3}(?:[ -]?[0-9]){9,15}(?![\w-])")
_ISSUERS = re.compile(r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|6011|65|64[4-9]|35(?:2[89]|[3-8])")
# Every manual has these: the banks' own examples and the numbers that payment services give for trying out.
_EXAMPLES = frozenset((
    "GB82WEST12345698765432", "GB29NWBK60161331926819", "GB33BUKB20201555555555", "DE89370400440532013000",
    "FR1420041010050500013M02606", "4111111111111111", "4242424242424242", "4012888888881881",
    "4000056655665556", "5555555555554444", "5105105105105100", "5200828282828210",
    "2223003122003222", "378282246310005", "371449635398431", "6011111111111117",
    "6011000990139424", "3530111333300000", "3566002020360505",
))  # fmt: skip
_NINO = re.compile(
    r"(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D](?!\w)"
)
_SSN = re.compile(r"(?<![\w-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![\w-])")
_NHS = re.compile(r"\bNHS\b[^\n0-9]{0,40}(?P<value>[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})(?!\w)", re.IGNORECASE)

_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?=[\s\S]{0,400}?[A-Za-z0-9+/]{40})"
)
# What the library knows only in an older form, or looks for in a way that takes too long over a long line.
_TOKENS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a GitHub token", re.compile(r"\bgithub_pat_[A-Za-z0-9_]{22,255}")),
    ("an API key", re.compile(r"\bsk-(?=[\w-]{0,80}[0-9])[A-Za-z0-9][\w-]{31,200}", re.ASCII)),
    ("a Google API key", re.compile(r"\bAIza[\w-]{35}(?![\w-])", re.ASCII)),
    ("an npm token", re.compile(r"\bnpm_[A-Za-z0-9]{36}\b")),
    ("a signed token (JWT)", re.compile(r"\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}\.[\w-]{10,1000}", re.ASCII)),
    (
        "the address of a Teams webhook",
        re.compile(r"https://[\w-]{1,63}\.webhook\.office\.com/webhookb2/[\w@/-]{36,300}"),
    ),
)
_IN_ADDRESS = re.compile(r"(?<=://)[^\s:/@<>\"'`]{1,64}:(?P<value>[^\s:/@<>\"'`]{3,128})@[\w.-]")
_ASSIGNED = re.compile(
    r"(?:pass ?(?:word|wd|code|phrase)|pwd|passwd|passwort|kennwort|mot de passe|contraseña"
    r"|(?:api|access|account|secret|shared|private|client|auth)[ _-]?(?:key|secret|token)|secret|token|pin)\b"
    r"[\"'`*_]{0,3}(?: (?:is|are|was)\b:?|\s{0,3}(?::=|=>|[=:]))[ \t]{0,3}[\"'`*_]{0,3}(?P<value>[^\s\"'`|,;]{6,128})",
    re.IGNORECASE,
)
# Not a value but where one goes: a variable, a call, an address, stars.
_STANDS_FOR_ONE = re.compile(
    r"[<>\[\]{}]|^\$|\$\(|^%\w+%$|\.\.\.|…|\*{3}|x{4}|(.)\1{4}|^(?:https?|ftp|file)?:?//|^[\w.]+\(|\\",
    re.IGNORECASE,
)
# Values that manuals make up. Only as a whole: “hunter2” is a joke, with more behind it it may be somebody's.
_MADE_UP = re.compile(
    r"hunter2|abcd?e?f?(?:123|1234|12345|123456)|(?:(?:your|my|new|test|default|user|admin|api|access|account|private"
    r"|client|auth|pass?w(?:or|0r)d|p@ss?w(?:or|0r)d|secret|key|token|value|here|example|sample|placeholder|change|me"
    r"|dummy|redacted|hidden)[_-]?)+(?:\d|123|1234|123456)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sensitive:
    """text[start:end], on that line, should probably not be in an article; label says what it looks like."""

    kind: Kind
    label: str
    start: int
    end: int
    line: int

    @property
    def is_secret(self) -> bool:
        return self.kind == "secret"


def find_sensitive(text: str, region: str = "GB") -> list[Sensitive]:
    """What looks like personal data or a secret, in order and without overlap.

    Phone numbers without a country code are read as those of the region.
    """
    text = text[:MAX_CHARS]
    starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]
    # A number in an address is part of the address; a name with a password in one is looked for all the same.
    prose = _URL.sub(lambda match: "\x00" * len(match[0]), text)
    sources = (_secrets(text), _emails(text), _numbers(prose), _phones(prose, starts, region))
    found = chain.from_iterable(islice(source, MAX_FOUND) for source in sources)
    kept: list[Sensitive] = []
    end = 0
    for kind, label, start, stop in sorted(found, key=lambda hit: (hit[2], hit[0] != "secret", -hit[3])):
        if start >= end and len(kept) < MAX_FOUND:
            kept.append(Sensitive(kind, label, start, stop, bisect_right(starts, start)))
            end = stop
    return kept


def _emails(text: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        name = match[0].partition("@")[0].strip("'")
        is_nobodys = _ROLES.fullmatch(name) or _NOBODY.fullmatch(name) or _NOWHERE.fullmatch(match["domain"])
        if not is_nobodys:
            yield "email", "an e-mail address of a person", match.start(), match.end()


def _numbers(text: str) -> Iterator[Found]:
    from stdnum import iban, luhn
    from stdnum.gb import nhs
    from stdnum.us import itin, ssn

    def is_card(value: str) -> bool:
        return bool(_ISSUERS.match(value)) and bool(luhn.is_valid(value))

    def is_us(value: str) -> bool:
        return bool(ssn.is_valid(value) or itin.is_valid(value))

    checks: tuple[tuple[Kind, str, re.Pattern[str], Callable[[str], bool]], ...] = (
        ("bank", "a bank account (IBAN)", _IBAN, iban.is_valid),
        ("card", "the number of a payment card", _CARD, is_card),
        ("identity", "a National Insurance number", _NINO, lambda value: True),
        ("identity", "a US social security or tax number", _SSN, is_us),
        ("identity", "an NHS number", _NHS, nhs.is_valid),
    )
    for kind, label, pattern, is_valid in checks:
        for match in pattern.finditer(text):
            group = "value" if "value" in pattern.groupindex else 0
            value = match[group].replace(" ", "")
            if value.replace("-", "") not in _EXAMPLES and is_valid(value):
                yield kind, label, match.start(group), match.end(group)


def _phones(text: str, starts: list[int], region: str) -> Iterator[Found]:
    import phonenumbers

    personal = (
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.PERSONAL_NUMBER,
    )
    for start, line in _short_lines(text, starts):
        if sum(char.isdigit() for char in line) < 7 or _SERVICE_LINE.search(line):
            continue
        for match in phonenumbers.PhoneNumberMatcher(line, region, max_tries=50):
            number = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            if phonenumbers.number_type(match.number) in personal and not _FICTIONAL.match(number):
                yield "phone", "a phone number of a person", start + match.start, start + match.end


def _secrets(text: str) -> Iterator[Found]:
    for label, pattern in (("a private key", _PRIVATE_KEY), *_TOKENS, *_known_tokens()):
        for match in pattern.finditer(text):
            yield "secret", label, match.start(), match.end()
    for label, pattern in (("a password in an address", _IN_ADDRESS), ("a password or key", _ASSIGNED)):
        for match in pattern.finditer(text):
            if _looks_real(match["value"]):
                yield "secret", label, match.start("value"), match.end("value")


def _looks_real(value: str) -> bool:
    """Words alone are instructions (“Password: required”): what people choose has letters with digits or signs."""
    value = value.rstrip(".)*_:!?")
    has_letter = any(char.isalpha() for char in value)
    has_digit = any(char.isdigit() for char in value)
    is_example = _STANDS_FOR_ONE.search(value) or _MADE_UP.fullmatch(value)
    return len(value) >= 6 and has_letter and has_digit and not is_example


@lru_cache(maxsize=1)
def _known_tokens() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The forms that services give their keys, as detect-secrets knows them.

    Only its patterns: its scanner wants files and settings, and its guesses by entropy take ordinary words for keys.
    """
    from detect_secrets.plugins import (
        aws,
        azure_storage_key,
        discord,
        github_token,
        gitlab_token,
        mailchimp,
        pypi_token,
        sendgrid,
        slack,
        square_oauth,
        stripe,
        telegram_token,
        twilio,
    )

    detectors = (
        ("an AWS key", aws.AWSKeyDetector),
        ("a key to Azure storage", azure_storage_key.AzureStorageKeyDetector),
        ("a Discord token", discord.DiscordBotTokenDetector),
        ("a GitHub token", github_token.GitHubTokenDetector),
        ("a GitLab token", gitlab_token.GitLabTokenDetector),
        ("a Mailchimp key", mailchimp.MailchimpDetector),
        ("a PyPI token", pypi_token.PypiTokenDetector),
        ("a SendGrid key", sendgrid.SendGridDetector),
        ("a Slack token", slack.SlackDetector),
        ("a Square key", square_oauth.SquareOAuthDetector),
        ("a Stripe key", stripe.StripeDetector),
        ("a Telegram token", telegram_token.TelegramBotTokenDetector),
        ("a Twilio key", twilio.TwilioKeyDetector),
    )
    return tuple((label, pattern) for label, detector in detectors for pattern in detector.denylist)


def _short_lines(text: str, starts: list[int]) -> Iterator[tuple[int, str]]:
    for first, last in zip(starts, [*starts[1:], len(text)], strict=True):
        for start in range(first, last, MAX_LINE):
            yield start, text[start : min(start + MAX_LINE, last)]
