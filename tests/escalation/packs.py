"""One story with a little of everything, and strategies for any other."""

import json

from hypothesis import strategies as st

from escalation.handoff.known import About, Known, Place, Quoted, ShownArticle, Turn
from escalation.handoff.pack import Pack, Ref

PORTAL = Ref(article_id=7, revision_id=70, number=3, title="Reset your password", score=0.82)
PAYROLL = Ref(article_id=8, revision_id=80, number=1, title="Payroll secrets", score=0.5)
QUOTE = Quoted("Open the portal.", 0, 16, "start")
FULL = Known(
    turns=(
        Turn(1, "How do I reset it?", "2026-03-01T10:00:00+00:00", "unsure", 0.21, shown=(ShownArticle(11, PAYROLL),)),
        Turn(
            2,
            "I can't work, need it by 5pm",
            "2026-03-01T10:01:00+00:00",
            "answered",
            0.91,
            helpful=False,
            note="Wrong topic, urgent",
            shown=(ShownArticle(21, PORTAL, (QUOTE,), "2026-03-01T10:02:00+00:00", True),),
        ),
    ),
    about=About(PORTAL, helpful=False, note="Too old"),
    came_from=Place("/articles/8/payroll-secrets/", PAYROLL),
    started_on=Place("/"),
)  # fmt: skip

WORDS = st.text(max_size=40)
REFS = st.builds(Ref, st.integers(1, 5), st.integers(1, 9), st.integers(1, 3), WORDS, st.floats(0, 1))
SHOWN = st.builds(
    ShownArticle, st.integers(1, 99), REFS, st.tuples(st.builds(Quoted, WORDS, st.just(0), st.just(4)))
)
TURNS = st.builds(
    Turn, st.integers(1, 99), WORDS, st.just(""), st.sampled_from(["answered", "maybe", "unsure", "unavailable"]),
    st.none() | st.floats(0, 1), st.none() | st.booleans(), WORDS, st.lists(SHOWN, max_size=3).map(tuple),
)  # fmt: skip
KNOWNS = st.builds(Known, st.lists(TURNS, max_size=4, unique_by=lambda turn: turn.id).map(tuple))


def text_of(pack: Pack) -> str:
    """Every character of a pack."""
    return json.dumps(pack.to_json(), ensure_ascii=False)
