"""Words and identifiers to passages: BM25 over a small index in memory, rebuilt from the database at start-up."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

# Words that only say that somebody is asking. BM25 would think "my" rare, as articles say "your".
_CHATTER = """
a about am an and any anyone are as at be been but by can can't cannot could did do does doing don don't for
from get getting got had has have hello help hi how i i'd i'll i'm i've if in into is it it's its just know
like mean me my need of ok on or our please s so some someone t thank thanks that the them then there these
they this to tried trying us want was we were what what's when where which who why will with would you your
"""
# A question of 5,000 words costs what one of 64 distinct words does; people name their problem first.
MAX_TERMS = 64
# Tantivy's BM25 saturates at idf·(k1 + 1) for each word, with k1 = 1.2.
_SATURATION = 2.2
_WORD = r"[\p{L}\p{N}]+"
# Of titles: a question of more words is no title, and one that shares little with a title does not name it.
MAX_TITLE_TERMS = 12
MAX_TITLES = 8
LEAST_LIKENESS = 0.6
SAME_LETTERS = 5


@dataclass(frozen=True)
class LexicalDocument:
    """One passage as the index keeps it; `text` may be its Markdown."""

    passage_id: int
    article_id: int
    audience_id: int
    title: str
    heading: str
    text: str


@dataclass(frozen=True)
class IdentifierMatch:
    """An identifier of the question and the passages that hold it; the fewer they are, the more it says.

    `exact` when the question writes it as one (0x80070005, SettingName); a plain word of the question that some
    passage writes as a name (webmail, WebMail) is a weaker sign. `share` is 1 / words of the question. `titled` are
    those of the passages whose article has it in its title.

    A title is a name as well: for one, `likeness` says from 0 to 1 how nearly the question is that title and nothing
    else, and a single passage stands for the article.
    """

    identifier: str
    passage_ids: frozenset[int]
    exact: bool = True
    share: float = 1.0
    titled: frozenset[int] = frozenset()
    likeness: float = 0.0


@dataclass(frozen=True)
class _Title:
    """The telling words of an article's title, who may read it, and a passage that stands for it."""

    words: frozenset[str]
    begun: frozenset[str]  # the first letters of each word: what may be the same word begins alike
    audience_id: int
    passage_id: int


# No identifier is that long; a dump of letters without a break would keep the patterns below busy for minutes. An
# address is no such run: what stands in front of it, as in "(KB3085565)](https://…)", counts.
_LONG_RUN = re.compile(r"[\w.-]{121,}")
_HEX = r"0x[0-9a-f]{2,}"
_CODE = r"[a-z]{2,10}[-_]?\d{3,}(?:[-_.]\d+)*"
_LONG_NUMBER = r"-?\d{6,}"
_MAIL_STATUS = r"[245]\.\d{1,3}\.\d{1,3}"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_SNAKE = r"[a-z0-9]+(?:_[a-z0-9]+)+"
# A dotted name is a setting or a file (mail.smtp.auth, groove.exe) unless it ends like a web address.
_WEB_ENDING = r"(?:com|org|net|edu|gov|io|uk|de|fr|htm|html|php|www)\b"
_DOTTED = rf"[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*\.(?!{_WEB_ENDING})[a-z]{{2,}}"
_UNSEEN = re.compile(
    r"<!--(?:(?!-->|<!--).)*-->|\]\([^()\s]*|\bhttps?://\S+", re.DOTALL
)  # comments, link targets, addresses
_PLAIN = re.compile(
    rf"(?<![\w./@-])(?:{_UUID}|{_HEX}|{_DOTTED}|{_SNAKE}|{_CODE}|{_LONG_NUMBER}|{_MAIL_STATUS})(?![\w@]|\.\w)",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<![\w@])[A-Za-z]*[a-z][A-Z][A-Za-z0-9]*(?![\w@])")
_NUMBERED = re.compile(
    r"\b(event|error|code|status|port|id|stop|exception|http|smtp)\b(?:\s+(?:id|code|number|no))?[\s:#=(]*(-?\d{2,7})\b",
    re.IGNORECASE,
)
# "FC-720", "fc_720" and "FC720" are spellings of one code; "FC 720" is one only where somebody asks for it.
_CODE_HYPHEN = re.compile(r"^([a-z]{2,10})[-_](?=\d{3})")
_SPACED_CODE = re.compile(r"(?<![\w./@-])([a-z]{2,4})\s(\d{3,7})(?![\w@]|\.\w)", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"(?<![\w.])\d{3,5}(?![\w.]\w)")


