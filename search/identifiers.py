"""Names and codes that mean one exact thing, as articles hold them and as people ask for them. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator

# No identifier is that long; a dump of letters without a break would keep the patterns below busy for minutes. An
# address is no such run: what stands in front of it, as in "(KB3085565)](https://…)", counts.
_LONG_RUN = re.compile(r"(?<![\w.-])[\w.-]{121,}")
# Some type the zero of 0x80070005 as a letter, or leave the 0x of a Windows error out.
_HEX = r"(?:0x|ox(?=[0-9a-f]*\d))[0-9a-f]{2,}|[8c][0-9a-f]{7}"
_NUMBERED_BY = r"events?|errors?|codes?|status|ports?|id|stop|exception|http|smtp"
_CODE = rf"(?!(?:{_NUMBERED_BY})[-_]?\d)[a-z]{{2,10}}[-_]?\d{{3,}}(?:[-_.]\d+)*"
_LONG_NUMBER = r"-?\d{6,}"
_MAIL_STATUS = r"[245]\.\d{1,3}\.\d{1,3}"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SNAKE = r"[a-z0-9]+(?:_[a-z0-9]+)+"
# A dotted name is a setting or a file (mail.smtp.auth, groove.exe) unless it ends like a web address.
_WEB_ENDING = r"(?:com|org|net|edu|gov|io|uk|de|fr|htm|html|php|www)\b"
_DOTTED = rf"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*\.(?!{_WEB_ENDING})[a-z]{{2,}}"
_PLAIN = re.compile(
    rf"(?<![\w./@-])(?:{_UUID}|{_HEX}|{_DOTTED}|{_SNAKE}|{_CODE}|{_LONG_NUMBER}|{_MAIL_STATUS})(?![\w@]|\.\w)",
    re.IGNORECASE,
)
# What each of them has in it; a UUID or an error of Windows may do without a digit.
_MAY_BE_PLAIN = re.compile(r"\d|_|\.\w|[a-f]{8}", re.IGNORECASE)
_CAMEL = re.compile(r"(?<![\w@])[A-Za-z]*[a-z][A-Z][A-Za-z0-9]*(?![\w@])")
_NUMBERED = re.compile(
    rf"\b(?:{_NUMBERED_BY})(?:[\s_-]*+(?:ids?|codes?|numbers?|no)\b)?[\s:#=(*_.-]*+(\d{{2,7}})\b",
    re.IGNORECASE,
)
_LABEL = re.compile(rf"(?:{_NUMBERED_BY})(?:ids?|codes?|numbers?)")
# The articles of one well-known knowledge base go by many spellings, in links too.
_KB = re.compile(r"\bkb(?:\s+(?:article|number|id))*+[\s:#*_/-]*+(\d{5,8})\b", re.IGNORECASE)
# The errors of Windows as signed numbers, of which people leave out the sign, and as unsigned ones.
_SIGNED = range(0x3000_0000, 0x8000_0001)
_UNSIGNED = range(0x8000_0000, 0x1_0000_0000)
# "FC-720", "fc_720" and "FC720" are spellings of one code; "FC 720" is one only where somebody asks for it.
_CODE_HYPHEN = re.compile(r"^([a-z]{2,10})[-_](?=\d{3})")
_SPACED_CODE = re.compile(r"(?<![\w./@-])([a-z]{2,4})\s(\d{3,7})(?![\w@]|\.\w)", re.IGNORECASE)
_DASHED_CODE = re.compile(
    r"(?<![\w./@-])([a-z]{2,10})[\u2010-\u2015\u2212]?(\d{3,})(?![\w@]|\.\w)", re.IGNORECASE
)
_DIGIT = re.compile(r"\d")
_BARE_NUMBER = re.compile(r"(?<![\w.])\d{3,5}(?![\w.]\w)")
# Word processors turn the hyphen of a code into one that doesn't break, into a dash or a minus.
_HYPHENS = str.maketrans(dict.fromkeys([*range(0x2010, 0x2016), 0x2212], "-"))
_HEX_DIGITS = 8


# The words of a question that may be parts of one name: "enable active probing".
_PART = re.compile(r"[a-z0-9]+")
MOST_PARTS = 5
# Two words in a row that some passage writes as one name are often chance.
LEAST_PARTS = 3
# People name their problem first.
_ASKED_WORDS = 200


def identifiers(text: str) -> frozenset[str]:
    """Names and codes that mean one exact thing, in lower case: 0x80070005, kb123456, enableactiveprobing, #9519.

    Whatever its spelling, a thing has one form: a code without the hyphen between its letters and its number, a name
    without what stands between its parts, an error of Windows in hexadecimal though the text says 80070005 or
    -2147024891, and with all its zeros though it says 0x11b. A hyphen is one whatever a word processor made of it. A
    number counts after a word such as "Event ID", "error" or "port", and is then written "#9519".
    """
    text = _LONG_RUN.sub(" ", text.translate(_HYPHENS))
    words = set(text.split())
    plain = {
        _one_form(found.group().lower()) for found in _PLAIN.finditer(_joined(words, _MAY_BE_PLAIN.search))
    }
    camel = {found.group().lower() for found in _CAMEL.finditer(_joined(words, _may_be_camel))}
    names = {each for each in plain | camel if not _LABEL.fullmatch(each)}
    return frozenset(names | (_numbered(text) if _DIGIT.search(text) else set()))


def _numbered(text: str) -> set[str]:
    """Identifiers of a word and a number, which may have blanks between them."""
    articles = {f"kb{found.group(1)}" for found in _KB.finditer(text)}
    return articles | {f"#{found.group(1)}" for found in _NUMBERED.finditer(text)}


def _joined(words: Iterable[str], may_be: Callable[[str], object]) -> str:
    """The few words of a text that a pattern need look at: no name has a blank in it."""
    return " ".join(filter(may_be, words))


def _may_be_camel(word: str) -> bool:
    return not word[1:].islower()


def _one_form(found: str) -> str:
    if found.startswith(("0x", "ox")):
        return f"0x{found[2:].lstrip('0').zfill(_HEX_DIGITS)}"
    if re.fullmatch("[8c][0-9a-f]{7}", found):
        return f"0x{found}"
    digits = found.lstrip("-")
    if digits.isdecimal() and len(digits) <= 10:
        number = int(digits)
        if number in _SIGNED or number in _UNSIGNED:
            return f"0x{(0x1_0000_0000 - number if number in _SIGNED else number):08x}"
    if re.search("[a-z]", digits) and re.search("[._]", digits):
        return re.sub("[._-]", "", digits)
    return _CODE_HYPHEN.sub(r"\1", digits)


def held_identifiers(text: str) -> frozenset[str]:
    """The identifiers of a passage, and each of its numbers: the word before one may be on another line."""
    if not _DIGIT.search(text):
        return identifiers(text)
    return identifiers(text) | {f"#{found.group()}" for found in _BARE_NUMBER.finditer(text)}


def asked_identifiers(question: str) -> frozenset[str]:
    """The identifiers of a question, and what its words may mean: people write SettingName in any case, or in parts."""
    words = re.findall(r"[a-z][a-z0-9]{5,}", question.lower())
    spelled = {
        "".join(parts) for count in range(LEAST_PARTS, MOST_PARTS + 1) for parts in _in_a_row(question, count)
    }
    return exact_identifiers(question) | frozenset(words) | spelled


def exact_identifiers(question: str) -> frozenset[str]:
    """What a question itself writes as an identifier."""
    return identifiers(question) | spaced_codes(question)


def _in_a_row(question: str, count: int) -> Iterator[list[str]]:
    """Each `count` words that follow each other; words without a letter make no name."""
    words = _PART.findall(question.lower())[:_ASKED_WORDS]
    for begin in range(len(words) - count + 1):
        parts = words[begin : begin + count]
        if not any(part.isdigit() for part in parts):
            yield parts


def spaced_codes(question: str) -> frozenset[str]:
    """Codes that a question may mean with two of its words: fc720 for "FC 720"."""
    return frozenset("".join(found.groups()).lower() for found in _SPACED_CODE.finditer(question))


def hyphenated(question: str, is_meant: Callable[[str], bool]) -> str:
    """The question with "FC-412" for "FC412", or for a dash in it, where `is_meant` says so of "fc412"."""

    def written(found: re.Match[str]) -> str:
        return "-".join(found.groups()) if is_meant("".join(found.groups()).lower()) else found.group()

    return _DASHED_CODE.sub(written, question)
