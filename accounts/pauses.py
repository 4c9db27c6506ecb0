"""How long to wait before something that failed is tried again."""

import random
from datetime import timedelta

LONGEST_PAUSE = timedelta(hours=1)
FIRST_PAUSE = timedelta(minutes=2)


def pause_after(attempts: int) -> timedelta:
    """Twice as long after each attempt, to an hour; up to a half less by chance, so that not all come back at once."""
    doubled = FIRST_PAUSE * 2 ** min(max(attempts, 1) - 1, 10)
    return min(doubled, LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