def identifiers(text: str) -> frozenset[str]:
    """Names and codes that mean one exact thing, in lower case: 0x80070005, kb123456, enableactiveprobing, #9519.

    A code is written without the hyphen between its letters and its number. A number counts after a word such as
    "Event ID", "error" or "port", and is then written "#9519".
    """
    text = _LONG_RUN.sub(" ", text)
    plain = {_CODE_HYPHEN.sub(r"\1", found.group().lower().lstrip("-")) for found in _PLAIN.finditer(text)}
    camel = {found.group().lower() for found in _CAMEL.finditer(text)}
    return frozenset(plain | camel | {f"#{found.group(2).lstrip('-')}" for found in _NUMBERED.finditer(text)})


def _held_identifiers(text: str) -> frozenset[str]:
    """The identifiers of a passage, and each of its numbers: the word before one may be on another line."""
    return identifiers(text) | {f"#{found.group()}" for found in _BARE_NUMBER.finditer(text)}


def _asked_identifiers(question: str) -> frozenset[str]:
    """The identifiers of a question, and each of its words: people write SettingName in any case."""
    words = re.findall(r"[a-z][a-z0-9]{5,}", question.lower())
    return identifiers(question) | spaced_codes(question) | frozenset(words)


def spaced_codes(question: str) -> frozenset[str]:
    """Codes that a question may mean with two of its words: fc720 for "FC 720"."""
    return frozenset("".join(found.groups()).lower() for found in _SPACED_CODE.finditer(question))


