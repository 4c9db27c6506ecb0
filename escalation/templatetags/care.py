"""What is said to whom a sensitive matter concerns, beside the form and the receipt of a hand-off."""

from typing import Any

from django import template

from search import care

register = template.Library()


@register.inclusion_tag("escalation/_care.html")
def words_of_care(sensitivity: str, *, sent: bool = False) -> dict[str, Any]:
    """The words that fit, before or after it is sent; nothing to any other matter."""
    if not sensitivity:
        return {}
    until_then = care.once_sent if sent else care.until_then
    return {"heard": care.heard(sensitivity), "until_then": until_then(sensitivity)}
