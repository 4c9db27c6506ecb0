"""The language model of this site, if it has one: where it is and how long it may take. Told by settings alone."""

from django.conf import settings

from search.llm import rewriting, wording
from search.llm.client import Limits, Server


def server() -> Server | None:
    """Where to ask; None when the site has no model, and then nothing is ever sent."""
    if not settings.LLM_BASE_URL:
        return None
    return Server(settings.LLM_BASE_URL, settings.LLM_MODEL, settings.LLM_API_KEY)


def wording_limits() -> Limits:
    return Limits(settings.LLM_FIRST_TIMEOUT, settings.LLM_TIMEOUT, wording.TOKENS)


def rewriting_limits() -> Limits:
    """Search waits for it, so it has little time."""
    return Limits(settings.LLM_REWRITE_TIMEOUT, settings.LLM_REWRITE_TIMEOUT, rewriting.TOKENS)
