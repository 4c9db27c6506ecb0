"""Confidence rises with each kind of evidence, and with the real model tells answerable questions from others."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.confidence import SHIPPED, probability
from search.embedding import Embedder, load_embedder
from search.features import NOTHING_FOUND, Features, features
from search.lexical import LexicalIndex
from search.lexical_documents import LexicalDocument
from search.ranking import CANDIDATES, Signals, rank
from search.splitting import embedding_text
from search.vectors import FaissStore

SURE = Features(cosine=0.6, lead=0.2, agreement=1.0, unmatched=0.0)
SHARES = st.floats(0.0, 1.0)
ARTICLES = [
    ("Reset your password", "If you forgot your password, open the sign-in page and choose Forgot password."),
    ("Change your password", "Press Ctrl+Alt+Del and choose Change a password before it expires."),
    (
        "Connect to the VPN",
        "Start the VPN client, choose the office gateway and approve the sign-in on your phone.",
    ),
    ("VPN error FC-412", "FC-412 means that your certificate has expired. Renew it in Company Portal."),
    (
        "Clear a paper jam",
        "Open the printer's rear door and pull the paper out gently in the direction of travel.",
    ),
    ("Add a printer", "Open Settings, Printers, and choose the printer that is named after your floor."),
    ("Share your calendar", "Open the calendar, choose Share and enter your colleague's name."),
    ("Set an out-of-office reply", "Choose File, Automatic Replies, and write who answers in your absence."),
    ("Report a lost laptop", "Call the service desk at once: the laptop is locked and its disk is wiped."),
    ("Claim travel expenses", "Photograph your receipts and enter the claim in Tally within thirty days."),
]
AUDIENCE = frozenset({1})


class Desk:
    """A tiny knowledge base, one passage an article, asked the way that the product asks."""

    def __init__(self, embedder: Embedder) -> None:
        self.embedder = embedder
        self.vectors = FaissStore(embedder.dimensions)
        self.words = LexicalIndex()
        ids = list(range(len(ARTICLES)))
        texts = [embedding_text(title, (), text) for title, text in ARTICLES]
        self.vectors.add(ids, embedder.encode(texts), [1] * len(ids))
        self.words.add(LexicalDocument(i, i, 1, title, "", text) for i, (title, text) in enumerate(ARTICLES))

    def ask(self, question: str) -> tuple[str, float]:
        vector = self.embedder.encode([question])[0]
        signals = Signals(
            dense=self.vectors.search(vector, CANDIDATES, audiences=AUDIENCE),
            lexical=self.words.search(question, CANDIDATES, audiences=AUDIENCE),
            article_of={number: number for number in range(len(ARTICLES))},
            lexical_ceiling=self.words.ceiling(question),
            passages_in=dict.fromkeys(range(len(ARTICLES)), 1),
            identified=self.words.identified(question, audiences=AUDIENCE),
        )
        ranked = rank(signals)
        return ARTICLES[ranked[0].article_id][0], probability(features(question, signals, ranked))


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(load_embedder(None))


def test_nothing_found_is_no_chance_at_all():
    assert probability(NOTHING_FOUND) == 0.0


@given(SHARES, SHARES, SHARES, SHARES)
def test_a_probability_is_one(cosine, lead, agreement, unmatched):
    assert 0.0 <= probability(Features(cosine, lead, agreement, unmatched)) <= 1.0


@pytest.mark.parametrize("name", [field.name for field in fields(Features) if field.name != "unmatched"])
def test_more_evidence_is_more_confidence(name):
    assert probability(replace(SURE, **{name: getattr(SURE, name) + 0.1})) > probability(SURE)


def test_an_identifier_that_the_article_lacks_is_less_confidence():
    assert probability(replace(SURE, unmatched=1.0)) < probability(SURE)


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("how do I reset my password", "Reset your password"),
        ("I get FC-412", "VPN error FC-412"),
        ("printer has a paper jam", "Clear a paper jam"),
        ("someone stole my laptop", "Report a lost laptop"),
        ("share my calendar with a colleague", "Share your calendar"),
    ],
)
def test_a_question_that_an_article_answers_is_answered_from_it(desk, question, title):
    first, chance = desk.ask(question)
    assert first == title
    assert chance >= SHIPPED.answer_from


@pytest.mark.parametrize(
    "question",
    [
        "what is the nature of the big bang theory",
        "how do I boil an egg",
        "who won the world cup",
        "what is the best dog food",
        "getting 0x8BADF00D what does it mean",
        "asdf qwer",
    ],
)
def test_a_question_on_something_else_is_declined(desk, question):
    assert desk.ask(question)[1] < SHIPPED.answer_from
