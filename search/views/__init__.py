"""Pages of search."""

from search.views.asking import (
    ask,
    conversation,
    delete_conversation,
    delete_history,
    feedback,
    history,
    open_article,
    similar,
)
from search.views.phrasings import change_phrasing, phrasings
from search.views.searching import search, suggest
from search.views.steering import add_pin, add_synonyms, change_pin, change_synonyms, words_and_pins
from search.views.wording import word

__all__ = [
    "add_pin",
    "add_synonyms",
    "ask",
    "change_phrasing",
    "change_pin",
    "change_synonyms",
    "conversation",
    "delete_conversation",
    "delete_history",
    "feedback",
    "history",
    "open_article",
    "phrasings",
    "search",
    "similar",
    "suggest",
    "word",
    "words_and_pins",
]
