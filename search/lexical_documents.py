"""What tantivy keeps of a passage, and how it cuts texts and questions into words. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from search.identifiers import held_identifiers, identifiers

# Words that only say that somebody is asking. BM25 would think "my" rare, as articles say "your".
_CHATTER = """
a about am an and any anyone are as at be been but by can can't cannot could did do does doing don't don for
from get getting got had has have hello help hi how i i'd i'll i'm i've if in into is it it's its just know
like mean me my need of ok on or our please s so some someone t thank thanks that the them then there these
they this to tried trying us want was we were what what's when where which who why will with would you your
"""
# Comments, link targets, addresses.
_UNSEEN = re.compile(r"<!--(?:(?!-->|<!--).)*-->|\]\([^()\s]*|\bhttps?://\S+", re.DOTALL)


@dataclass(frozen=True)
class LexicalDocument:
    """One passage as the index keeps it; `text` may be its Markdown."""

    passage_id: int
    article_id: int
    audience_id: int
    title: str
    heading: str
    text: str


def schema() -> Any:
    """The fields of a passage: whose it is, its words as stems and as they are spelt, and the names in it."""
    import tantivy

    fields = tantivy.SchemaBuilder()
    for name in ("passage_id", "article_id", "audience_id"):
        fields.add_integer_field(name, stored=False, indexed=True, fast=True)
    fields.add_text_field("words", tokenizer_name="words", index_option="freq")
    fields.add_text_field("spelt", tokenizer_name="spelt", index_option="basic")
    for name in ("identifiers", "titled"):
        fields.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    return fields.build()


def fields_of(documents: Iterable[LexicalDocument]) -> Iterator[dict[str, Any]]:
    """The values of each passage's fields; a title is read once for the passages that follow each other."""
    for title, passages in groupby(documents, key=attrgetter("title")):
        titled = " ".join(sorted(identifiers(encodable(title))))
        for passage in passages:
            yield {**_fields(passage), "titled": titled}


def _fields(document: LexicalDocument) -> dict[str, Any]:
    everything = encodable(f"{document.title}\n{document.heading}\n{document.text}")
    seen = _UNSEEN.sub(" ", everything)
    return {
        "passage_id": document.passage_id,
        "article_id": document.article_id,
        "audience_id": document.audience_id,
        "words": seen,
        "spelt": seen,
        "identifiers": " ".join(sorted(held_identifiers(everything))),
    }


def encodable(text: str) -> str:
    """JSON can smuggle lone surrogates into a string, and tantivy, being Rust, refuses them."""
    return text.encode("utf-8", "replace").decode()


def stemmer() -> Any:
    """For words by their stems, without chatter."""
    import tantivy

    stopwords = tantivy.Filter.custom_stopword(_CHATTER.split())
    return _cutting(stopwords, tantivy.Filter.ascii_fold(), tantivy.Filter.stemmer("english"))


def speller() -> Any:
    """For words as they are spelt."""
    import tantivy

    return _cutting(tantivy.Filter.ascii_fold())


def _cutting(*filters: Any) -> Any:
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for each in (tantivy.Filter.lowercase(), tantivy.Filter.remove_long(60), *filters):
        builder = builder.filter(each)
    return builder.build()
