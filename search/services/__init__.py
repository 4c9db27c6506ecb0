"""Everything that search changes."""

from search.services.asking import ask
from search.services.keeping import (
    forget_conversation,
    forget_conversations,
    forget_history,
    forget_questions,
    mark_opened,
    say_helpful,
)
from search.services.people import leave_to_a_person
from search.services.steering import delete_pin, delete_synonyms, keep_pin, keep_synonyms
from search.services.upkeep import choose_embedding_path, index_article, rebuild, reconcile, warm_up
from search.services.wording import standing_alone, word, word_whole

__all__ = [
    "ask",
    "choose_embedding_path",
    "delete_pin",
    "delete_synonyms",
    "forget_conversation",
    "forget_conversations",
    "forget_history",
    "forget_questions",
    "index_article",
    "keep_pin",
    "keep_synonyms",
    "leave_to_a_person",
    "mark_opened",
    "rebuild",
    "reconcile",
    "say_helpful",
    "standing_alone",
    "warm_up",
    "word",
    "word_whole",
]
