"""What an editor's pin does: for which questions it counts, and what may be shown under it. Pure."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from search.confidence import Level
from search.features import lead
from search.ranking import RankedArticle
from search.wording import stems

# Words that a question may have for each word of a pin: one that says much more asks for something else.
WORDS_A_PIN_CARRIES = 3


def is_pinned_to(words: str, asked: AbstractSet[str]) -> bool:
    """Whether a question says these words and not much more; as stems, so that "printers" meets "printing".

    `asked` are the stems of the question, found once for a thousand pins.
    """
    wanted = stems(words)
    return bool(wanted) and wanted <= asked and len(asked) <= WORDS_A_PIN_CARRIES * len(wanted)


def shown_under(ranked: Sequence[RankedArticle], judged: Level) -> Level:
    """What to show of these articles, in their order: one that editors picked is offered.

    It is quoted only if it would have come first without them: a pin is no evidence that it answers.
    """
    if not ranked or not ranked[0].pinned:
        return judged
    return judged if judged is Level.ANSWER and lead(ranked) >= 0 else Level.MAYBE
