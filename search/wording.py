"""Words of questions and articles: counted as people count them, and compared by what they tell."""

import re
import unicodedata
from collections.abc import Set as AbstractSet

# A code such as FC-412, 5.7.1, 0x0000011b or KB3115489; a bare year or amount is none.
_IDENTIFIER = re.compile(r"(?<![\w.-])(?=[\w.-]*\d)(?!\d{1,4}(?![\w.-]*\w))[\w.-]{3,}\w")
# "FC-412", "FC_412" and "FC412" are spellings of one code, whatever a word processor made of the hyphen; "FC 412" is
# one where somebody asks for it. Elsewhere a dash parts, as in "5.7.1–5.7.9".
_CODE_HYPHEN = re.compile(r"(?<![\w.-])([a-z]{2,10})[-_‒–—−](?=\d{3})")
_AS_TYPED = str.maketrans(dict.fromkeys("‘’‛", "'") | dict.fromkeys("“”‟", '"') | dict.fromkeys("‐‑", "-"))
_SPACED_CODE = re.compile(r"(?<![\w.-])([a-z]{2,4}) (?=\d{3,7}(?![\w.-]*\w))")
# What may be the same word begins with the same letters.
SAME_LETTERS = 5
_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)|<?https?://\S+")
_SPOKEN = re.compile(r"\S*\w\S*")
_WORD = re.compile(r"[^\W_]{2,}")
_STOPWORDS = frozenset(
    _WORD.findall(
        "the and for with you your can not are was has have how what when where why who does did this that from into "
        "but get out all any use using please help need want will would should there here they them its our my me is "
        "it to of in on at or an be do if as so we no by"
    )
)


def as_typed(text: str) -> str:
    """The text with quotes and hyphens as a keyboard has them, before a word processor changed them."""
    return text.translate(_AS_TYPED)


def in_plain_letters(text: str) -> str:
    """A question without full-width letters and ligatures, which look like others and are none."""
    # One letter may stand for eighteen: a hostile question does not grow by that.
    return unicodedata.normalize("NFKC", text)[: 2 * len(text)]


def count_words(text: str) -> int:
    """Words as people count them: the bars of a table and the marks of a list are none."""
    return len(_SPOKEN.findall(text))


def stems(text: str) -> set[str]:
    """Telling words by their first letters, so that "printers" meets "printing"."""
    return {word[:5] for word in _WORD.findall(text.casefold()) if word not in _STOPWORDS} | identifiers(text)


def same_word(one: str, other: str) -> bool:
    """Whether two are forms of one word: connect, connection. No stemmer knows that "forgotten" is "forgot"."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= SAME_LETTERS and long.startswith(short))


def identifiers(text: str) -> set[str]:
    """Codes in lower case, without the hyphen between letters and number."""
    return set(_IDENTIFIER.findall(_CODE_HYPHEN.sub(r"\1", as_typed(text).casefold())))


def asked_identifiers(question: str) -> set[str]:
    """The codes that a question names or may mean: fc412 for "FC 412" too."""
    return identifiers(question) | identifiers(_SPACED_CODE.sub(r"\1", question.casefold()))


def overlap(asked: AbstractSet[str], text: str) -> float:
    """Share of the asked words that the text has, 0 to 1."""
    return len(asked & stems(text)) / max(1, len(asked))


def is_link_list(text: str) -> bool:
    """Whether most of its words stand in links."""
    bare = len(_WORD.findall(_LINK.sub(" ", text)))
    return bool(_LINK.search(text)) and bare * 3 < len(_WORD.findall(text))