class LexicalIndex:
    """The words of every passage. One instance serves the threads of a process."""

    def __init__(self) -> None:
        import tantivy

        self._tantivy = tantivy
        self._analyzer = _analyzer(tantivy)
        schema = tantivy.SchemaBuilder()
        for name in ("passage_id", "article_id", "audience_id"):
            schema.add_integer_field(name, stored=False, indexed=True, fast=True)
        schema.add_text_field("words", tokenizer_name="words", index_option="freq")
        for name in ("identifiers", "titled"):
            schema.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
        self._schema = schema.build()
        self._index = tantivy.Index(self._schema)
        self._index.register_tokenizer("words", self._analyzer)
        self._writer: Any = self._index.writer(heap_size=32_000_000, num_threads=1)
        self._titles: dict[int, _Title] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return int(self._index.searcher().num_docs)

    def add(self, documents: Iterable[LexicalDocument]) -> None:
        """Add passages; searches see them when this returns. Remove an article before adding it anew."""
        with self._lock:
            for document in documents:
                self._writer.add_document(self._document(document))
                self._titles[document.article_id] = self._title(document)
            self._commit()

    def _title(self, document: LexicalDocument) -> _Title:
        words = frozenset(self._terms(document.title))
        begun = frozenset(word[:SAME_LETTERS] for word in words)
        return _Title(words, begun, document.audience_id, document.passage_id)

    def remove_articles(self, article_ids: Iterable[int]) -> None:
        """Forget every passage of these articles; an unknown article is no error."""
        with self._lock:
            for article_id in article_ids:
                self._writer.delete_documents_by_term("article_id", article_id)
                self._titles.pop(article_id, None)
            self._commit()

    def _commit(self) -> None:
        self._writer.commit()
        self._index.reload()

    def _document(self, document: LexicalDocument) -> Any:
        everything = _encodable(f"{document.title}\n{document.heading}\n{document.text}")
        return self._tantivy.Document(
            passage_id=document.passage_id,
            article_id=document.article_id,
            audience_id=document.audience_id,
            words=_UNSEEN.sub(" ", everything),
            identifiers=" ".join(sorted(_held_identifiers(everything))),
            titled=" ".join(sorted(identifiers(_encodable(document.title)))),
        )

    def search(self, question: str, k: int, *, audiences: frozenset[int]) -> list[tuple[int, float]]:
        """The k best (passage id, BM25), best first, among these audiences alone.

        The question is hostile text: it is cut into words and each becomes a term; nothing parses it as a query.
        """
        terms = self._terms(question)
        if not terms or not audiences or k < 1:
            return []
        query = self._tantivy.Query
        words = [
            (self._tantivy.Occur.Should, query.term_query(self._schema, "words", term)) for term in terms
        ]
        return self._found(query.boolean_query(words), k, audiences)

    def ceiling(self, question: str) -> float:
        """The BM25 that a passage would near if it were about nothing but the question's words.

        Σ idf·(k1 + 1), BM25's limit as the frequency grows. A score divided by it says, from 0 to 1, how much of
        what the question asks for a passage speaks of, whatever the size of the collection.
        """
        return _SATURATION * sum(self._rarity(self._terms(question)).values())

    def _rarity(self, terms: Iterable[str]) -> dict[str, float]:
        """BM25's idf of each term."""
        searcher = self._index.searcher()
        total = int(searcher.num_docs)
        frequencies = ((term, searcher.doc_freq("words", term)) for term in terms)
        return {term: math.log(1 + (total - n + 0.5) / (n + 0.5)) for term, n in frequencies}

    def identified(self, question: str, *, audiences: frozenset[int]) -> list[IdentifierMatch]:
        """The identifiers of the question that some passage of these audiences holds, with those passages.

        Then the titles that the question comes near to.
        """
        if not audiences:
            return []
        searcher = self._index.searcher()
        question = _encodable(question)
        exact = identifiers(question) | spaced_codes(question)
        asked = sorted(_asked_identifiers(question))
        share = 1 / max(1, len(self._terms(question)))
        matches = []
        for identifier in [each for each in asked if searcher.doc_freq("identifiers", each)][:MAX_TERMS]:
            passages = self._holding("identifiers", identifier, audiences)
            if passages:
                titled = self._holding("titled", identifier, audiences)
                matches.append(IdentifierMatch(identifier, passages, identifier in exact, share, titled))
        return matches + self._entitled(question, audiences)

    def _holding(self, field: str, identifier: str, audiences: frozenset[int]) -> frozenset[int]:
        query = self._tantivy.Query.term_query(self._schema, field, identifier, index_option="basic")
        return frozenset(passage for passage, _ in self._found(query, max(len(self), 1), audiences))

    def _entitled(self, question: str, audiences: frozenset[int]) -> list[IdentifierMatch]:
        """The titles that are much like the question, the likest first."""
        asked = self._terms(question)
        if not asked or len(asked) > MAX_TITLE_TERMS:
            return []
        begun = {word[:SAME_LETTERS] for word in asked}
        near = [
            (likeness, title)
            for title in list(self._titles.values())
            if title.audience_id in audiences
            and not begun.isdisjoint(title.begun)
            and (likeness := self._likeness(asked, title.words)) >= LEAST_LIKENESS
        ]
        near.sort(key=lambda each: (-each[0], each[1].passage_id))
        return [
            IdentifierMatch(" ".join(sorted(title.words)), frozenset({title.passage_id}), likeness=likeness)
            for likeness, title in near[:MAX_TITLES]
        ]

    def _likeness(self, asked: list[str], title: frozenset[str]) -> float:
        """The weight of the words that both have over the weight of all (Dice), a word's weight being its rarity."""
        met = {(one, other) for one in asked for other in title if _same_word(one, other)}
        if not met:
            return 0.0
        weight = self._rarity({*asked, *title})
        both = sum(weight[word] for word in {one for one, _ in met}) + sum(
            weight[word] for word in {other for _, other in met}
        )
        return both / (sum(weight[word] for word in asked) + sum(weight[word] for word in title))

    def _terms(self, question: str) -> list[str]:
        return list(dict.fromkeys(self._analyzer.analyze(_encodable(question))))[:MAX_TERMS]

    def _found(self, query: Any, k: int, audiences: frozenset[int]) -> list[tuple[int, float]]:
        searcher = self._index.searcher()
        must = self._tantivy.Occur.Must
        allowed = self._tantivy.Query.term_set_query(self._schema, "audience_id", sorted(audiences))
        # The filter must not add to the score.
        silent = self._tantivy.Query.const_score_query(allowed, 0.0)
        hits = searcher.search(self._tantivy.Query.boolean_query([(must, query), (must, silent)]), k).hits
        passages: list[Any] = searcher.fast_field_values("passage_id", [address for _, address in hits])
        return [(int(passage), float(score)) for passage, (score, _) in zip(passages, hits, strict=True)]


def _same_word(one: str, other: str) -> bool:
    """Whether two stems are of one word: a stemmer does not know that "forgotten" is "forgot"."""
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= SAME_LETTERS and long.startswith(short))


def _encodable(text: str) -> str:
    """JSON can smuggle lone surrogates into a string, and tantivy, being Rust, refuses them."""
    return text.encode("utf-8", "replace").decode()


def _analyzer(tantivy: Any) -> Any:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(_WORD))
    for each in (
        tantivy.Filter.lowercase(),
        tantivy.Filter.remove_long(60),
        tantivy.Filter.custom_stopword(_CHATTER.split()),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(each)
    return builder.build()
