"""The only words that kb says upward. Both are sent inside the transaction: receivers queue their work on commit."""

from django.dispatch import Signal

# An article can be read, or what decides who reads it changed. Carries article_id.
article_published = Signal()
# An article can't be read any more. Carries article_id.
article_withdrawn = Signal()
