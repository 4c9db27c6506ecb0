"""A pack in a few words: the subject of its ticket, and three lines for whoever takes over."""

from escalation.handoff.impact import IN_WORDS, Impact
from escalation.handoff.pack import URGENCIES, Kind, Line, Pack

# The subject of a ticket that came without any words: never an article's title, which not every reader may know.
ABOUT_AN_ARTICLE = "Question about an article"
FOR_HELP = "A request for help"


def suggested_subject(pack: Pack) -> str:
    """The newest question, shortened; empty when nothing was asked, so that the person is asked for words."""
    questions = [line.text for line in pack.of(Kind.QUESTION)]
    return as_subject(questions[-1]) if questions else ""


def as_subject(question: str) -> str:
    """A question in one line, shortened."""
    words = " ".join(question.split())
    return words if len(words) <= 150 else f"{words[:149].rstrip()}…"


def story(pack: Pack, *, who: str, need: str, reason: str) -> tuple[str, str, str]:
    """For whoever takes over: who needs what; what was tried; how urgent it is and why now. Mask the pack first."""
    return f"{who} needs help: {need}", _tried(pack), f"{_how_urgent(pack)} {reason}".strip()


def _tried(pack: Pack) -> str:
    count = [line.kind for line in pack.lines].count
    if pack.left_out:
        return f"What was sent shows {_seen(pack)}.{_turned_down(pack)}{_left_out(pack)}"
    if not count(Kind.QUESTION):
        article = next(pack.of(Kind.ARTICLE), None)
        return (
            f"They were reading {_title(article)}." if article else "They asked for a person straight away."
        )
    parts = [f"asked {_times(count(Kind.QUESTION))}", f"were shown {_articles(_shown(pack))}"]
    parts.append(f"opened {count(Kind.OPENED) or 'none'}")
    return f"They {', '.join(parts[:-1])} and {parts[-1]}.{_turned_down(pack)}"


def _shown(pack: Pack) -> int:
    return len({line.ref.article_id if line.ref else line.id for line in pack.of(Kind.QUOTED, Kind.NEAREST)})


def _seen(pack: Pack) -> str:
    """What is there, and no word of what is not: it may have been left out."""
    count = [line.kind for line in pack.lines].count
    asked, shown, opened = count(Kind.QUESTION), _shown(pack), count(Kind.OPENED)
    parts = [_one_or_more(asked, "question")] if asked else ["no question"]
    parts += [f"{_one_or_more(shown, 'article')} that came back"] if shown else []
    parts += [f"{opened} opened"] if opened else []
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if parts[1:] else parts)


def _turned_down(pack: Pack) -> str:
    rejected = list(dict.fromkeys(_title(line) for line in pack.of(Kind.REJECTED)))
    if not rejected:
        return ""
    more = f" and {len(rejected) - 2} more" if len(rejected) > 2 else ""
    return f" Did not help: {', '.join(rejected[:2])}{more}."


def _title(line: Line) -> str:
    return f"“{line.ref.title}”" if line.ref else "a restricted article"


def _left_out(pack: Pack) -> str:
    if not pack.left_out:
        return ""
    return f" They left out {_one_or_more(pack.left_out, 'line')}."


def _how_urgent(pack: Pack) -> str:
    reasons = sorted(pack.of(*URGENCIES), key=lambda line: -line.points)
    why = "; ".join(line.text for line in reasons[:3])
    nothing = "nothing that was sent says otherwise" if pack.left_out else "nothing says otherwise"
    hit = "" if pack.impact == Impact.PERSON else f" for {IN_WORDS[pack.impact]}"
    return f"Reads as {pack.level}{hit}: {why or nothing}."


def _one_or_more(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _articles(number: int) -> str:
    return {0: "no article", 1: "one article"}.get(number, f"{number} articles")
