"""What waits for people who keep articles true: why, until when it was promised, and how long it will take."""

from datetime import date, timedelta
from enum import StrEnum


class Why(StrEnum):
    """Why something stands on a workbench, in the order of its list."""

    REVIEW = "review"
    CHANGE = "change"
    FLAGGED = "flagged"
    UNHELPFUL = "unhelpful"
    OVERDUE = "overdue"
    EXPIRING = "expiring"
    BROKEN = "broken"
    DUE = "due"
    UNOWNED = "unowned"
    UNDATED = "undated"
    DRAFT = "draft"


# A text is reviewed while its author still knows what they meant.
REVIEW_WORKING_DAYS = 3
# A working week, or what the reviewer had in mind is forgotten as well.
CHANGE_WORKING_DAYS = 5
# A reader who took the trouble to say what is wrong hears of it within a week.
FLAG_DAYS = 7
# Five readers without help are a pattern, and it needs thought rather than haste.
UNHELPFUL_DAYS = 14
# A link may be mended where it leads to: that happens within a fortnight, or not at all.
BROKEN_DAYS = 14
# What nobody went on with for two weeks is better finished or thrown away.
DRAFT_DAYS = 14
# How long before its day a review or an end is announced: one holiday.
AHEAD_DAYS = 14

# Fewer votes say more of the voters than of the text.
ENOUGH_VOTES = 5
HELPFUL_SHARE = 0.5

WORDS_A_MINUTE = 200  # somebody who reads with care, below the 238 of silent reading (Brysbaert 2019)
SIGNS_A_WORD = 6  # in English, with the space after it

# Minutes beside reading the text once.
_BESIDE_READING: dict[Why, int] = {
    Why.REVIEW: 5,
    Why.CHANGE: 10,
    Why.FLAGGED: 5,
    Why.UNHELPFUL: 15,
    Why.OVERDUE: 2,
    Why.EXPIRING: 2,
    Why.BROKEN: 3,
    Why.DUE: 2,
    Why.UNOWNED: 1,
    Why.UNDATED: 1,
    Why.DRAFT: 10,
}
# Whoever only sets a person or a day need not read the text again.
_UNREAD = (Why.UNOWNED, Why.UNDATED)


def minutes_for(why: Why, signs: int) -> int:
    """How long it takes to be done with something about a text of so many characters: one minute at least."""
    reading = 0 if why in _UNREAD else round(signs / SIGNS_A_WORD / WORDS_A_MINUTE)
    return max(1, reading + _BESIDE_READING[why])


def working_days_after(start: date, days: int) -> date:
    """The day so many working days later: Saturdays and Sundays don't count."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def promised(why: Why, since: date | None) -> date | None:
    """Until when something is to be done that began on a day; nothing was promised without one.

    Of reviews and ends the day itself is what was promised.
    """
    if since is None:
        return None
    if why is Why.REVIEW:
        return working_days_after(since, REVIEW_WORKING_DAYS)
    if why is Why.CHANGE:
        return working_days_after(since, CHANGE_WORKING_DAYS)
    return since + timedelta(days=_DAYS.get(why, 0))


_DAYS = {
    Why.FLAGGED: FLAG_DAYS,
    Why.UNHELPFUL: UNHELPFUL_DAYS,
    Why.BROKEN: BROKEN_DAYS,
    Why.DRAFT: DRAFT_DAYS,
}


def is_unhelpful(votes: int, helpful: int) -> bool:
    """Whether enough readers said that a text did not help them."""
    return votes >= ENOUGH_VOTES and helpful < votes * HELPFUL_SHARE


def told(minutes: int) -> str:
    """A length of time as one says it: 40 min, 1 h 20 min; of whole days of work nobody counts the minutes."""
    hours, rest = divmod(minutes, 60)
    if hours >= 8:
        return f"{hours} h"
    return " ".join(
        part for part in (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "") if part
    )
