"""What is read out of words and browsers: who is hit, what to ask first, the language, why search was not sure."""

import pytest

from escalation.handoff.devices import in_words
from escalation.handoff.doubts import doubts
from escalation.handoff.impact import Impact, impact, priority
from escalation.handoff.intake import first_questions
from escalation.handoff.languages import language
from escalation.handoff.urgency import Level


@pytest.mark.parametrize("urgency", list(Level))
def test_the_more_are_hit_the_higher_the_priority_never_the_lower(urgency: Level) -> None:
    order = list(Level)
    ranks = [order.index(priority(hit, urgency)) for hit in Impact]
    assert ranks == sorted(ranks)
    assert ranks[0] == order.index(urgency)


def test_who_is_hit_is_told_by_the_words() -> None:
    assert impact("") == Impact.PERSON
    assert impact("the whole team") == impact("5 people") == Impact.TEAM
    assert impact("the whole company") == impact("400 users") == Impact.COMPANY


def test_two_questions_at_most_and_none_that_the_words_answer() -> None:
    assert [ask.key for ask in first_questions("The printer is broken")] == ["which", "error"]
    told = 'The printer LDS-3-07 says "paper jam in tray 2" since yesterday'
    assert first_questions(told) == ()
    assert first_questions("Where is the canteen?") == ()


def test_a_language_is_told_only_when_the_words_tell_it() -> None:
    assert language("I can not open the file that is on my desk") == "English"
    assert language("Ich kann die Datei nicht öffnen, was ist das") == "German"
    assert language("Error 0x80070005 VPN") == language("") == ""


def test_a_browser_that_tells_nothing_is_not_guessed() -> None:
    assert in_words("") == in_words("curl/8.5") == ""
    assert (
        in_words("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0")
        == "Firefox on Linux"
    )


def test_why_search_was_not_sure_is_told_in_two_sentences_at_most() -> None:
    assert doubts({}) == ()
    assert doubts({"cosine": 0.2, "lead": 0.01, "agreement": 0.0, "unmatched": 1.0}) == (
        "No article comes near in meaning.",
        "A name or a code in the question stands in no article that was found.",
    )
    assert doubts({"cosine": 0.7, "lead": 0.01, "agreement": 1.0}) == (
        "Several articles come equally close.",
    )
