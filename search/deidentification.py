"""A person's words without what tells who they are, so that their question may help others. Pure.

Takes out mail addresses, numbers, secrets, addresses of pages and machines, greetings, signatures, quoted mail, and
the names that are given. Codes and names of products stay wherever they stand, because they are what is asked about.
It takes out what has a form, and names where a sentence shows that they are somebody's; what else somebody tells in
plain words stays, for the editors of an article to prune.
"""

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

from kb.sensitive import find_sensitive

MARKS = {
    "email": "[email]",
    "phone": "[number]",
    "bank": "[number]",
    "card": "[number]",
    "identity": "[number]",
    "secret": "[secret]",
}
NAME = "[name]"
# A part of a name that is shorter is a word or an initial.
SHORTEST_NAME = 3
# Twice what is kept of a question: no more is looked at, so that a hostile text is bounded work.
LONGEST_READ = 3_000
# Greetings and endings that are taken off one after another, and how long the end is that is searched for one.
MOST_COURTESIES = 5
LONGEST_ENDING = 300

_UPPER = "".join(letter for letter in map(chr, range(0x530)) if letter.isupper())
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\ufeff]")
_QUOTED_MAIL = re.compile(
    r"^(?:-{2,} ?(?:original|forwarded) message\b|(?:on|am|le) .{5,120}(?:wrote|schrieb|écrit) ?:|-- ?$).*",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_QUOTED_LINE = re.compile(r"^[ \t]*>.*\n?", re.MULTILINE)
_MAIL_HEADER = re.compile(
    r"^[ \t*]*(?:From|To|Cc|Bcc|Reply-To|Sent|Date|Subject|Von|An|Gesendet|Datum|Betreff)[ \t*]*:.*\n?",
    re.MULTILINE,
)
_URL = re.compile(
    r"\b(?:https?|ftp|file)://(?:[^\s/@]{1,200}@)?([^\s/:?#<>\"')\]]{1,200})[^\s<>\"')\]]*", re.IGNORECASE
)
_EMAIL = re.compile(r"[\w.%+'-]{1,64}\s?@\s?(?:[\w-]{1,63}\.){1,6}[a-z]{2,24}\b", re.IGNORECASE)
# robin (dot) kane (at) gmail dot com
_DOT = r"(?:\s?[(\[{]\s?(?:dot|punkt)\s?[)\]}]\s?|\s(?:dot|punkt)\s|\.)"
_SPELT_EMAIL = re.compile(
    rf"[\w+-]{{1,64}}(?:{_DOT}[\w+-]{{1,64}}){{0,3}}"
    rf"(?:\s?[(\[{{]\s?(?:at|ät)\s?[)\]}}]\s?[\w-]{{1,63}}(?:{_DOT}[\w-]{{2,63}}){{1,4}}"
    r"|\sat\s[\w-]{1,63}(?:\s(?:dot|punkt)\s[\w-]{2,63}){1,4})",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")
_MAC = re.compile(r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b", re.IGNORECASE)
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)
_NETWORK_FOLDER = re.compile(r"\\\\[\w.$-]{1,64}(?:\\[^\s\\\"'<>]{1,100})+")
_HOME_FOLDER = re.compile(
    r"([\\/](?:Users|home|Documents and Settings)[\\/])[^\\/\s:\"']{1,64}", re.IGNORECASE
)
_LONG_NUMBER = re.compile(r"(?<![\w.])\+?\(?\d(?:[ ().-]{0,2}\d){8,17}(?![\w.]\d)")
# What people say of a password or of how they are called, rather than the thing itself.
_NO_VALUE = (
    r"(?!(?:not|no|never|always|still|now|too|already|being|been|wrong|incorrect|correct|expired|expiring|locked|blocked"
    r"|invalid|rejected|refused|declined|accepted|required|asked|requested|reset|changed|changing|forgotten|lost|gone"
    r"|weak|unknown|missing|misspel\w*|spel\w*|shown|showing|displayed|listed|taken|different|old|new|empty|working"
    r"|is|are|was|does|do|did|can|could|the|a|an|in|on|at|to|of|and|or|for|from|with|what|where|how|why|it|my|nicht|falsch)\b)"
)
_PASSWORD = re.compile(
    r"\b(pass ?(?:word|code|wd|phrase)|pwd?|pin(?: code)?|passwort|kennwort)"
    rf"(\s{{0,3}}(?::|=)\s{{0,3}}|\s(?:is|was|ist|war)\b:?\s{{1,3}}){_NO_VALUE}[^\s,;]{{1,128}}",
    re.IGNORECASE,
)
_BORN = re.compile(
    r"\b(born|dob|d\.o\.b\.?|(?:date of )?birth(?:day|date)?|geboren|geb\.|geburtsdatum)"
    r"(\W{0,3}(?:(?:on|is|am|was)\b)?\W{0,3})"
    r"(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{1,2}(?:st|nd|rd|th|\.)? (?:of )?[^\W\d_]{3,9}\.?,? \d{2,4}"
    r"|[^\W\d_]{3,9} \d{1,2}(?:st|nd|rd|th)?,? \d{4})",
    re.IGNORECASE,
)
# Written as a name is: not a code, which has digits, and not an abbreviation, which is all capitals.
_NO_CODE_NEXT = rf"(?![\w.'’-]*\d)(?![{_UPPER}]{{2,}}(?!\w))"
_NAMED = rf"(?:{_NO_CODE_NEXT}[{_UPPER}][\w.'’-]*)"
_GIVEN = rf"(?:{_NO_CODE_NEXT}[{_UPPER}][\w'’-]*)"
_MY_NAME = re.compile(
    r"\b((?i:(?:my|the user'?s?|his|her) (?:full |user ?)?name(?: is|'s|:)"
    r"|i am called|mein name ist|ich hei(?:ß|ss)e))\s+"
    rf"(?i:{_NO_VALUE})[^\W\d_][\w'’-]*(?:\s(?:{_GIVEN}|(?!(?i:and|but|or|i|from|in|my|the|with|at|und|aber|ich|aus)\b)"
    r"[^\W\d_][\w'’-]*(?=[\s.,!;]*(?:$|\b(?i:and|but|i|from|in|my|und|ich|aus)\b|[.,!;\n])))){0,2}"
)
_THIS_IS = re.compile(
    rf"\b((?i:this is|hier ist))\s+{_GIVEN}(?:\s{_GIVEN}){{0,2}}(?=\s*(?:[,.;(\n]|$|\b(?:from|in|at|with|aus|von)\b))"
)
_BEFORE_EMAIL = re.compile(rf"(?:{_NAMED},? ){{1,4}}<\[email\]>")
# What no check digit proves, in the order in which it is looked for.
_ADDRESSES = (
    (_URL, r"\1"),
    (_EMAIL, "[email]"),
    (_SPELT_EMAIL, "[email]"),
    (_BEFORE_EMAIL, f"{NAME} <[email]>"),
    (_IPV4, "[address]"),
    (_MAC, "[address]"),
    (_IPV6, "[address]"),
    (_NETWORK_FOLDER, "[address]"),
    (_HOME_FOLDER, rf"\1{NAME}"),
    (_PASSWORD, r"\1\2[secret]"),
    (_BORN, r"\1\2[date]"),
    (_LONG_NUMBER, "[number]"),
)
_INTRODUCTIONS = ((_MY_NAME, rf"\1 {NAME}"), (_THIS_IS, rf"\1 {NAME}"))
_MARK = r"\[\w+\]"
_NAME_OR_MARK = rf"(?:{_NAMED}|{_MARK})"
_GREETING = re.compile(
    r"\s*(?:(?i:hi|hello|hey|dear|hallo|good (?:morning|afternoon|evening|day)|greetings)\b"
    rf"(?:(?:\s+(?i:all|there|everyone|everybody|folks|team|support|sir|madam|mr|mrs|ms)\b\.?|\s+{_NAME_OR_MARK}){{0,3}}"
    rf"\s*(?:[,!.:;–-]+|\n|$)|\s+(?=[{_UPPER}]))"
    rf"|(?i:this is|hier ist|my name is|mein name ist) \[name\]"
    rf"(?:\s*\((?:{_MARK}|[\s,;])+\))?\s*(?:[,.;!:–-]+|\n|$))\s*"
)
_THANKS = (
    r"(?i:(?:many |best |kind |warm |with )?"
    r"(?:thanks|thank you|thx|tks|tia|regards|wishes|cheers|sincerely|yours)\b)"
)
_NO_CODE = rf"(?:(?!\b[{_UPPER}]{{3,}}\b)[^.!?\n\d])"
_SIGN_OFF = re.compile(
    rf"(?:(?<=[.?!,;)])|\n|^)\s*{_THANKS}{_NO_CODE}{{0,60}}[.!?,–-]*(?:\s+{_NAME_OR_MARK}){{0,4}}"
    rf"(?:\s*\n\s*(?![{_UPPER}]{{2}})[^\W\d_]{{1,20}})?[\s.!,–-]*$"
)
# A line that is nothing but a name, perhaps with what was struck out. On the line of a sentence only what was struck
# out is one: "Cannot start. Outlook" is no signature.
_SIGNATURE = re.compile(
    rf"\s*\n\s*[-–~/*]{{0,2}}\s?{_NAME_OR_MARK}(?:\s+{_NAME_OR_MARK}){{0,3}}[\s.]*$"
    rf"|(?<=[.?!])\s+{_MARK}(?:,?\s+{_MARK}){{0,3}}[\s.]*$"
    rf"|\s*\n\s*[-–~/*]{{1,2}}\s?(?![{_UPPER}]{{2}})[^\W\d_]{{2,20}}\s*$"
)
# "ask Maria Lopez about it", "as Jane Doe said". What leads to a name is in small letters, because in a headline any
# two words look like one.
_CAPITALISED = (
    rf"[{_UPPER}](?:['’][{_UPPER}])?[^\W\d_{_UPPER}]+(?:['’-][{_UPPER}]?[^\W\d_{_UPPER}]+)*(?![\w’'-])"
)
_FULL_NAME = rf"{_CAPITALISED}(?: (?:van|von|de|der|da|di|bin|al|el))?(?: {_CAPITALISED}){{1,2}}"
_SOMEBODY_FOLLOWS = (
    r"ask|asks|asked|asking|tell|tells|told|telling|met|inform|informed|(?:spoke|spoken|speak|talk|talked) (?:to|with)"
    r"|(?:mailbox|inbox|calendar|laptop|computer|phone|desk|invitation|message|mail|email|e-mail|letter|reply|call)"
    r"s? (?:of|from|by)|(?:on|in) behalf of|named|manager|boss|supervisor|colleague|coworker|employee|assistant"
    r"|secretary|wife|husband|friend|son|daughter|brother|sister|mother|father|regards|thanks|thank you"
    r"|gruß|grüßen|cordialement"
)
_SOMEBODY = re.compile(
    rf"\b(?P<before>(?:{_SOMEBODY_FOLLOWS})[,:]? )(?P<followed>{_FULL_NAME})"
    rf"|\b(?P<title>(?:Mr|Mrs|Ms|Dr)\b\.? )(?P<titled>{_CAPITALISED}(?: {_CAPITALISED})?)"
    rf"|(?<=[^\W_] )(?P<doing>{_FULL_NAME})(?=,? (?:said|told|asked|wrote|suggested)\b)"
)
_SPACES = re.compile(r"[ \t\xa0]+")
_BLANK_LINES = re.compile(r"\s*\n\s*")
_WORD = re.compile(r"\w+")
_COURTESY_WORDS = """
a advance afternoon all and any best cheers day dear email evening everybody everyone folks for good greetings
hallo hello help hey hi in is kind lot madam many morning mr mrs ms much my name number of regards sincerely sir so
support team thank thanks the there this thx tia tks very warm wishes with you your yours
"""
_COURTESIES = frozenset(_COURTESY_WORDS.split())


@dataclass(frozen=True)
class Names:
    """What people are called: `whole` names and user names in any case, by their words; `parts` as they are written.

    Only whole names are names in any case, because Mark may mark and Will will.
    """

    whole: frozenset[tuple[str, ...]] = frozenset()
    parts: frozenset[str] = frozenset()

    def __or__(self, other: "Names") -> "Names":
        return Names(self.whole | other.whole, self.parts | other.parts)


NOBODY = Names()


def names_in(names: Iterable[str]) -> Names:
    """People's names, user names and addresses, to be taken out wherever they or their parts stand."""
    known = [name for name in names if len(name.strip()) >= SHORTEST_NAME]
    parts = (part for name in known for part in re.split(r"[\s,]+", name) if len(part) >= SHORTEST_NAME)
    return Names(
        whole=frozenset(tuple(_WORD.findall(name.casefold())) for name in known) - {()},
        parts=frozenset(part[:1].upper() + part[1:] for part in parts),
    )


def deidentified(text: str, *, names: Names = NOBODY) -> str:
    """The text without what tells of a person, without greetings, thanks, signatures and what it quotes.

    Redacted things leave a mark such as [email], so that a reader knows that something stood there.
    """
    text = _readable(text)
    for pattern in (_QUOTED_MAIL, _QUOTED_LINE, _MAIL_HEADER):
        text = pattern.sub("", text)
    return _without_courtesies(_redacted(text, names))


def redacted(text: str, *, names: Names = NOBODY) -> str:
    """The text with marks for what tells of a person, and nothing else taken away."""
    return _redacted(_readable(text), names)


def without_people(text: str, *, known: AbstractSet[str] = frozenset()) -> str:
    """The text without what reads as somebody's full name within a sentence.

    A word in it that is `known`, in small letters, or that the text has in small letters too, says that it is no name:
    "told Outlook Mobile to stop", in a question about Outlook.
    """
    common = known | {word for word in _WORD.findall(text) if word.islower()}

    def struck(found: re.Match[str]) -> str:
        name = found["followed"] or found["titled"] or found["doing"]
        if {word.casefold() for word in _WORD.findall(name) if not word.islower()} & common:
            return found[0]
        return f"{found['before'] or found['title'] or ''}{NAME}"

    return _SOMEBODY.sub(struck, text)


def leaves_out(text: str, *, names: Names = NOBODY) -> bool:
    """Whether de-identification takes away more than courtesies and these names, such as quoted mail or an address.

    What is left may then ask something else than the text did.
    """
    before, after = _without_names(_readable(text), names), deidentified(text, names=names)
    return len(text) > LONGEST_READ or bool(words_of(before) - words_of(after) - _COURTESIES)


def words_of(text: str) -> frozenset[str]:
    """Its words in small letters."""
    return frozenset(_WORD.findall(text.casefold()))


def _readable(text: str) -> str:
    """As much as is looked at, cut between words, without control characters."""
    if len(text) > LONGEST_READ:
        text = (text[:LONGEST_READ].rsplit(None, 1) or [""])[0]
    return _UNPRINTABLE.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def _redacted(text: str, names: Names) -> str:
    text = _marked(text)
    for pattern, mark in _ADDRESSES:
        text = pattern.sub(mark, text)
    text = _without_names(text, names)
    for pattern, mark in _INTRODUCTIONS:
        text = pattern.sub(mark, text)
    return _BLANK_LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def _marked(text: str) -> str:
    """With a mark for all that the checklist of articles calls sensitive."""
    for found in reversed(find_sensitive(text)):
        text = text[: found.start] + MARKS[found.kind] + text[found.end :]
    return text


def _without_names(text: str, names: Names) -> str:
    """Each run of words that is a name is looked up, the longest first: as quick with thousands as with one."""
    longest = max(map(len, names.whole), default=1)
    words = list(_WORD.finditer(text))
    pieces, end, index = [], 0, 0
    while index < len(words):
        length = next((n for n in range(longest, 0, -1) if _is_name(words[index : index + n], n, names)), 0)
        if length:
            pieces += [text[end : words[index].start()], NAME]
            end = words[index + length - 1].end()
        index += length or 1
    return "".join([*pieces, text[end:]])


def _is_name(words: list[re.Match[str]], length: int, names: Names) -> bool:
    if len(words) < length:
        return False
    if length == 1 and words[0][0] in names.parts:
        return True
    gaps = (after.start() - before.end() for before, after in pairwise(words))
    return tuple(word[0].casefold() for word in words) in names.whole and all(gap <= 2 for gap in gaps)


def _without_courtesies(text: str) -> str:
    """Without a greeting before, and thanks and signatures after, of which there may be some."""
    for _ in range(MOST_COURTESIES):
        greeting = _GREETING.match(text)
        shorter = text[greeting.end() :] if greeting else text
        for ending in (_SIGN_OFF, _SIGNATURE):
            found = ending.search(shorter, max(0, len(shorter) - LONGEST_ENDING))
            shorter = (shorter[: found.start()] if found else shorter).strip()
        if shorter == text:
            break
        text = shorter
    return text
